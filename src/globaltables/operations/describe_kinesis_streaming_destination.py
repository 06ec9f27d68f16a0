"""DescribeKinesisStreamingDestination: the Kinesis data streams that get, or got, a table's changes."""

from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.tables.kinesis_destinations import describe_destinations


def handle(call: Call) -> Answer:
    """Describe the destinations of the table of the request.

    Source: API_DescribeKinesisStreamingDestination.
    """
    table = find_own_table(call, call.region.catalog)
    return {
        "TableName": table.name,
        "KinesisDataStreamDestinations": describe_destinations(table),
    }
