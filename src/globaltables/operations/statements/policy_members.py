"""A statement in the members by which policies know a request (security/condition_keys.py)."""

from collections.abc import Mapping
from typing import Any

from globaltables.expressions.partiql.statements import (
    DeleteStatement,
    InsertStatement,
    SelectStatement,
    Statement,
    UpdateStatement,
)
from globaltables.expressions.resolve import Values
from globaltables.operations.statements.keys import key_of_where
from globaltables.operations.statements.plan import keyed_branches
from globaltables.tables.definitions import Table

_RETURN_VALUES: Mapping[str | None, str] = {
    None: "NONE",
    "ALL OLD": "ALL_OLD",
    "ALL NEW": "ALL_NEW",
    "MODIFIED OLD": "UPDATED_OLD",
    "MODIFIED NEW": "UPDATED_NEW",
}


def policy_members(statement: Statement, values: Values, table: Table) -> dict[str, Any]:
    """Return the items, attributes and settings that a statement names.

    Raises:
        ApiError: ValidationException when a SELECT decomposes into too many reads.
    """
    members: dict[str, Any] = {"TableName": statement.table}
    if isinstance(statement, InsertStatement):
        members["Item"] = {name: values[value] for name, value in statement.item}
        return members
    if statement.where is not None:
        members["Expected"] = statement.where.condition.top_level_attributes
    if isinstance(statement, SelectStatement):
        return members | _select(statement, values, table)
    members["Key"] = key_of_where(table.schema, statement.where, values).key
    if isinstance(statement, UpdateStatement):
        members["AttributeUpdates"] = statement.update.top_level_attributes
    if isinstance(statement, UpdateStatement | DeleteStatement):
        members["ReturnValues"] = _RETURN_VALUES[statement.returning]
    return members


def _select(statement: SelectStatement, values: Values, table: Table) -> dict[str, Any]:
    members: dict[str, Any] = {}
    index = None
    if statement.index is not None:
        members["IndexName"] = statement.index
        index = table.index(statement.index)
    if statement.projection is not None:
        members["AttributesToGet"] = statement.projection.top_level_attributes
    schema = table.schema if index is None else index.schema
    branches = keyed_branches(schema, statement.where, values)
    members["FullTableScan"] = branches is None
    members["Keys"] = [branch.hash for branch in branches or ()]
    return members
