"""EnableKinesisStreamingDestination: a Kinesis data stream gets every later change of a table."""

from collections.abc import Awaitable

from globaltables.destinations.service import change_ended
from globaltables.foundation.errors import validation
from globaltables.operations.context import Answer, Call
from globaltables.operations.kinesis_destinations import (
    change_destination,
    find_table_with_destinations,
)
from globaltables.tables.definitions import Table
from globaltables.tables.kinesis_destinations import requested_precision, with_destination


def handle(call: Call) -> Awaitable[Answer]:
    """Enable the destination of the request; what is wrong with its stream is described afterwards, as on AWS.

    Source: API_EnableKinesisStreamingDestination; dynamodb-controller, docs/api-quirks, DDB-TABLE-318.
    """
    find_table_with_destinations(call, call.region.catalog)
    if call.region.settings.kinesis_endpoint is None:
        raise validation(
            "EnableKinesisStreamingDestination needs a Kinesis to deliver to, and this globaltables was started "
            "without one: start it with --kinesis-endpoint URL or AWS_ENDPOINT_URL_KINESIS in its environment, or "
            "with --kinesis-endpoint aws to deliver to AWS"
        )
    return _enable(call)


async def _enable(call: Call) -> Answer:
    request, region = call.request, call.region
    arn, precision = request["StreamArn"], requested_precision(request)

    def change(table: Table, stamp: int) -> Table:
        return with_destination(table, arn, precision, stamp)

    table = await change_destination(call, change)
    if not region.settings.realistic:
        await change_ended(region, table, arn)
    return {
        "TableName": table.name,
        "StreamArn": arn,
        "DestinationStatus": "ENABLING",
        "EnableKinesisStreamingConfiguration": request.get(
            "EnableKinesisStreamingConfiguration", {}
        ),
    }
