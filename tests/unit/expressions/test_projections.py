"""Projections: texts and results."""

import pytest

from globaltables.expressions.request import compile_projection
from globaltables.foundation.errors import ApiError
from globaltables.items.values import Item

ITEM: Item = {
    "p": {"S": "k"},
    "a": {
        "M": {
            "b": {"L": [{"N": "2"}, {"N": "4"}, {"M": {"x": {"S": "hi"}, "y": {"S": "yo"}}}]},
            "c": {"N": "5"},
        }
    },
    "b": {"S": "hello"},
    "a.b": {"S": "dotted"},
    "e": {"M": {}},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b", {"b": {"S": "hello"}}),
        (" p ,\tb\n", {"p": {"S": "k"}, "b": {"S": "hello"}}),
        ("gone", {}),
        ("#n", {"a.b": {"S": "dotted"}}),
        ("a.c, b", {"a": {"M": {"c": {"N": "5"}}}, "b": {"S": "hello"}}),
        ("a.b[0]", {"a": {"M": {"b": {"L": [{"N": "2"}]}}}}),
        ("a.b[2].y", {"a": {"M": {"b": {"L": [{"M": {"y": {"S": "yo"}}}]}}}}),
        ("a.b[1], a.b[0]", {"a": {"M": {"b": {"L": [{"N": "2"}, {"N": "4"}]}}}}),
        (
            "a.b[2].x, a.b[0], a.c",
            {"a": {"M": {"b": {"L": [{"N": "2"}, {"M": {"x": {"S": "hi"}}}]}, "c": {"N": "5"}}}},
        ),
        ("a.b[3], a.y, a.x.y, a.b[4].x", {}),
        ("a[0]", {}),
        ("b.x", {}),
        ("a.b.x", {}),
        ("a.x, a.b[0], x", {"a": {"M": {"b": {"L": [{"N": "2"}]}}}}),
        ("e", {"e": {"M": {}}}),
        ("e.x", {}),
    ],
)
def test_projection_of_an_item_keeps_the_named_parts(text: str, expected: Item) -> None:
    """Nested parts keep their place, elements of lists move together."""
    names = {"#n": "a.b"} if "#n" in text else None
    assert expected == compile_projection(text, names).project(ITEM)


_CLASH = "with each other; must remove or rewrite one of these paths; "


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The expression can not be empty;"),
        ("!!! INVALID !!!", 'Syntax error; token: "!", near: "!!"'),
        ("whatever(stuff)", 'Syntax error; token: "(", near: "whatever(stuff"'),
        (":a", 'Syntax error; token: ":a", near: ":a"'),
        ("a,", 'Syntax error; token: "<EOF>", near: ","'),
        ("a,,b", 'Syntax error; token: ",", near: ",,b"'),
        ("a[b]", 'Syntax error; token: "b", near: "[b]"'),
        ("(a)", 'Syntax error; token: "(", near: "(a"'),
        ("a-b", 'Syntax error; token: "-", near: "a-b"'),
        ("a b", 'Syntax error; token: "b", near: "a b"'),
        ("a.0.b", 'Syntax error; token: "0", near: ".0."'),
        ("#a,ABSoLUTE", "Attribute name is a reserved keyword; reserved keyword: ABSoLUTE"),
        (
            "a,b,a,#c",
            "An expression attribute name used in the document path is not defined; "
            "attribute name: #c",
        ),
        (
            "b[1], b.a, #a.b, a",
            f"Two document paths overlap {_CLASH}path one: [a, b], path two: [a]",
        ),
        ("a, #a[1]", f"Two document paths overlap {_CLASH}path one: [a], path two: [a, [1]]"),
        (
            "a.b, #a[1], c",
            f"Two document paths conflict {_CLASH}path one: [a, b], path two: [a, [1]]",
        ),
    ],
)
def test_projection_wrong_is_refused(text: str, reason: str) -> None:
    """Texts and order of checks are AWS's."""
    with pytest.raises(ApiError) as caught:
        compile_projection(text, {"#a": "a"})
    assert f"Invalid ProjectionExpression: {reason}" == caught.value.message
