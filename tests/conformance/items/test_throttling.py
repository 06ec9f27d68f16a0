"""Throttling, seen from outside: tables and indexes without units refuse, with AWS's reasons.

An item of 400 KB costs 400 write units, so the first one already takes more than the burst of a table with one unit.
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.indexed_tables import texts
from tests.support.target import REGION, Target

MakeTable = Callable[..., str]
_ONE = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
_MANY = {"ReadCapacityUnits": 1000, "WriteCapacityUnits": 1000}
_LARGE = "x" * 409_000
_TABLE_TEXT = (
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API."
)
_INDEX_TEXT = (
    "The level of configured provisioned throughput for one or more global secondary indexes of "
    "the table was exceeded. Consider increasing your provisioning level for the "
    "under-provisioned global secondary indexes with the UpdateTable API"
)


def _provisioned(units: dict[str, int], index_units: dict[str, int] | None = None) -> Any:
    """Return members of CreateTable: a provisioned table, with the index `by-g` when it has units."""
    members: dict[str, Any] = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
    if index_units is not None:
        members["AttributeDefinitions"] = [
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "g")
        ]
        members["GlobalSecondaryIndexes"] = [
            {
                "IndexName": "by-g",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": index_units,
            }
        ]
    return members


def _reasons(reason: str, table: str, index: str = "") -> list[dict[str, str]]:
    arn = f"arn:aws:dynamodb:{REGION}:123456789012:table/{table}"
    return [{"reason": reason, "resource": f"{arn}/index/{index}" if index else arn}]


def _exhaust(target: Target, table: str, **attributes: str) -> None:
    """Take more write units than a table or index of one unit has."""
    item = texts(pk="large", data=_LARGE, **attributes)
    target.client().put_item(TableName=table, Item=item)


def _exhaust_reads(target: Target, table: str, **members: str) -> None:
    """Read pages of 400 KB, each for 50 units, until there are none for another one."""
    for _ in range(20):
        if target.call("Scan", {"TableName": table, **members}).status != 200:
            return
    raise AssertionError("reads are not refused")


def test_put_item_to_a_table_of_one_unit_is_refused_after_the_burst(
    target: Target, make_table: MakeTable
) -> None:
    """A new table takes 300 units at once; then one comes every second, and the reason says what is exceeded."""
    table = make_table(**_provisioned(_ONE))
    dynamodb: Any = target.client()
    accepted = 0
    refusal: Any = None

    while refusal is None and accepted < 400:
        try:
            dynamodb.put_item(TableName=table, Item=texts(pk="a"))
            accepted += 1
        except dynamodb.exceptions.ProvisionedThroughputExceededException as error:
            refusal = error.response

    assert 300 <= accepted < 320
    assert _TABLE_TEXT == refusal["Error"]["Message"]
    assert (
        _reasons("TableWriteProvisionedThroughputExceeded", table) == refusal["ThrottlingReasons"]
    )


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("PutItem", {"Item": texts(pk="b")}),
        ("UpdateItem", {"Key": texts(pk="b")}),
        ("DeleteItem", {"Key": texts(pk="large")}),
    ],
)
def test_writes_to_a_table_without_units_are_refused_and_change_nothing(
    target: Target, make_table: MakeTable, operation: str, request_: dict[str, Any]
) -> None:
    """The refusal comes before anything of the item is looked at."""
    table = make_table(**_provisioned(_ONE))
    _exhaust(target, table)

    reply = target.call(operation, {"TableName": table, **request_})

    answer = target.client().scan(TableName=table, ProjectionExpression="pk")
    assert (400, "ProvisionedThroughputExceededException", _TABLE_TEXT) == (
        reply.status,
        reply.code,
        reply.message,
    )
    assert [texts(pk="large")] == answer["Items"]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("GetItem", {"Key": texts(pk="a")}),
        ("Scan", {}),
        (
            "Query",
            {
                "KeyConditionExpression": "pk = :pk",
                "ExpressionAttributeValues": {":pk": {"S": "a"}},
            },
        ),
    ],
)
def test_reads_of_a_table_without_units_are_refused(
    target: Target, make_table: MakeTable, operation: str, request_: dict[str, Any]
) -> None:
    """Whole pages are let in while there are units, so the last one may cost more than there are."""
    table = make_table(**_provisioned({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1000}))
    _exhaust(target, table)
    _exhaust_reads(target, table)

    reply = target.call(operation, {"TableName": table, **request_})

    reasons = _reasons("TableReadProvisionedThroughputExceeded", table)
    assert (400, _TABLE_TEXT, reasons) == (
        reply.status,
        reply.message,
        reply.body["ThrottlingReasons"],
    )


def test_condition_that_fails_is_charged(target: Target, make_table: MakeTable) -> None:
    """A refused condition costs what the item that is there costs."""
    table = make_table(**_provisioned({"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}))
    _exhaust(target, table)
    request = {
        "TableName": table,
        "Item": texts(pk="large"),
        "ConditionExpression": "attribute_not_exists(pk)",
    }

    codes = [target.call("PutItem", request).code for _ in range(2)]

    assert ["ConditionalCheckFailedException", "ProvisionedThroughputExceededException"] == codes


def test_write_is_refused_when_an_index_that_it_changes_has_no_units(
    target: Target, make_table: MakeTable
) -> None:
    """An under-provisioned index holds back the writes of its table, but not those that do not touch it."""
    table = make_table(**_provisioned(_MANY, _ONE))
    _exhaust(target, table, g="g")

    refused = target.call("PutItem", {"TableName": table, "Item": texts(pk="a", g="g")})
    passed = target.call("PutItem", {"TableName": table, "Item": texts(pk="b")})

    keys = target.client().scan(TableName=table, ProjectionExpression="pk")["Items"]
    reasons = _reasons("IndexWriteProvisionedThroughputExceeded", table, "by-g")
    assert (400, _INDEX_TEXT, reasons) == (
        refused.status,
        refused.message,
        refused.body["ThrottlingReasons"],
    )
    assert (200, [{"S": "b"}, {"S": "large"}]) == (
        passed.status,
        sorted((key["pk"] for key in keys), key=lambda value: value["S"]),
    )


def test_query_of_an_index_without_units_is_refused_while_the_table_can_be_read(
    target: Target, make_table: MakeTable
) -> None:
    """Reading an index takes the index's units."""
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1000}
    table = make_table(**_provisioned(_MANY, units))
    _exhaust(target, table, g="g")
    _exhaust_reads(target, table, IndexName="by-g")

    refused = target.call("Scan", {"TableName": table, "IndexName": "by-g"})
    passed = target.call("Scan", {"TableName": table})

    reasons = _reasons("IndexReadProvisionedThroughputExceeded", table, "by-g")
    assert (400, reasons, 200) == (
        refused.status,
        refused.body["ThrottlingReasons"],
        passed.status,
    )


