"""Document 004, "DynamoDB - Complete Terraform Guide": its blocks, corrected only where AWS's provider refuses them."""

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from docs.documents import rows
from tests.support import terraform
from tests.support.documents import Reader
from tests.support.functions import archive
from tests.support.target import Target
from tests.support.terraform import Terraform
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(terraform.missing()), reason=terraform.missing() or "-"),
]
#: What the document takes for granted: providers, the role of the function, values of the variables.
_SURROUNDINGS = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}

provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"
}

provider "aws" {
  alias  = "us_west_2"
  region = "us-west-2"
}
"""
_ROLE_AND_VARIABLES = """
resource "aws_iam_role" "lambda_role" {
  name = "lambda-role"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

variable "table_name" { default = "custom-table" }
variable "billing_mode" { default = "PAY_PER_REQUEST" }
variable "read_capacity" { default = null }
variable "write_capacity" { default = null }
variable "hash_key" { default = "id" }
variable "range_key" { default = "timestamp" }
variable "attributes" {
  default = [
    { name = "id", type = "S" },
    { name = "timestamp", type = "N" },
    { name = "category", type = "S" },
    { name = "status", type = "S" },
  ]
}
variable "global_secondary_indexes" {
  default = [
    {
      name           = "CategoryIndex"
      hash_key       = "category"
      range_key      = "timestamp"
      read_capacity  = null
      write_capacity = null
    }
  ]
}
variable "local_secondary_indexes" { default = [{ name = "StatusIndex", range_key = "status" }] }
variable "common_tags" { default = { Environment = "production" } }
"""
_HANDLER = """
def handler(event, context):
    for record in event["Records"]:
        print("read", record["dynamodb"]["Keys"]["id"]["S"])
"""


def _guide(reader: Reader, folder: Path, *, corrected: bool) -> Terraform:
    folder.mkdir()
    for row in rows("004"):
        name = row.file.partition("/")[2]
        (folder / name).write_text((row.corrected if corrected else row.text) + "\n")
    (folder / "surroundings.tf").write_text(
        _SURROUNDINGS + (_ROLE_AND_VARIABLES if corrected else "")
    )
    (folder / "dynamodb_streams.zip").write_bytes(archive({"index.py": _HANDLER}))
    made = Terraform(reader, folder)
    made.init()
    return made


def test_blocks_as_written_are_refused_by_the_provider_where_they_are_corrected(
    reader: Reader, tmp_path: Path
) -> None:
    """No block is corrected that AWS's provider takes, and it refuses no other."""
    guide = _guide(reader, tmp_path / "guide", corrected=False)

    report = json.loads(guide.run("validate", "-json", expected=(1,)))

    refused = {one["range"]["filename"] for one in report["diagnostics"] if "range" in one}
    corrected = {row.file.partition("/")[2] for row in rows("004") if row.status == "corrected"}
    assert corrected == refused


def test_corrected_blocks_are_applied_and_have_their_effects(
    reader: Reader, onlooker: Target, tmp_path: Path
) -> None:
    """Every block in one folder, made and used; test_terraform.py finds them unchanged, and removes them."""
    guide = _guide(reader, tmp_path / "guide", corrected=True)

    guide.apply()

    home = onlooker.client("us-east-1")
    tables = home.list_tables()["TableNames"]
    written = "\n".join(row.text for row in rows("004"))
    named = set(re.findall(r'^\s+(?:name|table_name)\s+= "([a-z-]+-table)"', written, re.MULTILINE))
    services = {f"{name}-service-table" for name in ("user", "product", "order", "payment")}
    assert named | services | {"custom-table"} == set(tables)
    _expect_replication(onlooker)
    _expect_stream_reader(onlooker)
    _expect_settings(onlooker)
    _expect_indexes(home)


def _expect_replication(onlooker: Target) -> None:
    """The global table's items are in the other region."""
    item = {"id": {"S": "here"}}
    onlooker.client("us-east-1").put_item(TableName="global-table", Item=item)
    west = onlooker.client("us-west-2")

    def arrived() -> bool:
        return "Item" in west.get_item(TableName="global-table", Key=item)

    assert eventually(arrived)


def _expect_stream_reader(onlooker: Target) -> None:
    """The function read the stream and logged it."""
    onlooker.client().put_item(TableName="streams-table", Item={"id": {"S": "changed"}})
    logs = onlooker.other("logs")

    def logged() -> bool:
        try:
            events = logs.filter_log_events(logGroupName="/aws/lambda/dynamodb-streams-processor")
        except logs.exceptions.ResourceNotFoundException:
            return False
        return any("read changed" in event["message"] for event in events["events"])

    assert eventually(logged, seconds_max=20, poll_seconds=0.1)


def _expect_settings(onlooker: Target) -> None:
    """Keys, recovery, expiry, capacity, alarms, filters and policies are those that the blocks name."""
    home = onlooker.client()

    def table(name: str) -> Any:
        return home.describe_table(TableName=name)["Table"]

    for name in ("advanced", "production", "encrypted", "ecommerce", "staging", "user-service"):
        assert "KMS" == table(f"{name}-table")["SSEDescription"]["SSEType"], name
    assert "SSEDescription" not in table("dev-table")
    throughput = table("provisioned-table")["ProvisionedThroughput"]
    assert (5, 5) == (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"])
    backups = home.describe_continuous_backups(TableName="backup-table")
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert "ENABLED" == recovery["PointInTimeRecoveryStatus"]
    expiry = home.describe_time_to_live(TableName="cost-optimized-table")
    assert "ttl" == expiry["TimeToLiveDescription"]["AttributeName"]
    alarms = onlooker.other("cloudwatch").describe_alarms()["MetricAlarms"]
    assert ["DynamoDBAlarm", "DynamoDBThrottlingAlarm"] == [one["AlarmName"] for one in alarms]
    filters = onlooker.other("logs").describe_metric_filters(logGroupName="/aws/dynamodb/tables")
    assert ["DynamoDBUsage"] == [one["filterName"] for one in filters["metricFilters"]]
    policies = onlooker.other("iam").list_policies(Scope="Local")["Policies"]
    assert "DynamoDBAccess" in [one["PolicyName"] for one in policies]


def _expect_indexes(home: Any) -> None:
    """Items are found by their category in every table that has the index."""
    item = {"id": {"S": "a"}, "timestamp": {"N": "1"}, "category": {"S": "books"}}
    for name in ("gsi", "advanced", "custom", "production", "optimized-gsi", "debug-gsi"):
        table = f"{name}-table"
        home.put_item(TableName=table, Item=item)
        ask = partial(
            home.query,
            TableName=table,
            IndexName="CategoryIndex",
            KeyConditionExpression="category = :c",
            ExpressionAttributeValues={":c": {"S": "books"}},
        )
        assert eventually(lambda ask=ask: ask()["Count"] == 1), table  # type: ignore[misc]
