"""PartiQL means what expressions mean, and a plan never changes what is selected."""

# ruff: noqa: S608 - statements are what is tested

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from globaltables.expressions.partiql.statements import SelectStatement, bind, compile_statement
from globaltables.expressions.request import compile_condition
from globaltables.foundation.errors import ApiError
from globaltables.items.values import check_item
from tests.support.in_process import InProcess

_SERVICE = "DynamoDB_20120810."
_TABLE = "planned"
_ITEMS = [
    {"pk": {"S": key}, "sk": {"N": str(sort)}, "v": {"S": value}}
    for key in "abc"
    for sort, value in enumerate("xyz")
]
#: What AWS does not serve although it can be read.
_NOT_SERVED = ("Overlapping conditions with range keys", "Too many decomposed read operations")

#: A condition in both languages; values are placeholders and question marks.
Both = tuple[str, str, list[dict[str, Any]]]
_paths = st.sampled_from(["a", "b", "a.b", "b[0]", "c.a[1]"])
_values = st.one_of(
    st.builds(lambda text: {"S": text}, st.text("ab", max_size=2)),
    st.builds(lambda number: {"N": str(number)}, st.integers(-2, 2)),
    st.sampled_from([{"BOOL": True}, {"NULL": True}, {"SS": ["a"]}, {"L": [{"S": "a"}]}]),
)
_items = st.dictionaries(
    st.sampled_from("abc"),
    st.one_of(
        _values,
        st.dictionaries(st.sampled_from("ab"), _values, max_size=2).map(lambda m: {"M": m}),
        st.lists(_values, max_size=2).map(lambda elements: {"L": elements}),
    ),
    max_size=3,
)


def _with_values(template: str, *values: dict[str, Any]) -> Both:
    return template, template, list(values)


def _joined(left: Both, word: str, right: Both) -> Both:
    return (
        f"({left[0]} {word} {right[0]})",
        f"({left[1]} {word} {right[1]})",
        left[2] + right[2],
    )


_primitives = st.one_of(
    st.builds(
        lambda path, sign, value: _with_values(f"{path} {sign} {{}}", value),
        _paths,
        st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
        _values,
    ),
    st.builds(
        lambda p, x, y: _with_values(f"{p} BETWEEN {{}} AND {{}}", x, y), _paths, _values, _values
    ),
    st.builds(
        lambda p, x, y: (f"{p} IN ({{}}, {{}})", f"{p} IN [{{}}, {{}}]", [x, y]),
        _paths,
        _values,
        _values,
    ),
    st.builds(
        lambda function, path, value: _with_values(f"{function}({path}, {{}})", value),
        st.sampled_from(["contains", "begins_with"]),
        _paths,
        _values,
    ),
    st.builds(lambda p, x: _with_values(f"size({p}) > {{}}", x), _paths, _values),
    _paths.map(lambda p: (f"attribute_not_exists({p})", f"{p} IS MISSING", [])),
    _paths.map(lambda p: (f"attribute_exists({p})", f"{p} IS NOT MISSING", [])),
)
_conditions = st.recursive(
    _primitives,
    lambda inner: st.one_of(
        inner.map(lambda both: (f"NOT {both[0]}", f"NOT {both[1]}", both[2])),
        st.builds(_joined, inner, st.sampled_from(["AND", "OR"]), inner),
    ),
    max_leaves=5,
)


@settings(max_examples=200)
@given(both=_conditions, items=st.lists(_items, max_size=4))
def test_condition_in_both_languages_selects_the_same_items(
    both: Both, items: list[dict[str, Any]]
) -> None:
    """Or both are refused for the same reason; a redundant parenthesis is refused in expressions alone."""
    expression, statement, values = both
    for item in items:
        check_item(item)
    named = {f":v{number}": value for number, value in enumerate(values)}
    text = f"SELECT * FROM t WHERE {statement.format(*'?' * len(values))}"
    refusals: list[str | None] = []
    selected: list[list[bool]] = []
    try:
        condition = compile_condition("FilterExpression", expression.format(*named))
        condition.check(named)
        selected.append([condition.test(item, named) for item in items])
    except ApiError as error:
        refusals.append((error.message or "").removeprefix("Invalid FilterExpression: "))
    try:
        compiled = compile_statement(text)
        assert isinstance(compiled, SelectStatement)
        assert compiled.where is not None
        bound = bind(compiled, values)
        compiled.where.condition.check(bound)
        selected.append([compiled.where.condition.test(item, bound) for item in items])
    except ApiError as error:
        refusals.append(error.message)
    if len(refusals) == 1:
        assert "redundant parentheses" in (refusals[0] or "")
    elif refusals:
        assert refusals[0] == refusals[1]
    else:
        assert selected[0] == selected[1]


@pytest.fixture(scope="module")
def node() -> Iterator[InProcess]:
    """A node with a small table of three partitions."""
    with InProcess() as running:
        keys = [("pk", "S", "HASH"), ("sk", "N", "RANGE")]
        request = {
            "TableName": _TABLE,
            "KeySchema": [{"AttributeName": n, "KeyType": k} for n, _, k in keys],
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t, _ in keys],
            "BillingMode": "PAY_PER_REQUEST",
        }
        assert 200 == running.ask(_SERVICE + "CreateTable", request).status
        for item in _ITEMS:
            running.ask(_SERVICE + "PutItem", {"TableName": _TABLE, "Item": item})
        yield running


_key_terms = st.one_of(
    st.sampled_from("abd").map(lambda key: f"pk = '{key}'"),
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True).map(
        lambda keys: "pk IN [" + ", ".join(f"'{key}'" for key in keys) + "]"
    ),
    st.builds(
        lambda sign, sort: f"sk {sign} {sort}",
        st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
        st.integers(-1, 3),
    ),
    st.builds(lambda low: f"sk BETWEEN {low} AND {low + 1}", st.integers(-1, 2)),
    st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True).map(lambda s: f"sk IN {s}"),
    st.sampled_from(["v = 'x'", "v <> 'y'", "pk > 'a'", "pk = 'c' AND sk = 1"]),
)
_key_conditions = st.recursive(
    _key_terms,
    lambda inner: st.one_of(
        inner.map(lambda text: f"NOT ({text})"),
        st.builds(
            lambda x, word, y: f"({x} {word} {y})", inner, st.sampled_from(["AND", "OR"]), inner
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_key_conditions, limit=st.integers(1, 4) | st.none())
def test_plan_of_any_condition_selects_what_its_filter_selects(
    node: InProcess, text: str, limit: int | None
) -> None:
    """Whatever is read, page by page, each item that the condition holds for comes exactly once."""
    statement = f"SELECT * FROM {_TABLE} WHERE {text}"
    compiled = compile_statement(statement)
    assert isinstance(compiled, SelectStatement)
    assert compiled.where is not None
    test = compiled.where.condition.test
    expected = [item for item in _ITEMS if test(item, compiled.literals)]
    found: list[dict[str, Any]] = []
    request: dict[str, Any] = {"Statement": statement} | ({"Limit": limit} if limit else {})
    while True:
        reply = node.ask(_SERVICE + "ExecuteStatement", request)
        if reply.status != 200:
            assert reply.message.startswith(_NOT_SERVED), reply.message
            return
        found += reply.body["Items"]
        if "NextToken" not in reply.body:
            break
        request["NextToken"] = reply.body["NextToken"]
    assert sorted(map(_text, expected)) == sorted(map(_text, found))


def _text(item: dict[str, Any]) -> str:
    return json.dumps(item, sort_keys=True)
