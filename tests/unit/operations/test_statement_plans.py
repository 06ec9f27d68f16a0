"""What a WHERE clause makes a statement read."""

# ruff: noqa: S608 - statements are what is tested

from dataclasses import replace

import pytest

from globaltables.expressions.partiql.statements import SelectStatement, compile_statement
from globaltables.foundation.errors import ApiError
from globaltables.items.values import Item
from globaltables.operations.statements.plan import (
    ReadPlan,
    keyed_branches,
    pinned_key,
    plan_read,
)
from globaltables.tables.definitions import Index, KeyAttribute, KeySchema
from tests.support.regions import make_table

_PAIR = KeySchema((KeyAttribute("pk", "S"),), (KeyAttribute("sk", "N"),))
_TABLE = replace(make_table(), schema=_PAIR)
_WIDE = Index(
    "wide",
    1,
    "GLOBAL",
    KeySchema(
        (KeyAttribute("a", "S"), KeyAttribute("b", "S")),
        (KeyAttribute("c", "N"), KeyAttribute("d", "S")),
    ),
    "ALL",
)


def _select(condition: str) -> SelectStatement:
    statement = compile_statement(f"SELECT * FROM t WHERE {condition}")
    assert isinstance(statement, SelectStatement)
    return statement


def _plan(condition: str, index: Index | None = None) -> ReadPlan:
    statement = _select(condition)
    return plan_read(_TABLE, index, statement, statement.literals)


def _keys(plan: ReadPlan) -> list[str | None]:
    """Return the key of every range in short: the contents of its attributes."""
    return [None if planned.key is None else _contents(planned.key) for planned in plan.ranges]


def _contents(key: Item) -> str:
    return "/".join(str(content) for value in key.values() for content in value.values())


@pytest.mark.parametrize(
    ("condition", "keys", "exact"),
    [
        ("pk = 'x'", ["x"], False),
        ("'x' = pk AND 1 = sk", ["x/1"], True),
        ("pk = 'x' AND sk > 1 AND sk < 5", ["x"], False),
        ("pk IN ['y', 'x'] AND sk IN [2, 1]", ["y/1", "y/2", "x/1", "x/2"], True),
        ("pk = 'x' AND sk = 1 OR pk = 'y'", ["x/1", "y"], False),
        ("pk = 'x' AND (sk = 2 OR v = 1) AND pk = 'y'", [None], False),
        ("pk = 'x' AND NOT sk = 1 OR pk = 'x' AND sk = 2", ["x"], False),
        ("pk = 'x' OR v = 1", [None], False),
        ("NOT pk = 'x'", [None], False),
        ("pk = 'x' AND sk > 5 AND sk < 1", [], True),
    ],
)
def test_plan_of_a_condition_reads_the_ranges_that_it_pins(
    condition: str,
    keys: list[str | None],
    exact: bool,  # noqa: FBT001 - a table of cases
) -> None:
    """Alternatives of one partition come in the order of the sort key; None is a scan."""
    plan = _plan(condition)
    assert keys == _keys(plan)
    assert exact is plan.exact


def test_plan_of_an_index_with_several_key_attributes_needs_every_hash_attribute() -> None:
    """Range attributes count from left to right."""
    assert ["x/y"] == _keys(_plan("a = 'x' AND b = 'y'", _WIDE))
    assert ["x/y/1/z"] == _keys(_plan("a = 'x' AND b = 'y' AND c = 1 AND d = 'z'", _WIDE))
    assert ["x/y"] == _keys(_plan("a = 'x' AND b = 'y' AND d = 'z'", _WIDE))
    assert ["x/y", "x/z"] == _keys(_plan("a = 'x' AND b IN ['y', 'z']", _WIDE))
    assert [None] == _keys(_plan("a = 'x' AND c = 1", _WIDE))


@pytest.mark.parametrize(
    ("condition", "key"),
    [
        ("pk = 'x' AND sk = 1", {"pk": {"S": "x"}, "sk": {"N": "1"}}),
        ("(sk IN [1]) AND pk = 'x' AND pk = 'x'", {"pk": {"S": "x"}, "sk": {"N": "1"}}),
        ("pk = 'x' AND sk = 1 AND sk = 2", None),
        ("pk = 'x' AND sk = 1 AND v = 1", None),
        ("pk = 'x'", None),
        ("sk = 1", None),
    ],
)
def test_pinned_key_is_that_of_a_condition_on_nothing_else(
    condition: str, key: Item | None
) -> None:
    """Batches and transactions read by it."""
    statement = _select(condition)
    branches = keyed_branches(_PAIR, statement.where, statement.literals)
    assert key == pinned_key(_PAIR, branches)


def test_plan_of_too_many_alternatives_is_refused_before_they_are_made() -> None:
    """Their number is known from the text; nothing grows with their product."""
    many = ", ".join(map(str, range(90)))
    condition = (
        f"pk = 'x' AND sk IN [{many}] AND sk IN [{many}] AND sk IN [{many}] AND sk IN [{many}]"
    )
    with pytest.raises(ApiError) as refused:
        _plan(condition)
    assert "Too many decomposed read operations for a given query." == refused.value.message
