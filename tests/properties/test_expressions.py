"""Whatever text, values and items come: expressions answer, or refuse with an ApiError."""

import copy
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from globaltables.expressions.request import (
    compile_condition,
    compile_key_condition,
    compile_projection,
    compile_update,
)
from globaltables.foundation.errors import ApiError
from globaltables.items.values import check_item
from globaltables.tables.definitions import KeyAttribute, KeySchema

_WORDS = (
    "a b c #a #b :v :w a.b a[0] a[1].b size( contains( begins_with( attribute_exists( "
    "attribute_type( if_not_exists( list_append( ( ) , . [ ] 0 = <> < <= > >= + - AND OR NOT "
    "BETWEEN IN SET REMOVE ADD DELETE # : ! _"
)
_texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(_WORDS.split()), max_size=14).map(" ".join),
    st.lists(st.sampled_from(["(", "NOT ", "size(", "a<b or (", "[", "a."]), max_size=700).map(
        "".join
    ),
)
_scalars = st.one_of(
    st.builds(lambda text: {"S": text}, st.text(max_size=3)),
    st.builds(lambda number: {"N": str(number)}, st.integers(-5, 5)),
    st.sampled_from([{"B": "YQ=="}, {"B": ""}, {"BOOL": True}, {"NULL": True}]),
    st.sampled_from([{"SS": ["a", "b"]}, {"NS": ["1"]}, {"BS": ["YQ=="]}]),
)
_names = st.sampled_from(["a", "b", "c"])
_values: st.SearchStrategy[dict[str, Any]] = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda elements: {"L": elements}),
        st.dictionaries(_names, inner, max_size=3).map(lambda members: {"M": members}),
    ),
    max_leaves=6,
)
_items = st.dictionaries(_names, _values, max_size=3)
_bindings = st.fixed_dictionaries({":v": _values, ":w": _values})
_NAMES = {"#a": "a", "#b": "b"}

_paths = st.sampled_from(["a", "b", "c", "a.b", "a[0]", "b[1].a", "#a", "c.a[0]", "b.#b"])
_operands = st.one_of(
    _paths,
    st.sampled_from([":v", ":w"]),
    _paths.map(lambda path: f"size({path})"),
)
_primitives = st.one_of(
    st.builds(
        lambda left, sign, right: f"{left} {sign} {right}",
        _operands,
        st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
        _operands,
    ),
    st.builds(
        lambda x, low, high: f"{x} BETWEEN {low} AND {high}", _operands, _operands, _operands
    ),
    st.builds(lambda x, one, two: f"{x} IN ({one}, {two})", _operands, _operands, _operands),
    st.builds(lambda path: f"attribute_exists({path})", _paths),
    st.builds(
        lambda function, x, y: f"{function}({x}, {y})",
        st.sampled_from(["contains", "begins_with", "attribute_type"]),
        _operands,
        _operands,
    ),
)
_conditions = st.recursive(
    _primitives,
    lambda inner: st.one_of(
        inner.map(lambda text: f"NOT {text}"),
        st.builds(lambda x, y: f"{x} AND {y}", inner, inner),
        st.builds(lambda x, y: f"({x} OR {y})", inner, inner),
    ),
    max_leaves=4,
)
_sums = st.one_of(
    _paths,
    st.sampled_from([":v", ":w"]),
    st.builds(lambda x, y: f"if_not_exists({x}, {y})", _paths, _operands),
    st.builds(lambda x, y: f"list_append({x}, {y})", _paths, st.sampled_from([":v", "a", "b"])),
    st.builds(lambda x, sign, y: f"{x} {sign} {y}", _paths, st.sampled_from("+-"), st.just(":v")),
)
_updates = st.lists(
    st.one_of(
        st.lists(st.builds(lambda x, y: f"{x} = {y}", _paths, _sums), min_size=1, max_size=3).map(
            lambda actions: "SET " + ", ".join(actions)
        ),
        st.lists(_paths, min_size=1, max_size=2).map(lambda paths: "REMOVE " + ", ".join(paths)),
        _paths.map(lambda path: f"ADD {path} :v"),
        _paths.map(lambda path: f"DELETE {path} :w"),
    ),
    min_size=1,
    max_size=3,
).map(" ".join)
_SCHEMA = KeySchema((KeyAttribute("a", "S"),), (KeyAttribute("b", "N"),))


@given(text=_texts)
def test_text_of_any_kind_is_compiled_or_refused(text: str) -> None:
    """The parsers raise nothing but ApiError."""
    for compile_text in (
        lambda: compile_condition("FilterExpression", text, _NAMES),
        lambda: compile_update(text, _NAMES),
        lambda: compile_projection(text, _NAMES),
        lambda: compile_key_condition(text, _NAMES),
    ):
        with suppress(ApiError):
            compile_text()


@settings(max_examples=300)
@given(text=_conditions, item=_items, values=_bindings)
def test_condition_on_any_item_answers_or_is_refused(
    text: str, item: dict[str, Any], values: dict[str, Any]
) -> None:
    """A condition that passed its checks can be evaluated on every item."""
    check_item(item)
    check_item(values)
    try:
        condition = compile_condition("ConditionExpression", text, _NAMES)
        condition.check(values)
    except ApiError:
        return
    assert isinstance(condition.test(item, values), bool)
    assert condition.test(None, values) is condition.test({}, values)


@settings(max_examples=300)
@given(text=_updates, item=_items, values=_bindings)
def test_update_of_any_item_gives_a_valid_item_or_is_refused(
    text: str, item: dict[str, Any], values: dict[str, Any]
) -> None:
    """An update never changes the item that it was given, and what it makes can be stored."""
    check_item(item)
    check_item(values)
    before = copy.deepcopy((item, values))
    try:
        update = compile_update(text, _NAMES)
        update.check(values)
        after = update.apply(item, values)
    except ApiError:
        return
    finally:
        assert before == (item, values)
    check_item(after)
    update.project(after)
    again = update.apply(item, values)
    assert after == again


@given(paths=st.lists(_paths, min_size=1, max_size=4), item=_items)
def test_projection_of_any_item_is_part_of_it(paths: list[str], item: dict[str, Any]) -> None:
    """A projection has no attribute that the item does not have, and the item stays as it is."""
    before = copy.deepcopy(item)
    try:
        projection = compile_projection(", ".join(paths), _NAMES)
    except ApiError:
        return
    assert projection.project(item).keys() <= item.keys()
    assert before == item


@given(text=_conditions, values=_bindings)
def test_key_condition_is_bound_or_refused(text: str, values: dict[str, Any]) -> None:
    """Binding raises nothing but ApiError."""
    check_item(values)
    try:
        condition = compile_key_condition(text, _NAMES)
        condition.check(values)
        condition.check_form()
        bound = condition.bind(values, _SCHEMA)
    except ApiError:
        return
    assert {"a"} == bound.hash.keys()
