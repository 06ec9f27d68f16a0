"""The four writes of one item, prepared from a request or from an action of a transaction.

Preparing checks everything that does not need the current item; applying is a pure decision on the current item.
"""

from abc import ABC, abstractmethod
from asyncio import Future
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from globaltables.expressions.request import Expressions, read_expressions
from globaltables.expressions.updates import Update
from globaltables.foundation.errors import conditional_check_failed, invalid_parameters, validation
from globaltables.foundation.limits import ITEM_BYTES_MAX
from globaltables.items.item_encoding import StoredItem
from globaltables.items.values import Item, check_item, check_nesting, item_size, part_size
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.operations.agreed import submit_agreed
from globaltables.operations.context import Answer, Call
from globaltables.operations.item_keys import (
    check_index_attributes,
    index_type_mismatch,
    key_of_item,
    key_of_request,
)
from globaltables.operations.read_parameters import check_scalar_keys
from globaltables.tables.definitions import Index, Table

PUT_TOO_LARGE = "Item size has exceeded the maximum allowed size"
UNSUPPORTED_INDEX_TYPE = (
    "The update expression attempted to update the secondary index key to unsupported type"
)
UPDATE_TOO_LARGE = "Item size to update has exceeded the maximum allowed size"
_CONDITION = ("ConditionExpression",)
_UPDATE = ("UpdateExpression", "ConditionExpression")
#: The item that a write leaves, None for none, and its billed bytes.
Result = tuple[Item | None, int]


@dataclass(slots=True)
class WriteAction(ABC):
    """A prepared write: where, under which condition, and what.

    Attributes:
        request: the members of the request or of the transaction's action.
        key: stored key without the table's prefix; `located` finds it.
    """

    request: dict[str, Any]
    table: Table
    expressions: Expressions
    key: bytes = field(default=b"", kw_only=True)

    @property
    def source(self) -> Item:
        """The item of a put, the key of any other write."""
        item: Item = self.request.get("Item") or self.request["Key"]
        return item

    def located(self) -> Self:
        """Find the stored key.

        Raises:
            ApiError: the key of the request does not fit the table.
        """
        self.key = key_of_request(self.table, self.request["Key"])
        return self

    def current(self, stage: Stage) -> StoredItem | None:
        """Return the item as it is, when the condition holds.

        Raises:
            ApiError: ConditionalCheckFailedException, with the item when the request asks for it.
        """
        current = stage.item(self.table, self.key)
        condition = self.expressions.condition
        if condition is not None:
            item = None if current is None else current.item
            if not condition.test(item, self.expressions.values):
                asked = self.request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
                raise conditional_check_failed(item if asked else None)
        return current

    @abstractmethod
    def result(self, current: StoredItem | None) -> Result:
        """Work the write out without staging it.

        Raises:
            ApiError: it cannot be done to the current item.
        """

    def apply(self, stage: Stage, current: StoredItem | None, result: Result) -> WriteOutcome:
        """Stage what `result` worked out; return what changed."""
        new, size = result
        return stage.write(self.table, self.key, new, size=size, current=current)


@dataclass(slots=True)
class PutAction(WriteAction):
    """Replaces an item."""

    item: Item
    size: int

    def located(self) -> Self:
        """Find the stored key.

        Raises:
            ApiError: the item's key attributes do not fit the table or an index, or it is too large: PutItem has
                found that before it looks at the table, a transaction is cancelled for it.
        """
        if self.size > ITEM_BYTES_MAX:
            raise validation(PUT_TOO_LARGE)
        self.key = key_of_item(self.table, self.item)
        return self

    def result(self, current: StoredItem | None) -> Result:
        """Return the item of the request."""
        del current
        return self.item, self.size


class DeleteAction(WriteAction):
    """Removes an item."""

    def result(self, current: StoredItem | None) -> Result:
        """Return nothing."""
        del current
        return None, 0


