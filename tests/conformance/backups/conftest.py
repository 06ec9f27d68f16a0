"""A name for the table that a test restores, which goes away with the test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.target import REGION, Target
from tests.support.waiting import eventually

MakeName = Callable[..., str]


@pytest.fixture
def new_name(target: Target, table_name: str) -> Iterator[MakeName]:
    """Make names of tables that are restored: `new_name()`, `new_name("eu-west-1")`."""
    made: list[tuple[str, str]] = []

    def make(region: str = REGION) -> str:
        made.append((region, f"{table_name}-restored-{len(made)}"))
        return made[-1][1]

    yield make
    for region, name in made:
        dynamodb = target.client(region)
        eventually(lambda: _gone(dynamodb, name))  # noqa: B023 - called at once


def _gone(dynamodb: Any, name: str) -> bool:
    """Delete a table as soon as it can be."""
    try:
        dynamodb.delete_table(TableName=name)
    except dynamodb.exceptions.ResourceNotFoundException:
        return True
    except dynamodb.exceptions.ResourceInUseException:
        return False
    return True
