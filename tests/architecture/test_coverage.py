"""docs/coverage.md says what the code does."""

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

import pytest

from docs.coverage import page, unread
from globaltables.api.model import Models, load_models
from globaltables.api.uncovered import UNCOVERED, Effect
from globaltables.foundation.errors import ApiError
from globaltables.tables.refusals import refuse_at_creation, refuse_at_update
from tests.support.sources import ROOT


@pytest.fixture(scope="module")
def models() -> Models:
    """The contract of both services."""
    return load_models()


def test_coverage_page_is_up_to_date(models: Models) -> None:
    """`python docs/coverage.py` writes it anew."""
    committed = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8").splitlines()
    generated = page(models).splitlines()

    # Only the first lines that differ: the whole page would bury them.
    assert [] == [pair for pair in zip_longest(committed, generated) if pair[0] != pair[1]][:5]


def test_coverage_lists_every_operation(models: Models) -> None:
    """What AWS has and the product lacks is on the page too."""
    text = page(models)

    assert [] == [model.name for model in models.operations.values() if model.name not in text]


def test_parameters_that_nothing_reads_have_a_reason(models: Models) -> None:
    """A parameter that is accepted without effect stands in api/uncovered.py."""
    assert [] == unread(models)


def test_uncovered_parameters_exist(models: Models) -> None:
    """An entry for something that AWS does not have would say nothing."""
    parameters = {
        (model.name, name) for model in models.operations.values() for name in model.input.members
    }

    assert set() == {(entry.operation, entry.parameter) for entry in UNCOVERED} - parameters


@pytest.mark.parametrize(
    ("operation", "refuse"),
    [("CreateTable", refuse_at_creation), ("UpdateTable", refuse_at_update)],
)
def test_refused_parameters_are_those_that_the_code_refuses(
    models: Models, operation: str, refuse: Callable[[Mapping[str, Any]], None]
) -> None:
    """The page calls a parameter refused exactly when a request that has it is."""
    listed = {
        entry.parameter
        for entry in UNCOVERED
        if entry.operation == operation and entry.effect is Effect.REFUSED
    }
    members = models.operations[f"DynamoDB_20120810.{operation}"].input.members

    assert listed == {name for name in members if _is_refused(refuse, name)}


def _is_refused(refuse: Callable[[Mapping[str, Any]], None], name: str) -> bool:
    try:
        refuse({name: {}})
    except ApiError:
        return True
    return False
