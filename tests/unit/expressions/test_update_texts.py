"""What AWS says about updates that are wrong."""

from typing import Any

import pytest

from globaltables.expressions.request import read_expressions
from globaltables.foundation.errors import ApiError


def _refusal(
    text: str, names: dict[str, str] | None = None, values: dict[str, Any] | None = None
) -> str:
    request: dict[str, Any] = {"UpdateExpression": text}
    if names:
        request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = values
    with pytest.raises(ApiError) as caught:
        read_expressions(request, ("UpdateExpression", "ConditionExpression"))
    message = caught.value.message or ""
    assert message.startswith("Invalid UpdateExpression: ")
    return message.removeprefix("Invalid UpdateExpression: ")


@pytest.mark.parametrize(
    ("text", "token", "near"),
    [
        ("INVALID SYNTAX HERE", "INVALID", "INVALID SYNTAX"),
        ("set a", "<EOF>", "a"),
        ("SET", "<EOF>", "SET"),
        ("set a=set", "set", "=set"),
        ("remove a = b", "=", "a = b"),
        ("add a = b", "=", "a = b"),
        ("delete a b", "b", "a b"),
        ("add a if_not_exist(b)", "if_not_exist", "a if_not_exist("),
        ("ADD hits : incr", ":", "hits : incr"),
        ("set :a = b", ":a", "set :a ="),
        ("set a = b / c", "/", "b / c"),
        ('set a[1] = "eight"', '"', '= "eight'),
        ("set a[1] = 1", "1", "= 1"),
        ("SET _123 = :v", "_", "SET _123"),
        ("SET if_not_exist(a, b) = a", "(", "if_not_exist(a"),
        ("set (a = (b + c))", "(", "set (a"),
        ("set a = (b.c).d + e", ".", ").d"),
        ("set a = b + c + d", "+", "c + d"),
        ("SET c = if_not_exists(c, :v+:w)", "+", ":v+:w"),
        ("SET a = _f(b)", "_", "= _f"),
        ("REMOVE a,", "<EOF>", ","),
        ("SET a = :v,, b = :v", ",", ",, b"),
    ],
)
def test_syntax_error_quotes_token_and_neighbours(text: str, token: str, near: str) -> None:
    """The first token that does not fit is named, with the text from the one before to the one after."""
    assert f'Syntax error; token: "{token}", near: "{near}"' == _refusal(text)


_OVERLAP = "Two document paths overlap with each other; must remove or rewrite one of these paths; "
_CONFLICT = (
    "Two document paths conflict with each other; must remove or rewrite one of these paths; "
)
_NAMES = {"#a": "a", "#b": "b"}
_VALUES = {":a": {"S": "a"}, ":b": {"S": "a"}}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            " set #c = :c set abOrt = true ",
            "Attribute name is a reserved keyword; reserved keyword: abOrt",
        ),
        (
            "set #c = if_not_exist(:c) set c = d",
            "Invalid function name; function: if_not_exist",
        ),
        (
            "set a = list_append(list_append(:a, :b), :a)",
            "The function is not allowed to be used this way in an expression; "
            "function: list_append",
        ),
        (
            "set a = size(b)",
            "The function is not allowed to be used this way in an expression; function: size",
        ),
        (
            "set a = #c set c = :d",
            'The "SET" section can only be used once in an update expression;',
        ),
        (
            "delete #d :e set a = b delete #e :f",
            'The "DELETE" section can only be used once in an update expression;',
        ),
        (
            "SET #c = if_not_exists(:c)",
            "An expression attribute name used in the document path is not defined; "
            "attribute name: #c",
        ),
        (
            "SET #a = if_not_exists(:c)",
            "An expression attribute value used in expression is not defined; attribute value: :c",
        ),
        (
            "set a = if_not_exists(c)",
            "Incorrect number of operands for operator or function; "
            "operator or function: if_not_exists, number of operands: 1",
        ),
        (
            "set a = if_not_exists(:a, c)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "set a = if_not_exists(if_not_exists(a, b), c)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
    ],
)
def test_update_wrong_is_refused_with_the_first_reason(text: str, reason: str) -> None:
    """Reserved words, functions, sections, names, values and operands are checked in this order."""
    assert reason == _refusal(text, _NAMES, _VALUES)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "set d[1] = a, d.b = a, c[1].a = a, #c = if_not_exists(a)",
            _OVERLAP + "path one: [c, [1], a], path two: [c]",
        ),
        ("set #c[3].#d = a, #c[3] = a", _OVERLAP + "path one: [c, [3], [3]], path two: [c, [3]]"),
        ("SET a = b REMOVE a", _OVERLAP + "path one: [a], path two: [a]"),
        ("SET a.b.c = x, a.b.c.d = y", _OVERLAP + "path one: [a, b, c], path two: [a, b, c, d]"),
        (
            "set #c[3].#d = a, #c.#d[3] = if_not_exists(a)",
            _CONFLICT + "path one: [c, [3], [3]], path two: [c, [3], [3]]",
        ),
        ("remove a.#c set a[1] = #d", _CONFLICT + "path one: [a, c], path two: [a, [1]]"),
    ],
)
def test_paths_that_clash_are_named(text: str, reason: str) -> None:
    """No path may contain another, nor see an attribute as a list that another sees as a map."""
    assert reason == _refusal(text, {"#c": "c", "#d": "[3]"})


