"""GetInsightsReport and `globaltables insights`: what Contributor Insights counted."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from globaltables.foundation.errors import OperationalError
from tests.support.indexed_tables import INDEXED, texts
from tests.support.server import Server

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

MakeTable = Callable[..., str]
KEYS = 10_000
HOT_WRITES = 40
#: The command line's connection tries a refused request once more.
ATTEMPTS = 2


@pytest.fixture
def dynamodb(connection: Connection) -> "DynamoDBClient":
    """A client of DynamoDB at the same node."""
    client: DynamoDBClient = connection.dynamodb()
    return client


def _enable(dynamodb: "DynamoDBClient", table: str, **members: Any) -> None:
    dynamodb.update_contributor_insights(
        TableName=table, ContributorInsightsAction="ENABLE", **members
    )


def _top(connection: Connection, table: str, **members: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Return, for each kind of rule, the keys with their values, the highest first."""
    method = connection.own().get_insights_report
    answer = connection.call(method, TableName=table, **members)
    return {
        report["RuleKind"]: [
            (*one["Keys"], one["ApproximateAggregateValue"]) for one in report["Contributors"]
        ]
        for report in answer["Reports"]
    }


def test_get_insights_report_names_the_hot_key_among_ten_thousand(
    connection: Connection, dynamodb: "DynamoDBClient", make_table: MakeTable
) -> None:
    """For the table and for a global index, with the units that the key consumed."""
    name = make_table(sort="S", **INDEXED)
    _enable(dynamodb, name)
    _enable(dynamodb, name, IndexName="global")
    for first in range(0, KEYS, 25):
        puts = [
            {"PutRequest": {"Item": texts(pk=f"k{number}", sk="s", gk=f"g{number}")}}
            for number in range(first, first + 25)
        ]
        dynamodb.batch_write_item(RequestItems={name: puts})  # type: ignore[dict-item]
        if first % (KEYS // HOT_WRITES) == 0:
            dynamodb.put_item(TableName=name, Item=texts(pk="hot", sk=str(first), gk="warm"))

    of_table, of_index = _top(connection, name), _top(connection, name, IndexName="global")

    # Each write of one unit weighs three, in the table and in the index.
    assert ("hot", 3.0 * HOT_WRITES) == of_table["PKC"][0]
    assert 10 == len(of_table["PKC"])
    assert max(value for *_, value in of_table["PKC"][1:]) <= 6.0
    assert max(value for *_, value in of_table["SKC"]) <= 6.0
    assert ("warm", 3.0 * HOT_WRITES) == of_index["PKC"][0]
    assert {"PKC", "PKT"} == of_index.keys()


def test_get_insights_report_counts_every_way_to_an_item(
    connection: Connection, dynamodb: "DynamoDBClient", make_table: MakeTable
) -> None:
    """Single and batched requests, transactions and scans count per item, a Query once for its partition."""
    name = make_table(sort="S")
    for sort in ("1", "2"):
        dynamodb.put_item(TableName=name, Item=texts(pk="a", sk=sort))
    _enable(dynamodb, name)
    key = texts(pk="a", sk="1")
    dynamodb.put_item(TableName=name, Item=key)
    dynamodb.update_item(TableName=name, Key=key)
    dynamodb.get_item(TableName=name, Key=key)
    dynamodb.batch_get_item(RequestItems={name: {"Keys": [key], "ConsistentRead": True}})
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": key}}])
    expected = 3.0 + 3.0 + 0.5 + 1.0 + 6.0
    assert {"PKC": [("a", expected)], "SKC": [("a", "1", expected)]} == {
        kind: top for kind, top in _top(connection, name).items() if kind.endswith("C")
    }

    condition = {":a": {"S": "a"}}
    dynamodb.query(
        TableName=name, KeyConditionExpression="pk = :a", ExpressionAttributeValues=condition
    )
    assert [("a", expected + 0.5)] == _top(connection, name)["PKC"]
    assert [("a", "1", expected)] == _top(connection, name)["SKC"]

    dynamodb.scan(TableName=name)
    assert [("a", expected + 1.0)] == _top(connection, name)["PKC"]
    assert [("a", "1", expected + 0.25), ("a", "2", 0.25)] == _top(connection, name)["SKC"]


def test_get_insights_report_counts_partiql_statements(
    connection: Connection, dynamodb: "DynamoDBClient", make_table: MakeTable
) -> None:
    """A statement that names a key counts as the request in its place would."""
    name = make_table()
    _enable(dynamodb, name)
    for statement in (
        f"INSERT INTO \"{name}\" VALUE {{'pk': 'a'}}",
        f"SELECT * FROM \"{name}\" WHERE pk = 'a'",  # noqa: S608 - a table of this test
    ):
        dynamodb.execute_statement(Statement=statement)
    assert [("a", 3.5)] == _top(connection, name)["PKC"]


def test_get_insights_report_counts_deletions_for_the_keys_of_the_index(
    connection: Connection, dynamodb: "DynamoDBClient", make_table: MakeTable
) -> None:
    """A deletion names the table's key only; in the index it counts for the entry that goes."""
    name = make_table(sort="S", **INDEXED)
    keys = [texts(pk="a", sk=sort) for sort in ("1", "2", "3")]
    for key in keys:
        dynamodb.put_item(TableName=name, Item=key | texts(gk="warm"))
    _enable(dynamodb, name, IndexName="global")

    dynamodb.delete_item(TableName=name, Key=keys[0])
    assert [("warm", 3.0)] == _top(connection, name, IndexName="global")["PKC"]
    dynamodb.batch_write_item(RequestItems={name: [{"DeleteRequest": {"Key": keys[1]}}]})
    assert [("warm", 6.0)] == _top(connection, name, IndexName="global")["PKC"]
    dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": name, "Key": keys[2]}}])
    assert [("warm", 12.0)] == _top(connection, name, IndexName="global")["PKC"]


def test_get_insights_report_of_a_replica_is_its_own(
    server: Server, connection: Connection, make_global_table: Callable[[], str]
) -> None:
    """Settings are never shared; what is replicated counts where it arrives, reads count where they are made."""
    name = make_global_table()
    europe = Connection(server.endpoint, "eu-west-1")
    _enable(europe.dynamodb(), name)

    connection.dynamodb().put_item(TableName=name, Item=texts(pk="a"))
    connection.call(connection.own().sync_table, TableName=name)
    connection.dynamodb().get_item(TableName=name, Key=texts(pk="a"))

    assert {} == _top(connection, name)
    assert [("a", 3.0)] == _top(europe, name)["PKC"]


def test_get_insights_report_names_the_throttled_keys(
    connection: Connection, dynamodb: "DynamoDBClient", make_table: MakeTable
) -> None:
    """A table of one read unit is exhausted by a reader of one key, which is named with every refusal."""
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 500}
    name = make_table(sort="S", BillingMode="PROVISIONED", ProvisionedThroughput=units)
    dynamodb.put_item(TableName=name, Item=texts(pk="a", sk="1", data="x" * 300_000))
    _enable(dynamodb, name, ContributorInsightsMode="THROTTLED_KEYS")
    refusals = 0
    for _ in range(9):
        try:
            dynamodb.get_item(TableName=name, Key=texts(pk="a", sk="1"), ConsistentRead=True)
        except dynamodb.exceptions.ProvisionedThroughputExceededException:
            refusals += ATTEMPTS

    found = _top(connection, name)

    assert refusals >= 2 * ATTEMPTS
    assert {"PKT": [("a", refusals)], "SKT": [("a", "1", refusals)]} == found


