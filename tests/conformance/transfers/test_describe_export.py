"""DescribeExport. Texts and members: ack-api-quirks, EXPORT, measured on AWS."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.transfers import export, refusal

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

    MakeClient = Callable[..., DynamoDBClient]


def test_describe_export_of_a_short_request_has_aws_defaults(
    client: "MakeClient", table_arn: str, bucket: Path
) -> None:
    """Format and encryption are told, the type, the owner and the prefix are not."""
    described = export(client(), table_arn, bucket.name)

    assert {
        "ExportArn", "ExportStatus", "StartTime", "EndTime", "ExportManifest", "TableArn", "TableId",
        "ExportTime", "ClientToken", "S3Bucket", "S3SseAlgorithm", "ExportFormat",
        "BilledSizeBytes", "ItemCount",
    } == set(described)  # fmt: skip
    assert described["StartTime"] == described["ExportTime"] <= described["EndTime"]
    assert ("DYNAMODB_JSON", "AES256") == (described["ExportFormat"], described["S3SseAlgorithm"])


def test_describe_export_outlives_the_table(
    client: "MakeClient", table_arn: str, bucket: Path
) -> None:
    """What was exported is not the table's."""
    dynamodb = client()
    described = export(dynamodb, table_arn, bucket.name)
    dynamodb.delete_table(TableName=table_arn.rpartition("/")[2])

    again = dynamodb.describe_export(ExportArn=described["ExportArn"])["ExportDescription"]
    assert described == dict(again)


def test_describe_export_of_an_unknown_arn_is_refused(client: "MakeClient", table_arn: str) -> None:
    """What looks like an ARN of an export is not found, everything else is invalid."""
    dynamodb = client()

    def refused(arn: str) -> tuple[str, str]:
        return refusal(lambda: dynamodb.describe_export(ExportArn=arn))

    arn = f"{table_arn}/export/01695097218000-d6299cbd"
    assert ("ExportNotFoundException", f"Export not found: Export not found: {arn}") == refused(arn)
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    assert ("ExportNotFoundException", "Export not found: Invalid export arn") == refused(elsewhere)
    account = re.sub(r":\d{12}:", ":999988887777:", arn)
    assert ("AccessDeniedException", "Access is denied") == refused(account)
    for wrong in (table_arn, arn.replace("/export/", "/import/"), "x" * 40):
        assert ("ValidationException", "Invalid Export ARN") == refused(wrong)
