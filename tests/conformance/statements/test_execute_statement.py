"""ExecuteStatement, seen from outside.

What is said of AWS was measured there: nubo-db/dynamodb-conformance (tier2/partiql, tier3/error-messages) and floci's
DynamoDbPartiQL*IntegrationTest.
"""

# ruff: noqa: S608 - statements are what is tested

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.indexed_tables import consumed
from tests.support.statements import Statements
from tests.support.target import Target

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

MakeTable = Callable[..., str]
_OVERLAPPING = "Overlapping conditions with range keys are not supported in where clause"
_NO_FULL_KEY = "Where clause does not contain a mandatory equality on all key attributes"
_MULTIPLE = (
    "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported"
)
_TOO_MANY_READS = "Too many decomposed read operations for a given query."
_KEY_TYPE = "Key attribute's data type should match its data type in table's schema: Key"
_INCORRECT = (
    "Incorrect operand type for operator or function; operator or function: {}, operand type: {}"
)
_CONDITION_FAILED = ("ConditionalCheckFailedException", "The conditional request failed")


@pytest.fixture
def simple(target: Target, make_table: MakeTable) -> Statements:
    """Statements on a table with the key pk."""
    return Statements(target, make_table())


@pytest.fixture
def sorted_(target: Target, make_table: MakeTable) -> Statements:
    """Statements on a table with the keys pk and sk."""
    return Statements(target, make_table(sort="S"))


def _values(count: int) -> str:
    return ", ".join(f"'v{number}'" for number in range(count))


def _sort_keys(items: list[Any]) -> list[str]:
    return [item["sk"]["S"] for item in items]


def test_execute_statement_with_boto3_inserts_selects_updates_and_deletes(
    client: Callable[..., "DynamoDBClient"], make_table: MakeTable
) -> None:
    """The four statements of the developer guide, with parameters."""
    table, dynamodb = make_table(), client()
    run = dynamodb.execute_statement
    run(Statement=f"INSERT INTO \"{table}\" VALUE {{'pk': ?, 'n': 1}}", Parameters=[{"S": "a"}])
    run(
        Statement=f'UPDATE "{table}" SET n = n + ? WHERE pk = ?',
        Parameters=[{"N": "2"}, {"S": "a"}],
    )
    items = run(Statement=f'SELECT n FROM "{table}" WHERE pk = ?', Parameters=[{"S": "a"}])["Items"]
    assert [{"n": {"N": "3"}}] == items
    run(Statement=f"DELETE FROM \"{table}\" WHERE pk = 'a'")
    assert [] == run(Statement=f'SELECT * FROM "{table}"')["Items"]


def test_execute_statement_insert_of_an_item_that_is_there_is_a_duplicate(
    simple: Statements,
) -> None:
    """INSERT never replaces."""
    insert = "INSERT INTO {t} VALUE {'pk': 'a', 'v': ?}"
    assert {"Items": []} == simple.run(insert, {"S": "first"}).body
    expected = ("DuplicateItemException", "Duplicate primary key exists in table")
    assert expected == simple.refusal(insert, {"S": "second"})
    assert {"pk": {"S": "a"}, "v": {"S": "first"}} == simple.get(pk="a")


def test_execute_statement_select_shows_columns_under_the_last_name_of_their_path(
    simple: Statements,
) -> None:
    """A document path is not nested in the answer, and what is missing is left out."""
    simple.put({"m": {"M": {"k": {"L": [{"S": "c"}]}, "x": {"S": "y"}}}}, pk="a")
    items = simple.items("SELECT m.k[0], m.x, m.none, pk FROM {t} WHERE pk = 'a'")
    assert [{"k[0]": {"S": "c"}, "x": {"S": "y"}, "pk": {"S": "a"}}] == items


