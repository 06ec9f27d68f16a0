"""AWS::KMS: keys, replicas of keys, and aliases."""

from typing import Any

import orjson

from globaltables.companions.cloudformation.engine.resource_type import ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.tagging import tag_changes

_GONE = frozenset({"PendingDeletion", "PendingReplicaDeletion"})


async def _create(work: ResourceWork) -> None:
    properties = work.properties
    if not work.physical:
        policy = properties.get("KeyPolicy")
        answer = await work.send(
            "kms", "CreateKey", Policy=None if policy is None else _text(policy)
        )
        await work.made(answer["KeyMetadata"]["KeyId"])
    await _settings(work)


async def _update(work: ResourceWork) -> None:
    properties = work.properties
    if work.changed("KeyPolicy") and "KeyPolicy" in properties:
        await work.call(
            "kms",
            "PutKeyPolicy",
            KeyId=work.physical,
            PolicyName="default",
            Policy=_text(properties["KeyPolicy"]),
            BypassPolicyLockoutSafetyCheck=properties.get("BypassPolicyLockoutSafetyCheck"),
        )
    if work.changed("Description"):
        text = properties.get("Description", "")
        await work.call("kms", "UpdateKeyDescription", KeyId=work.physical, Description=text)
    added, removed = tag_changes(work.old.get("Tags"), properties.get("Tags"))
    if removed:
        await work.call("kms", "UntagResource", KeyId=work.physical, TagKeys=removed)
    if added:
        tags = [{"TagKey": key, "TagValue": value} for key, value in added.items()]
        await work.call("kms", "TagResource", KeyId=work.physical, Tags=tags)
    await _settings(work)


async def _settings(work: ResourceWork) -> None:
    properties, old = work.properties, work.old
    enabled = properties.get("Enabled", True)
    if enabled != old.get("Enabled", True) and enabled:
        await work.call("kms", "EnableKey", KeyId=work.physical)
    rotates, rotated = (
        properties.get("EnableKeyRotation", False),
        old.get("EnableKeyRotation", False),
    )
    if rotates and (not rotated or work.changed("RotationPeriodInDays")):
        await work.call(
            "kms",
            "EnableKeyRotation",
            KeyId=work.physical,
            RotationPeriodInDays=properties.get("RotationPeriodInDays"),
        )
    elif rotated and not rotates:
        await work.call("kms", "DisableKeyRotation", KeyId=work.physical)
    if enabled != old.get("Enabled", True) and not enabled:
        await work.call("kms", "DisableKey", KeyId=work.physical)


async def _create_replica(work: ResourceWork) -> None:
    properties = work.properties
    if not work.physical:
        primary = properties["PrimaryKeyArn"]
        answer = await work.call(
            "kms",
            "ReplicateKey",
            region=primary.split(":")[3],
            KeyId=primary,
            ReplicaRegion=work.region,
            Policy=_text(properties["KeyPolicy"]),
            Description=properties.get("Description"),
            Tags=[
                {"TagKey": tag["Key"], "TagValue": tag["Value"]}
                for tag in properties.get("Tags") or ()
            ],
        )
        await work.made(answer["ReplicaKeyMetadata"]["KeyId"])
    await _settings(work)


async def _delete(work: ResourceWork) -> None:
    answer = await work.found("kms", "DescribeKey", KeyId=work.physical)
    if answer is None or answer["KeyMetadata"]["KeyState"] in _GONE:
        return
    days = work.properties.get("PendingWindowInDays", 30)
    await work.call("kms", "ScheduleKeyDeletion", KeyId=work.physical, PendingWindowInDays=days)


async def _read(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found("kms", "DescribeKey", KeyId=work.physical)
    if answer is None or answer["KeyMetadata"]["KeyState"] in _GONE:
        return None
    key = answer["KeyMetadata"]
    return {"Arn": key["Arn"], "KeyId": key["KeyId"]}


async def _create_alias(work: ResourceWork) -> None:
    if not work.physical:
        await work.send("kms", "CreateAlias")
        await work.made(work.properties["AliasName"])


async def _update_alias(work: ResourceWork) -> None:
    await work.send("kms", "UpdateAlias")


async def _delete_alias(work: ResourceWork) -> None:
    await work.call("kms", "DeleteAlias", AliasName=work.physical)


async def _read_alias(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.call("kms", "ListAliases", Limit=100)
    while True:
        if any(alias["AliasName"] == work.physical for alias in answer["Aliases"]):
            return {}
        if not answer.get("Truncated"):
            return None
        answer = await work.call("kms", "ListAliases", Limit=100, Marker=answer["NextMarker"])


def _text(document: Any) -> str:
    return document if isinstance(document, str) else orjson.dumps(document).decode()


TYPES = (
    ResourceType(
        "AWS::KMS::Key",
        create=_create,
        delete=_delete,
        read=_read,
        update=_update,
        replaced_by=("KeySpec", "KeyUsage", "MultiRegion", "Origin"),
    ),
    ResourceType(
        "AWS::KMS::ReplicaKey",
        create=_create_replica,
        delete=_delete,
        read=_read,
        update=_update,
    ),
    ResourceType(
        "AWS::KMS::Alias",
        create=_create_alias,
        delete=_delete_alias,
        read=_read_alias,
        update=_update_alias,
        named=lambda work: str(work.properties["AliasName"]),
    ),
)
