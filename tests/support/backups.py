"""Short ways through point-in-time recovery and backups, over boto3."""

from typing import Any

from tests.support.waiting import eventually

Items = dict[str, dict[str, Any]]


def enable(dynamodb: Any, table: str, **specification: Any) -> dict[str, Any]:
    """Enable point-in-time recovery of a table and return its description."""
    answer = dynamodb.update_continuous_backups(
        TableName=table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, **specification},
    )
    return dict(answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"])


def put(dynamodb: Any, table: str, *keys: str, v: str = "1") -> None:
    """Put items with the string key `pk` and the string `v`."""
    for key in keys:
        dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, "v": {"S": v}})


def delete(dynamodb: Any, table: str, *keys: str) -> None:
    """Delete items."""
    for key in keys:
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": key}})


def backup(dynamodb: Any, table: str, name: str = "backup") -> str:
    """Back a table up and return the ARN."""
    answer = dynamodb.create_backup(TableName=table, BackupName=name)
    return str(answer["BackupDetails"]["BackupArn"])


def wait_until_active(dynamodb: Any, table: str) -> dict[str, Any]:
    """Return a table's description when it is ACTIVE."""

    def description() -> dict[str, Any]:
        return dict(dynamodb.describe_table(TableName=table)["Table"])

    assert eventually(lambda: description()["TableStatus"] == "ACTIVE")
    return description()


def contents(dynamodb: Any, table: str, **members: Any) -> dict[str, str]:
    """Return the `v` of every item of a table or index by `pk`."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, **members)
    return {item["pk"]["S"]: item["v"]["S"] for page in pages for item in page["Items"]}
