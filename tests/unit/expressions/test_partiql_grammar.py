"""What PartiQL's grammar reads, and AWS's words for what it does not (measured: nubo-db/dynamodb-conformance)."""

# ruff: noqa: S608 - statements are what is tested

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.expressions.partiql.grammar import parse_statement
from globaltables.expressions.partiql.statements import (
    DeleteStatement,
    ExistsStatement,
    InsertStatement,
    SelectStatement,
    UpdateStatement,
    bind,
    compile_statement,
)
from globaltables.foundation.errors import ApiError

_LEFTOVER = "Unexpected token after expression"
_RIGHT_SIDE = "Missing right-hand side expression of infix operator"
_ALIAS = "Aliasing is not supported"
_OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)


def refusal(text: str) -> str | None:
    """Return the text of the refusal of a statement."""
    try:
        compile_statement(text)
    except ApiError as error:
        return error.message
    return None


def select(text: str) -> SelectStatement:
    """Return a compiled SELECT."""
    statement = compile_statement(text)
    assert isinstance(statement, SelectStatement)
    return statement


def holds(condition: str, item: dict[str, object]) -> bool:
    """Tell whether the condition of a SELECT selects an item."""
    statement = select(f"SELECT * FROM t WHERE {condition}")
    assert statement.where is not None
    return statement.where.condition.test(item, statement.literals)  # type: ignore[arg-type]  # literal items


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT * FROM n WHERE pk = 1 foo", _LEFTOVER),
        ("SELECT * FROM n WHERE pk = 1 e5", _LEFTOVER),
        ("INSERT INTO n VALUE {'pk': 970001} foo", _LEFTOVER),
        ("SELECT * FROM n WHERE pk = 1)", _LEFTOVER),
        ("DELETE FROM n WHERE pk = 970004 ORDER BY pk", _LEFTOVER),
        ("SELECT * FROM n ORDER BY pk WHERE pk = 1", _LEFTOVER),
        ("SELECT * FROM n WHERE pk = 1 # note", ""),
        ("SELECT * FROM n WHERE pk = 1 /* note", ""),
        ("SELECT * FROM n WHERE pk = 'a", ""),
        ("SELECT * FROM n WHERE pk = 1e2147483648", ""),
        ("SELECT * FROM n WHERE pk = 1e99999999999", ""),
        ("SELECT * FROM n WHERE pk = 1.5e-2147483647", ""),
        ("INSERT INTO s t VALUE {'pk': 'x'}", _LEFTOVER),
        ("SELECT * FROM s WHERE", "Unexpected term"),
        ("SELECT * FROM s WHERE;", "Unexpected term"),
        ("UPDATE s SET a = 1 WHERE", "Unexpected term"),
        ("SELECT * FROM s WHERE NOT", "Unexpected term"),
        ("SELECT * FROM s WHERE (", "Unexpected term"),
        ("SELECT * FROM", "Unexpected term"),
        ("SELECT * FROM s WHERE pk = 'p1' AND", _RIGHT_SIDE),
        ("SELECT * FROM s WHERE pk = 'p1' OR", _RIGHT_SIDE),
        ("SELECT * FROM s WHERE ORDER BY pk", "Unexpected keyword"),
        ("SELECT * FROM s WHERE pad = 1", "Unexpected keyword"),
        ("INSERT INTO urls (key, b) VALUES (?, ?)", "Unexpected keyword"),
        ("SELECT * FROM s WHERE pk = 'a' AND x IS FOO", "Expected type name"),
        ("SELECT * FROM s WHERE IS NULL", "Unexpected operator"),
        ("SELECT * FROM s WHERE pk = LIKE", "Unexpected operator"),
        ("DELETE FROM", "Expected identifier for simple path"),
        ("DELETE FROM;", "Expected identifier for simple path"),
        ("DELETE FROM WHERE pk = 'a'", "Expected identifier for simple path"),
        ("SLECT * FROM s WHERE pk = 'a'", "Expected data manipulation"),
        ("UPDATE Payment-x SET active=?", "Expected data manipulation"),
        ("SELECTT * FROMM s", _LEFTOVER),
        ("FROM s SET c = 1 WHERE pk = 'x'", _LEFTOVER),
        ("SELECT a FROM s; SELECT a FROM s", _LEFTOVER),
    ],
)
def test_parse_malformed_statement_says_what_was_expected(text: str, reason: str) -> None:
    """The refusal has AWS's beginning, and the reason of PartiQL's parser."""
    assert f"Statement wasn't well formed, can't be processed: {reason}" == refusal(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * FROM s t WHERE pk = 'x'", _ALIAS),
        ("SELECT * FROM s AS t WHERE pk = 'x'", _ALIAS),
        ("SELECT a AS b FROM s", _ALIAS),
        ("UPDATE s t SET a = 3 WHERE pk = 'x'", _ALIAS),
        ("DELETE FROM s t WHERE pk = 'x'", _ALIAS),
        ("SELECT id FROM dbimp_page LIMIT 5", "Unsupported clause: LIMIT at 1:33:1"),
        ("SELECT s, s FROM t", "Duplicate identifiers in select clause: s"),
        ('SELECT * FROM ""', "Path component cannot be an empty string"),
        ('SELECT * FROM "a"."b"."c"', "A path may contain at most 2 components in the FROM clause"),
        ("INSERT INTO a.b VALUE {'pk': 1}", "FROM clause may only contain a single table name"),
        ("x IS INT4", "Unsupported operation: IsType"),
        (
            "SELECT l[-1] FROM t",
            "List index is not within the allowable range; index: [-1] at 1:11:1",
        ),
        (
            "SELECT l[2147483648] FROM t",
            "List index is not within the allowable range; index: [2147483648] at 1:10:10",
        ),
        ("SELECT * FROM n WHERE pk = 1e126", f"{_OVERFLOW} under root"),
        ("INSERT INTO n VALUE {'pk': 1, 'm': {'x': 1e126}}", f"{_OVERFLOW} under root.x"),
        ("INSERT INTO n VALUE {'pk': 1, 'l': [1, 1e126]}", f"{_OVERFLOW} under root[1]"),
        ("INSERT INTO t VALUE {'s': <<>>}", "Empty bags are not supported"),
        (
            "INSERT INTO t VALUE {'s': <<1, 'a'>>}",
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags",
        ),
        (
            "UPDATE t SET s = <<'a', 'a'>>",
            "One or more parameter values were invalid: Input collection [a, a] contains duplicates.",
        ),
        (
            "UPDATE t SET s = <<2, 2.0>>",
            "One or more parameter values were invalid: "
            "Input collection [2, 2.0] contains duplicates! under root",
        ),
        (
            "UPDATE t SET\nBand = set_add(Band, 'x')",
            "The second argument to SET_ADD must be a value with type SET at 2:16:4",
        ),
        (
            "UPDATE t SET Other = set_add(Band, <<'x'>>)",
            "The first argument to SET_ADD must equal the assignment value at 1:22:7",
        ),
        ("UPDATE t SET x = [?]", "Unsupported data type: Parameter under key root[0] at 1:19:1"),
        (
            "UPDATE t SET d = " + "[" * 32 + "1" + "]" * 32,
            "Nesting Levels have exceeded supported limits under root" + "[0]" * 32,
        ),
        (
            "DELETE FROM t WHERE pk = 'x' RETURNING MODIFIED OLD *",
            "Invalid returning clause: RETURNING MODIFIED OLD *. "
            "Only RETURNING ALL OLD * is allowed in DELETE statements.",
        ),
    ],
)
def test_compile_statement_that_dynamodb_does_not_have_is_refused(text: str, message: str) -> None:
    """What PartiQL has and DynamoDB has not is refused in AWS's words."""
    assert message == refusal(text)


