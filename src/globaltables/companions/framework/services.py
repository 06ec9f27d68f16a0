"""The services of a process among themselves: what one asks of another, or of DynamoDB, without a connection."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from globaltables.companions.framework.dispatch import Caller, Dispatcher
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.security.principals import Principal, account_root

#: Carries out an operation of DynamoDB: operation, request, region, account, who asks.
Database = Callable[[str, dict[str, Any], Region, str, Principal | None], Awaitable[dict[str, Any]]]


class Services:
    """Every service that is served here, see `companions.service.Neighbours`.

    Args:
        dispatchers: by the name that requests are signed for.
        node: the regions of this process.
        home: the region that has the state of services without regions.
        database: DynamoDB.

    Attributes:
        dispatchers: see there.
        home: see there.
        endpoint: URL at which clients on this machine reach them; empty before the node listens.
        at_stop: called when the node begins to stop, before it has answered what it was asked.
    """

    def __init__(
        self,
        dispatchers: Mapping[str, Dispatcher],
        node: Node,
        home: str,
        database: Mapping[str, Database],
    ) -> None:
        self.dispatchers = dispatchers
        self.home = home
        self.endpoint = ""
        self.at_stop: list[Callable[[], None]] = []
        self._node = node
        self._database = database

    def is_open(self, region: str) -> bool:
        """Tell whether a region is in use in this process."""
        return any(one.name == region for one in self._node.open_regions)

    def caller(
        self, service: str, region: str, account: str, principal: Principal | None = None
    ) -> Caller:
        """Return who asks something of a service.

        Args:
            service: the name that requests are signed for.
            region: of the request.
            account: whose resources it is about.
            principal: who asks; the root of the account when it is not given.
        """
        dispatcher = self.dispatchers.get(service)
        name = self.home if dispatcher is not None and dispatcher.service.home else region
        return Caller(
            self._node.region(name), account, self._node, principal or account_root(account), self
        )

    async def call(
        self,
        service: str,
        operation: str,
        request: Mapping[str, Any],
        *,
        region: str,
        account: str,
        principal: Principal | None = None,
    ) -> dict[str, Any]:
        """Carry out an operation; see `companions.service.Neighbours`."""
        database = self._database.get(service)
        if database is not None:
            where = self._node.region(region)
            return await database(operation, dict(request), where, account, principal)
        dispatcher = self.dispatchers.get(service)
        if dispatcher is None:
            msg = f"the service {service} is not there; see docs/compatibility.md"
            raise ApiError("NotImplemented", msg, status=501)
        caller = self.caller(service, region, account, principal)
        return await dispatcher.call(operation, request, caller)
