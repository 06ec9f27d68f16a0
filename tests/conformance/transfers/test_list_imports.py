"""ListImports. Pages and what is listed: ack-api-quirks, IMPORT, measured on AWS."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.transfers import import_, refusal

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

    MakeClient = Callable[..., DynamoDBClient]


def test_list_imports_has_the_newest_first_in_pages(
    client: "MakeClient", bucket: Path, target_table: str
) -> None:
    """Also those that failed, and those of tables that are gone."""
    dynamodb = client()
    ended = [import_(dynamodb, target_table, name) for name in ("missing", "missing", bucket.name)]
    dynamodb.delete_table(TableName=target_table)
    table = ended[0]["TableArn"]
    first = dynamodb.list_imports(TableArn=table, PageSize=2)
    rest = dynamodb.list_imports(TableArn=table, NextToken=first["NextToken"])
    newest = first["ImportSummaryList"][0]

    assert [one["ImportArn"] for one in reversed(ended)] == [
        one["ImportArn"] for page in (first, rest) for one in page["ImportSummaryList"]
    ]
    assert "NextToken" not in rest
    assert {
        "ImportArn", "ImportStatus", "TableArn", "S3BucketSource", "CloudWatchLogGroupArn",
        "InputFormat", "StartTime", "EndTime",
    } == set(newest)  # fmt: skip
    assert "COMPLETED" == newest["ImportStatus"]


def test_list_imports_token_of_another_list_is_refused(client: "MakeClient") -> None:
    """Tokens are hexadecimal, and repeated in the refusal."""
    dynamodb = client()
    token = b"export:01695097218000-d6299cbd".ljust(56, b"\0").hex()

    assert (
        "ValidationException",
        f"Invalid Request: Provided nextToken is invalid: {token}",
    ) == refusal(lambda: dynamodb.list_imports(NextToken=token))