def test_compile_every_kind_of_statement_is_known() -> None:
    """Keywords are read in any case, comments are skipped, and one semicolon may end a statement."""
    texts = [
        'select a, b.c[0] from "t"."i" where a = 1 -- note',
        "INSERT INTO t value {'a': 1} ;",
        "UPDATE t SET a = 1 SET b = 2 REMOVE c WHERE pk = 'x' RETURNING ALL NEW *",
        "FROM t /* first */ WHERE pk = 'x' SET a = a - - 1",
        "DELETE FROM t WHERE pk = 'x' RETURNING ALL OLD *",
        "EXISTS(SELECT * FROM t WHERE pk = 'x' AND a IS MISSING)",
    ]
    kinds = [type(compile_statement(text)) for text in texts]
    expected = [
        SelectStatement,
        InsertStatement,
        UpdateStatement,
        UpdateStatement,
        DeleteStatement,
        ExistsStatement,
    ]
    assert expected == kinds


def test_select_columns_are_named_after_the_last_name_of_their_path() -> None:
    """Indexes stay with the name before them."""
    statement = select('SELECT a, m.k[0], "x y".z, l[1][2] FROM t')
    expected = (
        ("a", ("a",)),
        ("k[0]", ("m", "k", 0)),
        ("z", ("x y", "z")),
        ("l[1][2]", ("l", 1, 2)),
    )
    assert expected == statement.columns


