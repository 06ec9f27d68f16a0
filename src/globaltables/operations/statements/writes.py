"""INSERT, UPDATE, DELETE and EXISTS as the write actions that transactions and single writes have."""

from typing import Any

from globaltables.expressions.partiql.statements import (
    DeleteStatement,
    ExistsStatement,
    InsertStatement,
    UpdateStatement,
    Where,
)
from globaltables.expressions.partiql.tree import Returning
from globaltables.expressions.request import Expressions
from globaltables.expressions.resolve import Values
from globaltables.foundation.errors import ApiError, validation
from globaltables.items.item_encoding import StoredItem
from globaltables.items.values import Item, check_item
from globaltables.itemstore.stage import Stage
from globaltables.operations.statements.bound import Bound
from globaltables.operations.statements.keys import key_of_where
from globaltables.operations.write_actions import (
    ConditionAction,
    DeleteAction,
    PutAction,
    UpdateAction,
    WriteAction,
)
from globaltables.tables.definitions import KeySchema, Table

EXISTS_MISPLACED = "EXISTS can only be used in ExecuteTransaction write requests."
_NO_FULL_KEY = "Where clause does not contain a mandatory equality on all key attributes"
_EXISTS_FORM = "EXISTS() must contain a single item read with additional condition"


class InsertAction(PutAction):
    """Makes an item that must not be there yet."""

    def current(self, stage: Stage) -> StoredItem | None:
        """Return nothing.

        Raises:
            ApiError: DuplicateItemException when there is an item.
        """
        if stage.item(self.table, self.key) is not None:
            raise ApiError("DuplicateItemException", "Duplicate primary key exists in table")
        return None


class StatementDeleteAction(DeleteAction):
    """Removes an item; when there is none, no condition is looked at."""

    def current(self, stage: Stage) -> StoredItem | None:
        """Return the item as it is, when the condition holds or there is none.

        Raises:
            ApiError: ConditionalCheckFailedException.
        """
        if stage.item(self.table, self.key) is None:
            return None
        return super().current(stage)


def check_form(bound: Bound) -> None:
    """Check what a write names beside its table.

    Raises:
        ApiError: it names an index.
    """
    statement = bound.statement
    if not isinstance(statement, InsertStatement) and statement.index is not None:
        raise validation("This operation is not supported on an index")


def check_key(table: Table, bound: Bound) -> None:
    """Check that a write outside of a transaction names one item.

    Raises:
        ApiError: the WHERE clause does not give every key attribute one value.
    """
    statement = bound.statement
    if isinstance(statement, InsertStatement | ExistsStatement):
        return
    found = key_of_where(table.schema, statement.where, bound.values)
    if found.conflicting is not None:
        raise _conflicting(found.conflicting)
    if found.key.keys() != table.schema.name_set:
        raise validation(_NO_FULL_KEY)


def check_exists(table: Table, bound: Bound) -> None:
    """Check that an EXISTS asks something of one item.

    Raises:
        ApiError: it reads more than one item, or has no condition beside the key.
    """
    statement = bound.statement
    if isinstance(statement, ExistsStatement):
        found = key_of_where(table.schema, statement.where, bound.values)
        if found.key.keys() != table.schema.name_set or not found.more:
            raise validation(_EXISTS_FORM)


def write_action(table: Table, bound: Bound) -> WriteAction:
    """Return the action of a write; it is not located yet.

    The whole WHERE clause is the condition: that the key is as it says is what tells an item from none.

    Raises:
        ApiError: a transaction's action has two values for a key attribute; the item cannot be stored.
    """
    statement, values = bound.statement, bound.values
    request: dict[str, Any] = {
        "TableName": statement.table,
        "ExpressionAttributeValues": values,
    }
    asked = bound.members.get("ReturnValuesOnConditionCheckFailure")
    if asked is not None:
        request["ReturnValuesOnConditionCheckFailure"] = asked
    match statement:
        case InsertStatement(item=attributes):
            item = {name: values[value] for name, value in attributes}
            request["Item"] = item
            return InsertAction(request, table, Expressions(), item, check_item(item))
        case UpdateStatement():
            expressions = _expressions(statement.where, values)
            request["Key"] = _key(table.schema, statement.where, values)
            update = Expressions(expressions.condition, update=statement.update, values=values)
            return UpdateAction(request, table, update)
        case DeleteStatement():
            request["Key"] = _key(table.schema, statement.where, values)
            return StatementDeleteAction(request, table, _expressions(statement.where, values))
        case ExistsStatement():
            request["Key"] = key_of_where(table.schema, statement.where, values).key
            return ConditionAction(request, table, _expressions(statement.where, values))
        case _:
            raise AssertionError(statement)


def returned_item(
    returning: Returning | None, action: WriteAction, current: StoredItem | None, new: Item | None
) -> Item | None:
    """Return the item that RETURNING asks for; None when there is nothing to show."""
    if returning is None:
        return None
    image = current.item if returning.endswith("OLD") and current is not None else None
    if returning.endswith("NEW"):
        image = new
    update = action.expressions.update
    if image is None or returning.startswith("ALL") or update is None:
        return image
    return update.project(image) or None


def _key(schema: KeySchema, where: Where | None, values: Values) -> Item:
    found = key_of_where(schema, where, values)
    if found.conflicting is not None:
        raise _conflicting(found.conflicting)
    return found.key


def _conflicting(name: str) -> ApiError:
    return validation(
        f"Multiple conditions on same key {name}. Only single item Update/Insert/Delete are supported"
    )


def _expressions(where: Where | None, values: Values) -> Expressions:
    return Expressions(None if where is None else where.condition, values=values)
