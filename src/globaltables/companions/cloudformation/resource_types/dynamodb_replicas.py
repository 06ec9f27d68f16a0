"""What the properties of a global table say of each of its regions."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.cloudformation.resource_types.dynamodb_tables import creation

Properties = Mapping[str, Any]
#: Of a replica, what is set in its region by operations that a table of its own has too.
_OWN = (
    *(
        "ContributorInsightsSpecification",
        "DeletionProtectionEnabled",
        "KinesisStreamSpecification",
    ),
    *("DisassociationProtectionEnabled", "PointInTimeRecoverySpecification", "ResourcePolicy"),
    *("TableClass", "Tags"),
)


def replica_of(properties: Properties, region: str) -> dict[str, Any]:
    """Return the member of `Replicas` for a region; empty when there is none."""
    for replica in properties.get("Replicas") or ():
        if replica["Region"] == region:
            return dict(replica)
    return {}


def read_units(properties: Properties, region: str, index: str = "") -> int | None:
    """Return the read capacity that a table or index begins with in a region."""
    settings = read_settings(properties, region, index)
    if "ReadCapacityUnits" in settings:
        return int(settings["ReadCapacityUnits"])
    scaling = settings.get("ReadCapacityAutoScalingSettings")
    return None if scaling is None else int(scaling.get("SeedCapacity", scaling["MinCapacity"]))


def read_settings(properties: Properties, region: str, index: str = "") -> dict[str, Any]:
    """Return ReadProvisionedThroughputSettings of a table or index in a region, else those of all regions."""
    return _own_or_shared(properties, region, index, "ReadProvisionedThroughputSettings")


def write_settings(properties: Properties, index: str = "") -> dict[str, Any]:
    """Return WriteProvisionedThroughputSettings of a table or index, those of the table where it has none."""
    own = (index_of(properties, index) if index else properties).get(
        "WriteProvisionedThroughputSettings"
    )
    return dict(own or properties.get("WriteProvisionedThroughputSettings") or {})


def index_of(properties: Properties, name: str) -> dict[str, Any]:
    """Return an index by its name; empty when there is none."""
    for index in properties.get("GlobalSecondaryIndexes") or ():
        if index["IndexName"] == name:
            return dict(index)
    return {}


def index_names(properties: Properties) -> list[str]:
    """Return the names of the indexes."""
    return [index["IndexName"] for index in properties.get("GlobalSecondaryIndexes") or ()]


def local_table(properties: Properties, region: str) -> dict[str, Any]:
    """Return the properties of the table of the stack's region in the form of AWS::DynamoDB::Table."""
    replica = replica_of(properties, region)
    names = ("AttributeDefinitions", "KeySchema", "BillingMode", "LocalSecondaryIndexes")
    shared = ("StreamSpecification", "WarmThroughput", "GlobalTableSourceArn")
    made = {name: properties[name] for name in (*names, *shared) if name in properties}
    made.update(_throughput(properties, region, ""))
    sse = properties.get("SSESpecification")
    if sse is not None:
        key = (replica.get("SSESpecification") or {}).get("KMSMasterKeyId")
        made["SSESpecification"] = {**sse, **({"KMSMasterKeyId": key} if key else {})}
    if "GlobalSecondaryIndexes" in properties:
        indexes = []
        for index in properties["GlobalSecondaryIndexes"]:
            parts = ("IndexName", "KeySchema", "Projection", "WarmThroughput")
            plain = {part: index[part] for part in parts if part in index}
            indexes.append({**plain, **_throughput(properties, region, index["IndexName"])})
        made["GlobalSecondaryIndexes"] = indexes
    return made


def creation_of(properties: Properties, name: str, region: str) -> dict[str, Any]:
    """Return the request of CreateTable in the stack's region."""
    replica = replica_of(properties, region)
    own = ("TableClass", "Tags", "ResourcePolicy", "GlobalTableSettingsReplicationMode")
    given = {member: replica[member] for member in own if member in replica}
    return creation({**local_table(properties, region), **given}, name)


def replica_action(properties: Properties, region: str) -> dict[str, Any]:
    """Return the member of ReplicaUpdates that makes or changes the replica of a region."""
    replica = replica_of(properties, region)
    action: dict[str, Any] = {"RegionName": region}
    key = (replica.get("SSESpecification") or {}).get("KMSMasterKeyId")
    if key:
        action["KMSMasterKeyId"] = key
    if "TableClass" in replica:
        action["TableClassOverride"] = replica["TableClass"]
    action.update(_overrides(properties, region, ""))
    indexes = []
    for index in index_names(properties):
        overrides = _overrides(properties, region, index)
        if overrides:
            indexes.append({"IndexName": index, **overrides})
    if indexes:
        action["GlobalSecondaryIndexes"] = indexes
    return action


def replica_settings(properties: Properties, region: str) -> dict[str, Any]:
    """Return what a region has for itself, in the form of AWS::DynamoDB::Table."""
    replica = replica_of(properties, region)
    if not replica:
        return {}
    made = {name: replica[name] for name in _OWN if name in replica}
    if "GlobalSecondaryIndexes" in replica:
        made["GlobalSecondaryIndexes"] = replica["GlobalSecondaryIndexes"]
    policy = (replica.get("ReplicaStreamSpecification") or {}).get("ResourcePolicy")
    if policy is not None:
        made["StreamSpecification"] = {"ResourcePolicy": policy}
    if "TimeToLiveSpecification" in properties:
        made["TimeToLiveSpecification"] = properties["TimeToLiveSpecification"]
    return made


def _throughput(properties: Properties, region: str, index: str) -> dict[str, Any]:
    if properties.get("BillingMode", "PROVISIONED") == "PROVISIONED":
        writes = write_settings(properties, index)
        reads = read_units(properties, region, index)
        if reads is None and index:
            reads = read_units(properties, region)
        units = {"ReadCapacityUnits": reads, "WriteCapacityUnits": _write_units(writes)}
        if None in units.values():
            return {}
        return {"ProvisionedThroughput": units}
    most = _on_demand(properties, region, index)
    return {"OnDemandThroughput": most} if most else {}


def _on_demand(properties: Properties, region: str, index: str) -> dict[str, Any]:
    reads = _own_or_shared(properties, region, index, "ReadOnDemandThroughputSettings")
    place = index_of(properties, index) if index else properties
    writes = place.get("WriteOnDemandThroughputSettings") or {}
    return {**reads, **writes}


def _overrides(properties: Properties, region: str, index: str) -> dict[str, Any]:
    if properties.get("BillingMode", "PROVISIONED") == "PROVISIONED":
        units = read_units(properties, region, index)
        if units is None:
            return {}
        return {"ProvisionedThroughputOverride": {"ReadCapacityUnits": units}}
    reads = _own_or_shared(properties, region, index, "ReadOnDemandThroughputSettings")
    return {"OnDemandThroughputOverride": reads} if reads else {}


def _own_or_shared(properties: Properties, region: str, index: str, name: str) -> dict[str, Any]:
    replica = replica_of(properties, region)
    place: Properties = index_of(replica, index) if index else replica
    shared: Properties = index_of(properties, index) if index else properties
    return dict(place.get(name) or shared.get(name) or {})


def _write_units(settings: Properties) -> int | None:
    if "WriteCapacityUnits" in settings:
        return int(settings["WriteCapacityUnits"])
    scaling = settings.get("WriteCapacityAutoScalingSettings")
    return None if scaling is None else int(scaling.get("SeedCapacity", scaling["MinCapacity"]))
