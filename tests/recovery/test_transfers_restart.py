"""A process that is killed while it exports or imports goes on where it stood."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.exported import Exported
from tests.support.server import Server
from tests.support.target import Target
from tests.support.transfers import KEYS, enable_recovery, ended_export, ended_import
from tests.support.waiting import eventually

ITEMS = 12_000
FILES = 3


def _write_source(bucket: Path) -> None:
    bucket.mkdir(parents=True)
    for file in range(FILES):
        numbers = range(file, ITEMS, FILES)
        lines = (f'{{"Item":{{"pk":{{"S":"{n}"}},"v":{{"S":"{n * n}"}}}}}}\n' for n in numbers)
        (bucket / f"{file}.json").write_text("".join(lines))


def test_kill_while_importing_and_exporting_loses_and_doubles_nothing(
    tmp_path: Path, data_server: Callable[..., Server]
) -> None:
    """The import has every item once, and the export shows them all, whatever is written afterwards."""
    buckets = tmp_path / "buckets"
    _write_source(buckets / "source")
    (buckets / "exports").mkdir()
    server = data_server("--buckets-dir", str(buckets)).start()
    client = Target(server.endpoint).client()
    creation: Any = {"TableName": "orders", **KEYS}
    begun = client.import_table(
        S3BucketSource={"S3Bucket": "source"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters=creation,
    )["ImportTableDescription"]

    def processed() -> int:
        found = client.describe_import(ImportArn=begun["ImportArn"])["ImportTableDescription"]
        return found["ProcessedItemCount"]

    assert eventually(processed)
    server.kill()
    server = data_server("--buckets-dir", str(buckets)).start()
    client = Target(server.endpoint).client()
    assert processed() < ITEMS
    imported = ended_import(client, begun["ImportArn"])

    assert "COMPLETED" == imported["ImportStatus"]
    assert ITEMS == imported["ImportedItemCount"] == imported["ProcessedItemCount"]
    arn = enable_recovery(client, "orders")
    exporting = client.export_table_to_point_in_time(TableArn=arn, S3Bucket="exports")
    client.put_item(TableName="orders", Item={"pk": {"S": "later"}})
    client.delete_item(TableName="orders", Key={"pk": {"S": "7"}})
    server.kill()
    server = data_server("--buckets-dir", str(buckets)).start()
    client = Target(server.endpoint).client()
    exported = ended_export(client, exporting["ExportDescription"]["ExportArn"])

    assert "COMPLETED" == exported["ExportStatus"]
    items = Exported(buckets / "exports", exported["ExportManifest"]).items
    assert ITEMS == len(items) == exported["ItemCount"]
    assert {str(n): str(n * n) for n in range(ITEMS)} == {
        item["pk"]["S"]: item["v"]["S"] for item in items
    }
