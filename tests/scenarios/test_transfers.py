"""Exports and imports from beginning to end: document 003, task 10, unmodified, and a real S3 client."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from globaltables.client.connection import Connection
from tests.support.documents import Reader, snippet
from tests.support.exported import Exported
from tests.support.s3 import S3Endpoint
from tests.support.server import Server
from tests.support.target import Target
from tests.support.transfers import ITEM, KEYS, enable_recovery, ended_export, export, import_

STUDENT = "s1234"
TABLE = f"transactions-global-{STUDENT}"
ACCOUNT = "123456789012"


def test_export_command_writes_what_the_table_held(tmp_path: Path) -> None:
    """Document 003, task 10, step 2; the bucket of step 1 is a folder here."""
    home, buckets = tmp_path / "home", tmp_path / "buckets"
    bucket = buckets / f"dynamodb-exports-{STUDENT}"
    home.mkdir()
    bucket.mkdir(parents=True)
    with Server("--in-memory", "--buckets-dir", str(buckets)) as server:
        reader, target = Reader(server.endpoint, home), Target(server.endpoint)
        client = target.client()
        client.create_table(TableName=TABLE, **KEYS)
        enable_recovery(client, TABLE)
        client.put_item(TableName=TABLE, Item=ITEM)
        command = snippet("003/export_table.sh", STUDENTID=STUDENT, ACCOUNT=ACCOUNT)
        [answer] = reader.aws(command)
        client.put_item(TableName=TABLE, Item={"pk": {"S": "later"}})
        done = ended_export(client, answer["ExportDescription"]["ExportArn"])
        listed = reader.aws("aws dynamodb list-exports --region us-east-1")
        jobs = json.loads(reader.shell(f"globaltables jobs --json --endpoint {server.endpoint}"))
        target.close()

    assert "IN_PROGRESS" == answer["ExportDescription"]["ExportStatus"]
    assert done["ExportManifest"].startswith("transactions-export/AWSDynamoDB/0")
    found = Exported(bucket, done["ExportManifest"])
    assert [ITEM["pk"]] == [item["pk"] for item in found.items]
    assert "COMPLETED" == listed[0]["ExportSummaries"][0]["ExportStatus"]
    [job] = jobs["Jobs"]
    assert ("EXPORT", "COMPLETED", done["ExportArn"]) == (
        job["Kind"],
        job["Status"],
        job["ResourceArn"],
    )


@pytest.mark.parametrize("format_", ["DYNAMODB_JSON", "ION"])
def test_export_and_import_go_through_s3(format_: str) -> None:
    """With an endpoint in the environment, as AWS's own tools take it."""
    with S3Endpoint() as s3:
        bucket = s3.create("things", owner=ACCOUNT)
        environment = {"AWS_ENDPOINT_URL_S3": s3.url}
        with Server("--in-memory", environment=environment) as server:
            target = Target(server.endpoint)
            client = target.client()
            client.create_table(TableName="source", **KEYS)
            arn = enable_recovery(client, "source")
            client.put_item(TableName="source", Item=ITEM)
            exported = export(
                client, arn, "things", ExportFormat=format_, S3Prefix="p", S3BucketOwner=ACCOUNT
            )
            refused = export(client, arn, "things", S3BucketOwner="111122223333")
            source: Any = {
                "S3Bucket": "things",
                "S3KeyPrefix": exported["ExportManifest"].rpartition("/")[0] + "/data/",
            }
            imported = import_(
                client,
                "copy",
                "things",
                S3BucketSource=source,
                InputFormat=format_,
                InputCompressionType="GZIP",
            )
            items = client.scan(TableName="copy")["Items"]
            target.close()

    assert ("COMPLETED", 1) == (imported["ImportStatus"], imported["ImportedItemCount"])
    assert [ITEM] == items
    assert ("FAILED", "S3AccessDenied") == (refused["ExportStatus"], refused["FailureCode"])
    sent = bucket.headers[exported["ExportManifest"]]
    assert "application/json" == sent["content-type"]
    assert "AES256" == sent["x-amz-server-side-encryption"]


def test_incremental_exports_follow_each_other(tmp_path: Path) -> None:
    """Two windows of 20 minutes: what each shows, and that the second begins where the first ended."""
    bucket = tmp_path / "changes"
    bucket.mkdir()
    with Server("--in-memory", "--buckets-dir", str(tmp_path)) as server:
        connection, target = Connection(server.endpoint, "us-east-1"), Target(server.endpoint)
        client = target.client()

        def put(key: str, number: int) -> None:
            client.put_item(TableName=TABLE, Item={"pk": {"S": key}, "n": {"N": str(number)}})

        def move_on(minutes: int) -> None:
            offset = minutes * 60_000
            connection.call(connection.own().set_clock_offset, Milliseconds=offset)

        def export_window(start: datetime, end: datetime, view: str) -> dict[str, Any]:
            specification = {"ExportFromTime": start, "ExportToTime": end, "ExportViewType": view}
            return export(
                client,
                arn,
                "changes",
                ExportType="INCREMENTAL_EXPORT",
                IncrementalExportSpecification=specification,
            )

        client.create_table(TableName=TABLE, **KEYS)
        arn = enable_recovery(client, TABLE)
        start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        middle, end = start + timedelta(minutes=20), start + timedelta(minutes=40)
        move_on(5)
        put("a", 1)
        put("b", 1)
        put("gone", 1)
        client.delete_item(TableName=TABLE, Key={"pk": {"S": "gone"}})
        move_on(25)
        put("a", 2)
        put("a", 3)
        client.delete_item(TableName=TABLE, Key={"pk": {"S": "b"}})
        move_on(45)
        put("a", 4)
        first = export_window(start, middle, "NEW_AND_OLD_IMAGES")
        second = export_window(middle, end, "NEW_AND_OLD_IMAGES")
        new_only = export_window(middle, end, "NEW_IMAGE")
        target.close()

    def shown(exported: dict[str, Any]) -> dict[str, tuple[str | None, str | None]]:
        found = Exported(bucket, exported["ExportManifest"])
        assert all(f["dataFileS3Key"].startswith("AWSDynamoDB/data/") for f in found.files)
        assert ("2023-08-01", "INCREMENTAL_EXPORT") == (
            found.summary["version"],
            found.summary["exportType"],
        )
        return {
            line["Keys"]["pk"]["S"]: (_number(line, "OldImage"), _number(line, "NewImage"))
            for line in found.lines
        }

    assert {"a": (None, "1"), "b": (None, "1")} == shown(first)
    assert {"a": ("1", "3"), "b": ("1", None)} == shown(second)
    assert {"a": (None, "3"), "b": (None, None)} == shown(new_only)
    assert "INCREMENTAL_EXPORT" == first["ExportType"]
    assert middle == first["IncrementalExportSpecification"]["ExportToTime"]
    assert "ExportTime" not in first


def _number(line: dict[str, Any], image: str) -> str | None:
    return line[image]["n"]["N"] if image in line else None
