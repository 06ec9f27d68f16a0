"""ExportTableToPointInTime. Texts and order of checks: ack-api-quirks, EXPORT, measured on AWS."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.exported import Exported
from tests.support.transfers import ITEM, ended_export, export, import_, refusal

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

    MakeClient = Callable[..., DynamoDBClient]
    MakeTable = Callable[..., str]

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _table(arn: str) -> str:
    return arn.rpartition("/")[2]


@pytest.mark.parametrize("format_", ["DYNAMODB_JSON", "ION"])
def test_export_is_imported_as_it_was(
    client: "MakeClient", table_arn: str, bucket: Path, target_table: str, format_: str
) -> None:
    """Every type comes back as it was, through either format."""
    dynamodb = client()
    dynamodb.put_item(TableName=_table(table_arn), Item=ITEM)
    exported = export(dynamodb, table_arn, bucket.name, ExportFormat=format_)
    prefix = exported["ExportManifest"].rpartition("/")[0] + "/data/"

    imported = import_(
        dynamodb,
        target_table,
        bucket.name,
        S3BucketSource={"S3Bucket": bucket.name, "S3KeyPrefix": prefix},
        InputFormat=format_,
        InputCompressionType="GZIP",
    )

    assert "COMPLETED" == imported["ImportStatus"]
    assert [ITEM] == dynamodb.scan(TableName=target_table)["Items"]


def test_export_has_the_layout_of_aws(client: "MakeClient", table_arn: str, bucket: Path) -> None:
    """Marks, manifests with their MD5s and at least four data files, below the prefix."""
    dynamodb = client()
    dynamodb.put_item(TableName=_table(table_arn), Item={"pk": {"S": "a"}})
    exported = export(dynamodb, table_arn, bucket.name, S3Prefix="some/where")
    id_ = exported["ExportArn"].rpartition("/")[2]
    found = Exported(bucket, exported["ExportManifest"])
    root = f"some/where/AWSDynamoDB/{id_}"

    assert re.fullmatch(r"0\d{13}-[0-9a-f]{8}", id_)
    assert f"{root}/manifest-summary.json" == exported["ExportManifest"]
    assert b"" == (bucket / root / "_started").read_bytes()
    assert 4 == len(found.files)
    for file in found.files:
        assert re.fullmatch(rf"{root}/data/[0-9a-z]{{28}}\.json\.gz", file["dataFileS3Key"])
    assert [{"pk": {"S": "a"}}] == found.items
    assert len("pka") == exported["BilledSizeBytes"]
    summary = found.summary
    for name, expected in {
        "version": "2020-06-30",
        "exportArn": exported["ExportArn"],
        "tableArn": table_arn,
        "tableId": exported["TableId"],
        "s3Bucket": bucket.name,
        "s3Prefix": "some/where",
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": None,
        "manifestFilesS3Key": f"{root}/manifest-files.json",
        "itemCount": 1,
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
    }.items():
        assert expected == summary[name]
    assert exported["ExportTime"] == datetime.fromisoformat(summary["exportTime"])


def test_export_of_a_time_does_not_show_what_came_later(
    client: "MakeClient", table_arn: str, bucket: Path
) -> None:
    """Overwritten, deleted and new items are as they were."""
    dynamodb, table = client(), _table(table_arn)
    for key in ("kept", "changed", "deleted"):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": key}})
    exported_at = datetime.now(UTC)
    time.sleep(0.002)
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "changed"}, "new": {"BOOL": True}})
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "new"}})
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "deleted"}})

    exported = export(dynamodb, table_arn, bucket.name, ExportTime=exported_at)

    items = Exported(bucket, exported["ExportManifest"]).items
    assert ["changed", "deleted", "kept"] == sorted(item["pk"]["S"] for item in items)
    assert all(["pk"] == list(item) for item in items)


def test_export_with_a_filter_has_what_it_selects(
    client: "MakeClient", table_arn: str, bucket: Path
) -> None:
    """FilterSpecification, as Query and Scan would."""
    dynamodb, table = client(), _table(table_arn)
    for number in range(5):
        item = {"pk": {"S": f"key-{number}"}, "n": {"N": str(number)}, "v": {"S": "x"}}
        dynamodb.put_item(TableName=table, Item=item)
    specification: Any = {
        "FilterExpression": "#n > :least",
        "ProjectionExpression": "pk, #n",
        "ExpressionAttributeNames": {"#n": "n"},
        "ExpressionAttributeValues": {":least": {"N": "2"}},
    }
    exported = export(dynamodb, table_arn, bucket.name, FilterSpecification=specification)
    one = export(
        dynamodb,
        table_arn,
        bucket.name,
        FilterSpecification={
            "KeyConditionExpression": "pk = :key",
            "ExpressionAttributeValues": {":key": {"S": "key-1"}},
        },
    )

    found = Exported(bucket, exported["ExportManifest"])
    assert [
        {"pk": {"S": "key-3"}, "n": {"N": "3"}},
        {"pk": {"S": "key-4"}, "n": {"N": "4"}},
    ] == sorted(found.items, key=lambda item: item["n"]["N"])
    assert 2 == exported["ItemCount"]
    assert specification == exported["FilterSpecification"]
    [item] = Exported(bucket, one["ExportManifest"]).items
    assert {"S": "key-1"} == item["pk"]


def test_export_token_stands_for_one_export(
    client: "MakeClient", table_arn: str, bucket: Path
) -> None:
    """The same request is the same export, during it and behind it; another request is a conflict."""
    dynamodb = client()
    request: Any = {"TableArn": table_arn, "S3Bucket": bucket.name, "ClientToken": table_arn[-20:]}
    first = dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]["ExportArn"]
    again = dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]["ExportArn"]
    ended_export(dynamodb, first)
    behind = dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]

    assert first == again == behind["ExportArn"]
    assert "COMPLETED" == behind["ExportStatus"]
    assert (
        "ExportConflictException",
        "Export conflict: Duplicate request detected with conflicting parameters",
    ) == refusal(lambda: dynamodb.export_table_to_point_in_time(**request, S3Prefix="other"))


def test_export_without_recovery_is_refused(
    client: "MakeClient", make_table: "MakeTable", bucket: Path
) -> None:
    """Before anything is said of the bucket."""
    dynamodb, name = client(), make_table()
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]

    assert (
        "PointInTimeRecoveryUnavailableException",
        f"Point in time recovery is not enabled for table '{name}'",
    ) == refusal(lambda: dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="nothing"))


def test_export_of_a_table_that_is_not_there_is_refused(
    client: "MakeClient", table_arn: str
) -> None:
    """Each kind of wrong ARN has its own refusal; the region in an ARN is not looked at before the table."""
    dynamodb = client()

    def refused(arn: str) -> tuple[str, str]:
        return refusal(
            lambda: dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="bucket")
        )

    missing, elsewhere = f"{table_arn}-no", table_arn.replace("us-east-1", "eu-west-1")
    assert ("TableNotFoundException", f"Table not found: {missing}") == refused(missing)
    assert ("TableNotFoundException", f"Table not found: {elsewhere}") == refused(elsewhere)
    invalid = "One or more parameter values were invalid: tableArn is not a valid ARN"
    assert ("ValidationException", invalid) == refused(_table(table_arn))
    index = "Invalid Request: Table ARN is invalid."
    assert ("ValidationException", index) == refused(f"{table_arn}/index/i")
    account = re.sub(r":\d{12}:", ":999988887777:", table_arn)
    assert ("AccessDeniedException", "Access is denied") == refused(account)


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (
            {"IncrementalExportSpecification": {"ExportFromTime": NOW}},
            "Export Type expected to be Incremental Export when incremental export specification is "
            "provided",
        ),
        (
            {
                "ExportType": "FULL_EXPORT",
                "IncrementalExportSpecification": {"ExportFromTime": NOW},
            },
            "When Export Type is Full Export , Incremental Export Specification should not be "
            "provided",
        ),
        (
            {"ExportType": "INCREMENTAL_EXPORT"},
            "Incremental Export Specification expected when export type is set as Incremental Export",
        ),
        (
            {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": {}},
            "ExportFromTime must be provided in IncrementalExportSpecification",
        ),
        ({"S3SseKmsKeyId": "key"}, "KMS Key Id is not supported for this encryption type"),
        (
            {"S3SseKmsKeyId": "key", "S3SseAlgorithm": "AES256"},
            "KMS Key Id is not supported for this encryption type",
        ),
        (
            {"FilterSpecification": {}},
            "Invalid FilterSpecification: The specification can not be empty",
        ),
    ],
)
def test_export_members_that_contradict_each_other_are_refused(
    client: "MakeClient", table_arn: str, members: dict[str, Any], text: str
) -> None:
    """ValidationException, in AWS's words."""
    dynamodb = client()

    assert ("ValidationException", f"Invalid Request: {text}") == refusal(
        lambda: dynamodb.export_table_to_point_in_time(
            TableArn=table_arn, S3Bucket="bucket", **members
        )
    )