def test_execute_statement_update_writes_paths_lists_and_sets(simple: Statements) -> None:
    """SET and REMOVE may follow each other; functions change lists and sets."""
    simple.put(
        {
            "l": {"L": [{"N": "1"}, {"N": "2"}]},
            "m": {"M": {"x": {"S": "y"}}},
            "s": {"SS": ["a", "b"]},
            "n": {"N": "5"},
            "rest": {"SS": ["o"]},
        },
        pk="a",
    )
    simple.items(
        "UPDATE {t} SET n = n-1, l = list_append(l, [3, <<'x'>>]) SET m.deep = {'k': [2.50]}"
        " REMOVE m.x SET s = set_add(s, <<'c'>>) SET rest = SET_DELETE(rest, <<'o'>>)"
        " SET fresh = set_add(fresh, <<1>>) WHERE pk = 'a' AND n = 5"
    )
    expected = {
        "pk": {"S": "a"},
        "l": {"L": [{"N": "1"}, {"N": "2"}, {"N": "3"}, {"SS": ["x"]}]},
        "m": {"M": {"deep": {"M": {"k": {"L": [{"N": "2.5"}]}}}}},
        "s": {"SS": ["a", "b", "c"]},
        "n": {"N": "4"},
        "fresh": {"NS": ["1"]},
    }
    assert expected == simple.get(pk="a")


def test_execute_statement_update_from_first_is_an_update(simple: Statements) -> None:
    """FROM ... WHERE ... SET is PartiQL's other form."""
    simple.put(pk="a")
    items = simple.items("FROM {t} WHERE pk = 'a' SET c = 1 RETURNING ALL NEW *")
    assert [{"pk": {"S": "a"}, "c": {"N": "1"}}] == items


def test_execute_statement_update_of_no_item_fails_and_delete_of_none_does_not(
    simple: Statements,
) -> None:
    """UPDATE makes no item; DELETE looks at no condition where there is no item."""
    assert _CONDITION_FAILED == simple.refusal("UPDATE {t} SET a = 1 WHERE pk = 'ghost'")
    assert simple.get(pk="ghost") is None
    assert [] == simple.items("DELETE FROM {t} WHERE pk = 'ghost' AND a = 'x'")


def test_execute_statement_condition_beside_the_key_guards_a_write(simple: Statements) -> None:
    """A condition that fails leaves the item, and shows it when asked to."""
    simple.put(pk="a", v="1")
    for text in (
        "UPDATE {t} SET v = '2' WHERE (pk = 'a' AND v = '3')",
        "DELETE FROM {t} WHERE pk = 'a' AND (v = '3' OR none IS NOT MISSING)",
    ):
        assert _CONDITION_FAILED == simple.refusal(text)
    reply = simple.run(
        "DELETE FROM {t} WHERE pk = 'a' AND v = '3'", ReturnValuesOnConditionCheckFailure="ALL_OLD"
    )
    assert {"pk": {"S": "a"}, "v": {"S": "1"}} == reply.body["Item"]


@pytest.mark.parametrize(
    ("returning", "expected"),
    [
        ("ALL OLD", [{"pk": {"S": "a"}, "v": {"S": "1"}, "w": {"S": "x"}}]),
        ("ALL NEW", [{"pk": {"S": "a"}, "v": {"S": "2"}, "w": {"S": "x"}}]),
        ("MODIFIED OLD", [{"v": {"S": "1"}}]),
        ("MODIFIED NEW", [{"v": {"S": "2"}}]),
    ],
)
def test_execute_statement_update_returns_what_it_is_asked_for(
    simple: Statements, returning: str, expected: list[Any]
) -> None:
    """RETURNING shows one image, whole or what the update names."""
    simple.put(pk="a", v="1", w="x")
    text = f"UPDATE {{t}} SET v = '2' WHERE pk = 'a' RETURNING {returning} *"
    assert expected == simple.items(text)


