"""Fixtures of the tests of global tables."""

from collections.abc import Callable

import pytest

from tests.support.legacy_tables import REGIONS
from tests.support.replicas import STREAM


@pytest.fixture
def name(make_table: Callable[..., str], table_name: str) -> str:
    """The name of equal, empty tables in two regions."""
    for region in REGIONS:
        make_table(region=region, TableName=table_name, StreamSpecification=STREAM)
    return table_name
