"""What an operation receives, and what it may answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from globaltables.foundation.arns import parse_table_arn
from globaltables.foundation.errors import ApiError, resource_not_found
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.tables.definitions import Table

#: A response: members as a dict, or the whole JSON body when stored bytes were spliced in.
Answer = dict[str, Any] | bytes


@dataclass(slots=True)
class Call:
    """One request on its way through an operation.

    Attributes:
        operation: AWS's name, e.g. "PutItem".
        request: the JSON body, checked against the model; the operation may normalise it in place.
        region: where it arrived; holds the store, the catalog and the clock.
        node: every region of this process.
        account: 12 digits.
        principal: the access key id that signed.
        body_bytes: length of the request body.
    """

    operation: str
    request: dict[str, Any]
    region: Region
    node: Node
    account: str
    principal: str
    body_bytes: int

    def table_name(self, member: str = "TableName") -> str:
        """Return the name in a member that takes a table's name or ARN.

        Raises:
            ApiError: the ARN is of another account or region.
        """
        return self.resolve(self.request[member])

    def resolve(self, name_or_arn: str) -> str:
        """Return the table name of a name or ARN.

        Raises:
            ApiError: the ARN is of another account or region.
        """
        if not name_or_arn.startswith("arn:"):
            return name_or_arn
        arn = parse_table_arn(name_or_arn)
        if arn is None or arn.resource:
            msg = f"Invalid table/index name. TableName: {name_or_arn}"
            raise ApiError("ValidationException", msg)
        if arn.region != self.region.name or arn.account != self.account:
            msg = "User is not authorized to perform this operation on the resource"
            raise ApiError("AccessDeniedException", msg)
        return arn.table_name

    def table_of(self, members: dict[str, Any]) -> Table:
        """Return the table that the TableName of a request, or of a part of one, names.

        Raises:
            ApiError: ResourceNotFoundException when it is missing or not ready for item operations.
        """
        name = members["TableName"]
        table = self.region.catalog.find(self.account, name)
        if table is None and name.startswith("arn:"):
            table = self.region.catalog.find(self.account, self.resolve(name))
        if table is None or table.restricted or table.status in ("CREATING", "DELETING"):
            raise resource_not_found()
        return table

    def table(self) -> Table:
        """Return the table that the request names; see `table_of`."""
        return self.table_of(self.request)


Handler = Callable[[Call], Answer | Awaitable[Answer]]