def test_execute_statement_returning_nothing_is_no_row(simple: Statements) -> None:
    """An empty projection and a deletion of nothing answer no item."""
    simple.put(pk="a", v="1")
    assert [] == simple.items("UPDATE {t} REMOVE v WHERE pk = 'a' RETURNING MODIFIED NEW *")
    assert [{"pk": {"S": "a"}}] == simple.items(
        "DELETE FROM {t} WHERE pk = 'a' RETURNING ALL OLD *"
    )
    assert [] == simple.items("DELETE FROM {t} WHERE pk = 'a' RETURNING ALL OLD *")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("(sk = '1' OR sk = '2')", ["1", "2"]),
        ("sk IN ['1', '3']", ["1", "3"]),
        ("(sk < '2' OR sk > '2' OR sk = '2')", ["1", "2", "3"]),
        ("NOT sk = '1'", ["2", "3"]),
        ("sk <> '1'", ["2", "3"]),
        ("sk > '0' AND sk <> '1'", ["2", "3"]),
        ("sk = '1' AND sk > '0'", ["1"]),
        ("sk BETWEEN '2' AND '3'", ["2", "3"]),
        ("begins_with(sk, '2')", ["2"]),
        ("sk >= '2' AND flag = 'c'", ["3"]),
        ("attribute_exists(pk)", ["1", "2", "3"]),
        ("sk <> '1' OR pk = 'p' AND sk = '2'", ["2", "3"]),
        ("NOT begins_with(sk, 'x') OR pk = 'p' AND sk = '2'", ["1", "2", "3"]),
        ("flag IN ['a', ?]", ["1", "2"]),
    ],
)
def test_execute_statement_select_of_a_partition_reads_what_the_sort_key_is_asked(
    sorted_: Statements, condition: str, expected: list[str]
) -> None:
    """Whatever a condition makes of the sort key, it selects the same items."""
    for sort, flag in (("1", "a"), ("2", "b"), ("3", "c")):
        sorted_.put(pk="p", sk=sort, flag=flag)
    sorted_.put(pk="other", sk="1", flag="a")
    parameters = [{"S": "b"}] if "?" in condition else []
    text = f"SELECT sk FROM {{t}} WHERE pk = 'p' AND {condition}"
    assert expected == _sort_keys(sorted_.items(text, *parameters))


def test_execute_statement_select_of_a_key_reads_only_its_partition(sorted_: Statements) -> None:
    """Capacity tells what was read: a partition, several, an item, or everything."""
    for key in "abc":
        for sort in "12":
            sorted_.put({"v": {"S": "x" * 3000}}, pk=key, sk=sort)

    def units(condition: str) -> float:
        text = f"SELECT pk FROM {{t}} WHERE {condition}"
        reply = sorted_.run(text, ReturnConsumedCapacity="TOTAL", ConsistentRead=True)
        return float(reply.body["ConsumedCapacity"]["CapacityUnits"])

    assert 2 == units("pk = 'a'")
    assert 1 == units("pk = 'a' AND sk = '1'")
    assert 4 == units("pk IN ['a', 'b']")
    assert 4 == units("pk = 'a' OR pk = 'c'")
    assert 3 == units("pk IN ['a', 'b', 'none'] AND sk = '1'")
    assert 5 == units("pk = 'a' OR v = 'y'")
    assert 5 == units("pk > 'a'")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("pk IN ['a', 'a']", _OVERLAPPING),
        ("pk = 'a' OR pk = 'a'", _OVERLAPPING),
        ("pk = 'a' AND (sk > '0' OR sk < '5')", _OVERLAPPING),
        ("pk = 'a' AND (sk = '1' OR flag = 'two')", _OVERLAPPING),
        ("(pk = 'a' AND flag = 'one') OR (pk = 'a' AND flag = 'two')", _OVERLAPPING),
        ("pk = 'a' AND x <> '1' OR pk = 'a' AND sk = '2'", _OVERLAPPING),
        ("pk = 1 OR pk = 'a'", f"{_KEY_TYPE} pk"),
        ("pk = 'a' AND sk IN ['1', 2]", f"{_KEY_TYPE} sk"),
        (f"pk IN [{_values(51)}]", _TOO_MANY_READS),
        (f"pk = 'a' AND sk IN [{_values(51)}]", _TOO_MANY_READS),
        (f"pk IN [{_values(26)}] AND sk IN ['1', '2']", _TOO_MANY_READS),
        (
            f"pk = 'a' AND flag IN [{_values(101)}]",
            "The IN operator is provided with too many operands; number of operands: 101",
        ),
        ("pk = 'a' AND v < true", _INCORRECT.format("<", "BOOL")),
        ("pk = 'a' AND attribute_type(v, 1)", _INCORRECT.format("attribute_type", "N")),
        ("pk = 'a' AND attribute_exists(n) > false", _INCORRECT.format(">", "BOOL")),
    ],
)
def test_execute_statement_select_that_aws_does_not_serve_is_refused(
    sorted_: Statements, condition: str, message: str
) -> None:
    """The refusals of conditions that parse."""
    text = f"SELECT sk FROM {{t}} WHERE {condition}"
    assert ("ValidationException", message) == sorted_.refusal(text)