def test_get_insights_report_of_a_period_has_its_data_points(
    connection: Connection, dynamodb: "DynamoDBClient", make_table: MakeTable
) -> None:
    """Times, period, number and order of keys are the caller's."""
    name = make_table()
    _enable(dynamodb, name)
    for key in ("a", "b", "b"):
        dynamodb.put_item(TableName=name, Item=texts(pk=key))
    method = connection.own().get_insights_report
    now = datetime.now(UTC)

    answer = connection.call(
        method,
        TableName=name,
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=3600,
        MaxContributorCount=1,
        OrderBy="Maximum",
    )
    earlier = connection.call(method, TableName=name, EndTime=now - timedelta(minutes=5))
    short = connection.call(method, TableName=name, EndTime=now, Minutes=7)

    assert ("ENABLED", "ACCESSED_AND_THROTTLED_KEYS") == (
        answer["ContributorInsightsStatus"],
        answer["ContributorInsightsMode"],
    )
    report = answer["Reports"][0]
    assert (["PartitionKey"], "Sum", 9.0, 2) == (
        report["KeyLabels"],
        report["AggregationStatistic"],
        report["AggregateValue"],
        report["ApproximateUniqueCount"],
    )
    assert [["b"]] == [one["Keys"] for one in report["Contributors"]]
    assert 6.0 == sum(one["ApproximateValue"] for one in report["Contributors"][0]["Datapoints"])
    assert 3.0 == sum(point["SampleCount"] for point in report["MetricDatapoints"])
    assert [] == earlier["Reports"][0]["Contributors"]
    assert timedelta(minutes=7) == short["EndTime"] - short["StartTime"]


