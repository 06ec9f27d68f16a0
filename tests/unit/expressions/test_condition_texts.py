"""What AWS says about conditions that are wrong."""

from typing import Any

import pytest

from globaltables.expressions.request import read_expressions
from globaltables.foundation.errors import ApiError

_KINDS = ("FilterExpression", "ProjectionExpression")


def _refusal(
    text: str, names: dict[str, str] | None = None, values: dict[str, Any] | None = None
) -> str:
    request: dict[str, Any] = {"FilterExpression": text}
    if names:
        request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = values
    with pytest.raises(ApiError) as caught:
        read_expressions(request, _KINDS)
    assert "ValidationException" == caught.value.code
    message = caught.value.message or ""
    assert message.startswith("Invalid FilterExpression: ")
    return message.removeprefix("Invalid FilterExpression: ")


@pytest.mark.parametrize(
    ("text", "token", "near"),
    [
        ("things are not ok", "are", "things are not"),
        ("a", "<EOF>", "a"),
        ("a =", "<EOF>", "="),
        ("a > 4", "4", "> 4"),
        ("a in b, c", "b", "in b,"),
        ("a in ()", ")", "()"),
        ("a > between", "between", "> between"),
        ("a in (b,c,)", ")", ",)"),
        ("size(a).b > a", ".", ").b"),
        ("(size(a)).b > a", ".", ").b"),
        ("(size(a))[0] > a", "[", ")[0"),
        ("a > :v.b", ".", ":v.b"),
        ("b[:a] > a", ":a", "[:a]"),
        ("b[#_] > a", "#_", "[#_]"),
        ("ü > a", "ü", "ü >"),
        ("a.b.c[4.5] = a", ".", "4.5"),
        ("_a = :v", "_", "_a"),
        ("(a)between(b.c.d)and((c)", "<EOF>", ")"),
        ("contains (themes, :theme", "<EOF>", ":theme"),
        ("attribute_exists(Pictures-RearView)", "-", "Pictures-RearView"),
        ('attribute_exists("a")', '"', '("a'),
        ("attribute_exists(a..b)", ".", "..b"),
        ("a = b = c", "=", "b = c"),
        ("(a = b) = c", "=", ") = c"),
        ("#$.b > a", "#", "#$"),
    ],
)
def test_syntax_error_quotes_token_and_neighbours(text: str, token: str, near: str) -> None:
    """The first token that does not fit is named, with the text from the one before to the one after."""
    assert f'Syntax error; token: "{token}", near: "{near}"' == _refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "a=a and a > ((views))",
        "(a)between(((b.c)).d)and(c)",
        "a > whatever((:things), ((a)))",
        "a=a AND ((a=a AND a=a)) AND a=a",
        "a=a OR ((a=a OR a=a)) OR a=a",
        "a=a AND ((a=a AND (a=a AND a=a)))",
        "((a = :v))",
        "(" * 2000 + "a<b" + ")" * 2000,
    ],
)
def test_parentheses_doubled_are_refused(text: str) -> None:
    """Two pairs of parentheses around the same thing are refused, before names are looked at."""
    assert "The expression has redundant parentheses;" == _refusal(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a=a and whatever((:things)) > a", "Invalid function name; function: whatever"),
        (
            "attRIbute_exIsts((views), #a)",
            "Invalid function name; function: attRIbute_exIsts",
        ),
        ("a < " + "f(" * 1300 + "b" + ")" * 1300, "Invalid function name; function: f"),
        (
            "attribute_exists(views, #a)",
            "Attribute name is a reserved keyword; reserved keyword: views",
        ),
        (":a < abOrT", "Attribute name is a reserved keyword; reserved keyword: abOrT"),
        (
            "a[2147483648] = a",
            "List index is not within the allowable range; index: [2147483648]",
        ),
        (
            "a" + ".a" * 32 + " = b",
            "The document path has too many nesting levels; nesting levels: 33",
        ),
        ("   ", "The expression can not be empty;"),
    ],
)
def test_words_that_are_wrong_are_named(text: str, reason: str) -> None:
    """Unknown functions, reserved words and indexes out of range are named."""
    assert reason == _refusal(text)


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("a=a and attribute_exists((views), (#a)) > b", "attribute_exists"),
        ("attribute_type(things, :a) > b", "attribute_type"),
        ("contains(:things, c) > b", "contains"),
        ("size(contains(a, b)) > a", "contains"),
        ("size(things)", "size"),
        ("NOT size(things)", "size"),
        ("a = b AND (size(things))", "size"),
        ("a between b and attribute_exists(things)", "attribute_exists"),
        ("a in (b, attribute_exists(things))", "attribute_exists"),
        ("if_not_exists(a, b) = c", "if_not_exists"),
        ("list_append(a, b) = c", "list_append"),
    ],
)
def test_function_out_of_place_is_named(text: str, function: str) -> None:
    """Only size() is an operand, and it is no condition."""
    reason = (
        f"The function is not allowed to be used this way in an expression; function: {function}"
    )
    assert reason == _refusal(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("attribute_exists(#Pictures.RearView, :a) and a=a", "#Pictures"),
        ("begins_with(Pictures.#RearView)", "#RearView"),
        ("(#P between :lo and :hi) and (#PC in (:cat1, :cat2))", "#P"),
        ("#4g > a", "#4g"),
        ("(a)between(b.c[45].#d)and(:a)", "#d"),
    ],
)
def test_name_undefined_is_refused(text: str, name: str) -> None:
    """The first placeholder of an attribute name without a name is named."""
    reason = (
        "An expression attribute name used in the document path is not defined; "
        f"attribute name: {name}"
    )
    assert reason == _refusal(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("begins_with(:hello, #a, #b)", ":hello"), (":a < :b", ":a"), ("a = a2 AND b = :_", ":_")],
)
def test_value_undefined_is_refused(text: str, value: str) -> None:
    """The first placeholder of a value without a value is named, even before names that follow it."""
    reason = (
        f"An expression attribute value used in expression is not defined; attribute value: {value}"
    )
    assert reason == _refusal(text)


