"""What updates make of items."""

import copy
from typing import Any

import pytest

from globaltables.expressions.request import compile_update
from globaltables.foundation.errors import ApiError
from globaltables.items.values import Item

_INVALID_PATH = "The document path provided in the update expression is invalid for update"
_WRONG_TYPE = "An operand in the update expression has an incorrect data type"
_MISSING = "The provided expression refers to an attribute that does not exist in the item"


def _n(*numbers: int) -> list[dict[str, str]]:
    return [{"N": str(number)} for number in numbers]


def _updated(item: Item, text: str, values: dict[str, Any] | None = None, **names: str) -> Item:
    """Return the updated item; the old one must stay as it was."""
    before = copy.deepcopy(item)
    update = compile_update(text, {f"#{key}": name for key, name in names.items()})
    update.check(values or {})
    after = update.apply(item, values or {})
    assert before == item
    return after


V: dict[str, Any] = {
    ":1": {"N": "1"},
    ":7": {"N": "7"},
    ":s": {"S": "x"},
    ":l": {"L": _n(8, 9)},
    ":ss": {"SS": ["cat", "pig"]},
    ":m": {"M": {"k": {"N": "1"}}},
}


@pytest.mark.parametrize(
    ("item", "text", "expected"),
    [
        ({}, "SET a = :1", {"a": {"N": "1"}}),
        ({"a": {"N": "1"}}, "sEt b = a", {"a": {"N": "1"}, "b": {"N": "1"}}),
        ({"a": {"N": "1"}}, "SET a = :7, b = a", {"a": {"N": "7"}, "b": {"N": "1"}}),
        ({"a": {"N": "1"}}, "SET a = a + :7", {"a": {"N": "8"}}),
        ({"a": {"N": "1"}}, "SET a = :7 - a", {"a": {"N": "6"}}),
        ({"a": {"N": "1"}}, "SET a = (a + :7)", {"a": {"N": "8"}}),
        ({}, "SET a = if_not_exists(a, :1) + :7", {"a": {"N": "8"}}),
        ({"a": {"N": "2"}}, "SET a = if_not_exists(a, :1)", {"a": {"N": "2"}}),
        (
            {"b": {"N": "3"}},
            "SET a = if_not_exists(x, if_not_exists(b, :1))",
            {"a": {"N": "3"}, "b": {"N": "3"}},
        ),
        ({"a": {"L": _n(1)}}, "SET a = list_append(a, :l)", {"a": {"L": _n(1, 8, 9)}}),
        ({"a": {"L": _n(1)}}, "SET a = list_append(:l, a)", {"a": {"L": _n(8, 9, 1)}}),
        ({}, "SET a = list_append(if_not_exists(a, :l), :l)", {"a": {"L": _n(8, 9, 8, 9)}}),
        ({"a": {"N": "1"}, "b": {"N": "2"}}, "REMOVE a", {"b": {"N": "2"}}),
        ({"a": {"N": "1"}}, "REMOVE gone", {"a": {"N": "1"}}),
        ({"a": {"N": "1"}}, "REMOVE a SET b = a", {"b": {"N": "1"}}),
        ({}, "ADD a :7", {"a": {"N": "7"}}),
        ({"a": {"N": "-1"}}, "ADD a :7", {"a": {"N": "6"}}),
        ({}, "ADD a :ss", {"a": {"SS": ["cat", "pig"]}}),
        ({"a": {"SS": ["dog", "cat"]}}, "ADD a :ss", {"a": {"SS": ["dog", "cat", "pig"]}}),
        ({"a": {"SS": ["dog", "cat"]}}, "DELETE a :ss", {"a": {"SS": ["dog"]}}),
        ({"a": {"SS": ["pig", "cat"]}}, "DELETE a :ss", {}),
        ({"b": {"N": "1"}}, "DELETE a :ss", {"b": {"N": "1"}}),
        (
            {"a": {"M": {"b": {"N": "3"}}}},
            "SET a.c = :1",
            {"a": {"M": {"b": {"N": "3"}, "c": {"N": "1"}}}},
        ),
        ({"a": {"M": {"b": {"N": "3"}}}}, "SET a.b = a.b + :7", {"a": {"M": {"b": {"N": "10"}}}}),
        ({"a": {"M": {"b": {"N": "3"}}}}, "REMOVE a.b, a.x", {"a": {"M": {}}}),
        ({"a": {"M": {}}}, "ADD a.n :7", {"a": {"M": {"n": {"N": "7"}}}}),
        ({"a": {"M": {}}}, "DELETE a.n :ss", {"a": {"M": {}}}),
        ({"a": {"L": _n(1, 2, 3)}}, "SET a[1] = :7", {"a": {"L": _n(1, 7, 3)}}),
        ({"a": {"L": []}}, "SET a[0] = :7", {"a": {"L": _n(7)}}),
        ({"a": {"L": _n(1)}}, "SET a[9] = :7, a[5] = :1", {"a": {"L": _n(1, 1, 7)}}),
        ({"a": {"L": _n(1, 2, 3, 4)}}, "REMOVE a[1], a[2], a[17]", {"a": {"L": _n(1, 4)}}),
        ({"a": {"L": _n(1)}}, "REMOVE a[0]", {"a": {"L": []}}),
        (
            {"a": {"L": _n(2, 3, 4, 5, 6, 7)}},
            "REMOVE a[1] SET a[3] = :1",
            {"a": {"L": _n(2, 4, 1, 6, 7)}},
        ),
        (
            {"a": {"L": _n(2, 3, 4, 5, 6, 7)}},
            "SET a[3] = :1 REMOVE a[1]",
            {"a": {"L": _n(2, 4, 1, 6, 7)}},
        ),
        (
            {"a": {"L": [{"M": {"x": {"L": _n(3, 5, 7)}, "q": {"N": "2"}}}, {"N": "4"}]}},
            "REMOVE a[0].x[1], a[0].q, a[1] SET a[0].z = :1",
            {"a": {"L": [{"M": {"x": {"L": _n(3, 7)}, "z": {"N": "1"}}}]}},
        ),
        ({"a": {"L": [{"SS": ["pig"]}]}}, "DELETE a[0] :ss", {"a": {"L": []}}),
    ],
)
def test_update_of_an_item_changes_what_it_says(item: Item, text: str, expected: Item) -> None:
    """Every action does what AWS does, reads the item as it was, and leaves the old item alone."""
    assert expected == _updated(item, text, V)


