"""Which of two faults of a request AWS tells.

Sources: the suites of nubo-db/dynamodb-conformance, architect/dynalite and scylladb/scylladb test/alternator on AWS.
"""

from collections.abc import Iterator

import pytest

from tests.support.in_process import InProcess
from tests.support.measured import ITEM, KEY, TABLE, Asked, get, make_table, put, scan, update

_A = {":a": {"S": "a"}}


@pytest.fixture(scope="module")
def node() -> Iterator[InProcess]:
    """A node with the table and one item."""
    with InProcess() as made:
        make_table(made)
        made.ask("DynamoDB_20120810.PutItem", {"TableName": TABLE, "Item": ITEM})
        yield made


_MISSING = "no-such-table"
#: The fault that is told, and a request that has it and the next one.
_ORDER: list[tuple[str, str, Asked]] = [
    ("type before shape", "SerializationException", get(TableName="ab", Key=[])),
    (
        "shape before expression",
        "at 'returnValues'",
        put(ReturnValues="X", ConditionExpression="("),
    ),
    (
        "both kinds of parameters before an empty expression",
        "Can not use both expression",
        put(ConditionExpression="", Expected={"s": {"Exists": False}}),
    ),
    (
        "values without expressions before the item",
        "ExpressionAttributeValues can only",
        put(Item={**KEY, "a": {"SS": []}}, ExpressionAttributeValues=_A),
    ),
    ("item before the table", "may not be empty", put(TableName=_MISSING, Item={"a": {"SS": []}})),
    (
        "expression before the table",
        "Syntax error",
        put(TableName=_MISSING, ConditionExpression="("),
    ),
    (
        "unused values before the table",
        "unused in expressions",
        put(
            TableName=_MISSING,
            ConditionExpression="attribute_exists(s)",
            ExpressionAttributeValues=_A,
        ),
    ),
    (
        "the table before the key",
        "Requested resource not found",
        get(TableName=_MISSING, Key={"x": {"S": "a"}}),
    ),
    (
        "the key before the item's condition",
        "does not match the schema",
        update(
            Key={"x": {"S": "a"}},
            UpdateExpression="SET s = :a",
            ConditionExpression="attribute_not_exists(pk)",
            ExpressionAttributeValues=_A,
        ),
    ),
    (
        "the condition before what the update would do",
        "The conditional request failed",
        update(UpdateExpression="SET s = absent", ConditionExpression="attribute_not_exists(pk)"),
    ),
    (
        "characters of a name before the table",
        "regular expression pattern",
        scan(TableName="no such table"),
    ),
    (
        "duplicates before the table",
        "contains duplicates",
        ("BatchGetItem", {"RequestItems": {_MISSING: {"Keys": [KEY, KEY]}}}),
    ),
    (
        "keys of a transaction before its conditions",
        "[ValidationError, None]",
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Delete": {"TableName": TABLE, "Key": {"x": {"S": "a"}}}},
                    {
                        "Put": {
                            "TableName": TABLE,
                            "Item": KEY,
                            "ConditionExpression": "attribute_not_exists(pk)",
                        }
                    },
                ]
            },
        ),
    ),
    (
        "form of every action before the keys of any",
        "Syntax error",
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Delete": {"TableName": TABLE, "Key": {"x": {"S": "a"}}}},
                    {"Put": {"TableName": TABLE, "Item": KEY, "ConditionExpression": "("}},
                ]
            },
        ),
    ),
]


@pytest.mark.parametrize(
    ("told", "request_"), [row[1:] for row in _ORDER], ids=[r[0] for r in _ORDER]
)
def test_of_two_faults_the_one_that_is_checked_first_is_told(
    node: InProcess, told: str, request_: Asked
) -> None:
    """AWS looks at types, shapes, parameters, values, expressions, the table, the key and the item, in this order."""
    operation, request = request_

    reply = node.ask(f"DynamoDB_20120810.{operation}", request)

    assert told in f"{reply.code}: {reply.message}"
