"""What an operation receives, and what it may answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from globaltables.foundation.arns import TableArn, parse_table_arn, partition_of
from globaltables.foundation.errors import ApiError, resource_not_found, validation
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.operations.authorization import (
    Access,
    check_absent_table,
    check_table_access,
    refuse_foreign_table,
)
from globaltables.operations.table_encryption import check_accessible
from globaltables.security.global_condition_keys import Origin
from globaltables.security.identities import Grant
from globaltables.security.principals import Principal, account_root
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
        account: 12 digits: whose tables it is about. That is the caller's account until `table_name` has met the ARN
            of another account's table and found that the caller may use it.
        principal: the access key id that signed.
        body_bytes: length of the request body.
        origin: the connection that it came by; None inside the process.
        acting: who asks, when that is not the root of `account`.
        grant: what the caller's own policies say; None where they do not count.
    """

    operation: str
    request: dict[str, Any]
    region: Region
    node: Node
    account: str
    principal: str
    body_bytes: int
    origin: Origin | None = None
    acting: Principal | None = None
    grant: Grant | None = None

    @property
    def caller(self) -> Principal:
        """Who asks."""
        return self.acting or account_root(self.account)

    def table_name(self, member: str = "TableName") -> str:
        """Return the name in a member that takes a table's name or ARN, when the caller may do this to the table.

        Raises:
            ApiError: the ARN is no table's or of another region, or the caller may not.
        """
        name: str = self.request[member]
        if name.startswith("arn:"):
            arn = self._arn(name)
            self.enter(arn.account, arn.table_name)
            return arn.table_name
        self._check(self.region.catalog.find(self.account, name), self.account, name)
        return name

    def table_of(
        self,
        members: dict[str, Any],
        action: str = "",
        part: Mapping[str, Any] | None = None,
    ) -> Table:
        """Return the table that the TableName of a request, or of a part of one, names.

        Args:
            members: has the TableName.
            action: what is done to the table, as policies name it; the operation's name when empty.
            part: what condition keys are taken from, when it is not `members` (see security/condition_keys.py).

        Raises:
            ApiError: ResourceNotFoundException when it is missing or not ready for item operations;
                AccessDeniedException when the caller may not do this to it.
        """
        name = members["TableName"]
        table = self.region.catalog.find(self.account, name)
        if table is None and name.startswith("arn:"):
            arn = self._arn(name)
            table = self.region.catalog.find(arn.account, arn.table_name)
            if arn.account != self.account and (table is None or table.policy is None):
                access = self.access(action, members if part is None else part)
                refuse_foreign_table(access, arn.account, arn.table_name)
        if table is None or table.restricted or table.status in ("CREATING", "DELETING"):
            if self.grant is not None:
                access = self.access(action, members if part is None else part)
                check_absent_table(access, self.account, name)
            raise resource_not_found()
        if table.policy is not None or self.grant is not None:
            self._check_table(table, action or self.operation, members if part is None else part)
        if table.encryption is not None:
            check_accessible(self.region, table)
        return table

    def table(self) -> Table:
        """Return the table that the request names; see `table_of`."""
        return self.table_of(self.request)

    def access(self, action: str, members: Mapping[str, Any]) -> Access:
        """Return what is to be allowed when an action is done to one table.

        Args:
            action: as policies name it; the operation's name when empty.
            members: the request, or the part of it that is about the table.
        """
        return Access(
            self.caller,
            self.operation,
            action or self.operation,
            self.request,
            members,
            self.region.name,
            self.region.clock.now_ms(),
            self.origin,
            self.region.settings.vpc_endpoints,
            self.grant,
        )

    def enter(self, account: str, table_name: str) -> None:
        """Work on the tables of an account from now on, when the caller may do this to one of them.

        Raises:
            ApiError: the caller may not.
        """
        table = self.region.catalog.find(account, table_name)
        if account != self.caller.account and (table is None or table.policy is None):
            refuse_foreign_table(self.access(self.operation, self.request), account, table_name)
        else:
            self._check(table, account, table_name)
        if account != self.account:
            self.acting = self.caller
            self.account = account

    def _check(self, table: Table | None, account: str, name: str) -> None:
        """Check that the caller may do this to a table, which may not be there."""
        if table is not None and (table.policy is not None or self.grant is not None):
            self._check_table(table, self.operation, self.request)
        elif self.grant is not None:
            check_absent_table(self.access(self.operation, self.request), account, name)

    def _check_table(self, table: Table, action: str, members: Mapping[str, Any]) -> None:
        """Check what is done to a table, unless it is known that no policy asks for more than its name."""
        grant = self.grant
        if grant is not None and table.policy is None:
            settled = (action, table.region, table.account, table.name, members.get("IndexName"))
            if settled in grant.settled:
                return
        check_table_access(self.access(action, members), table)

    def _arn(self, text: str) -> TableArn:
        """Return the parts of the ARN of a table in this region.

        Raises:
            ApiError: it is none.
        """
        arn = parse_table_arn(text)
        if arn is None or arn.resource:
            raise _no_table_arn(text)
        if arn.partition != partition_of(arn.region) or arn.region != self.region.name:
            part = "region" if arn.region != self.region.name else "partition"
            raise validation(f"1 validation error detected: Invalid AWS {part} in '{text}'")
        return arn


Handler = Callable[[Call], Answer | Awaitable[Answer]]


def _no_table_arn(text: str) -> ApiError:
    """Return the refusal of a text that begins as an ARN does and names no table."""
    kind = text.split(":", 5)[-1].partition("/")[0]
    if text.count(":") >= 5 and kind not in ("", "table"):
        return validation(f"1 validation error detected: Invalid resource type in '{text}'")
    return validation(
        f"1 validation error detected: Value '{text}' at 'tableName' failed to satisfy constraint: "
        "Valid ARN format is "
        "'arn:<awsPartition>:<vendor>:<region>:<subscriber>:resourceType/resourceName', where "
        "Resource name must have length less than or equal to 255, Resource name must have length "
        "greater than or equal to 3, Resource name must satisfy regular expression pattern: "
        "[a-zA-Z0-9_.-]+"
    )