def test_export_of_a_time_that_is_not_covered_is_refused(
    client: "MakeClient", table_arn: str
) -> None:
    """The future, and what was before recovery was enabled."""
    dynamodb = client()
    for distance in (timedelta(hours=1), timedelta(seconds=5), timedelta(hours=-1)):
        at = datetime.now(UTC) + distance
        assert ("InvalidExportTimeException", "Export Time is invalid") == refusal(
            lambda at=at: dynamodb.export_table_to_point_in_time(  # type: ignore[misc]
                TableArn=table_arn, S3Bucket="bucket", ExportTime=at
            )
        )


def test_export_of_a_wrong_window_is_refused(client: "MakeClient", table_arn: str) -> None:
    """Always InvalidExportTimeException; the creation of the table is looked at first."""
    dynamodb, now = client(), datetime.now(UTC).replace(microsecond=0)

    def refused(start: datetime, end: datetime | None = None) -> tuple[str, str]:
        window: Any = {"ExportFromTime": start}
        if end is not None:
            window["ExportToTime"] = end
        return refusal(
            lambda: dynamodb.export_table_to_point_in_time(
                TableArn=table_arn,
                S3Bucket="bucket",
                ExportType="INCREMENTAL_EXPORT",
                IncrementalExportSpecification=window,
            )
        )

    start = now - timedelta(hours=25)
    assert (
        "InvalidExportTimeException",
        "Incremental export period from time cannot be less than the table creation time : "
        f"{start:%Y-%m-%dT%H:%M:%SZ}",
    ) == refused(start, now)
    end = now + timedelta(hours=1)
    later = now + timedelta(seconds=1)
    assert (
        "InvalidExportTimeException",
        f"Incremental export period to time cannot be greater than the current time : "
        f"{end:%Y-%m-%dT%H:%M:%SZ}",
    ) == refused(later, end)
    assert (
        "InvalidExportTimeException",
        "Difference between export period from time and export period to time is less than "
        "15 minutes",
    ) == refused(later)


