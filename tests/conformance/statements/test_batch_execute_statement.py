"""BatchExecuteStatement, seen from outside (measured on AWS: nubo-db/dynamodb-conformance, floci)."""

# ruff: noqa: S608 - statements are what is tested

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.statements import Statements
from tests.support.target import Target

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

MakeTable = Callable[..., str]
_NO_KEY = (
    "Select statements within BatchExecuteStatement must specify the primary key in the where "
    "clause."
)


@pytest.fixture
def statements(target: Target, make_table: MakeTable) -> Statements:
    """Statements on a table with the keys pk and sk."""
    return Statements(target, make_table(sort="S"))


def _invalid(message: str) -> dict[str, Any]:
    return {"Error": {"Code": "ValidationError", "Message": message}}


def test_batch_with_boto3_reads_and_writes(
    client: Callable[..., "DynamoDBClient"], make_table: MakeTable
) -> None:
    """Writes and reads are separate batches; what is not there has no Item."""
    table, dynamodb = make_table(), client()
    inserts = [{"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': '{key}'}}"} for key in "ab"]
    written = dynamodb.batch_execute_statement(Statements=inserts)  # type: ignore[arg-type]  # typed dicts
    assert [{"TableName": table}] * 2 == written["Responses"]
    selects = [
        {"Statement": f'SELECT * FROM "{table}" WHERE pk = ?', "Parameters": [{"S": key}]}
        for key in "abc"
    ]
    read = dynamodb.batch_execute_statement(Statements=selects)  # type: ignore[arg-type]  # typed dicts
    expected = [
        {"TableName": table, "Item": {"pk": {"S": "a"}}},
        {"TableName": table, "Item": {"pk": {"S": "b"}}},
        {"TableName": table},
    ]
    assert expected == read["Responses"]


def test_batch_statement_that_fails_is_told_in_its_place(statements: Statements) -> None:
    """The others are carried out; the table is named where the statement reached it."""
    statements.put(pk="a", sk="1", v="here")
    reply = statements.batch(
        "SLECT * FROM {t}",
        "INSERT INTO {t} VALUE {'pk': 'a', 'sk': '1'}",
        statements.member(
            "UPDATE {t} SET v = 'x' WHERE pk = 'a' AND sk = '1' AND v = 'wrong'",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        ),
        "UPDATE {t} SET v = 'x' WHERE pk = 'a'",
        statements.member("INSERT INTO {t} VALUE {'pk': ?, 'sk': '2'}", {"SS": []}),
        "DELETE FROM \"never-created\" WHERE pk = 'a'",
        "EXISTS(SELECT * FROM {t} WHERE pk = 'a' AND sk = '1' AND v = 'x')",
        "INSERT INTO {t} VALUE {'pk': 'b', 'sk': '1'}",
    )
    assert 200 == reply.status
    table = {"TableName": statements.table}
    expected = [
        _invalid("Statement wasn't well formed, can't be processed: Expected data manipulation"),
        table
        | {
            "Error": {
                "Code": "DuplicateItem",
                "Message": "Duplicate primary key exists in table",
            }
        },
        table
        | {
            "Error": {
                "Code": "ConditionalCheckFailed",
                "Message": "The conditional request failed",
                "Item": {"pk": {"S": "a"}, "sk": {"S": "1"}, "v": {"S": "here"}},
            }
        },
        _invalid("Where clause does not contain a mandatory equality on all key attributes"),
        _invalid("One or more parameter values were invalid: An string set  may not be empty"),
        {
            "Error": {
                "Code": "ResourceNotFound",
                "Message": "Requested resource not found",
            }
        },
        _invalid("EXISTS can only be used in ExecuteTransaction write requests."),
        table,
    ]
    assert expected == reply.body["Responses"]
    assert statements.get(pk="b", sk="1") is not None


@pytest.mark.parametrize(
    "condition",
    [
        "v = 'x'",
        "pk = 'a'",
        "pk = 'a' AND sk = '1' AND v = 'x'",
        "pk = 'a' AND sk = '1' AND pk = 'b'",
    ],
)
def test_batch_select_of_anything_but_a_key_is_refused(
    statements: Statements, condition: str
) -> None:
    """A SELECT of a batch names one item and nothing else."""
    reply = statements.batch(f"SELECT * FROM {{t}} WHERE {condition}")
    assert [_invalid(_NO_KEY)] == reply.body["Responses"]


def test_batch_select_reads_by_an_in_of_one_value(statements: Statements) -> None:
    """IN with one value is an equality."""
    statements.put(pk="a", sk="1")
    reply = statements.batch("SELECT sk FROM {t} WHERE pk IN ['a'] AND sk = '1'")
    expected = {"TableName": statements.table, "Item": {"sk": {"S": "1"}}}
    assert [expected] == reply.body["Responses"]


def test_batch_write_returns_what_its_statement_asks_for(statements: Statements) -> None:
    """RETURNING is answered as Item; an empty projection has none."""
    statements.put(pk="a", sk="1", v="1")
    statements.put(pk="b", sk="1", v="1")
    reply = statements.batch(
        "UPDATE {t} SET v = '2' WHERE pk = 'a' AND sk = '1' RETURNING MODIFIED NEW *",
        "UPDATE {t} REMOVE v WHERE pk = 'b' AND sk = '1' RETURNING MODIFIED NEW *",
    )
    table = {"TableName": statements.table}
    assert [table | {"Item": {"v": {"S": "2"}}}, table] == reply.body["Responses"]


def test_batch_of_reads_among_writes_is_refused(statements: Statements) -> None:
    """A batch reads or writes."""
    reply = statements.batch(
        "SELECT * FROM {t} WHERE pk = 'a' AND sk = '1'",
        "DELETE FROM {t} WHERE pk = 'a' AND sk = '1'",
    )
    assert "ValidationException" == reply.code


def test_batch_counts_every_statement_by_itself(statements: Statements) -> None:
    """ConsistentRead is each statement's own."""
    statements.put(pk="a", sk="1")
    select = "SELECT * FROM {t} WHERE pk = 'a' AND sk = '1'"
    reply = statements.batch(
        statements.member(select, ConsistentRead=True),
        statements.member(select),
        ReturnConsumedCapacity="TOTAL",
    )
    expected = [{"TableName": statements.table, "CapacityUnits": 1.5}]
    assert expected == reply.body["ConsumedCapacity"]
    reply = statements.batch(
        "INSERT INTO {t} VALUE {'pk': 'b', 'sk': '1'}",
        "DELETE FROM {t} WHERE pk = 'a' AND sk = '1'",
        ReturnConsumedCapacity="TOTAL",
    )
    expected = [{"TableName": statements.table, "CapacityUnits": 2.0}]
    assert expected == reply.body["ConsumedCapacity"]


def test_batch_of_too_many_statements_is_refused(statements: Statements) -> None:
    """25 are allowed, and none is not."""
    delete = "DELETE FROM {t} WHERE pk = 'a' AND sk = '1'"
    assert 200 == statements.batch(*[delete] * 25).status
    assert "ValidationException" == statements.batch(*[delete] * 26).code
    assert "ValidationException" == statements.batch().code
