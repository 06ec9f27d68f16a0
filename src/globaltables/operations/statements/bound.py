"""A statement of a request: its parameters checked, its text compiled, its values bound, its table found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from globaltables.expressions.partiql.statements import (
    DeleteStatement,
    ExistsStatement,
    InsertStatement,
    SelectStatement,
    Statement,
    UpdateStatement,
    Where,
    bind,
    compile_statement,
)
from globaltables.expressions.resolve import Values
from globaltables.foundation.arns import parse_table_arn
from globaltables.foundation.errors import ApiError
from globaltables.items.values import check_value
from globaltables.operations.context import Call
from globaltables.operations.statements.policy_members import policy_members
from globaltables.tables.definitions import Table

#: The actions that policies name; EXISTS needs what its SELECT needs.
_ACTIONS: Mapping[type[Statement], str] = {
    SelectStatement: "PartiQLSelect",
    ExistsStatement: "PartiQLSelect",
    InsertStatement: "PartiQLInsert",
    UpdateStatement: "PartiQLUpdate",
    DeleteStatement: "PartiQLDelete",
}
#: BatchStatementErrorCodeEnum of botocore's model.
_BATCH_CODES: Mapping[str, str] = {
    "AccessDeniedException": "AccessDenied",
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "InternalServerError": "InternalServerError",
    "ItemCollectionSizeLimitExceededException": "ItemCollectionSizeLimitExceeded",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
    # The model has no code for it; this is the one that clients try again.
    "ReplicatedWriteConflictException": "TransactionConflict",
    "RequestLimitExceeded": "RequestLimitExceeded",
    "ResourceNotFoundException": "ResourceNotFound",
    "ThrottlingException": "ThrottlingError",
    "TransactionConflictException": "TransactionConflict",
    "ValidationException": "ValidationError",
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement with the values of its literals and parameters.

    Attributes:
        members: of the request, or of the part of it that holds the statement.
    """

    members: Mapping[str, Any]
    statement: Statement
    values: Values

    @property
    def reads(self) -> bool:
        """Whether it is a SELECT."""
        return isinstance(self.statement, SelectStatement)

    def table(self, call: Call) -> Table:
        """Return the table that the statement names, for the action that the statement is.

        Raises:
            ApiError: see `Call.table_of`.
        """
        statement = self.statement
        named = {"TableName": statement.table}
        table = _table_with_policy(call, statement.table)
        part = None if table is None else policy_members(statement, self.values, table)
        return call.table_of(named, _ACTIONS[type(statement)], part)


def check_parameters(members: Mapping[str, Any]) -> None:
    """Check the parameters of a statement, and put their numbers into canonical form in place.

    AWS does so before it reads the text.

    Raises:
        ApiError: ValidationException for the first that is no value.
    """
    for parameter in members.get("Parameters") or ():
        check_value(parameter)


def bind_statement(members: Mapping[str, Any]) -> Bound:
    """Return the statement of a request, or of a part of one, whose parameters were checked.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    statement = compile_statement(members["Statement"])
    values = bind(statement, members.get("Parameters") or ())
    if isinstance(statement, UpdateStatement):
        statement.update.check(values)
    where = where_of(statement)
    if where is not None:
        where.condition.check(values)
    return Bound(members, statement, values)


def _table_with_policy(call: Call, name: str) -> Table | None:
    """Return the table of a name or ARN when there may be a policy that a statement has to be shown to."""
    arn = parse_table_arn(name) if name.startswith("arn:") else None
    account, table_name = (call.account, name) if arn is None else (arn.account, arn.table_name)
    table = call.region.catalog.find(account, table_name)
    return None if table is None or (table.policy is None and call.grant is None) else table


def where_of(statement: Statement) -> Where | None:
    """Return the WHERE clause of a statement."""
    return None if isinstance(statement, InsertStatement) else statement.where


def member_error(error: ApiError) -> dict[str, Any]:
    """Return the BatchStatementError that stands for an error.

    Raises:
        ApiError: the error itself, when a batch has no code for it.
    """
    code = _BATCH_CODES.get(error.code)
    if code is None:
        raise error
    told: dict[str, Any] = {"Code": code, "Message": error.message}
    if error.fields and "Item" in error.fields:
        told["Item"] = error.fields["Item"]
    return told
