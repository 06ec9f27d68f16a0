"""Backups: their definition, their ARN, their stored form and AWS's descriptions of them (docs/formats/backups.md)."""

from dataclasses import dataclass
from typing import Any, Literal

import orjson

from globaltables.foundation.arns import partition_of, table_arn
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import SYSTEM_BACKUP_RETENTION_MS
from globaltables.tables.codec import from_stored, stored_json
from globaltables.tables.definitions import KeySchema, OnDemandThroughput, Table, Throughput
from globaltables.tables.description import (
    key_schema,
    on_demand_throughput,
    seconds,
    stream_specification,
)

FORMAT_VERSION = 1
_SYSTEM_SUFFIX = "00000000"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup of a table.

    Attributes:
        id: the last part of its ARN: when it was made, and a random part.
        table: the definition at that time; its number says where the items of the backup are.
        copying: the job that brings the items there; 0 when they are.
    """

    id: str
    name: str
    type: Literal["USER", "SYSTEM"]
    created_ms: int
    table: Table
    size_bytes: int
    item_count: int
    expires_ms: int | None = None
    copying: int = 0

    @property
    def arn(self) -> str:
        """The ARN in the region of the table."""
        table = self.table
        return f"{table_arn(table.region, table.account, table.name)}/backup/{self.id}"


@dataclass(frozen=True, slots=True)
class BackupArn:
    """A parsed `arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/backup/ID`."""

    region: str
    account: str
    table_name: str
    id: str


def parse_backup_arn(text: str) -> BackupArn | None:
    """Return the parts of a backup's ARN, or None when the text is not one."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "dynamodb":
        return None
    if parts[1] != partition_of(parts[3]):
        return None
    path = parts[5].split("/")
    if len(path) != 4 or path[0] != "table" or path[2] != "backup" or not path[1] or not path[3]:
        return None
    return BackupArn(parts[3], parts[4], path[1], path[3])


def backup_id(created_ms: int, suffix: str) -> str:
    """Return the id of a backup."""
    return f"{created_ms:014d}-{suffix}"


def system_backup(table: Table, now_ms: int, item_count: int, size_bytes: int) -> Backup:
    """Return the backup that a deleted table with point-in-time recovery leaves."""
    return Backup(
        backup_id(now_ms, _SYSTEM_SUFFIX),
        f"{table.name}$DeletedTableBackup",
        "SYSTEM",
        now_ms,
        table,
        size_bytes,
        item_count,
        now_ms + SYSTEM_BACKUP_RETENTION_MS,
    )


# --- descriptions


def describe_details(backup: Backup, *, arn: str = "", status: str = "AVAILABLE") -> dict[str, Any]:
    """Return BackupDetails.

    Args:
        backup: the backup.
        arn: as the request had it; AWS echoes it.
        status: what is shown.
    """
    details = {
        "BackupArn": arn or backup.arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size_bytes,
        "BackupStatus": status,
        "BackupType": backup.type,
        "BackupCreationDateTime": seconds(backup.created_ms),
    }
    if backup.expires_ms is not None:
        details["BackupExpiryDateTime"] = seconds(backup.expires_ms)
    return details


def describe_summary(backup: Backup) -> dict[str, Any]:
    """Return BackupSummary, as lists have it."""
    table = backup.table
    return {
        "TableName": table.name,
        "TableId": table.table_id,
        "TableArn": table_arn(table.region, table.account, table.name),
        **describe_details(backup),
    }


def describe_backup(backup: Backup, *, arn: str, status: str = "AVAILABLE") -> dict[str, Any]:
    """Return BackupDescription; see `describe_details`."""
    return {
        "BackupDetails": describe_details(backup, arn=arn, status=status),
        "SourceTableDetails": _table_details(backup),
        "SourceTableFeatureDetails": _features(backup.table),
    }


def _table_details(backup: Backup) -> dict[str, Any]:
    table = backup.table
    details: dict[str, Any] = {
        "TableName": table.name,
        "TableId": table.table_id,
        "TableArn": table_arn(table.region, table.account, table.name),
        "TableSizeBytes": backup.size_bytes,
        "KeySchema": key_schema(table.schema),
        "TableCreationDateTime": seconds(table.created_ms),
        "ProvisionedThroughput": _units(table.throughput),
        "ItemCount": backup.item_count,
        "BillingMode": table.billing_mode,
    }
    if table.on_demand is not None and table.on_demand != OnDemandThroughput():
        details["OnDemandThroughput"] = on_demand_throughput(table.on_demand)
    return details


def _features(table: Table) -> dict[str, Any]:
    features: dict[str, Any] = {}
    kept = [index for index in table.indexes if index.status != "DELETING"]
    local = [
        _index(index.name, index.schema, index.projection, index.non_key_attributes)
        for index in kept
        if index.kind == "LOCAL"
    ]
    distributed = [
        _index(index.name, index.schema, index.projection, index.non_key_attributes)
        | {"ProvisionedThroughput": _units(index.throughput or Throughput(0, 0))}
        for index in kept
        if index.kind == "GLOBAL"
    ]
    if local:
        features["LocalSecondaryIndexes"] = local
    if distributed:
        features["GlobalSecondaryIndexes"] = distributed
    if table.stream is not None:
        features["StreamDescription"] = stream_specification(table.stream)
    if table.ttl is not None and table.ttl.enabled:
        features["TimeToLiveDescription"] = {
            "TimeToLiveStatus": "ENABLED",
            "AttributeName": table.ttl.attribute,
        }
    if table.encryption is not None:
        features["SSEDescription"] = {
            "Status": table.encryption.status,
            "SSEType": table.encryption.type,
            "KMSMasterKeyArn": table.encryption.kms_key_arn,
        }
    return features


def _index(name: str, schema: KeySchema, kind: str, attributes: tuple[str, ...]) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": kind}
    if attributes:
        projection["NonKeyAttributes"] = list(attributes)
    return {"IndexName": name, "KeySchema": key_schema(schema), "Projection": projection}


def _units(throughput: Throughput) -> dict[str, int]:
    return {
        "ReadCapacityUnits": throughput.read_units,
        "WriteCapacityUnits": throughput.write_units,
    }


# --- stored form


def encode_backup(backup: Backup) -> bytes:
    """Return the stored bytes of a backup."""
    return stored_json({"format": FORMAT_VERSION, "backup": backup})


def decode_backup(raw: bytes) -> Backup:
    """Return the backup of stored bytes.

    Raises:
        OperationalError: they are damaged or of another format.
    """
    try:
        stored = orjson.loads(raw)
        if stored["format"] == FORMAT_VERSION:
            backup: Backup = from_stored(Backup, stored["backup"])
            return backup
    except (KeyError, TypeError, ValueError) as error:
        raise OperationalError(f"a stored backup is damaged: {error}") from error
    msg = f"a stored backup has format {stored['format']}, this version reads {FORMAT_VERSION}"
    raise OperationalError(msg)
