"""DescribeLimits, seen from outside."""

from collections.abc import Callable
from typing import Any

Client = Callable[..., Any]


def test_describe_limits_are_those_of_a_new_account(client: Client) -> None:
    """The quotas are AWS's defaults."""
    limits = client().describe_limits()
    assert (80_000, 40_000) == (
        limits["AccountMaxReadCapacityUnits"],
        limits["TableMaxWriteCapacityUnits"],
    )