class UpdateAction(WriteAction):
    """Changes attributes of an item, or makes one of its key."""

    def located(self) -> Self:
        """Find the stored key.

        Raises:
            ApiError: the key does not fit the table, or the update would change it.
        """
        super().located()
        update = self.expressions.update
        if update is not None:
            for name in self.table.schema.names:
                if name in update.top_level_targets:
                    raise invalid_parameters(
                        f"Cannot update attribute {name}. This attribute is part of the key"
                    )
            self._check_index_types(update)
        check_scalar_keys(self.table, update, self.expressions.condition)
        return self

    def _check_index_types(self, update: Update) -> None:
        for index in self.table.indexes:
            for attribute in index.schema.attributes:
                actual = update.new_type(attribute.name, self.expressions.values)
                if actual is not None and actual != attribute.type:
                    raise index_type_mismatch(index, attribute, actual)

    def result(self, current: StoredItem | None) -> Result:
        """Return the updated item.

        Raises:
            ApiError: the update does not fit the item's attributes, or makes it too large.
        """
        update = self.expressions.update
        key: Item = self.request["Key"]
        if update is None:
            if current is not None:
                return current.item, current.size
            return key, item_size(key)
        if current is None and update.only_removes:
            # AWS makes no item when there is nothing to remove from.
            update.apply(key, self.expressions.values, exists=False)
            return None, 0
        targets = update.top_level_targets
        if current is None:
            new = update.apply(key, self.expressions.values, exists=False)
            size = item_size(new)
        else:
            old = current.item
            new = update.apply(old, self.expressions.values)
            # Only what the update names can have changed, so only that is measured again.
            size = current.size + part_size(new, targets) - part_size(old, targets)
        check_nesting(new, targets)
        if size > ITEM_BYTES_MAX:
            raise validation(UPDATE_TOO_LARGE)
        for index in self.table.indexes:
            if not index.schema.name_set.isdisjoint(targets):
                _check_updated_index(index, new)
        return new, size


class ConditionAction(WriteAction):
    """Only checks."""

    def result(self, current: StoredItem | None) -> Result:
        """Return the item as it is."""
        return (None, 0) if current is None else (current.item, current.size)

    def apply(self, stage: Stage, current: StoredItem | None, result: Result) -> WriteOutcome:
        """Stage nothing."""
        del stage, current
        return WriteOutcome(changed=False, old_size=result[1], new_size=result[1], indexes=())


def submit_write(
    call: Call, action: WriteAction, decide: Callable[[Stage], Answer]
) -> "Future[Answer]":
    """Queue the write of one item.

    Args:
        call: the request.
        action: located.
        decide: see `Store.submit`.

    Raises:
        ApiError: TransactionConflictException when a transaction that was not answered yet has the item.
    """
    region = call.region
    if action.table.strong is not None:
        return submit_agreed(call, action.table, decide)
    if region.in_flight.items:
        region.in_flight.refuse_held(action.table, action.key)
    return region.store.submit(decide)


def check_put_item(item: Item) -> int:
    """Check the item of a put and return its billed bytes.

    Raises:
        ApiError: a value is not allowed, or the item is too large.
    """
    size = check_item(item)
    if size > ITEM_BYTES_MAX:
        raise validation(PUT_TOO_LARGE)
    return size


def put_action(
    call: Call, request: dict[str, Any], check_more: Callable[[], object] | None = None
) -> PutAction:
    """Return a put.

    Args:
        call: the request that it is, or is a part of.
        request: its members.
        check_more: what PutItem checks together with the item; None in a transaction.
    """
    item = request["Item"]
    size = 0

    def check() -> None:
        nonlocal size
        if check_more is None:
            size = check_item(item)
        else:
            size = check_put_item(item)
            check_more()

    expressions = read_expressions(request, _CONDITION, check)
    return PutAction(request, call.table_of(request, "PutItem"), expressions, item, size)


def delete_action(call: Call, request: dict[str, Any]) -> DeleteAction:
    """Return a delete."""
    expressions = read_expressions(request, _CONDITION, lambda: check_item(request["Key"]))
    return DeleteAction(request, call.table_of(request, "DeleteItem"), expressions)


def condition_action(call: Call, request: dict[str, Any]) -> ConditionAction:
    """Return a condition check."""
    expressions = read_expressions(request, _CONDITION, lambda: check_item(request["Key"]))
    return ConditionAction(request, call.table_of(request, "ConditionCheckItem"), expressions)


def update_action(call: Call, request: dict[str, Any]) -> UpdateAction:
    """Return an update."""
    expressions = read_expressions(request, _UPDATE, lambda: check_item(request["Key"]))
    return UpdateAction(request, call.table_of(request, "UpdateItem"), expressions)


def _check_updated_index(index: Index, new: Item) -> None:
    for attribute in index.schema.attributes:
        if attribute.type not in new.get(attribute.name, {attribute.type: None}):
            raise validation(UNSUPPORTED_INDEX_TYPE)
    check_index_attributes(index, new)
