"""EnableKinesisStreamingDestination, and the records that then arrive."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.kinesis import KinesisEndpoint, stream_arn
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

MakeDestination = Callable[..., Any]
IN_USE = (
    "Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination must be "
    "DISABLED or ENABLE_FAILED to perform ENABLE operation."
)
NO_PERMISSION = "User does not have a permission to use kinesis stream"
_ARN = "The kinesis Arn used to enable kinesis replication belongs to a stream which is not in"


def members(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what botocore adds."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_enable_answers_enabling_then_it_is_active(make_destination: MakeDestination) -> None:
    """The configuration is echoed, empty when there was none; what was not asked for is not described."""
    destination = make_destination()

    answer = destination.enable()

    assert {
        "TableName": destination.table,
        "StreamArn": destination.arn,
        "DestinationStatus": "ENABLING",
        "EnableKinesisStreamingConfiguration": {},
    } == members(answer)
    assert [
        {"StreamArn": destination.arn, "DestinationStatus": "ACTIVE"}
    ] == destination.described()


def test_enable_changes_arrive_as_aws_writes_them(make_destination: MakeDestination) -> None:
    """Insertion, modification and removal, with both images, in order and with one partition key."""
    destination = make_destination()
    destination.put("a", v="before")
    destination.enable()

    destination.put("a", v="after")
    destination.client.delete_item(TableName=destination.table, Key={"pk": {"S": "a"}})
    destination.put("a", v="again")

    records = destination.records(3)
    before, after, again = ({"pk": {"S": "a"}, "v": {"S": v}} for v in ("before", "after", "again"))
    assert [
        ("MODIFY", before, after, 3 + 10 + 9),
        ("REMOVE", after, None, 3 + 9),
        ("INSERT", None, again, 3 + 9),
    ] == [
        (
            record["eventName"],
            record["dynamodb"].get("OldImage"),
            record["dynamodb"].get("NewImage"),
            record["dynamodb"]["SizeBytes"],
        )
        for record in records
    ]
    first = records[0]
    assert {
        "awsRegion": "us-east-1",
        "eventID": first["eventID"],
        "eventName": "MODIFY",
        "userIdentity": None,
        "recordFormat": "application/json",
        "tableName": destination.table,
        "dynamodb": first["dynamodb"],
        "eventSource": "aws:dynamodb",
    } == first
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", first["eventID"])
    keys = {key for key, _ in destination.stream.taken}
    assert 1 == len(keys)
    assert re.fullmatch("[0-9A-F]{32}", keys.pop())


def test_enable_without_credentials_signs_with_the_account(
    make_destination: MakeDestination,
) -> None:
    """Other servers of AWS's APIs read the account from an access key of twelve digits."""
    destination = make_destination()
    destination.enable()

    destination.put("a")

    destination.records(1)
    assert {"123456789012"} == destination.stream.access_keys


def test_enable_microseconds_are_in_the_records(make_destination: MakeDestination) -> None:
    """Sixteen digits, and the precision beside them."""
    destination = make_destination()
    answer = destination.enable(ApproximateCreationDateTimePrecision="MICROSECOND")

    destination.put("a")

    precision = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    assert precision == answer["EnableKinesisStreamingConfiguration"]
    assert [
        {"StreamArn": destination.arn, "DestinationStatus": "ACTIVE", **precision}
    ] == destination.described()
    change = destination.records(1)[0]["dynamodb"]
    assert "MICROSECOND" == change["ApproximateCreationDateTimePrecision"]
    assert 16 == len(str(change["ApproximateCreationDateTime"]))


def test_enable_while_one_is_active_is_refused(make_destination: MakeDestination) -> None:
    """A table has one live destination, and another stream is refused in the same words."""
    destination = make_destination()
    destination.enable()

    for arn in (destination.arn, stream_arn("another-stream")):
        with pytest.raises(ClientError) as refused:
            destination.enable(arn)
        error = refused.value.response["Error"]
        assert ("ValidationException", IN_USE) == (error.get("Code"), error.get("Message"))


@pytest.mark.parametrize(
    ("arn", "description"),
    [
        (stream_arn("there-is-no-such-stream"), NO_PERMISSION),
        (stream_arn("any", region="eu-west-1"), f"{_ARN} the current region"),
        (stream_arn("any", account="999999999999"), f"{_ARN} Active state"),
        ("arn:aws:firehose:us-east-1:123456789012:deliverystream/any", f"{_ARN} Active state"),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/any", NO_PERMISSION),
        ("no ARN at all, but it is long enough for one", NO_PERMISSION),
    ],
)
def test_enable_of_a_stream_that_cannot_be_used_fails_afterwards(
    make_destination: MakeDestination, arn: str, description: str
) -> None:
    """The answer is ENABLING for every ARN; what is wrong is described later."""
    destination = make_destination()

    assert "ENABLING" == destination.enable(arn)["DestinationStatus"]

    assert [
        {
            "StreamArn": arn,
            "DestinationStatus": "ENABLE_FAILED",
            "DestinationStatusDescription": description,
        }
    ] == destination.described()


