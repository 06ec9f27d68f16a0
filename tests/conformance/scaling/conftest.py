"""Fixtures of the tests of Application Auto Scaling."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.scaling import KEYS, UNITS, ScaledDimension, index
from tests.support.target import Target


@pytest.fixture
def service(target: Target) -> Any:
    """A client of the service; there are no type stubs for it."""
    return target.scaling()


@pytest.fixture
def writes(target: Target, make_table: Callable[..., str]) -> Iterator[ScaledDimension]:
    """The writes of a provisioned table with an index; replicas that the test added go with it."""
    name = make_table(
        AttributeDefinitions=KEYS,
        BillingMode="PROVISIONED",
        ProvisionedThroughput=UNITS,
        GlobalSecondaryIndexes=[index(ProvisionedThroughput=UNITS)],
    )
    made = ScaledDimension(target, name)
    yield made
    if made.table.exists():
        made.table.drop()
