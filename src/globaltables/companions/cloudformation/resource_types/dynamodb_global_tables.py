"""AWS::DynamoDB::GlobalTable: one resource for a table and its replicas in other regions."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.cloudformation.engine.resource_type import Naming, ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.dynamodb_replicas import (
    creation_of,
    local_table,
    read_units,
    replica_action,
    replica_settings,
)
from globaltables.companions.cloudformation.resource_types.dynamodb_scaling import apply_scaling
from globaltables.companions.cloudformation.resource_types.dynamodb_table_settings import (
    TableSettings,
)
from globaltables.companions.cloudformation.resource_types.dynamodb_tables import (
    described,
    sse_of,
    stream_of,
    update_capacity,
    update_indexes,
)
from globaltables.foundation.errors import ApiError

_STRONG = "STRONG"
#: What goes with the creation of the table.
_CREATED_WITH = ("ResourcePolicy", "Tags")


async def _create(work: ResourceWork) -> None:
    properties = work.properties
    _check_regions(work)
    if not work.physical:
        await work.call(
            "dynamodb", "CreateTable", **creation_of(properties, work.name, work.region)
        )
        await work.made(work.name)
    local = TableSettings(work, work.name, work.region)
    await local.settled()
    await apply_scaling(work, work.name, work.region, properties, {})
    if "GlobalTableSourceArn" not in properties:
        await _bring_members(work, properties, {})
    own = replica_settings(properties, work.region)
    await local.apply(own, {name: own[name] for name in _CREATED_WITH if name in own})
    for region in _others(properties, work.region):
        await _apply_member(work, region, properties, {})


async def _update(work: ResourceWork) -> None:
    new, old = work.properties, work.old
    _check_regions(work)
    if new.get("MultiRegionConsistency") != old.get("MultiRegionConsistency") and old.get(
        "MultiRegionConsistency"
    ):
        raise ApiError("ValidationError", "MultiRegionConsistency cannot be changed")
    local = TableSettings(work, work.physical, work.region)
    await local.settled()
    before, after = local_table(old, work.region), local_table(new, work.region)
    await update_capacity(local, after, before)
    await update_indexes(local, after, before)
    if work.changed("StreamSpecification") and not _others(old, work.region):
        await local.update(StreamSpecification=stream_of(new) or {"StreamEnabled": False})
    if sse_of(after) != sse_of(before):
        await local.update(SSESpecification=sse_of(after) or {"Enabled": False})
    await apply_scaling(work, work.physical, work.region, new, old)
    await _bring_members(work, new, old)
    await _apply_member(work, work.region, new, old)
    for region in _others(new, work.region):
        await _apply_member(work, region, new, old)


async def _bring_members(
    work: ResourceWork, new: Mapping[str, Any], old: Mapping[str, Any]
) -> None:
    """Make, change and remove replicas, one at a time as DynamoDB has it."""
    local = TableSettings(work, work.physical, work.region)
    table = await local.settled()
    there = {replica["RegionName"] for replica in table.get("Replicas", ())} - {work.region}
    wanted = _others(new, work.region)
    if new.get("MultiRegionConsistency") == _STRONG:
        if not there:
            await _make_strong(local, new, wanted)
        return
    for region in sorted(there - set(wanted)):
        if region in _others(old, work.region):
            await apply_scaling(work, work.physical, region, {}, old)
            await local.update(ReplicaUpdates=[{"Delete": {"RegionName": region}}])
    for region in wanted:
        action = replica_action(new, region)
        if region not in there:
            await local.update(ReplicaUpdates=[{"Create": action}])
        elif region in _others(old, work.region) and action != replica_action(old, region):
            await local.update(ReplicaUpdates=[{"Update": action}])


async def _make_strong(
    local: TableSettings, properties: Mapping[str, Any], regions: list[str]
) -> None:
    witnesses = [
        {"Create": {"RegionName": witness["Region"]}}
        for witness in properties.get("GlobalTableWitnesses") or ()
    ]
    await local.update(
        MultiRegionConsistency=_STRONG,
        ReplicaUpdates=[{"Create": replica_action(properties, region)} for region in regions],
        **({"GlobalTableWitnessUpdates": witnesses} if witnesses else {}),
    )


async def _apply_member(
    work: ResourceWork, region: str, new: Mapping[str, Any], old: Mapping[str, Any]
) -> None:
    """Set what the table of one region has for itself."""
    member = TableSettings(work, work.physical, region)
    wanted, had = replica_settings(new, region), replica_settings(old, region)
    table = await member.settled()
    protected = bool(wanted.get("DeletionProtectionEnabled", False))
    if bool(table.get("DeletionProtectionEnabled", False)) != protected:
        await member.update(DeletionProtectionEnabled=protected)
    if wanted.get("DisassociationProtectionEnabled"):
        await member.update(DisassociationProtectionEnabled=True)
    if region != work.region:
        await apply_scaling(work, work.physical, region, new, old)
    elif wanted.get("TableClass") != had.get("TableClass") and had:
        await member.update(TableClass=wanted.get("TableClass", "STANDARD"))
    await member.apply(wanted, had)


async def _delete(work: ResourceWork) -> None:
    properties = work.properties
    local = TableSettings(work, work.physical, work.region)
    table = await local.describe()
    if table is None:
        return
    table = await local.settled()
    for region in [work.region, *_others(properties, work.region)]:
        await apply_scaling(work, work.physical, region, {}, properties)
    regions = [replica["RegionName"] for replica in table.get("Replicas", ())]
    others = [region for region in regions if region != work.region]
    deletions = [{"Delete": {"RegionName": region}} for region in others]
    if table.get("MultiRegionConsistency") == _STRONG:
        witnesses = [
            {"Delete": {"RegionName": witness["RegionName"]}}
            for witness in table.get("GlobalTableWitnesses", ())
        ]
        await local.update(
            ReplicaUpdates=deletions,
            **({"GlobalTableWitnessUpdates": witnesses} if witnesses else {}),
        )
    else:
        for deletion in deletions:
            await local.update(ReplicaUpdates=[deletion])
    await local.call("DeleteTable")
    await local.gone()


async def _read(work: ResourceWork) -> dict[str, Any] | None:
    table = await TableSettings(work, work.physical, work.region).describe()
    if table is None:
        return None
    return {
        "Arn": table["TableArn"],
        "StreamArn": table.get("LatestStreamArn"),
        "TableId": table["TableId"],
    }


async def _current(work: ResourceWork) -> dict[str, Any] | None:
    table = await TableSettings(work, work.physical, work.region).describe()
    if table is None:
        return None
    found = described(table)
    for name in ("ProvisionedThroughput", "OnDemandThroughput", "TableClass"):
        found.pop(name, None)
    found.pop("DeletionProtectionEnabled", None)
    found.pop("GlobalSecondaryIndexes", None)
    found["SSESpecification"].pop("KMSMasterKeyId")
    regions = {replica["RegionName"] for replica in table.get("Replicas", ())} | {work.region}
    found["Replicas"] = [{"Region": region} for region in sorted(regions)]
    return found


def _others(properties: Mapping[str, Any], region: str) -> list[str]:
    return [
        replica["Region"]
        for replica in properties.get("Replicas") or ()
        if replica["Region"] != region
    ]


def _check_regions(work: ResourceWork) -> None:
    """Refuse replicas that are not those of one table with one of them where the stack is.

    Raises:
        ApiError: ValidationError.
    """
    regions = [replica["Region"] for replica in work.properties["Replicas"]]
    if len(set(regions)) < len(regions):
        raise ApiError("ValidationError", "Replicas must not have the same Region more than once")
    if work.region not in regions:
        raise ApiError(
            "ValidationError",
            f"Replicas must include a replica in the region of the stack ({work.region})",
        )
    provisioned = work.properties.get("BillingMode", "PROVISIONED") == "PROVISIONED"
    if provisioned and "GlobalTableSourceArn" not in work.properties:
        missing = [region for region in regions if read_units(work.properties, region) is None]
        if "WriteProvisionedThroughputSettings" not in work.properties or missing:
            raise ApiError(
                "ValidationError",
                "WriteProvisionedThroughputSettings and ReadProvisionedThroughputSettings of every "
                "replica must be specified when BillingMode is PROVISIONED",
            )


TYPES = (
    ResourceType(
        "AWS::DynamoDB::GlobalTable",
        create=_create,
        delete=_delete,
        read=_read,
        update=_update,
        current=_current,
        naming=Naming("TableName", length_max=255),
        replaced_by=("KeySchema", "LocalSecondaryIndexes", "GlobalTableSourceArn"),
        named=lambda work: work.name,
    ),
)
