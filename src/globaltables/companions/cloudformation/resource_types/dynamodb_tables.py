"""AWS::DynamoDB::Table."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.cloudformation.engine.resource_type import Naming, ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.requests import request_of
from globaltables.companions.cloudformation.resource_types.dynamodb_table_settings import (
    TableSettings,
)
from globaltables.foundation.errors import ApiError

_INDEX_SETTINGS = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")


async def _create(work: ResourceWork) -> None:
    properties = work.properties
    if not work.physical:
        if "ImportSourceSpecification" in properties:
            await _import(work)
        else:
            await work.call("dynamodb", "CreateTable", **creation(properties, work.name))
        await work.made(work.name)
    settings = TableSettings(work, work.name, work.region)
    await settings.settled()
    # Tags and the table's own policy went with its creation.
    given = {name: properties[name] for name in ("Tags", "ResourcePolicy") if name in properties}
    await settings.apply(properties, {} if "ImportSourceSpecification" in properties else given)


async def _import(work: ResourceWork) -> None:
    source = work.properties["ImportSourceSpecification"]
    made = creation(work.properties, work.name)
    parameters = request_of("dynamodb", "ImportTable", {"TableCreationParameters": made})
    answer = await work.send(
        "dynamodb", "ImportTable", **source, **parameters, ClientToken=work.token
    )
    arn = answer["ImportTableDescription"]["ImportArn"]
    await work.made(work.name)
    since_ms = work.now_ms()
    while True:
        answer = await work.call("dynamodb", "DescribeImport", ImportArn=arn)
        found = answer["ImportTableDescription"]
        if found["ImportStatus"] == "COMPLETED":
            return
        if found["ImportStatus"] in {"FAILED", "CANCELLED"}:
            raise ApiError("FailedByResource", f"Import failed: {found.get('FailureMessage')}")
        await work.keep_waiting(since_ms)


async def _update(work: ResourceWork) -> None:
    new, old = work.properties, work.old
    settings = TableSettings(work, work.physical, work.region)
    table = await settings.settled()
    if old.get("DeletionProtectionEnabled", False) != new.get("DeletionProtectionEnabled", False):
        protection = new.get("DeletionProtectionEnabled", False)
        await settings.update(DeletionProtectionEnabled=protection)
    await update_capacity(settings, new, old)
    await update_indexes(settings, new, old)
    if work.changed("StreamSpecification"):
        await _update_stream(settings, table, new)
    if work.changed("SSESpecification"):
        sse = sse_of(new) or {"Enabled": False}
        await settings.update(SSESpecification=sse)
    if work.changed("TableClass"):
        await settings.update(TableClass=new.get("TableClass", "STANDARD"))
    await settings.apply(new, old)


async def _update_stream(
    settings: TableSettings, table: Mapping[str, Any], new: Mapping[str, Any]
) -> None:
    wanted = stream_of(new)
    has = (table.get("StreamSpecification") or {}).get("StreamViewType")
    if has == (wanted or {}).get("StreamViewType"):
        return
    if has is not None:
        await settings.update(StreamSpecification={"StreamEnabled": False})
    if wanted is not None:
        await settings.update(StreamSpecification=wanted)


async def _delete(work: ResourceWork) -> None:
    await work.call("dynamodb", "DeleteTable", TableName=work.physical)
    await TableSettings(work, work.physical, work.region).gone()


async def _read(work: ResourceWork) -> dict[str, Any] | None:
    table = await TableSettings(work, work.physical, work.region).describe()
    if table is None:
        return None
    return {"Arn": table["TableArn"], "StreamArn": table.get("LatestStreamArn")}


async def _current(work: ResourceWork) -> dict[str, Any] | None:
    settings = TableSettings(work, work.physical, work.region)
    table = await settings.describe()
    if table is None:
        return None
    recovery = await settings.call("DescribeContinuousBackups")
    recovery = recovery["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    expiry = (await settings.call("DescribeTimeToLive"))["TimeToLiveDescription"]
    found = described(table)
    found["PointInTimeRecoverySpecification"] = {
        "PointInTimeRecoveryEnabled": recovery["PointInTimeRecoveryStatus"] == "ENABLED",
        "RecoveryPeriodInDays": recovery.get("RecoveryPeriodInDays"),
    }
    found["TimeToLiveSpecification"] = {
        "Enabled": expiry["TimeToLiveStatus"] == "ENABLED",
        "AttributeName": expiry.get("AttributeName"),
    }
    tags = await work.call("dynamodb", "ListTagsOfResource", ResourceArn=table["TableArn"])
    return {**found, "Tags": tags["Tags"]}


def creation(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the request of CreateTable for the properties of a table."""
    request = request_of("dynamodb", "CreateTable", {**properties, "TableName": name})
    request.pop("StreamSpecification", None)
    request.pop("SSESpecification", None)
    stream, sse = stream_of(properties), sse_of(properties)
    if stream is not None:
        request["StreamSpecification"] = stream
    if sse is not None:
        request["SSESpecification"] = sse
    policy = properties.get("ResourcePolicy")
    if policy is not None:
        document = {"ResourcePolicy": policy["PolicyDocument"]}
        request.update(request_of("dynamodb", "CreateTable", document))
    return request


