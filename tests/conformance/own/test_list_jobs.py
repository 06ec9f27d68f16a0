"""ListJobs: an index backfill as a piece of long work."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from tests.support.server import Server
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

    from tests.conftest import MakeTable

_REGION = "us-east-1"


def test_list_jobs_shows_a_backfill_with_its_progress(
    server: Server,
    client: Callable[..., "DynamoDBClient"],
    make_table: "MakeTable",
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Filtered by table, kind and status; the command prints the same."""
    table, dynamodb = make_table(), client(_REGION)
    for number in range(3):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": str(number)}, "g": {"S": "x"}})
    dynamodb.update_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-g",
                    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    connection = Connection(server.endpoint, _REGION)
    own = connection.own()

    def ended() -> bool:
        found = connection.call(own.list_jobs, TableName=table, Status="COMPLETED")
        return bool(found["Jobs"])

    assert eventually(ended)
    (job,) = connection.call(own.list_jobs, TableName=table, Kind="BACKFILL")["Jobs"]

    assert ("BACKFILL", "COMPLETED", 3, 3, 100.0, "items") == tuple(
        job[name] for name in ("Kind", "Status", "Done", "Total", "Percent", "Unit")
    )
    assert job["ResourceArn"].endswith(f"table/{table}/index/by-g")
    assert job["StartDateTime"] <= job["EndDateTime"]
    assert [] == connection.call(own.list_jobs, TableName=table, Kind="RESTORE")["Jobs"]
    options = [table, "--endpoint", server.endpoint, "--region", _REGION]
    assert 0 == main(["jobs", *options])
    assert "BACKFILL  COMPLETED" in capsys.readouterr().out
    assert 0 == main(["jobs", "--json", *options])
    assert job["JobId"] == json.loads(capsys.readouterr().out)["Jobs"][0]["JobId"]
    assert 0 == main(["jobs", "--running", *options])
    assert "no jobs in this region\n" == capsys.readouterr().out
