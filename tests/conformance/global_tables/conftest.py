"""Fixtures of the tests of global tables."""

import re
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.support.legacy_tables import REGIONS
from tests.support.members import EUROPE, Members
from tests.support.patience import AWS, LOCAL, Patience
from tests.support.replicas import STREAM
from tests.support.scaling import ScaledTable, create_global_table
from tests.support.target import Target

#: Every table of these tests is called so, whoever made it: what is left behind is found by it.
PREFIX = "gtc"


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
def table_name(request: pytest.FixtureRequest) -> str:
    """A table name that no other test and no other run uses."""
    test = re.sub(r"[^A-Za-z0-9_.-]", "-", request.node.name)[:80]
    return f"{PREFIX}-{test}-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def bare(target: Target, table_name: str, patience: Patience) -> Iterator[Members]:
    """A table that the test itself creates."""
    made = Members(target, table_name, patience)
    yield made
    made.drop()


@pytest.fixture
def members(bare: Members) -> Members:
    """An on-demand table with a global index, without replicas, for this test alone."""
    bare.create()
    return bare


@pytest.fixture(scope="module")
def pair(target: Target, patience: Patience) -> Iterator[Members]:
    """A global table of two regions that the tests of a module share: each has keys of its own."""
    made = Members(target, f"{PREFIX}-pair-{uuid.uuid4().hex[:8]}", patience)
    made.create()
    made.add(EUROPE)
    yield made
    made.drop()


@pytest.fixture
def name(make_table: Callable[..., str], table_name: str) -> str:
    """The name of equal, empty tables in two regions."""
    for region in REGIONS:
        make_table(region=region, TableName=table_name, StreamSpecification=STREAM)
    return table_name


@pytest.fixture
def scaled(
    target: Target, table_name: str, patience: Patience
) -> Iterator[Callable[..., ScaledTable]]:
    """Make the table of this test in two regions, provisioned unless told otherwise; see `create_global_table`."""
    made: list[ScaledTable] = []

    def make(**options: bool) -> ScaledTable:
        made.append(create_global_table(target, table_name, patience, **options))
        return made[-1]

    yield make
    for table in made:
        Members(target, table.name, patience).drop()
