"""Groups: made, listed, deleted, and what is set of them."""

from typing import Any

from globaltables.companions.logs.requests import (
    exists_already,
    group_arn,
    invalid,
    name_of_arn,
    not_found,
    page,
    unsupported,
)
from globaltables.companions.logs.retention import keep_time
from globaltables.companions.logs.stored import (
    drop_group,
    group_named,
    groups_of,
    next_number,
    put_group,
    streams_of,
)
from globaltables.companions.logs.tags import checked_tags
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.stage import Stage

_RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
_CLASSES = ("STANDARD", "INFREQUENT_ACCESS")


async def create_log_group(call: ServiceCall) -> dict[str, Any]:
    """Answer CreateLogGroup."""
    request = call.request
    name, kind = request["logGroupName"], request.get("logGroupClass", "STANDARD")
    if kind not in _CLASSES:
        raise unsupported(f"The log group class {kind}")
    tags = checked_tags(request.get("tags") or {})
    _check_key(request.get("kmsKeyId"))
    now_ms = call.region.clock.now_ms()

    def decide(stage: Stage) -> None:
        if group_named(stage, call.account, name) is not None:
            raise exists_already("log group")
        group: Document = {"number": next_number(stage), "created": now_ms, "class": kind}
        group |= {"tags": tags, "metric_filters": {}, "subscription_filters": {}}
        if "kmsKeyId" in request:
            group["key"] = request["kmsKeyId"]
        if request.get("deletionProtectionEnabled"):
            group["protected"] = True
        put_group(stage, call.account, name, group)

    await call.region.store.submit(decide)
    return {}


async def delete_log_group(call: ServiceCall) -> dict[str, Any]:
    """Answer DeleteLogGroup: streams, events and filters go with it."""
    name = call.request["logGroupName"]

    def decide(stage: Stage) -> None:
        group = existing(stage, call.account, name)
        if group.get("protected"):
            raise ApiError(
                "ValidationException",
                "The log group cannot be deleted because deletion protection is enabled.",
            )
        drop_group(stage, call.region.store.reader(), call.account, name)

    await call.region.store.submit(decide)
    return {}


def describe_log_groups(call: ServiceCall) -> dict[str, Any]:
    """Answer DescribeLogGroups."""
    request = call.request
    prefix, part = request.get("logGroupNamePrefix"), request.get("logGroupNamePattern")
    if prefix is not None and part is not None:
        raise invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    names = {name_of_arn(one) for one in request.get("logGroupIdentifiers") or ()}
    found = [
        (name, group)
        for name, group in groups_of(call.region.store.reader(), call.account)
        if name.startswith(prefix or "")
        and (part or "").lower() in name.lower()
        and (not names or name in names)
        and request.get("logGroupClass") in (None, group["class"])
    ]
    shown, token = page(request, found)
    answer: dict[str, Any] = {"logGroups": [_described(call, *one) for one in shown]}
    return answer if token is None else {**answer, "nextToken": token}


def list_log_groups(call: ServiceCall) -> dict[str, Any]:
    """Answer ListLogGroups."""
    request = call.request
    for name in ("dataSources", "fieldIndexNames", "logGroupTags"):
        if request.get(name):
            raise unsupported(name)
    patterns = (request.get("logGroupNamePattern") or "").split("|")
    found = [
        (name, group)
        for name, group in groups_of(call.region.store.reader(), call.account)
        if any(_fits(name, one) for one in patterns)
        and request.get("logGroupClass") in (None, group["class"])
    ]
    shown, token = page(request, found)
    answer: dict[str, Any] = {
        "logGroups": [
            {
                "logGroupName": name,
                "logGroupArn": group_arn(call, name),
                "logGroupClass": group["class"],
            }
            for name, group in shown
        ]
    }
    return answer if token is None else {**answer, "nextToken": token}


async def put_retention_policy(call: ServiceCall) -> dict[str, Any]:
    """Answer PutRetentionPolicy; what is too old then is gone at once."""
    days = call.request["retentionInDays"]
    if days not in _RETENTIONS:
        raise invalid(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy "
            f"constraint: Member must satisfy enum value set: {list(_RETENTIONS)}"
        )
    await _change(call, retention=days)
    keep_time(call.region)
    return {}


async def delete_retention_policy(call: ServiceCall) -> dict[str, Any]:
    """Answer DeleteRetentionPolicy."""
    return await _change(call, retention=None)


async def associate_kms_key(call: ServiceCall) -> dict[str, Any]:
    """Answer AssociateKmsKey."""
    _check_key(call.request["kmsKeyId"])
    return await _change(call, key=call.request["kmsKeyId"])


async def disassociate_kms_key(call: ServiceCall) -> dict[str, Any]:
    """Answer DisassociateKmsKey."""
    return await _change(call, key=None)


async def put_deletion_protection(call: ServiceCall) -> dict[str, Any]:
    """Answer PutLogGroupDeletionProtection."""
    return await _change(call, protected=call.request["deletionProtectionEnabled"] or None)


def existing(reader: Any, account: str, name: str) -> Document:
    """Return a group.

    Raises:
        ApiError: ResourceNotFoundException.
    """
    group = group_named(reader, account, name)
    if group is None:
        raise not_found("log group")
    return group


async def _change(call: ServiceCall, **members: Any) -> dict[str, Any]:
    request = call.request
    name = request.get("logGroupName") or name_of_arn(
        request.get("logGroupIdentifier") or request.get("resourceIdentifier") or ""
    )

    def decide(stage: Stage) -> None:
        group = existing(stage, call.account, name)
        changed = {**group, **members}
        kept = {member: value for member, value in changed.items() if value is not None}
        put_group(stage, call.account, name, kept)

    await call.region.store.submit(decide)
    return {}


def _described(call: ServiceCall, name: str, group: Document) -> dict[str, Any]:
    arn = group_arn(call, name)
    reader = call.region.store.reader()
    streams = streams_of(reader, call.account, name)
    found = {
        "logGroupName": name,
        "creationTime": group["created"],
        "metricFilterCount": len(group["metric_filters"]),
        "arn": f"{arn}:*",
        "storedBytes": sum(stream.get("bytes", 0) for _, stream in streams),
        "logGroupClass": group["class"],
        "logGroupArn": arn,
        "deletionProtectionEnabled": group.get("protected", False),
        "retentionInDays": group.get("retention"),
        "kmsKeyId": group.get("key"),
    }
    return {member: value for member, value in found.items() if value is not None}


def _fits(name: str, pattern: str) -> bool:
    return name.startswith(pattern[1:]) if pattern.startswith("^") else pattern in name


def _check_key(key: str | None) -> None:
    if key is not None and not (key.startswith("arn:") and ":kms:" in key and ":key/" in key):
        raise invalid(f"The specified KMS Key Id could not be found: {key}")
