"""PutItem: makes or replaces one item."""

from asyncio import Future

from globaltables.foundation.errors import validation
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.metering import perform
from globaltables.operations.write_actions import put_action, submit_write
from globaltables.operations.write_responses import answer_write


def handle(call: Call) -> Future[Answer]:
    """Put the item of the request when its condition holds.

    Source: API_PutItem.
    """
    request = call.request
    return_values = request.get("ReturnValues")

    def check_return_values() -> None:
        if return_values not in (None, "NONE", "ALL_OLD"):
            raise validation("ReturnValues can only be ALL_OLD or NONE")

    action = put_action(call, request, check_return_values).located()

    def decide(stage: Stage) -> Answer:
        current, _, outcome = perform(call.region, stage, action)
        attributes = None
        if return_values == "ALL_OLD" and current is not None:
            attributes = current.json
        return answer_write(stage, action, outcome, attributes)

    return submit_write(call, action, decide)
