"""DescribeBackup, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.backups import backup, put
from tests.support.refusals import refusal

Client = Callable[..., Any]
MakeTable = Callable[..., str]
_ID = "01234567890123-abcdefab"


def test_describe_backup_shows_the_table_as_it_was(client: Client, make_table: MakeTable) -> None:
    """Keys, counts, billing; nothing of what a backup does not record."""
    dynamodb, table = client(), make_table(Tags=[{"Key": "a", "Value": "b"}])
    put(dynamodb, table, "a", "b")
    arn = backup(dynamodb, table, "one")
    put(dynamodb, table, "c")
    source = dynamodb.describe_table(TableName=table)["Table"]

    described = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]

    assert ("AVAILABLE", "one", arn, 10) == tuple(
        described["BackupDetails"][f"Backup{name}"]
        for name in ("Status", "Name", "Arn", "SizeBytes")
    )
    assert {
        "TableName": table,
        "TableId": source["TableId"],
        "TableArn": source["TableArn"],
        "TableSizeBytes": 10,
        "KeySchema": source["KeySchema"],
        "TableCreationDateTime": source["CreationDateTime"],
        "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
        "ItemCount": 2,
        "BillingMode": "PAY_PER_REQUEST",
    } == described["SourceTableDetails"]
    assert {} == described["SourceTableFeatureDetails"]


def test_describe_backup_records_indexes_stream_and_expiry(
    client: Client, make_table: MakeTable
) -> None:
    """Indexes with keys, projection and units only, as they were at that time."""
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    keys = [{"AttributeName": "g", "KeyType": "HASH"}]
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["v"]}
    local = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "g", "KeyType": "RANGE"}]
    table = make_table(
        sort="S",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "g")
        ],
        BillingMode="PROVISIONED",
        ProvisionedThroughput=units,
        GlobalSecondaryIndexes=[
            {
                "IndexName": "global",
                "KeySchema": keys,
                "Projection": projection,
                "ProvisionedThroughput": units,
            }
        ],
        LocalSecondaryIndexes=[
            {"IndexName": "local", "KeySchema": local, "Projection": {"ProjectionType": "ALL"}}
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    dynamodb = client()
    dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )
    arn = backup(dynamodb, table)

    described = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]

    assert {
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "global",
                "KeySchema": keys,
                "Projection": projection,
                "ProvisionedThroughput": units,
            }
        ],
        "LocalSecondaryIndexes": [
            {"IndexName": "local", "KeySchema": local, "Projection": {"ProjectionType": "ALL"}}
        ],
        "StreamDescription": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"},
    } == described["SourceTableFeatureDetails"]


def test_describe_backup_does_not_look_at_the_region_of_the_arn(
    client: Client, make_table: MakeTable
) -> None:
    """It is echoed as it was given; in another region there is no such backup."""
    arn = backup(client(), make_table())
    rewritten = arn.replace("us-east-1", "eu-west-1")

    details = client().describe_backup(BackupArn=rewritten)["BackupDescription"]["BackupDetails"]

    assert rewritten == details["BackupArn"]
    assert ("BackupNotFoundException", f"Backup not found: {arn}") == refusal(
        lambda **_: client("eu-west-1"), "describe_backup", {"BackupArn": arn}
    )


@pytest.mark.parametrize(
    ("arn", "code", "text"),
    [
        (
            "arn:aws:dynamodb:us-east-1:{account}:table/nobody",
            "ValidationException",
            "Invalid Backup ARN",
        ),
        (
            f"arn:aws:s3:us-east-1:{{account}}:table/nobody/backup/{_ID}",
            "ValidationException",
            "Invalid Request: BackupArn is not valid",
        ),
        (
            f"arn:aws:dynamodb:fake:{{account}}:table/nobody/backup/{_ID}",
            "ValidationException",
            "Invalid Request: BackupArn is not valid",
        ),
        (
            f"arn:aws:dynamodb:us-east-1:999999999999:table/nobody/backup/{_ID}",
            "AccessDeniedException",
            "Access is denied",
        ),
        (
            f"arn:aws:dynamodb:us-east-1:{{account}}:table/nobody/backup/{_ID}",
            "BackupNotFoundException",
            f"Backup not found: arn:aws:dynamodb:us-east-1:{{account}}:table/nobody/backup/{_ID}",
        ),
    ],
)
def test_describe_backup_of_what_is_none_is_refused(
    client: Client, make_table: MakeTable, arn: str, code: str, text: str
) -> None:
    """No backup's ARN, another service's, an unknown region, another account's, and none that exists."""
    table = client().describe_table(TableName=make_table())["Table"]
    account = table["TableArn"].split(":")[4]

    found = refusal(client, "describe_backup", {"BackupArn": arn.format(account=account)})

    assert (code, text.format(account=account)) == found
