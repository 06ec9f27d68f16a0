"""DescribeImport. Texts: ack-api-quirks, IMPORT, measured on AWS."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.transfers import import_, refusal

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

    MakeClient = Callable[..., DynamoDBClient]


def test_describe_import_outlives_the_table(
    client: "MakeClient", bucket: Path, target_table: str
) -> None:
    """With its counts."""
    (bucket / "items").write_text('{"Item":{"pk":{"S":"a"}}}\n')
    dynamodb = client()
    described = import_(dynamodb, target_table, bucket.name)
    dynamodb.delete_table(TableName=target_table)

    again = dynamodb.describe_import(ImportArn=described["ImportArn"])["ImportTableDescription"]
    assert described == dict(again)
    assert ("COMPLETED", 26, 1) == (
        again["ImportStatus"],
        again["ProcessedSizeBytes"],
        again["ImportedItemCount"],
    )
    assert again["StartTime"] <= again["EndTime"]


def test_describe_import_of_an_unknown_arn_is_refused(client: "MakeClient") -> None:
    """What looks like an ARN of an import is not found, everything else is invalid."""
    dynamodb = client()

    def refused(arn: str) -> tuple[str, str]:
        return refusal(lambda: dynamodb.describe_import(ImportArn=arn))

    table = "arn:aws:dynamodb:us-east-1:123456789012:table/nothing"
    arn = f"{table}/import/01695097218000-d6299cbd"
    assert ("ImportNotFoundException", f"Import not found: Import not found: {arn}") == refused(arn)
    assert "ImportNotFoundException" == refused(arn.replace("us-east-1", "eu-west-1"))[0]
    other = re.sub(r":\d{12}:", ":999988887777:", arn)
    assert ("AccessDeniedException", "Access is denied") == refused(other)
    for wrong in (table, arn.replace("/import/", "/export/"), "x" * 40):
        assert ("ValidationException", "Invalid Import ARN") == refused(wrong)