def test_batch_write_item_leaves_what_has_no_units_unprocessed(
    target: Target, make_table: MakeTable
) -> None:
    """What fits is written; when nothing does, the whole request is refused."""
    table = make_table(**_provisioned(_ONE))
    large, small = texts(pk="a", data=_LARGE), texts(pk="b")
    puts = [{"PutRequest": {"Item": item}} for item in (large, small)]

    first = target.call("BatchWriteItem", {"RequestItems": {table: puts}})
    again = target.call("BatchWriteItem", {"RequestItems": {table: puts}})

    keys = target.client().scan(TableName=table, ProjectionExpression="pk")["Items"]
    assert (200, {table: puts[1:]}, [texts(pk="a")]) == (
        first.status,
        first.body["UnprocessedItems"],
        keys,
    )
    assert (400, _TABLE_TEXT) == (again.status, again.message)


def test_batch_write_item_takes_back_what_an_index_refuses(
    target: Target, make_table: MakeTable
) -> None:
    """One write of a batch is refused by an index, the others stay."""
    table = make_table(**_provisioned(_MANY, _ONE))
    _exhaust(target, table, g="g")
    items = [texts(pk="a"), texts(pk="b", g="g"), texts(pk="c")]
    puts = [{"PutRequest": {"Item": item}} for item in items]

    reply = target.call("BatchWriteItem", {"RequestItems": {table: puts}})

    scanned = target.client().scan(TableName=table, ProjectionExpression="pk")["Items"]
    indexed = target.client().scan(TableName=table, IndexName="by-g", ProjectionExpression="pk")
    assert {table: [puts[1]]} == reply.body["UnprocessedItems"]
    assert ["a", "c", "large"] == sorted(key["pk"]["S"] for key in scanned)
    assert [texts(pk="large")] == indexed["Items"]


def test_batch_get_item_leaves_what_has_no_units_unprocessed(
    target: Target, make_table: MakeTable
) -> None:
    """What was read before the units were gone is returned; when nothing can be read, the request is refused."""
    table = make_table(**_provisioned({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1000}))
    _exhaust(target, table)
    for _ in range(5):
        target.client().scan(TableName=table)
    keys: dict[str, Any] = {
        "Keys": [texts(pk=key) for key in ("large", "a", "b")],
        "ConsistentRead": True,
    }

    first = target.call("BatchGetItem", {"RequestItems": {table: keys}})
    again = target.call("BatchGetItem", {"RequestItems": {table: keys}})

    assert (200, [table], keys["Keys"][1:]) == (
        first.status,
        list(first.body["Responses"]),
        first.body["UnprocessedKeys"].get(table, {}).get("Keys"),
    )
    assert (400, _TABLE_TEXT) == (again.status, again.message)


