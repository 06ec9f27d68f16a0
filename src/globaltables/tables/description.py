"""TableDescription: a definition in AWS's shape, with the members that AWS shows in each situation."""

from typing import Any, Protocol

from globaltables.foundation.arns import index_arn, stream_arn, table_arn
from globaltables.tables.capacity_settings import decreases_today
from globaltables.tables.definitions import (
    Index,
    KeySchema,
    OnDemandThroughput,
    Replica,
    Restoring,
    Stream,
    StrongGroup,
    Table,
    Throughput,
    WarmThroughput,
)
from globaltables.tables.durations import REPLICA_LISTED_MS
from globaltables.tables.encryption import keyless

_NO_UNITS = Throughput(0, 0)
#: States in which an index that is being created is being filled, and not created together with its table.
_USABLE = ("ACTIVE", "UPDATING")
_OVERRIDABLE = "ENABLED_WITH_OVERRIDES"
_ENABLED = "ENABLED"
INACCESSIBLE = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"


class Counters(Protocol):
    """Who knows how much is stored."""

    def statistics(self, table: Table) -> tuple[int, int]:
        """Return a table's item count and billed bytes."""

    def index_statistics(self, table: Table, index_number: int) -> tuple[int, int]:
        """Return an index's entry count and billed bytes."""


def describe(table: Table, counters: Counters, now_ms: int) -> dict[str, Any]:
    """Return a table's TableDescription."""
    item_count, size_bytes = counters.statistics(table)
    description: dict[str, Any] = {
        "AttributeDefinitions": [
            {"AttributeName": attribute.name, "AttributeType": attribute.type}
            for attribute in table.attributes
        ],
        "TableName": table.name,
        "KeySchema": key_schema(table.schema),
        "TableStatus": INACCESSIBLE if keyless(table) else table.status,
        "CreationDateTime": seconds(table.created_ms),
        "ProvisionedThroughput": _throughput(_shown(table), now_ms),
        "TableSizeBytes": size_bytes,
        "ItemCount": item_count,
        "TableArn": table_arn(table.region, table.account, table.name),
        "TableId": table.table_id,
        "DeletionProtectionEnabled": table.deletion_protection,
    }
    _add_billing_mode(description, table)
    _add_indexes(description, table, counters, now_ms)
    _add_stream(description, table)
    _add_settings(description, table)
    if table.restoring is not None:
        _add_restore(description, table.restoring)
    if table.global_table_version is not None:
        description["GlobalTableVersion"] = table.global_table_version
        if table.global_table_version == "2019.11.21":
            description["Replicas"] = [
                _replica(replica, table) for replica in table.replicas if _listed(replica, now_ms)
            ]
            description["GlobalTableSettingsReplicationMode"] = _OVERRIDABLE
    if table.group:
        description["GlobalTableSettingsReplicationMode"] = _ENABLED
    if table.strong is not None:
        _add_consistency(description, table.strong, table, now_ms)
    return description


def describe_deleted(table: Table, counters: Counters, now_ms: int) -> dict[str, Any]:
    """Return the shorter TableDescription that AWS answers to DeleteTable."""
    item_count, size_bytes = counters.statistics(table)
    description: dict[str, Any] = {
        "TableName": table.name,
        "TableStatus": "DELETING",
        "ProvisionedThroughput": _throughput(_shown(table), now_ms),
        "TableSizeBytes": size_bytes,
        "ItemCount": item_count,
        "TableArn": table_arn(table.region, table.account, table.name),
        "TableId": table.table_id,
        "DeletionProtectionEnabled": table.deletion_protection,
    }
    _add_billing_mode(description, table)
    _add_stream(description, table)
    return description


def seconds(milliseconds: int) -> float:
    """Return a time as AWS's JSON has it: seconds since 1970 with milliseconds as fraction."""
    return milliseconds / 1000


def _add_consistency(
    description: dict[str, Any], strong: StrongGroup, table: Table, now_ms: int
) -> None:
    """Add that the table is strongly consistent, and its witness, which comes and goes with the other replica.

    AWS shows EVENTUAL nowhere (measured).
    """
    description["MultiRegionConsistency"] = "STRONG"
    replica = table.replicas[0]
    if strong.witness is not None and _listed(replica, now_ms):
        witness = {"RegionName": strong.witness, "WitnessStatus": replica.status}
        description["GlobalTableWitnesses"] = [witness]


