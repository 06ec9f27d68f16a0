"""DescribeGlobalTable: what every region knows."""

from collections.abc import Callable

import pytest

from tests.support.legacy_tables import NO_LONGER, refusal
from tests.support.target import Target

pytestmark = pytest.mark.ours(NO_LONGER)

MakeTable = Callable[..., str]


def test_describe_global_table_of_none_is_refused(target: Target, name: str) -> None:
    """A table that is not global has no description as one."""
    assert refusal(target.client().describe_global_table, GlobalTableName=name) == (
        "GlobalTableNotFoundException",
        f"Global table not found: Global table with name: '{name}' does not exist.",
    )
