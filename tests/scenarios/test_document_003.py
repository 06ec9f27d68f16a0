"""Document 003, the assessment "Global Tables & Enterprise Features": tasks 1, 6, 7 and 14, unmodified.

STUDENTID is the placeholder that the document tells its reader to fill.
"""

from functools import partial
from typing import Any

import pytest

from tests.support.documents import Reader, SnippetError, snippet
from tests.support.replicas import create_equal_tables
from tests.support.target import Target
from tests.support.waiting import eventually

STUDENT = "s1234"
TABLE = f"transactions-global-{STUDENT}"
REGIONS = ["us-east-1", "us-west-2", "eu-west-1"]
KEY = {"account_id": {"S": "ACC001"}, "transaction_id": {"S": "TXN001"}}
DEFINITION: dict[str, Any] = {
    "TableName": TABLE,
    "KeySchema": [
        {"AttributeName": "account_id", "KeyType": "HASH"},
        {"AttributeName": "transaction_id", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "account_id", "AttributeType": "S"},
        {"AttributeName": "transaction_id", "AttributeType": "S"},
    ],
}
INDEX: Any = {
    "IndexName": "HighValueTransactionsIndex",
    "KeySchema": [
        {"AttributeName": "high_value_flag", "KeyType": "HASH"},
        {"AttributeName": "amount", "KeyType": "RANGE"},
    ],
    # The table's keys are always projected, so that only one attribute is left to name.
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["timestamp"]},
}
#: The smallest correction of the document's test data: boto3 takes no floats.
CORRECTED = {"1000.00": "Decimal('1000.00')"}


def _add_replicas(reader: Reader) -> None:
    """Add the two replicas of task 1, steps 3 and 4, as the AWS documentation does it."""
    for region in REGIONS[1:]:
        reader.shell(
            f"aws dynamodb update-table --table-name {TABLE} --region us-east-1"
            f" --replica-updates 'Create={{RegionName={region}}}'"
        )


@pytest.fixture
def transactions(reader: Reader, onlooker: Target) -> Target:
    """The document's table with its two replicas, version 2019.11.21."""
    create_equal_tables(onlooker, REGIONS[:1], **DEFINITION)
    _add_replicas(reader)
    return onlooker


def _items(onlooker: Target) -> list[dict[str, Any] | None]:
    """Return the test transaction as each region has it."""
    return [
        onlooker.client(region).get_item(TableName=TABLE, Key=KEY).get("Item") for region in REGIONS
    ]


def _amounts(onlooker: Target) -> list[str]:
    return [item["amount"]["N"] if item else "absent" for item in _items(onlooker)]


def test_create_global_table_command_joins_three_regions(reader: Reader, onlooker: Target) -> None:
    """Task 1: `create-global-table` joins equal empty tables."""
    create_equal_tables(onlooker, REGIONS, **DEFINITION)

    [answer] = reader.aws(snippet("003/create_global_table.sh", STUDENTID=STUDENT))

    group = answer["GlobalTableDescription"]["ReplicationGroup"]
    assert sorted(REGIONS) == sorted(replica["RegionName"] for replica in group)


def test_replica_updates_make_active_replicas(transactions: Target) -> None:
    """Task 1, steps 3 to 5: two replicas are added to the table and become ACTIVE."""

    def statuses() -> dict[str, str]:
        table = transactions.client().describe_table(TableName=TABLE)["Table"]
        return {r["RegionName"]: r["ReplicaStatus"] for r in table.get("Replicas", [])}

    eventually(lambda: set(statuses().values()) == {"ACTIVE"})
    assert {"us-west-2": "ACTIVE", "eu-west-1": "ACTIVE"} == statuses()


def test_insert_snippet_float_fails_as_on_aws(reader: Reader, transactions: Target) -> None:
    """Task 6: `'amount': 1000.00` is refused by boto3 itself, before any server."""
    with pytest.raises(SnippetError, match="TypeError: Float types are not supported"):
        reader.python(snippet("003/insert_test_data.py", STUDENTID=STUDENT))


def test_insert_and_delete_snippets_with_decimal_reach_every_region(
    reader: Reader, transactions: Target
) -> None:
    """Task 6 with Decimal: the item appears in all three regions and goes from all three."""
    insert = (
        "from decimal import Decimal",
        snippet("003/insert_test_data.py", STUDENTID=STUDENT, **CORRECTED),
    )

    reader.python(*insert)
    eventually(lambda: "absent" not in _amounts(transactions))
    after_insert = _amounts(transactions)
    reader.python(*insert, snippet("003/delete_item.py"))
    eventually(lambda: not any(_items(transactions)))

    assert ["1000"] * 3 == after_insert
    assert [None] * 3 == _items(transactions)


def test_high_value_snippet_index_is_sparse_descending_and_in_every_region(
    reader: Reader, transactions: Target
) -> None:
    """Task 7: only large transactions are in the index, largest first, with the projected attributes."""
    transactions.client().update_table(
        TableName=TABLE,
        AttributeDefinitions=[
            *DEFINITION["AttributeDefinitions"],
            {"AttributeName": "high_value_flag", "AttributeType": "S"},
            {"AttributeName": "amount", "AttributeType": "N"},
        ],
        GlobalSecondaryIndexUpdates=[{"Create": INDEX}],
    )
    eventually(lambda: _index_is_active(transactions))
    before = snippet("003/insert_test_data.py", STUDENTID=STUDENT).partition("# Insert")[0]
    high_value = snippet("003/high_value_transactions.py")
    show = "import json; print(json.dumps(response['Items'], default=int))"

    reader.python(
        before,
        high_value,
        "add_transaction('ACC001', 'TXN100', 5000)",
        "add_transaction('ACC001', 'TXN101', 15000)",
        "add_transaction('ACC002', 'TXN102', 20000)",
    )
    found = reader.python(before, high_value, show)

    assert [20000, 15000] == [item["amount"] for item in found]
    projected = {"account_id", "transaction_id", "amount", "timestamp", "high_value_flag"}
    assert [projected] * 2 == [set(item) for item in found]
    assert [2, 2] == [
        eventually(partial(_high_value_count, transactions, region)) for region in REGIONS[1:]
    ]


def _index_is_active(onlooker: Target) -> bool:
    table = onlooker.client().describe_table(TableName=TABLE)["Table"]
    indexes = table.get("GlobalSecondaryIndexes", [])
    return ["ACTIVE"] == [index.get("IndexStatus") for index in indexes]


def _high_value_count(onlooker: Target, region: str) -> int:
    """Return how many high-value transactions the region's index has; 0 until both are there."""
    count = onlooker.client(region).query(
        TableName=TABLE,
        IndexName="HighValueTransactionsIndex",
        KeyConditionExpression="high_value_flag = :flag",
        ExpressionAttributeValues={":flag": {"S": "YES"}},
    )["Count"]
    return count if count == 2 else 0


def test_failover_application_goes_on_in_another_region(transactions: Target) -> None:
    """Task 14: written in us-east-1, gone on in us-west-2, and all regions agree in the end."""
    item = {**KEY, "amount": {"N": "1"}}
    transactions.client("us-east-1").put_item(TableName=TABLE, Item=item)
    eventually(lambda: _amounts(transactions) == ["1"] * 3)

    transactions.client("us-west-2").update_item(
        TableName=TABLE,
        Key=KEY,
        UpdateExpression="ADD amount :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )

    eventually(lambda: _amounts(transactions) == ["2"] * 3)
    assert ["2"] * 3 == _amounts(transactions)