def test_update_shares_what_it_does_not_touch() -> None:
    """Only the maps and lists on the way of a path are copied."""
    item: Item = {"a": {"M": {"b": {"M": {}}, "c": {"M": {}}}}, "d": {"M": {}}}
    after = _updated(item, "SET a.b.x = :1", V)
    assert item["d"] is after["d"]
    assert item["a"]["M"]["c"] is after["a"]["M"]["c"]
    assert item["a"]["M"]["b"] is not after["a"]["M"]["b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET x = gone", _MISSING),
        ("SET x = list_append(s, gone)", _WRONG_TYPE),
        ("SET x = list_append(gone, s)", _MISSING),
        ("SET gone = gone", _MISSING),
        ("SET x = s + :1", _WRONG_TYPE),
        ("SET x = list_append(m, :l)", _WRONG_TYPE),
        ("ADD s :1", _WRONG_TYPE),
        ("ADD l :ss", _WRONG_TYPE),
        ("DELETE s :ss", _WRONG_TYPE),
        ("SET s.a = :1", _INVALID_PATH),
        ("SET s[1] = :1", _INVALID_PATH),
        ("SET y.a = :1", _INVALID_PATH),
        ("SET y[1] = :1", _INVALID_PATH),
        ("SET m[1] = :1", _INVALID_PATH),
        ("SET l.a = :1", _INVALID_PATH),
        ("SET l[7].a = :1", _INVALID_PATH),
        ("SET m.x.y = :1", _INVALID_PATH),
        ("REMOVE s.a", _INVALID_PATH),
        ("REMOVE y[1]", _INVALID_PATH),
        ("REMOVE l.a", _INVALID_PATH),
        ("DELETE y.a :ss", _INVALID_PATH),
        ("DELETE m[1] :ss", _INVALID_PATH),
        ("ADD y.a :ss", _INVALID_PATH),
        ("ADD l.a :ss", _INVALID_PATH),
    ],
)
def test_update_that_does_not_fit_the_item_is_refused(text: str, message: str) -> None:
    """Paths that lead nowhere and operands of the wrong type have AWS's texts."""
    item: Item = {"s": {"S": "x"}, "m": {"M": {}}, "l": {"L": _n(1, 2)}}
    with pytest.raises(ApiError) as caught:
        _updated(item, text, V)
    assert message == caught.value.message