def test_enable_after_failures_lists_the_newest_first(
    make_destination: MakeDestination,
) -> None:
    """Failed ones stay, one for each stream, and do not stand in the way."""
    destination = make_destination()
    first, second = stream_arn("not-there-1"), stream_arn("not-there-2")
    for arn in (first, second, first, destination.arn):
        destination.enable(arn)

    assert [
        (destination.arn, "ACTIVE"),
        (second, "ENABLE_FAILED"),
        (first, "ENABLE_FAILED"),
    ] == [(one["StreamArn"], one["DestinationStatus"]) for one in destination.described()]


def test_enable_stream_that_is_being_created_fails(
    make_destination: MakeDestination, kinesis: KinesisEndpoint
) -> None:
    """Only an active stream can be used."""
    destination = make_destination()
    destination.stream.status = "CREATING"

    destination.enable()

    assert ["ENABLE_FAILED"] == [one["DestinationStatus"] for one in destination.described()]


def test_enable_missing_table_is_named(client: Callable[..., Any]) -> None:
    """The refusal names the table."""
    with pytest.raises(ClientError, match="Table: no-such-table not found"):
        client().enable_kinesis_streaming_destination(
            TableName="no-such-table", StreamArn=stream_arn("any-stream")
        )


def test_enable_records_that_were_not_taken_come_again_in_order(
    make_destination: MakeDestination,
) -> None:
    """Errors of the request, and of some of its records, are repeated; no item's changes change their order."""
    destination = make_destination()
    destination.enable()
    destination.stream.failures.extend(
        [500, lambda index: index % 2 == 0, 400, lambda index: index == 0]
    )

    for value in range(10):
        for key in "abc":
            destination.put(key, v=str(value))

    records = destination.records(30)
    assert 30 == len(records)
    for key in "abc":
        assert [str(value) for value in range(10)] == [
            record["dynamodb"]["NewImage"]["v"]["S"]
            for record in records
            if record["dynamodb"]["Keys"]["pk"]["S"] == key
        ]


def test_enable_expired_item_is_removed_by_the_service(
    make_destination: MakeDestination,
) -> None:
    """An expiry arrives with the identity of the service."""
    destination = make_destination()
    destination.client.update_time_to_live(
        TableName=destination.table,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"},
    )
    destination.enable()

    item = {"pk": {"S": "a"}, "ttl": {"N": "1700000000"}}
    destination.client.put_item(TableName=destination.table, Item=item)

    removal = destination.records(2)[1]
    assert ("REMOVE", {"type": "Service", "principalId": "dynamodb.amazonaws.com"}) == (
        removal["eventName"],
        removal["userIdentity"],
    )


def test_enable_on_replicas_each_region_gets_its_own_records(
    make_destination: MakeDestination, kinesis: KinesisEndpoint
) -> None:
    """A destination is its region's: it gets what is written there and what is replicated there."""
    destination = make_destination()
    client, table = destination.client, destination.table
    client.update_table(TableName=table, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    eventually(lambda: client.describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE")
    destination.enable()
    there = client_in(client, "eu-west-1")
    other = kinesis.create(table, "eu-west-1")
    there.enable_kinesis_streaming_destination(
        TableName=table, StreamArn=stream_arn(table, "eu-west-1")
    )

    destination.put("here")
    eventually(lambda: len(other.records) == 1)
    there.put_item(TableName=table, Item={"pk": {"S": "there"}})

    eventually(lambda: len(other.records) == 2)
    for region, records in (("us-east-1", destination.records(2)), ("eu-west-1", other.records)):
        assert [(region, "here"), (region, "there")] == [
            (record["awsRegion"], record["dynamodb"]["Keys"]["pk"]["S"]) for record in records
        ]
    client.update_table(TableName=table, ReplicaUpdates=[{"Delete": {"RegionName": "eu-west-1"}}])
    eventually(lambda: client.describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE")


def client_in(client: Any, region: str) -> Any:
    """Return a client of the same server in another region."""
    target = Target(client.meta.endpoint_url)
    return target.client(region)


def test_enable_without_an_endpoint_says_how_to_set_one(
    data_server: Callable[..., Server],
) -> None:
    """It is not accepted without effect."""
    with data_server() as server:
        target = Target(server.endpoint)
        dynamodb = target.client()
        dynamodb.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        with pytest.raises(ClientError, match="--kinesis-endpoint URL") as refused:
            dynamodb.enable_kinesis_streaming_destination(
                TableName="orders", StreamArn=stream_arn("any-stream")
            )
        target.close()
    assert "ValidationException" == refused.value.response["Error"].get("Code")
