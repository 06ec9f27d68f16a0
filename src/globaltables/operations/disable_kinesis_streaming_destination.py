"""DisableKinesisStreamingDestination: a Kinesis data stream gets no later changes of a table."""

from collections.abc import Awaitable

from globaltables.operations.context import Answer, Call
from globaltables.operations.kinesis_destinations import change_destination
from globaltables.tables.definitions import Table
from globaltables.tables.kinesis_destinations import changed, find, settled, without_destination


def handle(call: Call) -> Awaitable[Answer]:
    """Disable the destination of the request; what was committed before is still delivered.

    Source: API_DisableKinesisStreamingDestination.
    """
    return _disable(call)


async def _disable(call: Call) -> Answer:
    request = call.request

    def change(table: Table, stamp: int) -> Table:
        after = without_destination(table, request, stamp)
        destination = find(after, request["StreamArn"])
        if destination is None or call.region.settings.realistic:
            return after
        return changed(after, settled(destination))

    table = await change_destination(call, change)
    return {
        "TableName": table.name,
        "StreamArn": request["StreamArn"],
        "DestinationStatus": "DISABLING",
    }
