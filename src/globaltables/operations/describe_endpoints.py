"""DescribeEndpoints: where clients that discover endpoints are to go."""

from globaltables.foundation.arns import partition_of
from globaltables.foundation.limits import ENDPOINT_CACHE_MINUTES
from globaltables.operations.context import Answer, Call


def handle(call: Call) -> Answer:
    """Return the region's public host name, as AWS does.

    Source: API_DescribeEndpoints.
    """
    suffix = "amazonaws.com.cn" if partition_of(call.region.name) == "aws-cn" else "amazonaws.com"
    address = f"dynamodb.{call.region.name}.{suffix}"
    return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": ENDPOINT_CACHE_MINUTES}]}
