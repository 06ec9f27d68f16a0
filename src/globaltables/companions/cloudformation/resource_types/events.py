"""AWS::Events and AWS::Scheduler: buses, rules, schedules and their groups."""

from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.companions.cloudformation.engine.resource_type import (
    Naming,
    ResourceType,
    no_attributes,
)
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.calls import Calls, by_calls, tagger
from globaltables.foundation.errors import ApiError

_TAGS = tagger("events", tag="TagResource", untag="UntagResource", member="ResourceARN")
_GROUP_TAGS = tagger("scheduler", tag="TagResource", untag="UntagResource", member="ResourceArn")
_DEFAULT = "default"


async def _put_rule(work: ResourceWork) -> None:
    """Put a rule and its targets; the physical id has the name of a bus that is not the default one."""
    bus = work.properties.get("EventBusName", _DEFAULT)
    name = work.physical.rpartition("|")[2] or work.name
    pattern = work.properties.get("EventPattern")
    tags: dict[str, Any] = {} if not work.old else {"Tags": None}
    await work.send(
        "events",
        "PutRule",
        Name=name,
        EventPattern=None if pattern is None else _text(pattern),
        **tags,
    )
    await work.made(name if bus == _DEFAULT else f"{bus}|{name}")
    targets = {target["Id"]: target for target in work.properties.get("Targets") or ()}
    gone = [one["Id"] for one in work.old.get("Targets") or () if one["Id"] not in targets]
    which = {"Rule": name, "EventBusName": bus}
    if gone:
        await _all_done(await work.call("events", "RemoveTargets", Ids=gone, **which))
    if targets:
        answer = await work.send("events", "PutTargets", Targets=list(targets.values()), **which)
        await _all_done(answer)
    if work.old and work.changed("Tags"):
        await _TAGS(work, work.record["attributes"]["Arn"])


async def _all_done(answer: Mapping[str, Any]) -> None:
    for entry in answer.get("FailedEntries") or ():
        raise ApiError(str(entry.get("ErrorCode")), f"{entry['TargetId']}: {entry['ErrorMessage']}")


async def _delete_rule(work: ResourceWork) -> None:
    which = _rule(work)
    found = await work.call("events", "ListTargetsByRule", **_of_rule(which))
    ids = [target["Id"] for target in found.get("Targets") or ()]
    if ids:
        await work.call("events", "RemoveTargets", Ids=ids, **_of_rule(which))
    await work.call("events", "DeleteRule", **which)


async def _read_rule(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found("events", "DescribeRule", **_rule(work))
    return None if answer is None else {"Arn": answer["Arn"], "RuleName": answer["Name"]}


def _rule(work: ResourceWork) -> dict[str, str]:
    bus, _, name = work.physical.rpartition("|")
    return {"Name": name, "EventBusName": bus or _DEFAULT}


def _of_rule(which: Mapping[str, str]) -> dict[str, str]:
    return {"Rule": which["Name"], "EventBusName": which["EventBusName"]}


async def _settle_bus(work: ResourceWork) -> None:
    if work.changed("Policy"):
        policy = work.properties.get("Policy")
        if policy is not None:
            await work.call(
                "events", "PutPermission", EventBusName=work.physical, Policy=_text(policy)
            )
        else:
            await work.call(
                "events",
                "RemovePermission",
                EventBusName=work.physical,
                RemoveAllPermissions=True,
            )
    if work.old and work.changed("Tags"):
        await _TAGS(work, work.record["attributes"]["Arn"])


def _with_arn(work: ResourceWork, answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"Arn": answer["Arn"], "Name": answer["Name"]}


async def _put_permission(work: ResourceWork) -> None:
    properties = work.properties
    bus = properties.get("EventBusName", _DEFAULT)
    statement = properties.get("Statement")
    await work.made(work.physical or f"{bus}|{properties['StatementId']}")
    if statement is None:
        await work.send("events", "PutPermission", EventBusName=bus)
        return
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": properties["StatementId"], **statement}],
    }
    await work.call("events", "PutPermission", EventBusName=bus, Policy=_text(document))


async def _remove_permission(work: ResourceWork) -> None:
    bus, _, statement = work.physical.partition("|")
    await work.call("events", "RemovePermission", EventBusName=bus, StatementId=statement)


def _schedule_keys(work: ResourceWork) -> dict[str, Any]:
    return {
        "Name": work.physical or work.name,
        "GroupName": work.properties.get("GroupName", _DEFAULT),
    }


async def _tag_group(work: ResourceWork) -> None:
    if work.changed("Tags"):
        await _GROUP_TAGS(work, work.record["attributes"]["Arn"])


async def _create_group(work: ResourceWork) -> None:
    if not work.physical:
        await work.send("scheduler", "CreateScheduleGroup", Name=work.name)
        await work.made(work.name)


async def _delete_group(work: ResourceWork) -> None:
    await work.call("scheduler", "DeleteScheduleGroup", Name=work.physical)
    since_ms = work.now_ms()
    while await work.found("scheduler", "GetScheduleGroup", Name=work.physical) is not None:
        await work.keep_waiting(since_ms)


async def _read_group(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found("scheduler", "GetScheduleGroup", Name=work.physical)
    return None if answer is None else {"Arn": answer["Arn"], "State": answer["State"]}


def _text(document: Any) -> str:
    return document if isinstance(document, str) else orjson.dumps(document).decode()


TYPES = (
    ResourceType(
        "AWS::Events::Rule",
        create=_put_rule,
        delete=_delete_rule,
        read=_read_rule,
        update=_put_rule,
        naming=Naming("Name", length_max=64),
        replaced_by=("EventBusName",),
    ),
    by_calls(
        Calls(
            "AWS::Events::EventBus",
            "events",
            create="CreateEventBus",
            update="UpdateEventBus",
            delete="DeleteEventBus",
            read="DescribeEventBus",
            keys=lambda work: {"Name": work.physical},
            naming=Naming("Name", length_max=256),
            adjust=_settle_bus,
            found=_with_arn,
            named=True,
            unserved=("LogConfig",),
        )
    ),
    ResourceType(
        "AWS::Events::EventBusPolicy",
        create=_put_permission,
        delete=_remove_permission,
        read=no_attributes,
        update=_put_permission,
    ),
    by_calls(
        Calls(
            "AWS::Scheduler::Schedule",
            "scheduler",
            create="CreateSchedule",
            update="UpdateSchedule",
            delete="DeleteSchedule",
            read="GetSchedule",
            keys=_schedule_keys,
            naming=Naming("Name", length_max=64),
            found=_with_arn,
            named=True,
            replaced_by=("GroupName",),
        )
    ),
    ResourceType(
        "AWS::Scheduler::ScheduleGroup",
        create=_create_group,
        delete=_delete_group,
        read=_read_group,
        update=_tag_group,
        naming=Naming("Name", length_max=64),
        named=lambda work: work.name,
    ),
)
