"""ImportTable. Texts and order of checks: ack-api-quirks, IMPORT, measured on AWS."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.transfers import KEYS, ended_import, import_, refusal

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

    MakeClient = Callable[..., DynamoDBClient]
    MakeTable = Callable[..., str]


def _request(bucket: str, table: str, **members: Any) -> dict[str, Any]:
    return {
        "S3BucketSource": {"S3Bucket": bucket},
        "InputFormat": "DYNAMODB_JSON",
        "TableCreationParameters": {"TableName": table, **KEYS},
        **members,
    }


def test_import_of_csv_makes_a_table(client: "MakeClient", bucket: Path, target_table: str) -> None:
    """Columns are strings, keys have the types of the table."""
    (bucket / "orders.csv").write_text('pk;n\na;"1;2"\nb;\n')
    options: Any = {"Csv": {"Delimiter": ";"}}
    dynamodb = client()
    imported = import_(
        dynamodb, target_table, bucket.name, InputFormat="CSV", InputFormatOptions=options
    )
    items = dynamodb.scan(TableName=target_table)["Items"]

    assert options == imported["InputFormatOptions"]
    assert [{"pk": {"S": "a"}, "n": {"S": "1;2"}}, {"pk": {"S": "b"}}] == sorted(
        items, key=lambda item: str(item["pk"])
    )
    table = dynamodb.describe_table(TableName=target_table)["Table"]
    assert "ACTIVE" == table["TableStatus"]
    assert imported["TableId"] == table["TableId"]


def test_import_into_a_table_under_a_key(
    client: "MakeClient", bucket: Path, target_table: str
) -> None:
    """Under AWS's own key of the account; a key that there is not is refused at once."""
    (bucket / "items.json").write_text('{"Item": {"pk": {"S": "a"}}}\n')
    dynamodb = client()
    request = _request(bucket.name, target_table)
    parameters = request["TableCreationParameters"]
    absent = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/absent"}
    refused = {**request, "TableCreationParameters": {**parameters, "SSESpecification": absent}}
    code, text = refusal(lambda: dynamodb.import_table(**refused))
    assert "ValidationException" == code
    assert text.startswith("KMS validation error: ")
    parameters["SSESpecification"] = {"Enabled": True}
    begun = dynamodb.import_table(**request)["ImportTableDescription"]
    assert "COMPLETED" == ended_import(dynamodb, begun["ImportArn"])["ImportStatus"]
    table = dynamodb.describe_table(TableName=target_table)["Table"]
    assert "ENABLED" == table["SSEDescription"]["Status"]
    assert 1 == dynamodb.scan(TableName=target_table)["Count"]


def test_import_answer_is_in_progress_and_has_aws_defaults(
    client: "MakeClient", bucket: Path, target_table: str
) -> None:
    """Owner, compression, token and log group are filled in."""
    dynamodb = client()
    begun = dynamodb.import_table(**_request(bucket.name, target_table))["ImportTableDescription"]
    account = begun["ImportArn"].split(":")[4]

    assert "IN_PROGRESS" == begun["ImportStatus"]
    assert {"S3Bucket": bucket.name, "S3BucketOwner": account} == begun["S3BucketSource"]
    assert "NONE" == begun["InputCompressionType"]
    assert "InputFormatOptions" not in begun
    assert begun["ClientToken"]
    assert (
        f"arn:aws:logs:us-east-1:{account}:log-group:/aws-dynamodb/imports:*"
        == begun["CloudWatchLogGroupArn"]
    )
    assert {"TableName": target_table, **KEYS} == begun["TableCreationParameters"]
    assert begun["TableArn"].endswith(f"table/{target_table}")
    ended_import(dynamodb, begun["ImportArn"])


def test_import_with_a_bad_item_fails_and_leaves_the_good_ones(
    client: "MakeClient", bucket: Path, target_table: str
) -> None:
    """ItemValidationError, with an ACTIVE table."""
    (bucket / "items").write_text('{"Item":{"pk":{"S":"a"}}}\n{"Item":{"no":{"S":"b"}}}\n')
    dynamodb = client()
    imported = import_(dynamodb, target_table, bucket.name)

    assert ("FAILED", "ItemValidationError", 2, 1, 1) == (
        imported["ImportStatus"],
        imported["FailureCode"],
        imported["ProcessedItemCount"],
        imported["ImportedItemCount"],
        imported["ErrorCount"],
    )
    assert (
        "Some of the items failed validation checks and were not imported. "
        "Please check CloudWatch error logs for more details."
    ) == imported["FailureMessage"]
    assert [{"pk": {"S": "a"}}] == dynamodb.scan(TableName=target_table)["Items"]


def test_import_from_a_missing_bucket_fails_without_a_table(
    client: "MakeClient", bucket: Path, target_table: str
) -> None:
    """Accepted, then S3NoSuchBucket."""
    dynamodb = client()
    imported = import_(dynamodb, target_table, f"{bucket.name}-missing")

    assert ("FAILED", "S3NoSuchBucket") == (imported["ImportStatus"], imported["FailureCode"])
    assert (
        "ResourceNotFoundException"
        == refusal(lambda: dynamodb.describe_table(TableName=target_table))[0]
    )


def test_import_token_stands_for_one_import(
    client: "MakeClient", bucket: Path, target_table: str
) -> None:
    """Another prefix is not noticed, another table is a conflict, behind its end the table is in the way."""
    dynamodb = client()
    request = _request("missing", target_table, ClientToken=target_table[-30:])
    first = dynamodb.import_table(**request)["ImportTableDescription"]["ImportArn"]
    request["S3BucketSource"]["S3KeyPrefix"] = "other"
    again = dynamodb.import_table(**request)["ImportTableDescription"]["ImportArn"]
    other = {**request, "TableCreationParameters": {"TableName": f"{target_table}2", **KEYS}}

    assert first == again
    assert (
        "ImportConflictException",
        "Import conflict: Duplicate request detected with conflicting parameters",
    ) == refusal(lambda: dynamodb.import_table(**other))
    ended_import(dynamodb, first)
    import_(dynamodb, target_table, bucket.name)
    assert ("ResourceInUseException", f"Table already exists: {target_table}") == refusal(
        lambda: dynamodb.import_table(**request)
    )


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (
            {"InputFormatOptions": {"Csv": {"Delimiter": ","}}},
            "Invalid Request: Unsupported InputFormatOptions for the given input format: "
            "DYNAMODB_JSON.",
        ),
        (
            {"TableCreationParameters": {"TableName": "abc", **KEYS, "BillingMode": "PROVISIONED"}},
            "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits "
            "must both be specified when BillingMode is PROVISIONED",
        ),
        (
            {"InputCompressionType": "BZIP2"},
            "1 validation error detected: Value 'BZIP2' at 'inputCompressionType' failed to satisfy "
            "constraint: Member must satisfy enum value set: [ZSTD, NONE, GZIP]",
        ),
    ],
)
def test_import_request_that_is_wrong_is_refused(
    client: "MakeClient", members: dict[str, Any], text: str
) -> None:
    """At once, with the texts of CreateTable where they are its parameters."""
    dynamodb = client(validated=False)

    assert ("ValidationException", text) == refusal(
        lambda: dynamodb.import_table(**_request("bucket", "never-made", **members))
    )