def test_transaction_without_units_is_cancelled_with_the_reason_in_its_place(
    target: Target, make_table: MakeTable
) -> None:
    """The action on the table without units says so, and nothing of the transaction is written."""
    rich = make_table(**_provisioned(_MANY))
    poor = make_table(**_provisioned(_ONE))
    _exhaust(target, poor)
    puts = [
        {"Put": {"TableName": rich, "Item": texts(pk="a")}},
        {"Put": {"TableName": poor, "Item": texts(pk="a")}},
    ]
    dynamodb: Any = target.client()

    with pytest.raises(ClientError) as caught:
        dynamodb.transact_write_items(TransactItems=puts)

    reason = {"Code": "ProvisionedThroughputExceeded", "Message": _TABLE_TEXT}
    assert [{"Code": "None"}, reason] == caught.value.response["CancellationReasons"]
    assert 0 == dynamodb.scan(TableName=rich)["Count"]


def test_transaction_that_an_index_refuses_writes_nothing(
    target: Target, make_table: MakeTable
) -> None:
    """The index's text is the reason of the action that changes it."""
    table = make_table(**_provisioned(_MANY, _ONE))
    _exhaust(target, table, g="g")
    puts = [
        {"Put": {"TableName": table, "Item": texts(pk="a")}},
        {"Put": {"TableName": table, "Item": texts(pk="b", g="g")}},
    ]

    reply = target.call("TransactWriteItems", {"TransactItems": puts})

    reason = {"Code": "ProvisionedThroughputExceeded", "Message": _INDEX_TEXT}
    assert [{"Code": "None"}, reason] == reply.body["CancellationReasons"]
    assert 1 == target.client().scan(TableName=table)["Count"]


def test_transaction_of_reads_without_units_is_cancelled(
    target: Target, make_table: MakeTable
) -> None:
    """Reads in a transaction are cancelled too."""
    table = make_table(**_provisioned({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1000}))
    _exhaust(target, table)
    _exhaust_reads(target, table)
    gets = [{"Get": {"TableName": table, "Key": texts(pk="a")}}]

    reply = target.call("TransactGetItems", {"TransactItems": gets})

    reason = {"Code": "ProvisionedThroughputExceeded", "Message": _TABLE_TEXT}
    assert [reason] == reply.body["CancellationReasons"]


def test_on_demand_maximum_refuses_with_its_own_exception(
    target: Target, make_table: MakeTable
) -> None:
    """A maximum that was set on an on-demand table is kept, and the same table is open again without it."""
    table = make_table(OnDemandThroughput={"MaxWriteRequestUnits": 1})
    _exhaust(target, table)
    put: dict[str, Any] = {"TableName": table, "Item": texts(pk="a")}
    dynamodb: Any = target.client()

    with pytest.raises(ClientError) as caught:
        dynamodb.put_item(**put)
    cancelled = target.call("TransactWriteItems", {"TransactItems": [{"Put": put}]})
    dynamodb.update_table(TableName=table, OnDemandThroughput={"MaxWriteRequestUnits": -1})
    target.client().get_waiter("table_exists").wait(TableName=table)
    passed = target.call("PutItem", put)

    text = "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
    response: Any = caught.value.response
    error = response["Error"]
    assert ("ThrottlingException", text) == (error["Code"], error["Message"])
    reasons = _reasons("TableWriteMaxOnDemandThroughputExceeded", table)
    assert reasons == response["throttlingReasons"]
    assert [{"Code": "ThrottlingError", "Message": text}] == cancelled.body["CancellationReasons"]
    assert 200 == passed.status


def test_update_table_to_on_demand_opens_a_table_at_once(
    target: Target, make_table: MakeTable
) -> None:
    """The buckets follow the billing mode."""
    table = make_table(**_provisioned(_ONE))
    _exhaust(target, table)
    dynamodb: Any = target.client()

    dynamodb.update_table(TableName=table, BillingMode="PAY_PER_REQUEST")
    dynamodb.get_waiter("table_exists").wait(TableName=table)
    reply = target.call("PutItem", {"TableName": table, "Item": texts(pk="a")})

    assert 200 == reply.status