def stream_of(properties: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the stream setting in the API's form."""
    given = properties.get("StreamSpecification")
    if given is None:
        return None
    return {"StreamEnabled": True, "StreamViewType": given["StreamViewType"]}


def sse_of(properties: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the encryption setting in the API's form."""
    given = properties.get("SSESpecification")
    if given is None:
        return None
    named = {"SSEType": given.get("SSEType"), "KMSMasterKeyId": given.get("KMSMasterKeyId")}
    return {"Enabled": given["SSEEnabled"]} | {
        name: value for name, value in named.items() if value is not None
    }


async def update_capacity(
    settings: TableSettings, new: Mapping[str, Any], old: Mapping[str, Any]
) -> None:
    """Change the billing mode and the capacity of a table, and of its indexes with it."""
    names = ("BillingMode", "ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
    changed = {name: new[name] for name in names if name in new and new[name] != old.get(name)}
    if "BillingMode" in new and new.get("BillingMode") == "PAY_PER_REQUEST":
        changed.pop("ProvisionedThroughput", None)
    indexes = []
    before = {index["IndexName"]: index for index in old.get("GlobalSecondaryIndexes") or ()}
    for index in new.get("GlobalSecondaryIndexes") or ():
        had = before.get(index["IndexName"])
        if had is None:
            continue
        update = {
            name: index[name]
            for name in _INDEX_SETTINGS
            if name in index and index[name] != had.get(name)
        }
        if update:
            indexes.append({"Update": {"IndexName": index["IndexName"], **update}})
    if new.get("BillingMode", "PROVISIONED") != old.get("BillingMode", "PROVISIONED"):
        changed["BillingMode"] = new.get("BillingMode", "PROVISIONED")
        if changed["BillingMode"] == "PROVISIONED" and "ProvisionedThroughput" in new:
            changed["ProvisionedThroughput"] = new["ProvisionedThroughput"]
    if changed or indexes:
        request = {**changed, **({"GlobalSecondaryIndexUpdates": indexes} if indexes else {})}
        await settings.update(**request_of("dynamodb", "UpdateTable", request))


async def update_indexes(
    settings: TableSettings, new: Mapping[str, Any], old: Mapping[str, Any]
) -> None:
    """Remove and make indexes, one at a time as DynamoDB has it."""
    before = {index["IndexName"]: index for index in old.get("GlobalSecondaryIndexes") or ()}
    after = {index["IndexName"]: index for index in new.get("GlobalSecondaryIndexes") or ()}
    remade = {
        name
        for name in set(before) & set(after)
        if any(
            before[name].get(part) != after[name].get(part) for part in ("KeySchema", "Projection")
        )
    }
    for name in before:
        if name not in after or name in remade:
            await settings.update(GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}])
    for name, index in after.items():
        if name not in before or name in remade:
            request = request_of(
                "dynamodb",
                "UpdateTable",
                {
                    "AttributeDefinitions": new.get("AttributeDefinitions"),
                    "GlobalSecondaryIndexUpdates": [{"Create": index}],
                },
            )
            await settings.update(**request)


def described(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that a table's description tells."""
    found = {
        name: table.get(name)
        for name in (
            *("TableName", "AttributeDefinitions", "KeySchema", "DeletionProtectionEnabled"),
            *("OnDemandThroughput", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"),
        )
    }
    billing = table.get("BillingModeSummary") or {}
    found["BillingMode"] = billing.get("BillingMode", "PROVISIONED")
    throughput = table.get("ProvisionedThroughput") or {}
    found["ProvisionedThroughput"] = {
        name: throughput.get(name) for name in ("ReadCapacityUnits", "WriteCapacityUnits")
    }
    found["TableClass"] = (table.get("TableClassSummary") or {}).get("TableClass", "STANDARD")
    found["StreamSpecification"] = table.get("StreamSpecification")
    sse = table.get("SSEDescription") or {}
    found["SSESpecification"] = {
        "SSEEnabled": sse.get("Status") == "ENABLED",
        "SSEType": sse.get("SSEType"),
        "KMSMasterKeyId": sse.get("KMSMasterKeyArn"),
    }
    return found


TYPES = (
    ResourceType(
        "AWS::DynamoDB::Table",
        create=_create,
        delete=_delete,
        read=_read,
        update=_update,
        current=_current,
        naming=Naming("TableName", length_max=255),
        replaced_by=("KeySchema", "LocalSecondaryIndexes"),
        named=lambda work: work.name,
    ),
)
