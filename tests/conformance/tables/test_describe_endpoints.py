"""DescribeEndpoints, seen from outside."""

from collections.abc import Callable
from typing import Any

Client = Callable[..., Any]


def test_describe_endpoints_names_the_region(client: Client) -> None:
    """Clients that discover endpoints get the region's public name."""
    endpoints = client("eu-west-1").describe_endpoints()["Endpoints"]
    expected = {"Address": "dynamodb.eu-west-1.amazonaws.com", "CachePeriodInMinutes": 1440}
    assert [expected] == endpoints