@pytest.mark.parametrize(
    "members", [{"ExportTime": NOW}, {"FilterSpecification": {"FilterExpression": "a = a"}}]
)
def test_export_of_a_window_has_no_filter(
    client: "MakeClient", table_arn: str, members: dict[str, Any]
) -> None:
    """Nothing is accepted without effect."""
    dynamodb = client()
    [member] = members

    assert (
        "ValidationException",
        f"{member} of an incremental export is not supported by globaltables, "
        "see docs/compatibility.md",
    ) == refusal(
        lambda: dynamodb.export_table_to_point_in_time(
            TableArn=table_arn,
            S3Bucket="bucket",
            ExportType="INCREMENTAL_EXPORT",
            IncrementalExportSpecification={"ExportFromTime": NOW},
            **members,
        )
    )


def test_export_to_a_bucket_that_cannot_be_used_fails_later(
    client: "MakeClient", table_arn: str, bucket: Path
) -> None:
    """The request is accepted, also for keys that folders do not have."""
    dynamodb = client()
    missing = export(dynamodb, table_arn, f"{bucket.name}-missing")
    keyed = export(dynamodb, table_arn, bucket.name, S3SseAlgorithm="KMS")

    assert ("FAILED", "S3NoSuchBucket") == (missing["ExportStatus"], missing["FailureCode"])
    assert missing["FailureMessage"].startswith(
        "The specified bucket does not exist (Service: Amazon S3; Status Code: 404; "
        "Error Code: NoSuchBucket; Request ID: "
    )
    assert ("FAILED", "KmsNotFoundException") == (keyed["ExportStatus"], keyed["FailureCode"])
    assert {"ItemCount", "BilledSizeBytes", "ExportManifest"}.isdisjoint(missing)


def test_export_bucket_name_that_is_none_is_refused(client: "MakeClient", table_arn: str) -> None:
    """An ARN is no name."""
    dynamodb = client()
    code, text = refusal(
        lambda: dynamodb.export_table_to_point_in_time(
            TableArn=table_arn, S3Bucket="arn:aws:s3:::bucket"
        )
    )

    assert "ValidationException" == code
    assert text.startswith(
        "1 validation error detected: Value 'arn:aws:s3:::bucket' at 's3Bucket' failed to satisfy "
        "constraint: "
    )