@pytest.mark.parametrize(
    ("text", "function", "count"),
    [
        ("attribute_exists(things, a) and a=a", "attribute_exists", 2),
        ("attribute_type(things)", "attribute_type", 1),
        ("begins_with(things, size(a), b)", "begins_with", 3),
        ("contains(things)", "contains", 1),
        ("size(things, a) > b", "size", 2),
        ("contains(:a)", "contains", 1),
        ("begins_with(:a) AND a = :a", "begins_with", 1),
    ],
)
def test_operand_count_wrong_is_refused(text: str, function: str, count: int) -> None:
    """A function with too few or too many operands is named, with their number, whatever the operands are."""
    reason = (
        "Incorrect number of operands for operator or function; "
        f"operator or function: {function}, number of operands: {count}"
    )
    assert reason == _refusal(text, values={":a": {"S": "a"}} if ":a" in text else None)


_N = {"N": "1"}


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("attribute_type(a, size(a)) and a=a and a=:a", "attribute_type", _N),
        ("attribute_type(a, :a)", "attribute_type", {"B": "YQ=="}),
        ("attribute_type(a, :a)", "attribute_type", {"NULL": True}),
        ("begins_with(a, size(a)) and a=:a", "begins_with", _N),
        ("begins_with(a, :a)", "begins_with", {"SS": ["1"]}),
        ("begins_with(:a, a)", "begins_with", {"M": {}}),
        ("size(size(a)) > :a", "size", _N),
        ("attribute_not_exists(size(:a))", "size", _N),
        ("size(:a) > a", "size", {"BOOL": True}),
        ("a < :a", "<", {"L": []}),
        (":a >= a", ">=", {"BOOL": True}),
        ("a BETWEEN :a AND b", "BETWEEN", {"SS": ["a"]}),
    ],
)
def test_operand_type_wrong_is_refused(text: str, operator: str, value: dict[str, Any]) -> None:
    """A value of a type that the operator does not take is refused, whatever the item holds."""
    reason = (
        "Incorrect operand type for operator or function; "
        f"operator or function: {operator}, operand type: {next(iter(value))}"
    )
    assert reason == _refusal(text, values={":a": value})