def test_insert_literals_become_attribute_values() -> None:
    """Every literal has the type that the developer guide gives it."""
    statement = compile_statement(
        "INSERT INTO t VALUE {'s': 'it''s', 'n': -1.50E1, 'b': true, 'z': null, 'l': [1, 'a'],"
        " 'm': {'k': 2}, 'ss': <<'a', 'b'>>, 'ns': <<1, 34>>}"
    )
    assert isinstance(statement, InsertStatement)
    item = {name: statement.literals[value] for name, value in statement.item}
    expected = {
        "s": {"S": "it's"},
        "n": {"N": "-15"},
        "b": {"BOOL": True},
        "z": {"NULL": True},
        "l": {"L": [{"N": "1"}, {"S": "a"}]},
        "m": {"M": {"k": {"N": "2"}}},
        "ss": {"SS": ["a", "b"]},
        "ns": {"NS": ["1", "34"]},
    }
    assert expected == item


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("n = 1 AND s <> 'y'", True),
        ("n != 1 OR NOT s = 'x'", False),
        ("n BETWEEN - 2 AND +5 AND n IN [- 1, 1]", True),
        ("n NOT IN (1, 2) OR n NOT BETWEEN 2 AND 3", True),
        ("none IS MISSING AND n IS NOT MISSING", True),
        ("none IS NULL", False),
        ("z IS NULL AND none IS NOT NULL AND s IS STRING", True),
        ("attribute_exists(none) = false AND true = attribute_exists(n)", True),
        ("attribute_exists(n) <> 1 AND (n BETWEEN 0 AND 5) = true", True),
        ("(attribute_exists(n) = true) = false", False),
        ("attribute_exists(none) IN [true, false]", True),
        ("attribute_exists(n) = yes", True),
        ("size(s) = 1 AND begins_with(s, 'x') AND contains(s, 'x')", True),
        ("n = - - 1 AND attribute_type(n, 'N')", True),
    ],
)
def test_condition_of_an_item_holds_or_not(condition: str, expected: bool) -> None:  # noqa: FBT001 - a table of cases
    """Conditions mean what those of expressions mean; a condition may be compared as a boolean."""
    item = {"n": {"N": "1"}, "s": {"S": "x"}, "z": {"NULL": True}, "yes": {"BOOL": True}}
    assert expected == holds(condition, item)


def test_bind_too_few_parameters_is_refused() -> None:
    """The number of question marks has to be met."""
    statement = compile_statement("SELECT * FROM t WHERE a = ? AND b = '?'")
    with pytest.raises(ApiError) as refused:
        bind(statement, [])
    assert "Number of parameters in request and statement don't match." == refused.value.message
    assert {"N": "1"} in bind(statement, [{"N": "1"}]).values()


def test_parse_deep_statement_is_refused_before_the_stack_ends() -> None:
    """Depth has a limit, whatever it is made of; chains of AND and OR have none."""
    for text in (
        "x = " + "(" * 3000,
        "NOT " * 2000 + "a = 1",
        "a" + " = 1" * 2000,
        "a = " + "[" * 3000,
    ):
        assert refusal(f"SELECT * FROM t WHERE {text}") is not None
    assert refusal("SELECT * FROM t WHERE " + " AND ".join(["a=1"] * 900)) is None


@given(
    st.text(max_size=60) | st.from_regex(r"(SELECT|UPDATE|x|=|\(|\[|'|\"| |,|\?|<<|\*|1|-){1,30}")
)
def test_parse_any_text_is_read_or_refused(text: str) -> None:
    """The parser never fails otherwise."""
    with contextlib.suppress(ApiError):
        parse_statement(text)