@pytest.mark.parametrize(
    "condition",
    [
        f"pk IN [{_values(50)}] AND flag IN [{_values(100)}]",
        f"pk IN [{_values(51)}] OR flag = 'one'",
        "pk = 'a' OR sk = '1'",
        "pk > 1",
    ],
)
def test_execute_statement_select_at_a_limit_is_served(sorted_: Statements, condition: str) -> None:
    """A condition that does not pin the partition has no limit of reads, and no types to keep."""
    assert [] == sorted_.items(f"SELECT sk FROM {{t}} WHERE {condition}")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("pk = 'o' ORDER BY sk DESC", ["o3", "o2", "o1"]),
        ("pk = 'o' ORDER BY sk", ["o1", "o2", "o3"]),
        ("pk = 'o' ORDER BY pk ASC", ["o3", "o2", "o1"]),
        ("pk IN ['o', 'p'] ORDER BY pk DESC, sk ASC", ["p1", "p2", "p3", "o1", "o2", "o3"]),
        ("pk IN ['o', 'p'] AND sk IN ['1', '3'] ORDER BY pk, sk DESC", ["o3", "o1", "p3", "p1"]),
    ],
)
def test_execute_statement_order_by_the_key_orders_items(
    sorted_: Statements, order: str, expected: list[str]
) -> None:
    """ORDER BY the hash attribute alone descends inside of a partition, as on AWS."""
    for key in "op":
        for sort in "123":
            sorted_.put(pk=key, sk=sort)
    items = sorted_.items(f"SELECT pk, sk FROM {{t}} WHERE {order}")
    assert expected == [item["pk"]["S"] + item["sk"]["S"] for item in items]


def test_execute_statement_partitions_without_order_come_as_written(sorted_: Statements) -> None:
    """AWS promises no order; ours is that of the text, and of the sort keys inside of a partition."""
    for key in "op":
        for sort in "12":
            sorted_.put(pk=key, sk=sort)
    items = sorted_.items("SELECT pk, sk FROM {t} WHERE pk IN ['p', 'o'] AND sk IN ['2', '1']")
    assert ["p1", "p2", "o1", "o2"] == [item["pk"]["S"] + item["sk"]["S"] for item in items]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("ORDER BY sk", "Must have WHERE clause in the statement when using ORDER BY clause."),
        (
            "WHERE pk = 'o' ORDER BY Total DESC",
            "Attribute Total in ORDER BY clause must be part of the primary key",
        ),
        (
            "WHERE pk > 'a' ORDER BY sk",
            "Must have at least one non-optional hash key condition in WHERE clause when using "
            "ORDER BY clause.",
        ),
        (
            "WHERE pk IN ['o', 'p'] ORDER BY sk DESC",
            "Must have hash key in ORDER BY clause when more than one hash key condition specified "
            "in WHERE clause.",
        ),
    ],
)
def test_execute_statement_order_that_cannot_be_served_is_refused(
    sorted_: Statements, order: str, message: str
) -> None:
    """Only keys can order, and only where the partition is pinned."""
    assert ("ValidationException", message) == sorted_.refusal(f"SELECT sk FROM {{t}} {order}")


def test_execute_statement_pages_follow_each_other_by_next_token(sorted_: Statements) -> None:
    """Limit counts what is read; the last page has no token; a page goes on in the next partition."""
    for key in "op":
        for sort in "123":
            sorted_.put(pk=key, sk=sort)
    statement = "SELECT pk, sk FROM {t} WHERE pk IN ['o', 'p'] AND sk <> '2' ORDER BY pk DESC"
    found: list[str] = []
    token: dict[str, Any] = {}
    sizes = []
    while True:
        body = sorted_.run(statement, Limit=2, **token).body
        found += [item["pk"]["S"] + item["sk"]["S"] for item in body["Items"]]
        sizes.append(len(body["Items"]))
        if "NextToken" not in body:
            break
        assert {"pk", "sk"} == body["LastEvaluatedKey"].keys()
        token = {"NextToken": body["NextToken"]}
    assert ["p3", "p1", "o3", "o1"] == found
    assert [1, 2, 1, 0] == sizes


def test_execute_statement_page_ends_behind_one_mebibyte(simple: Statements) -> None:
    """A scan goes on where it ended, however large its items are."""
    for number in range(4):
        simple.put({"v": {"S": "x" * 390_000}}, pk=str(number))
    first = simple.run("SELECT pk FROM {t}").body
    assert 3 == len(first["Items"])
    second = simple.run("SELECT pk FROM {t}", NextToken=first["NextToken"]).body
    assert 1 == len(second["Items"])
    assert "NextToken" not in second