@pytest.mark.parametrize(
    ("text", "operator", "shown"),
    [
        ("a = a AND #a = b AND :views > a", "=", "[a]"),
        ("#a <> a", "<>", "[a]"),
        ("((a=a) OR (a=a))", "=", "[a]"),
        ("contains(ab.bc[1].a, ab.bc[1].#a)", "contains", "[ab, bc, [1], a]"),
        ("begins_with(ab.bc[1].a, ab.bc[1].#a)", "begins_with", "[ab, bc, [1], a]"),
        ("attribute_type(ab.bc[1].#a, ab.bc[1].a)", "attribute_type", "[ab, bc, [1], a]"),
    ],
)
def test_operands_equal_are_refused(text: str, operator: str, shown: str) -> None:
    """A path cannot be compared with itself."""
    reason = (
        "The first operand must be distinct from the remaining operands for this operator or "
        f"function; operator: {operator}, first operand: {shown}"
    )
    assert reason == _refusal(text, {"#a": "a"})


@pytest.mark.parametrize("text", ["attribute_exists(:a) and a=a", "attribute_not_exists(size(:a))"])
def test_value_for_a_path_is_refused(text: str) -> None:
    """attribute_exists() and its opposite take a document path."""
    function = text.partition("(")[0]
    reason = f"Operator or function requires a document path; operator or function: {function}"
    assert reason == _refusal(text, values={":a": {"S": "1"}})


def test_attribute_type_unknown_is_refused() -> None:
    """The second operand of attribute_type() is the name of a type."""
    reason = (
        "Invalid attribute type name found; type: DOG, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
    )
    assert reason == _refusal("attribute_type(a, :t)", values={":t": {"S": "DOG"}})


@pytest.mark.parametrize(
    ("low", "high", "rule"),
    [
        ({"N": "1"}, {"S": "a"}, "requires same data type for lower and upper bounds"),
        (
            {"S": "b"},
            {"S": "a"},
            "requires upper bound to be greater than or equal to lower bound",
        ),
    ],
)
def test_between_bounds_wrong_are_refused(
    low: dict[str, str], high: dict[str, str], rule: str
) -> None:
    """Bounds given as values are of one type and in order."""
    shown = [f"AttributeValue: {{{k}:{v}}}" for bound in (low, high) for k, v in bound.items()]
    reason = (
        f"The BETWEEN operator {rule}; lower bound operand: {shown[0]}, "
        f"upper bound operand: {shown[1]}"
    )
    assert reason == _refusal("a between :l and :h", values={":l": low, ":h": high})


def test_size_of_4097_bytes_is_refused() -> None:
    """4096 bytes are allowed, 4097 are not."""
    text = "a = :v"
    values = {":v": {"S": "x"}}
    fitting = text + " " * (4096 - len(text))
    request = {"FilterExpression": fitting, "ExpressionAttributeValues": values}
    assert read_expressions(request, _KINDS).filter is not None
    reason = "Expression size has exceeded the maximum allowed size; expression size: 4097"
    assert reason == _refusal(fitting + " ", values=values)


@pytest.mark.parametrize(
    "text",
    [
        " AND ".join(["a=b"] * 151),
        "not " * 1000 + "a<b",
        "a<b " + "or (a<b " * 454 + ")" * 454,
    ],
)
def test_operators_over_300_are_refused(text: str) -> None:
    """AWS stops counting at 301."""
    assert "The expression contains too many operators; operator count: 301" == _refusal(text)


@pytest.mark.parametrize(
    "text",
    [" AND ".join(["a=b"] * 150), "not " * 298 + "a<b", "a<b " + "or (a<b " * 149 + ")" * 149],
)
def test_operators_up_to_300_are_accepted(text: str) -> None:
    """Comparisons, AND, OR and NOT count; parentheses do not."""
    expressions = read_expressions({"FilterExpression": text}, _KINDS)
    assert expressions.filter is not None
    assert not expressions.filter.test({}, {})


def test_in_with_100_choices_is_refused() -> None:
    """IN takes 100 operands, the left one included."""
    values = {f":v{i}": {"N": str(i)} for i in range(100)}
    few = dict(list(values.items())[:99])
    request = {
        "FilterExpression": f"a IN ({', '.join(few)})",
        "ExpressionAttributeValues": few,
    }
    assert read_expressions(request, _KINDS).filter is not None
    reason = "The IN operator is provided with too many operands; number of operands: 101"
    assert reason == _refusal(f"a IN ({', '.join(values)})", values=values)
