"""ExecuteTransaction, seen from outside (measured on AWS: nubo-db/dynamodb-conformance, floci)."""

# ruff: noqa: S608 - statements are what is tested

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.support.indexed_tables import consumed
from tests.support.statements import Statements
from tests.support.target import Reply, Target

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

MakeTable = Callable[..., str]
_NO_KEY = (
    "Select statements within ExecuteTransaction must specify the primary key in the where clause."
)
_MISMATCH = "The provided key element does not match the schema"
_NONE = {"Code": "None"}


@pytest.fixture
def statements(target: Target, make_table: MakeTable) -> Statements:
    """Statements on a table with the keys pk and sk, with the item a/1."""
    made = Statements(target, make_table(sort="S"))
    made.put(pk="a", sk="1", flag="right")
    return made


def _codes(reply: Reply) -> list[str]:
    assert "TransactionCanceledException" == reply.code, reply.body
    codes = [reason["Code"] for reason in reply.body["CancellationReasons"]]
    expected = (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        f"[{', '.join(codes)}]"
    )
    assert expected == reply.message
    return codes


def test_transaction_with_boto3_writes_together_and_reads_together(
    client: Callable[..., "DynamoDBClient"], make_table: MakeTable
) -> None:
    """Writes are answered in their order, and so are the items that are read."""
    table, dynamodb = make_table(), client()
    written = dynamodb.execute_transaction(
        TransactStatements=[
            {"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': ?}}", "Parameters": [{"S": key}]}
            for key in "ab"
        ]
    )
    assert [{}, {}] == written["Responses"]
    read = dynamodb.execute_transaction(
        TransactStatements=[
            {"Statement": f"SELECT * FROM \"{table}\" WHERE pk = '{key}'"} for key in "bxa"
        ]
    )
    expected = [{"Item": {"pk": {"S": "b"}}}, {}, {"Item": {"pk": {"S": "a"}}}]
    assert expected == read["Responses"]


def test_transaction_that_fails_writes_nothing_and_names_every_reason(
    statements: Statements,
) -> None:
    """A duplicate, a condition that fails with its item, and a statement that could have been done."""
    reply = statements.transact(
        "INSERT INTO {t} VALUE {'pk': 'a', 'sk': '1'}",
        statements.member(
            "UPDATE {t} SET x = 1 WHERE pk = 'none' AND sk = '1'",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        ),
        "INSERT INTO {t} VALUE {'pk': 'new', 'sk': '1'}",
    )
    assert ["DuplicateItem", "ConditionalCheckFailed", "None"] == _codes(reply)
    assert statements.get(pk="new", sk="1") is None


def test_transaction_exists_guards_the_writes(statements: Statements) -> None:
    """EXISTS stands among writes and asks something of another item."""
    update = "UPDATE {t} SET x = 1 WHERE pk = 'a' AND sk = '1'"
    statements.put(pk="b", sk="1", v="here")
    exists = "EXISTS(SELECT * FROM {t} WHERE pk = 'b' AND sk = '1' AND v = '%s')"
    failed = statements.transact(exists % "other", update)
    assert ["ConditionalCheckFailed", "None"] == _codes(failed)
    assert _NONE == failed.body["CancellationReasons"][1]
    assert 200 == statements.transact(exists % "here", update).status
    item = statements.get(pk="a", sk="1")
    assert item is not None
    assert {"N": "1"} == item["x"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (
            ["SELECT * FROM {t} WHERE"],
            "Statement wasn't well formed, can't be processed: Unexpected term",
        ),
        (
            ["UPDATE {t} SET v = 1 WHERE pk = 'a' AND sk = '1' RETURNING ALL NEW *"],
            "RETURNING clause is not supported in ExecuteTransaction.",
        ),
        (
            ["SELECT * FROM {t}.idx WHERE pk = 'a' AND sk = '1'"],
            "Reads on indices are not supported within transactions.",
        ),
        (
            ["UPDATE {t}.idx SET v = 1 WHERE pk = 'a' AND sk = '1'"],
            "This operation is not supported on an index",
        ),
        (["SELECT * FROM {t} WHERE pk = 'a'"], _NO_KEY),
        (["SELECT * FROM {t} WHERE pk = 'a' AND sk = '1' AND flag = 'right'"], _NO_KEY),
        (["SELECT * FROM {t} WHERE pk = 'a' AND sk = '1' AND pk = 'b'"], _NO_KEY),
        (["SELECT * FROM {t} WHERE pk IN ['b'] AND pk = 'a' AND sk = '1'"], _NO_KEY),
        (
            ["SELECT * FROM {t} WHERE pk IN ['a', 'a'] AND sk = '1'"],
            "Overlapping conditions with range keys are not supported in where clause",
        ),
        (
            ["EXISTS(SELECT * FROM {t} WHERE pk = 'a' AND sk = '1')"],
            "EXISTS() must contain a single item read with additional condition",
        ),
        (
            ["EXISTS(SELECT * FROM {t} WHERE pk IN ['a'] AND sk = '1' AND flag = 'x')"],
            "EXISTS() must contain a single item read with additional condition",
        ),
        (
            ["UPDATE {t} SET n = n + [1] WHERE pk = 'a' AND sk = '1'"],
            "Incorrect operand type for operator or function; operator or function: +, operand type: L",
        ),
    ],
)
def test_transaction_statement_that_is_wrong_is_named(
    statements: Statements, texts: list[str], message: str
) -> None:
    """What is wrong with a statement refuses the request, wherever it stands."""
    reply = statements.transact(*texts)
    expected = f"Validation failed in TransactStatements[0]: {message}"
    assert ("ValidationException", expected) == (reply.code, reply.message)