@pytest.mark.parametrize(
    ("text", "value", "operator", "word"),
    [
        (
            "set b = list_append(:a, a), c = if_not_exists(a) add a.b :a",
            {"S": "a"},
            "ADD",
            "STRING",
        ),
        ("delete a.b :a", {"S": "a"}, "DELETE", "STRING"),
        ("add a.b :a", {"NULL": True}, "ADD", "NULL"),
        ("add a.b :a", {"BOOL": True}, "ADD", "BOOLEAN"),
        ("add a.b :a", {"B": "YQ=="}, "ADD", "BINARY"),
        ("delete a.b :a", {"M": {}}, "DELETE", "MAP"),
        ("add a.b :a", {"L": [{"N": "1"}]}, "ADD", "LIST"),
        ("delete a.b :a", {"N": "1"}, "DELETE", "NUMBER"),
    ],
)
def test_add_and_delete_of_a_wrong_type_are_refused(
    text: str, value: dict[str, Any], operator: str, word: str
) -> None:
    """ADD takes numbers and sets, DELETE sets; this comes before the operands of functions."""
    reason = (
        "Incorrect operand type for operator or function; "
        f"operator: {operator}, operand type: {word}"
    )
    assert reason == _refusal(text, values={":a": value})


@pytest.mark.parametrize(
    ("text", "function", "value"),
    [
        ("set a = list_append(:a, a)", "list_append", {"S": "a"}),
        ("set a = list_append(a, :a)", "list_append", {"N": "1"}),
        ("set a = a + :a", "+", {"S": "a"}),
        ("set a = :a + b", "+", {"B": "YQ=="}),
        ("set a = a - :a", "-", {"L": []}),
        ("set a = a - :a", "-", {"NS": ["1"]}),
    ],
)
def test_operand_of_a_wrong_type_is_refused(
    text: str, function: str, value: dict[str, Any]
) -> None:
    """list_append() takes lists, + and - take numbers."""
    reason = (
        "Incorrect operand type for operator or function; "
        f"operator or function: {function}, operand type: {next(iter(value))}"
    )
    assert reason == _refusal(text, values={":a": value})


def test_paths_many_are_checked_quickly() -> None:
    """The check for overlaps does not compare every path with every other."""
    names = ",".join(f"a{i}" for i in range(800))
    request = {"UpdateExpression": f"REMOVE {names}"}
    expressions = read_expressions(request, ("UpdateExpression",))
    assert expressions.update is not None
    assert 800 == len(expressions.update.paths)
