"""Fixtures of the tests of global tables."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.legacy_tables import REGIONS
from tests.support.replicas import STREAM
from tests.support.scaling import ScaledTable, create_global_table
from tests.support.target import Target


@pytest.fixture
def name(make_table: Callable[..., str], table_name: str) -> str:
    """The name of equal, empty tables in two regions."""
    for region in REGIONS:
        make_table(region=region, TableName=table_name, StreamSpecification=STREAM)
    return table_name


@pytest.fixture
def scaled(target: Target, table_name: str) -> Iterator[Callable[..., ScaledTable]]:
    """Make the table of this test in two regions, provisioned unless told otherwise; see `create_global_table`."""
    made: list[ScaledTable] = []

    def make(**options: bool) -> ScaledTable:
        made.append(create_global_table(target, table_name, **options))
        return made[-1]

    yield make
    for table in made:
        table.drop()
