"""Which items fulfil a condition."""

from typing import Any

import pytest

from globaltables.expressions.request import compile_condition
from globaltables.items.values import Item

ITEM: Item = {
    "s": {"S": "hello"},
    "n": {"N": "5"},
    "b": {"B": "aGkgdGhlcmU="},  # "hi there"
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "ss": {"SS": ["dog", "cat"]},
    "ns": {"NS": ["1", "2"]},
    "bs": {"BS": ["aGk="]},
    "l": {"L": [{"N": "2"}, {"S": "dog"}, {"NS": ["1", "2"]}, {"L": [{"N": "3"}]}]},
    "m": {"M": {"x": {"N": "1"}, "y": {"L": [{"N": "-1"}, {"N": "2"}]}}},
    "prefix": {"S": "he"},
}
VALUES: dict[str, Any] = {
    ":1": {"N": "1"},
    ":5": {"N": "5"},
    ":10": {"N": "10"},
    ":s5": {"S": "5"},
    ":hello": {"S": "hello"},
    ":he": {"S": "he"},
    ":ell": {"S": "ell"},
    ":long": {"S": "hello world"},
    ":dog": {"S": "dog"},
    ":sets": {"SS": ["cat", "dog"]},
    ":12": {"NS": ["2", "1"]},
    ":bin": {"B": "aGk="},
    ":tS": {"S": "S"},
    ":tL": {"S": "L"},
    ":list": {"L": [{"N": "3"}]},
    ":true": {"BOOL": True},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("s = :hello", True),
        ("n = :5", True),
        ("n = :s5", False),
        ("ss = :sets", True),
        ("yes = :true", True),
        ("lost = :5", False),
        ("lost = gone", False),
        ("lost <> gone", True),
        ("lost <> :5", True),
        ("n <> :s5", True),
        ("n <> :5", False),
        ("n < :10", True),
        ("n <= :5", True),
        ("n > :1 AND n >= :5", True),
        ("n < :s5", False),
        ("lost < :5", False),
        (":5 > lost", False),
        ("l < :5", False),
        ("n BETWEEN :1 AND :10", True),
        ("n between :5 and :5", True),
        ("n BETWEEN :10 AND lost", False),
        ("n BETWEEN m.x AND :10", True),
        ("n IN (:s5, :5)", True),
        ("n IN (:s5, :1)", False),
        ("lost IN (:5)", False),
        ("ss IN (:sets)", True),
        ("attribute_exists(m.y[1])", True),
        ("attribute_exists(m.y[2])", False),
        ("attribute_exists(m[0])", False),
        ("attribute_exists(l.x)", False),
        ("attribute_exists(n.x)", False),
        ("attribute_not_exists(gone)", True),
        ("attribute_type(s, :tS)", True),
        ("attribute_type(l, :tL)", True),
        ("attribute_type(:5, :tS)", False),
        ("begins_with(s, :he)", True),
        ("begins_with(s, prefix)", True),
        ("begins_with(:long, s)", True),
        ("begins_with(b, :bin)", True),
        ("begins_with(n, :he)", False),
        ("begins_with(s, :bin)", False),
        ("contains(s, :ell)", True),
        ("contains(b, :bin)", True),
        ("contains(ss, :dog)", True),
        ("contains(ns, :1)", True),
        ("contains(ns, :dog)", False),
        ("contains(bs, :bin)", True),
        ("contains(l, :dog)", True),
        ("contains(l, :12)", True),
        ("contains(l, :list)", True),
        ("contains(n, :5)", False),
        ("contains(lost, :5)", False),
        ("size(s) = :5", True),
        ("size(b) > :5", True),
        ("size(ss) < :5", True),
        ("size(m) > :1", True),
        ("size(l) < n", True),
        ("size(:long) > n", True),
        ("size(n) = :1", False),
        ("size(n) <> :1", True),
        ("size(yes) = :1", False),
        ("size(lost) = :1", False),
        ("m.x < m.y[1]", True),
        ("NOT n = :5", False),
        ("NOT NOT n = :5", True),
        ("not n = :1 and n = :5", True),
        ("n = :1 OR s = :hello AND n = :5", True),
        ("(n = :5 OR s = :hello) AND n = :1", False),
        ("n = :5 Or n = :1 aNd s = :dog", True),
        ("(m.y)[0] < :1", True),
    ],
)
def test_condition_on_an_item_holds_or_not(text: str, holds: bool) -> None:  # noqa: FBT001
    """Comparisons, functions and their junctions mean what they mean on AWS."""
    condition = compile_condition("ConditionExpression", text)
    condition.check(VALUES)
    assert holds is condition.test(ITEM, VALUES)


def test_condition_on_no_item_sees_no_attributes() -> None:
    """An item that does not exist is like one without attributes."""
    condition = compile_condition("ConditionExpression", "attribute_not_exists(pk) AND a <> :v")
    assert condition.test(None, {":v": {"N": "1"}})


def test_name_with_a_dot_is_one_attribute() -> None:
    """A placeholder stands for one name, whatever characters it has."""
    condition = compile_condition("ConditionExpression", "#a = :v", {"#a": "a.b"})
    assert condition.test({"a.b": {"N": "1"}}, {":v": {"N": "1"}})


def test_condition_compiled_again_is_the_same_object() -> None:
    """Compiled conditions are kept by kind, text and names."""
    first = compile_condition("ConditionExpression", "#a = :v", {"#a": "x"})
    assert first is compile_condition("ConditionExpression", "#a = :v", {"#a": "x"})
    assert first is not compile_condition("ConditionExpression", "#a = :v", {"#a": "y"})


def test_condition_says_what_it_refers_to() -> None:
    """Placeholders and top-level attributes are known without evaluating."""
    text = "#a.b = :v AND size(c[0]) > :w OR attribute_exists(d)"
    condition = compile_condition("FilterExpression", text, {"#a": "x", "#unused": "y"})
    assert {"#a"} == condition.names_used
    assert {":v", ":w"} == condition.values_used
    assert {"x", "c", "d"} == condition.top_level_attributes
    assert {"x", "c"} == condition.nested_attributes
