"""Fixtures of the tests of global tables."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.legacy_tables import REGIONS
from tests.support.patience import AWS, LOCAL, Patience
from tests.support.replicas import STREAM
from tests.support.scaling import ScaledTable, create_global_table
from tests.support.target import Target


@pytest.fixture(autouse=True)
def _skipped_on_aws(request: pytest.FixtureRequest) -> None:
    """Skip what is marked as ours when the target is AWS."""
    marker = request.node.get_closest_marker("ours")
    if marker is not None and request.config.getoption("--target") == "aws":
        pytest.skip(marker.args[0])


@pytest.fixture(scope="session")
def patience(pytestconfig: pytest.Config) -> Patience:
    """How long to wait for the target; one that is not ours to know may take as long as AWS."""
    return LOCAL if pytestconfig.getoption("--target") == "local" else AWS


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