def _add_billing_mode(description: dict[str, Any], table: Table) -> None:
    """Add the mode of a table that is or was on demand; `TableThroughputModeSummary` is not in AWS's model."""
    since_ms = table.pay_per_request_since_ms
    if table.billing_mode == "PROVISIONED" and since_ms is None:
        return
    since = {} if since_ms is None else {"LastUpdateToPayPerRequestDateTime": seconds(since_ms)}
    description["BillingModeSummary"] = {"BillingMode": table.billing_mode} | since
    description["TableThroughputModeSummary"] = {"TableThroughputMode": table.billing_mode} | since


def _add_indexes(
    description: dict[str, Any], table: Table, counters: Counters, now_ms: int
) -> None:
    local = [
        _index(index, table, counters, now_ms) for index in table.indexes if index.kind == "LOCAL"
    ]
    distributed = [
        _index(index, table, counters, now_ms) for index in table.indexes if index.kind == "GLOBAL"
    ]
    if local:
        description["LocalSecondaryIndexes"] = local
    if distributed:
        description["GlobalSecondaryIndexes"] = distributed


def _index(index: Index, table: Table, counters: Counters, now_ms: int) -> dict[str, Any]:
    item_count, size_bytes = counters.index_statistics(table, index.number)
    projection: dict[str, Any] = {"ProjectionType": index.projection}
    if index.non_key_attributes:
        projection["NonKeyAttributes"] = list(index.non_key_attributes)
    description: dict[str, Any] = {
        "IndexName": index.name,
        "KeySchema": key_schema(index.schema),
        "Projection": projection,
        "IndexSizeBytes": size_bytes,
        "ItemCount": item_count,
        "IndexArn": index_arn(table.region, table.account, table.name, index.name),
    }
    if index.kind == "LOCAL":
        return description
    description["IndexStatus"] = index.status
    description["ProvisionedThroughput"] = _throughput(_shown(index), now_ms)
    if index.backfilling or (index.status == "CREATING" and table.status in _USABLE):
        description["Backfilling"] = table.settling is None
    if index.on_demand is not None:
        description["OnDemandThroughput"] = on_demand_throughput(index.on_demand)
    if index.warm is not None:
        description["WarmThroughput"] = _warm(index.warm)
    return description


def _add_stream(description: dict[str, Any], table: Table) -> None:
    """Add the stream: its setting while enabled, label and ARN of the newest also after that."""
    if table.stream is not None:
        description["StreamSpecification"] = stream_specification(table.stream)
    if table.streams:
        label = table.streams[-1].label
        description["LatestStreamLabel"] = label
        description["LatestStreamArn"] = stream_arn(table.region, table.account, table.name, label)


def stream_specification(stream: Stream) -> dict[str, Any]:
    """Return an enabled stream's StreamSpecification."""
    return {"StreamEnabled": True, "StreamViewType": stream.view_type}


def _add_settings(description: dict[str, Any], table: Table) -> None:
    table_class, updated_ms = table.table_class, table.table_class_updated_ms
    if table.settling is not None and table.settling.kind == "table_class":
        table_class, updated_ms = table.settling.table_class, table.settling.table_class_updated_ms
    if table_class is not None:
        summary: dict[str, Any] = {"TableClass": table_class}
        if updated_ms is not None:
            summary["LastUpdateDateTime"] = seconds(updated_ms)
        description["TableClassSummary"] = summary
    if table.encryption is not None:
        description["SSEDescription"] = {
            "Status": table.encryption.status,
            "SSEType": table.encryption.type,
            "KMSMasterKeyArn": table.encryption.kms_key_arn,
        }
        # A member of a global table does not tell since when (measured).
        if table.encryption.inaccessible_ms is not None and not table.replicas:
            since = seconds(table.encryption.inaccessible_ms)
            description["SSEDescription"]["InaccessibleEncryptionDateTime"] = since
    if table.on_demand is not None:
        description["OnDemandThroughput"] = on_demand_throughput(table.on_demand)
    if table.warm is not None:
        description["WarmThroughput"] = _warm(table.warm)


