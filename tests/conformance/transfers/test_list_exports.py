"""ListExports. Pages and what is listed: ack-api-quirks, EXPORT and IMPORT, measured on AWS."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.transfers import export, refusal

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

    MakeClient = Callable[..., DynamoDBClient]


def test_list_exports_has_the_newest_first_in_pages(
    client: "MakeClient", table_arn: str, bucket: Path
) -> None:
    """Whatever their status."""
    dynamodb = client()
    arns = [export(dynamodb, table_arn, name)["ExportArn"] for name in (bucket.name, "no", "no")]
    first = dynamodb.list_exports(TableArn=table_arn, MaxResults=2)
    rest = dynamodb.list_exports(TableArn=table_arn, NextToken=first["NextToken"])

    assert [
        {"ExportArn": arns[2], "ExportStatus": "FAILED", "ExportType": "FULL_EXPORT"},
        {"ExportArn": arns[1], "ExportStatus": "FAILED", "ExportType": "FULL_EXPORT"},
    ] == first["ExportSummaries"]
    assert [arns[0]] == [one["ExportArn"] for one in rest["ExportSummaries"]]
    assert "NextToken" not in rest


def test_list_exports_of_a_table_that_is_gone_is_empty(
    client: "MakeClient", table_arn: str, bucket: Path
) -> None:
    """Without its ARN they are listed."""
    dynamodb = client()
    arn = export(dynamodb, table_arn, bucket.name)["ExportArn"]
    dynamodb.delete_table(TableName=table_arn.rpartition("/")[2])

    assert [] == dynamodb.list_exports(TableArn=table_arn)["ExportSummaries"]
    listed = dynamodb.list_exports(MaxResults=25)["ExportSummaries"]
    assert arn in [one["ExportArn"] for one in listed]


def test_list_exports_token_of_another_list_is_refused(client: "MakeClient") -> None:
    """Tokens are hexadecimal, and repeated in the refusal."""
    dynamodb = client()
    token = "0123456789abcdef" * 7

    assert (
        "ValidationException",
        f"Invalid Request: Provided nextToken is invalid: {token}",
    ) == refusal(lambda: dynamodb.list_exports(NextToken=token))


def test_list_exports_page_is_limited(client: "MakeClient") -> None:
    """The model's limits."""
    dynamodb = client(validated=False)

    for wrong in (0, 26):
        code, text = refusal(lambda wrong=wrong: dynamodb.list_exports(MaxResults=wrong))  # type: ignore[misc]
        assert "ValidationException" == code
        assert f"Value '{wrong}' at 'maxResults' failed to satisfy constraint" in text
