"""DynamoDB as the other services of this process call it: the same checks and handlers, without a connection."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from globaltables.companions.framework.services import Database
from globaltables.foundation.errors import ApiError
from globaltables.gateway.stages_aws import Model
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.operations.context import Call, Handler
from globaltables.security.principals import Principal

#: What targets begin with, by the name that clients sign for.
_TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "application-autoscaling": "AnyScaleFrontendService",
        "dynamodb": "DynamoDB_20120810",
        "dynamodbstreams": "DynamoDBStreams_20120810",
        "globaltables": "GlobalTables_20261121",
    }
)


def database_calls(
    model: Model, handlers: Mapping[str, Handler], node: Node
) -> Mapping[str, Database]:
    """Return the ways in, by service.

    Args:
        model: checks requests.
        handlers: by target.
        node: the regions of this process.
    """
    return {service: _WayIn(model, handlers, node, prefix) for service, prefix in _TARGETS.items()}


@dataclass(frozen=True, slots=True)
class _WayIn:
    model: Model
    handlers: Mapping[str, Handler]
    node: Node
    prefix: str

    async def __call__(
        self,
        operation: str,
        request: dict[str, Any],
        region: Region,
        account: str,
        principal: Principal | None,
    ) -> dict[str, Any]:
        """Return the members of an operation's response.

        Raises:
            ApiError: it was refused.
        """
        target = f"{self.prefix}.{operation}"
        modelled = self.model.operation(target)
        handler = self.handlers.get(target)
        if modelled is None or handler is None:
            raise ApiError("UnknownOperationException", None)
        modelled.check(request)
        call = Call(operation, request, region, self.node, account, account, 0, None, principal)
        if self.node.identities.enforced and principal is not None and not principal.service:
            call.grant = self.node.identities.grant_of(principal)
        answer = handler(call)
        if isinstance(answer, Awaitable):
            answer = await answer
        # Answers with items come as the bytes of their JSON.
        members: dict[str, Any] = orjson.loads(answer) if isinstance(answer, bytes) else answer
        return members
