"""UpdateItem: changes attributes of one item, or makes it."""

from asyncio import Future
from typing import Any

from globaltables.items.item_encoding import StoredItem
from globaltables.items.values import Item
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.metering import perform
from globaltables.operations.write_actions import UpdateAction, submit_write, update_action
from globaltables.operations.write_responses import answer_write


def handle(call: Call) -> Future[Answer]:
    """Update the item of the request's key when its condition holds.

    Source: API_UpdateItem.
    """
    action = update_action(call, call.request).located()

    def decide(stage: Stage) -> Answer:
        current, result, outcome = perform(call.region, stage, action)
        return answer_write(stage, action, outcome, _attributes(action, current, result[0]))

    return submit_write(call, action, decide)


def _attributes(
    action: UpdateAction, current: StoredItem | None, new: Item | None
) -> bytes | dict[str, Any] | None:
    """Return what ReturnValues asks for; AWS leaves an empty Attributes member out."""
    match action.request.get("ReturnValues"):
        case "ALL_OLD":
            return None if current is None else current.json
        case "ALL_NEW":
            return new
        case "UPDATED_OLD":
            before = None if current is None else current.item
        case "UPDATED_NEW":
            before = new
        case _:
            return None
    update = action.expressions.update
    if before is None or update is None:
        return None
    return update.project(before) or None