def _add_restore(description: dict[str, Any], restoring: Restoring) -> None:
    """Add what a table is restored from; its indexes have no status yet (measured on AWS)."""
    summary: dict[str, Any] = {
        "SourceTableArn": restoring.source_arn,
        "RestoreDateTime": seconds(restoring.at_ms),
        "RestoreInProgress": True,
    }
    if restoring.backup_arn is not None:
        summary["SourceBackupArn"] = restoring.backup_arn
    description["RestoreSummary"] = summary
    for index in description.get("GlobalSecondaryIndexes", ()):
        del index["IndexStatus"]


def _replica(replica: Replica, table: Table) -> dict[str, Any]:
    description: dict[str, Any] = {
        "RegionName": replica.region,
        "ReplicaStatus": replica.status,
        "GlobalTableSettingsReplicationMode": _ENABLED if replica.account else _OVERRIDABLE,
    }
    if replica.account:
        description["ReplicaArn"] = table_arn(replica.region, replica.account, table.name)
    if table.warm is not None:
        description["WarmThroughput"] = _warm(table.warm)
    if replica.kms_key_id is not None:
        description["KMSMasterKeyId"] = replica.kms_key_id
    if replica.table_class is not None:
        description["ReplicaTableClassSummary"] = {"TableClass": replica.table_class}
    description |= _overrides(replica.read_units, replica.max_read_units)
    indexes = [
        {"IndexName": index.name, **_overrides(index.read_units, index.max_read_units)}
        for index in replica.indexes
    ]
    if indexes:
        description["GlobalSecondaryIndexes"] = indexes
    return description


def _overrides(read_units: int | None, max_read_units: int | None) -> dict[str, Any]:
    overrides: dict[str, Any] = {}
    if read_units is not None:
        overrides["ProvisionedThroughputOverride"] = {"ReadCapacityUnits": read_units}
    if max_read_units is not None:
        overrides["OnDemandThroughputOverride"] = {"MaxReadRequestUnits": max_read_units}
    return overrides


def key_schema(schema: KeySchema) -> list[dict[str, str]]:
    """Return a key schema in AWS's shape."""
    return [
        *({"AttributeName": name.name, "KeyType": "HASH"} for name in schema.hash),
        *({"AttributeName": name.name, "KeyType": "RANGE"} for name in schema.range),
    ]


def _throughput(throughput: Throughput, now_ms: int) -> dict[str, Any]:
    description: dict[str, Any] = {}
    if throughput.last_increase_ms is not None:
        description["LastIncreaseDateTime"] = seconds(throughput.last_increase_ms)
    if throughput.last_decrease_ms is not None:
        description["LastDecreaseDateTime"] = seconds(throughput.last_decrease_ms)
    description["NumberOfDecreasesToday"] = decreases_today(throughput, now_ms)
    description["ReadCapacityUnits"] = throughput.read_units
    description["WriteCapacityUnits"] = throughput.write_units
    return description


def on_demand_throughput(on_demand: OnDemandThroughput) -> dict[str, int]:
    """Return an on-demand maximum in AWS's shape."""
    description = {}
    if on_demand.max_read_units is not None:
        description["MaxReadRequestUnits"] = on_demand.max_read_units
    if on_demand.max_write_units is not None:
        description["MaxWriteRequestUnits"] = on_demand.max_write_units
    return description


def _shown(part: Table | Index) -> Throughput:
    """Return the provisioned throughput that is described: the old one until a change is complete."""
    if part.settling is not None and part.settling.throughput is not None:
        return part.settling.throughput
    return part.throughput or _NO_UNITS


def _listed(replica: Replica, now_ms: int) -> bool:
    """Tell whether a replica is described already; on AWS it is some time after it was asked for."""
    return replica.status != "CREATING" or now_ms >= replica.since_ms + REPLICA_LISTED_MS


def _warm(warm: WarmThroughput) -> dict[str, Any]:
    read_units, write_units = warm.shown or (warm.read_units, warm.write_units)
    return {
        "ReadUnitsPerSecond": read_units,
        "WriteUnitsPerSecond": write_units,
        "Status": warm.status,
    }
