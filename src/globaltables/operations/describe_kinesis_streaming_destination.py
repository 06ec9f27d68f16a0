"""DescribeKinesisStreamingDestination: the Kinesis data streams that get, or got, a table's changes."""

from globaltables.operations.context import Answer, Call
from globaltables.operations.kinesis_destinations import find_table_with_destinations
from globaltables.tables.kinesis_destinations import describe_destinations


def handle(call: Call) -> Answer:
    """Describe the destinations of the table of the request.

    Source: API_DescribeKinesisStreamingDestination.
    """
    table = find_table_with_destinations(call, call.region.catalog)
    return {
        "TableName": table.name,
        "KinesisDataStreamDestinations": describe_destinations(table),
    }
