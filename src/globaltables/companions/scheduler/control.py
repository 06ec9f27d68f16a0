"""The operations on schedules."""

from typing import Any

from globaltables.companions.paging import page_of
from globaltables.companions.records import Document
from globaltables.companions.scheduler.destinations import check_schedule_target
from globaltables.companions.scheduler.expressions import expression_of
from globaltables.companions.scheduler.firing import schedules_of
from globaltables.companions.scheduler.refusals import conflict, wrong_token
from globaltables.companions.scheduler.stored import DEFAULT_GROUP
from globaltables.companions.service import ServiceCall
from globaltables.companions.timetable import Key
from globaltables.foundation.errors import validation
from globaltables.foundation.message_limits import SCHEDULER_LIST_MAX
from globaltables.itemstore.stage import Stage


async def create_schedule(call: ServiceCall) -> dict[str, Any]:
    """Make a schedule; with the same token again it is the same one."""
    request = call.request
    schedules = schedules_of(call.region)
    key = _key(call)
    document = _document(call)

    def decide(stage: Stage) -> None:
        schedules.group(call.account, _group(call))
        before = schedules.find(key)
        if before is None:
            schedules.save(stage, key, document)
        elif not request.get("ClientToken") or before.get("token") != request["ClientToken"]:
            raise conflict(f"Schedule {request['Name']} already exists.")

    await call.region.store.submit(decide)
    return {"ScheduleArn": schedules.arn("schedule", *key)}


async def update_schedule(call: ServiceCall) -> dict[str, Any]:
    """Replace a schedule; what is not given has its default again."""
    schedules = schedules_of(call.region)
    key = _key(call)
    document = _document(call)

    def decide(stage: Stage) -> None:
        before = schedules.get(call.account, _group(call), call.request["Name"])
        kept = {"created": before["created"], "token": before.get("token")}
        schedules.save(stage, key, {**document, **kept})

    await call.region.store.submit(decide)
    return {"ScheduleArn": schedules.arn("schedule", *key)}


async def delete_schedule(call: ServiceCall) -> dict[str, Any]:
    """Delete a schedule."""
    schedules = schedules_of(call.region)

    def decide(stage: Stage) -> None:
        schedules.get(call.account, _group(call), call.request["Name"])
        schedules.delete(stage, _key(call))

    await call.region.store.submit(decide)
    return {}


def get_schedule(call: ServiceCall) -> dict[str, Any]:
    """Return what a schedule is."""
    schedules = schedules_of(call.region)
    document = schedules.get(call.account, _group(call), call.request["Name"])
    return {
        **_summary(schedules.arn("schedule", *_key(call)), _key(call), document),
        "ActionAfterCompletion": document["after"],
        "Description": document["description"],
        "EndDate": _seconds(document["end"]),
        "FlexibleTimeWindow": document["window"],
        "ScheduleExpression": document["expression"],
        "ScheduleExpressionTimezone": document["zone"],
        "StartDate": _seconds(document["start"]),
        "Target": _with_defaults(document["target"]),
    }


def list_schedules(call: ServiceCall) -> dict[str, Any]:
    """Return schedules, by group and name."""
    request = call.request
    schedules = schedules_of(call.region)
    group, prefix = request.get("GroupName"), request.get("NamePrefix") or ""
    if group is not None:
        schedules.group(call.account, group)
    found = {
        key[1]: (key, document)
        for key, document in schedules.of_account(call.account)
        if (group is None or key[1].startswith(f"{group}/"))
        and key[1].partition("/")[2].startswith(prefix)
        and request.get("State") in (None, document["state"])
    }
    most: int = request.get("MaxResults") or SCHEDULER_LIST_MAX
    page, token = page_of(list(found), most, request.get("NextToken"), wrong_token)
    summaries = []
    for path in page:
        key, document = found[path]
        summary = _summary(schedules.arn("schedule", *key), key, document)
        summaries.append(summary | {"Target": {"Arn": document["target"]["Arn"]}})
    return {"Schedules": summaries, "NextToken": token}


def _document(call: ServiceCall) -> Document:
    """Return what is kept of the schedule that a request describes.

    Raises:
        ApiError: it is not right.
    """
    request = call.request
    if request.get("KmsKeyArn"):
        raise validation("KmsKeyArn is not supported by globaltables; see docs/compatibility.md")
    window: dict[str, Any] = request["FlexibleTimeWindow"]
    if (window["Mode"] == "FLEXIBLE") != ("MaximumWindowInMinutes" in window):
        raise validation(
            "MaximumWindowInMinutes must be provided when FlexibleTimeWindow is FLEXIBLE, and only then."
        )
    now_ms = call.region.clock.now_ms()
    start_ms, end_ms = (_milliseconds(request.get(name)) for name in ("StartDate", "EndDate"))
    if start_ms is not None and end_ms is not None and end_ms <= start_ms:
        raise validation("The EndDate you specify must come after the StartDate.")
    document: Document = {
        "after": request.get("ActionAfterCompletion") or "NONE",
        "anchor": now_ms,
        "created": now_ms,
        "description": request.get("Description"),
        "end": end_ms,
        "expression": request["ScheduleExpression"],
        "modified": now_ms,
        "since": now_ms,
        "start": start_ms,
        "state": request.get("State") or "ENABLED",
        "target": request["Target"],
        "token": request.get("ClientToken"),
        "window": window,
        "zone": request.get("ScheduleExpressionTimezone") or "UTC",
    }
    expression_of(document)
    check_schedule_target(request["Target"], call.region.name)
    return document


def _summary(arn: str, key: Key, document: Document) -> dict[str, Any]:
    group, _, name = key[1].partition("/")
    return {
        "Arn": arn,
        "CreationDate": _seconds(document["created"]),
        "GroupName": group,
        "LastModificationDate": _seconds(document["modified"]),
        "Name": name,
        "State": document["state"],
    }


def _with_defaults(target: dict[str, Any]) -> dict[str, Any]:
    policy = {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
    return {**target, "RetryPolicy": {**policy, **(target.get("RetryPolicy") or {})}}


def _group(call: ServiceCall) -> str:
    return call.request.get("GroupName") or DEFAULT_GROUP


def _key(call: ServiceCall) -> Key:
    return call.account, f"{_group(call)}/{call.request['Name']}"


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
