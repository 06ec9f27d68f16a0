"""UpdateKinesisStreamingDestination: the precision of the times in the records of a Kinesis data stream."""

from collections.abc import Awaitable

from globaltables.operations.context import Answer, Call
from globaltables.operations.kinesis_destinations import change_destination
from globaltables.tables.definitions import Table
from globaltables.tables.kinesis_destinations import changed, find, settled, with_precision


def handle(call: Call) -> Awaitable[Answer]:
    """Change the precision; it holds for changes of items that are committed later.

    Source: API_UpdateKinesisStreamingDestination.
    """
    return _update(call)


async def _update(call: Call) -> Answer:
    request, realistic = call.request, call.region.settings.realistic

    def change(table: Table, stamp: int) -> Table:
        after = with_precision(table, request, stamp, limited=realistic)
        destination = find(after, request["StreamArn"])
        if destination is None or realistic:
            return after
        return changed(after, settled(destination))

    table = await change_destination(call, change)
    return {
        "TableName": table.name,
        "StreamArn": request["StreamArn"],
        "DestinationStatus": "UPDATING",
        "UpdateKinesisStreamingConfiguration": request["UpdateKinesisStreamingConfiguration"],
    }