def test_remove_of_a_nested_path_without_an_item_is_ignored() -> None:
    """The same path in an item that exists would be refused."""
    update = compile_update("REMOVE x.y, z[0]")
    assert {"pk": {"S": "k"}} == update.apply({"pk": {"S": "k"}}, {}, exists=False)


def test_sum_out_of_range_is_refused() -> None:
    """Arithmetic has the limits of numbers."""
    values = {":big": {"N": "9" * 38 + "0" * 88}}
    with pytest.raises(ApiError, match="Number overflow"):
        _updated({"a": values[":big"]}, "SET a = a + :big", values)


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("SET a.x = :1", {"a": {"M": {"x": {"N": "1"}}}}),
        ("REMOVE a.y", {}),
        ("REMOVE l[1]", {"l": {"L": _n(3)}}),
        ("SET l[9] = :1", {}),
        ("SET l[2] = :7, l[0] = :1", {"l": {"L": _n(1, 7)}}),
        ("ADD n :1", {"n": {"N": "1"}}),
    ],
)
def test_updated_attributes_are_the_touched_parts(text: str, new: Item) -> None:
    """UPDATED_NEW has only the touched nested parts; an index beyond the new end gives nothing."""
    item: Item = {"a": {"M": {"x": {"N": "0"}, "y": {"N": "2"}}}, "l": {"L": _n(1, 2, 3)}}
    update = compile_update(text)
    assert new == update.project(update.apply(item, V))


def test_updated_attributes_of_many_list_elements_keep_their_order() -> None:
    """Elements come in the order of their indexes, moved together (dynalite's test against AWS)."""
    item: Item = {
        "a": {"S": "k"},
        "b": {"M": {"a": {"N": "1"}, "b": {"N": "2"}, "c": {"N": "3"}}},
        "c": {"L": _n(1, 3)},
    }
    text = (
        "set b.c=((c[1])+(b.a)),b.a = a,c[1] = a, c[4] = b.a - b.b, c[2] = b.c add c[8] :b, c[6] :a"
    )
    values = {":a": {"N": "2"}, ":b": {"SS": ["a"]}}
    after = _updated(item, text, values)
    elements = [{"N": "1"}, {"S": "k"}, {"N": "3"}, {"N": "-1"}, {"N": "2"}, {"SS": ["a"]}]
    assert {"L": elements} == after["c"]
    assert {
        "b": {"M": {"a": {"S": "k"}, "c": {"N": "4"}}},
        "c": {"L": [{"S": "k"}, {"N": "3"}, {"N": "2"}]},
    } == compile_update(text).project(after)


def test_update_says_what_it_touches() -> None:
    """Targets, paths and attributes read are known without an item."""
    update = compile_update("SET a.b = c, #d = :v REMOVE e[1]", {"#d": "x"})
    assert ("a", "x", "e") == update.top_level_targets
    assert (("a", "b"), ("x",), ("e", 1)) == update.paths
    assert {"a", "c", "x", "e"} == update.top_level_attributes
    assert {"a", "e"} == update.nested_attributes
    assert not update.only_removes
    assert compile_update("REMOVE a DELETE b :v").only_removes
