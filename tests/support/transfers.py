"""Exports and imports over HTTP: beginning them, waiting for their end."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.waiting import eventually

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

KEYS: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
#: One item with every type.
ITEM: dict[str, Any] = {
    "pk": {"S": "Zoë \"'\n☃"},
    "number": {"N": "-123.456"},
    "huge": {"N": "1" + "0" * 40},
    "binary": {"B": b"\x00\xff"},
    "true": {"BOOL": True},
    "null": {"NULL": True},
    "strings": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2.5"]},
    "binaries": {"BS": [b"a", b"b"]},
    "list": {"L": [{"S": ""}, {"L": []}, {"M": {}}]},
    "map": {"M": {"odd name": {"N": "600"}, "$x": {"BOOL": False}}},
}


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    """Return code and text with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call()
    error: Any = refused.value.response["Error"]
    return error["Code"], error.get("Message", "")


def enable_recovery(client: "DynamoDBClient", table: str) -> str:
    """Enable point-in-time recovery of a table and return its ARN."""
    client.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    return client.describe_table(TableName=table)["Table"]["TableArn"]


def export(client: "DynamoDBClient", table_arn: str, bucket: str, **members: Any) -> dict[str, Any]:
    """Begin an export and return what is said of it at its end."""
    begun = client.export_table_to_point_in_time(TableArn=table_arn, S3Bucket=bucket, **members)
    return ended_export(client, begun["ExportDescription"]["ExportArn"])


def ended_export(client: "DynamoDBClient", arn: str) -> dict[str, Any]:
    """Return what is said of an export at its end."""

    def look() -> dict[str, Any] | None:
        found: Any = client.describe_export(ExportArn=arn)["ExportDescription"]
        return None if found["ExportStatus"] == "IN_PROGRESS" else found

    ended = eventually(look)
    assert ended is not None, arn
    return ended


def import_(client: "DynamoDBClient", table: str, bucket: str, **members: Any) -> dict[str, Any]:
    """Begin an import and return what is said of it at its end."""
    request: dict[str, Any] = {
        "S3BucketSource": {"S3Bucket": bucket},
        "InputFormat": "DYNAMODB_JSON",
        "TableCreationParameters": {"TableName": table, **KEYS},
        **members,
    }
    begun = client.import_table(**request)["ImportTableDescription"]
    return ended_import(client, begun["ImportArn"])


def ended_import(client: "DynamoDBClient", arn: str) -> dict[str, Any]:
    """Return what is said of an import at its end."""

    def look() -> dict[str, Any] | None:
        found: Any = client.describe_import(ImportArn=arn)["ImportTableDescription"]
        return None if found["ImportStatus"] == "IN_PROGRESS" else found

    ended = eventually(look)
    assert ended is not None, arn
    return ended