def test_transaction_of_reads_among_writes_is_refused(statements: Statements) -> None:
    """A transaction reads or writes."""
    reply = statements.transact(
        "SELECT * FROM {t} WHERE pk = 'a' AND sk = '1'",
        "DELETE FROM {t} WHERE pk = 'a' AND sk = '1'",
    )
    expected = "ExecuteTransaction API does not support both read and write operations in the same request."
    assert ("ValidationException", expected) == (reply.code, reply.message)


def test_transaction_reads_by_whatever_names_one_item(statements: Statements) -> None:
    """The same equality twice, groups, and IN with one value."""
    reply = statements.transact(
        "SELECT flag FROM {t} WHERE (sk = '1') AND pk = 'a' AND pk = 'a'",
        "SELECT * FROM {t} WHERE pk IN ['a'] AND sk IN ['2']",
    )
    assert [{"Item": {"flag": {"S": "right"}}}, {}] == reply.body["Responses"]


def test_transaction_of_one_item_twice_is_refused(statements: Statements) -> None:
    """Reads and writes alike."""
    message = "Transaction request cannot include multiple operations on one item"
    for text in (
        "SELECT * FROM {t} WHERE pk = 'a' AND sk = '1'",
        "DELETE FROM {t} WHERE pk = 'a' AND sk = '1'",
    ):
        reply = statements.transact(text, text)
        assert ("ValidationException", message) == (reply.code, reply.message)


def test_transaction_of_keys_that_do_not_fit_is_cancelled_with_each(statements: Statements) -> None:
    """A key that is incomplete, of another type, or not one item's is a reason."""
    update = "UPDATE {t} SET x = 1 WHERE "
    reply = statements.transact(
        update + "pk = 'a'",
        update + "pk IN ['a'] AND sk = '1'",
        update + "pk = 'a' AND sk = '1' AND pk = 'b'",
        update + "pk = 'a' AND sk = 1",
        update + "pk = 'a' AND sk = '1'",
    )
    assert [*["ValidationError"] * 4, "None"] == _codes(reply)
    assert _MISMATCH == reply.body["CancellationReasons"][0]["Message"]
    assert _MISMATCH == reply.body["CancellationReasons"][3]["Message"]
    select = "SELECT * FROM {t} WHERE pk = 'a' AND sk = "
    reply = statements.transact(select + "'1'", select + "'1'", select + "1")
    assert ["None", "None", "ValidationError"] == _codes(reply)
    reply = statements.transact("INSERT INTO {t} VALUE {'pk': 'a'}")
    expected = "One or more parameter values were invalid: Missing the key sk in the item"
    assert ["ValidationError"] == _codes(reply)
    assert expected == reply.body["CancellationReasons"][0]["Message"]


def test_transaction_of_a_table_that_is_not_there_is_cancelled(statements: Statements) -> None:
    """What is wrong with another statement comes first."""
    missing = "UPDATE \"never-created\" SET x = 1 WHERE pk = 'x'"
    reply = statements.transact(
        "DELETE FROM {t} WHERE pk = 'a' AND sk = '1'", missing + " RETURNING ALL NEW *"
    )
    assert ["None", "ResourceNotFound"] == _codes(reply)
    expected = {"Code": "ResourceNotFound", "Message": "Requested resource not found"}
    assert expected == reply.body["CancellationReasons"][1]
    reply = statements.transact(
        missing, "DELETE FROM {t} WHERE pk = 'a' AND sk = '1' RETURNING ALL OLD *"
    )
    assert "ValidationException" == reply.code
    assert reply.message.startswith("Validation failed in TransactStatements[1]: ")


def test_transaction_token_keeps_it_from_happening_twice(statements: Statements) -> None:
    """A repetition is charged as a read; another request under the token is refused."""
    token = str(uuid4())
    update = "UPDATE {t} SET n = n + 1 WHERE pk = 'count' AND sk = '1'"
    statements.put({"n": {"N": "0"}}, pk="count", sk="1")

    def run(text: str) -> Reply:
        members: dict[str, Any] = {"ClientRequestToken": token, "ReturnConsumedCapacity": "INDEXES"}
        return statements.transact(text, **members)

    expected = consumed(statements.table, 2.0, member="WriteCapacityUnits")
    assert [expected] == run(update).body["ConsumedCapacity"]
    expected = consumed(statements.table, 2.0, member="ReadCapacityUnits")
    assert [expected] == run(update).body["ConsumedCapacity"]
    item = statements.get(pk="count", sk="1")
    assert item is not None
    assert {"N": "1"} == item["n"]
    assert "IdempotentParameterMismatchException" == run(update + " AND n = 1").code


def test_transaction_parameters_are_checked_before_the_texts(statements: Statements) -> None:
    """The refusal does not say of which statement they are."""
    reply = statements.transact(
        "SELECT * FROM", statements.member("SELECT * FROM {t} WHERE pk = ?", {"SS": ["a", "a"]})
    )
    expected = (
        "One or more parameter values were invalid: Input collection [a, a] contains duplicates."
    )
    assert ("ValidationException", expected) == (reply.code, reply.message)


def test_transaction_of_reads_costs_twice(statements: Statements) -> None:
    """Every item is charged as a transactional read."""
    select = "SELECT flag FROM {t} WHERE pk = 'a' AND sk = '%s'"
    reply = statements.transact(select % "1", select % "2", ReturnConsumedCapacity="INDEXES")
    expected = consumed(statements.table, 4.0, member="ReadCapacityUnits")
    assert [expected] == reply.body["ConsumedCapacity"]