def test_execute_statement_token_of_another_statement_does_not_match(simple: Statements) -> None:
    """A token belongs to a text and its parameters; what is no token is refused too."""
    for key in "abc":
        simple.put(pk=key)
    token = simple.run("SELECT * FROM {t}", Limit=1).body["NextToken"]
    mismatch = ("ValidationException", "NextToken does not match request")
    assert mismatch == simple.refusal("SELECT pk FROM {t}", NextToken=token)
    invalid = ("ValidationException", "Invalid NextToken")
    assert invalid == simple.refusal("SELECT * FROM {t}", NextToken="garbage")


def test_execute_statement_read_of_one_item_has_no_next_page(simple: Statements) -> None:
    """A whole key is one item at most, so a Limit of one leaves nothing behind."""
    simple.put(pk="a")
    body = simple.run("SELECT * FROM {t} WHERE pk = 'a'", Limit=1).body
    assert {"Items": [{"pk": {"S": "a"}}]} == body


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("DELETE FROM {t} WHERE name = 'a'", _NO_FULL_KEY),
        ("FROM {t} SET c = 1", _NO_FULL_KEY),
        ("UPDATE {t} SET a = 1 WHERE pk IN ['a']", _NO_FULL_KEY),
        ("UPDATE {t} SET a = 1 WHERE pk = 'a' AND pk = 'b'", _MULTIPLE),
        ("DELETE FROM {t} WHERE pk = 'a' AND pk = 'b'", _MULTIPLE),
        (
            "UPDATE {t} SET pk = 'b' WHERE pk = 'a'",
            "One or more parameter values were invalid: Cannot update attribute pk. "
            "This attribute is part of the key",
        ),
        ("UPDATE {t} SET n = 'a' + 1 WHERE pk = 'a'", _INCORRECT.format("+", "S")),
        ("UPDATE {t} SET n = n - null WHERE pk = 'a'", _INCORRECT.format("-", "NULL")),
        (
            "UPDATE {t} SET none = list_append(none, [1]) WHERE pk = 'a'",
            "The provided expression refers to an attribute that does not exist in the item",
        ),
        (
            "UPDATE {t} SET s = set_add(s, <<1>>) WHERE pk = 'a'",
            "An operand in the update expression has an incorrect data type",
        ),
        (
            "INSERT INTO {t} VALUE {'sk': 'a'}",
            "One or more parameter values were invalid: Missing the key pk in the item",
        ),
        (
            "EXISTS(SELECT * FROM {t} WHERE pk = 'a' AND v IS MISSING)",
            "EXISTS can only be used in ExecuteTransaction write requests.",
        ),
    ],
)
def test_execute_statement_write_that_is_wrong_is_refused(
    simple: Statements, text: str, message: str
) -> None:
    """A write names one item, and leaves its key alone."""
    simple.put({"s": {"SS": ["x"]}}, pk="a")
    assert ("ValidationException", message) == simple.refusal(text)


def test_execute_statement_parameters_are_checked_before_the_text(simple: Statements) -> None:
    """What is no value is refused even where the statement is not well formed."""
    duplicates = (
        "One or more parameter values were invalid: Input collection [a, a] contains duplicates."
    )
    refused = simple.refusal("UPDATE {t} SET WHERE", {"SS": ["a", "a"]})
    assert ("ValidationException", duplicates) == refused
    missing = "Number of parameters in request and statement don't match."
    refused = simple.refusal("SELECT * FROM {t} WHERE pk = ? AND v = ?", {"S": "a"})
    assert ("ValidationException", missing) == refused


def test_execute_statement_of_no_table_is_not_found(simple: Statements) -> None:
    """A text that is not well formed is told first."""
    found = simple.refusal("SELECT * FROM \"never-created\" WHERE pk = 'x'")
    assert ("ResourceNotFoundException", "Requested resource not found") == found
    code, message = simple.refusal('SELECT * FROM "never-created" WHERE')
    assert "ValidationException" == code
    assert message.endswith("can't be processed: Unexpected term")


def test_execute_statement_write_reports_its_capacity(simple: Statements) -> None:
    """A write costs what PutItem costs."""
    reply = simple.run(
        "INSERT INTO {t} VALUE {'pk': 'a', 'v': ?}",
        {"S": "x" * 2000},
        ReturnConsumedCapacity="INDEXES",
    )
    assert consumed(simple.table, 2.0) == reply.body["ConsumedCapacity"]