def test_get_insights_report_where_nothing_is_counted_has_no_rules(
    connection: Connection, dynamodb: "DynamoDBClient", make_table: MakeTable
) -> None:
    """A table without Contributor Insights has none, a missing table or index is named."""
    name = make_table()
    dynamodb.put_item(TableName=name, Item=texts(pk="a"))
    assert {} == _top(connection, name)
    with pytest.raises(OperationalError, match="Index: nowhere not found"):
        _top(connection, name, IndexName="nowhere")
    with pytest.raises(OperationalError, match="Table: no-such-table not found"):
        _top(connection, "no-such-table")


def test_insights_outlive_a_stop_without_their_counts(
    data_server: Callable[..., Server], table_name: str
) -> None:
    """The setting is stored with the table and keeps its rules; what was counted is in memory."""
    reports = []
    for restarted in (False, True):
        with data_server() as server:
            connection = Connection(server.endpoint, "us-east-1")
            dynamodb = connection.dynamodb()
            if not restarted:
                dynamodb.create_table(
                    TableName=table_name,
                    BillingMode="PAY_PER_REQUEST",
                    KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                    AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                )
                _enable(dynamodb, table_name)
            dynamodb.put_item(TableName=table_name, Item=texts(pk="a"))
            method = connection.own().get_insights_report
            reports.append(connection.call(method, TableName=table_name)["Reports"][0])
    before, after = reports

    assert before["RuleName"] == after["RuleName"]
    assert [3.0, 3.0] == [report["AggregateValue"] for report in reports]


def test_insights_command_prints_keys_with_counts(
    server: Server,
    dynamodb: "DynamoDBClient",
    make_table: MakeTable,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 1 and the way to enable them where nothing is counted; 0 and the keys where it is."""
    name = make_table(sort="S", **INDEXED)
    arguments = ["insights", name, "--endpoint", server.endpoint, "--region", "us-east-1"]
    assert 1 == main(arguments)
    assert "aws dynamodb update-contributor-insights" in capsys.readouterr().out

    _enable(dynamodb, name)
    _enable(dynamodb, name, IndexName="global")
    for sort in ("1", "2"):
        dynamodb.put_item(TableName=name, Item=texts(pk="hot key", sk=sort, gk="warm"))

    assert 0 == main(arguments)
    printed = capsys.readouterr().out.splitlines()
    assert "most accessed partition keys: 6 consumed units, about 1 key" == printed[0]
    assert ["PARTITIONKEY", "CONSUMED", "UNITS"] == printed[1].split()
    assert ["hot", "key", "6"] == printed[2].split()
    assert "most throttled items: none" == printed[-1]

    assert 0 == main([*arguments, "--index", "global", "--count", "1", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert [["warm"], []] == [
        report["Contributors"][0]["Keys"] if report["Contributors"] else []
        for report in answer["Reports"]
    ]
