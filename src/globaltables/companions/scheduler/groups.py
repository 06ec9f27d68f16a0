"""The operations on groups of schedules, and their tags."""

from typing import Any

from globaltables.companions.paging import page_of
from globaltables.companions.scheduler.firing import schedules_of
from globaltables.companions.scheduler.refusals import conflict, wrong_token
from globaltables.companions.scheduler.stored import DEFAULT_GROUP, Schedules
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import validation
from globaltables.foundation.message_limits import SCHEDULER_LIST_MAX
from globaltables.itemstore.stage import Stage


async def create_schedule_group(call: ServiceCall) -> dict[str, Any]:
    """Make a group; with the same token again it is the same one."""
    request = call.request
    name: str = request["Name"]
    schedules = schedules_of(call.region)
    now_ms = call.region.clock.now_ms()
    document = {
        "tags": {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()},
        "created": now_ms,
        "modified": now_ms,
        "token": request.get("ClientToken"),
    }

    def decide(stage: Stage) -> None:
        before = schedules.find_group(call.account, name)
        if before is not None and before["token"] == request.get("ClientToken") is not None:
            return
        if before is not None or name == DEFAULT_GROUP:
            raise conflict(f"Schedule group {name} already exists.")
        schedules.save_group(stage, call.account, name, document)

    await call.region.store.submit(decide)
    return {"ScheduleGroupArn": schedules.arn("schedule-group", call.account, name)}


async def delete_schedule_group(call: ServiceCall) -> dict[str, Any]:
    """Delete a group with its schedules."""
    name: str = call.request["Name"]
    if name == DEFAULT_GROUP:
        raise validation("The default schedule group cannot be deleted.")
    schedules = schedules_of(call.region)

    def decide(stage: Stage) -> None:
        schedules.group(call.account, name)
        schedules.save_group(stage, call.account, name, None)

    await call.region.store.submit(decide)
    return {}


def get_schedule_group(call: ServiceCall) -> dict[str, Any]:
    """Return what a group is."""
    return _described(schedules_of(call.region), call.account, call.request["Name"])


def list_schedule_groups(call: ServiceCall) -> dict[str, Any]:
    """Return the groups of the account, by name."""
    schedules = schedules_of(call.region)
    prefix: str = call.request.get("NamePrefix") or ""
    names = [name for name in schedules.group_names(call.account) if name.startswith(prefix)]
    most: int = call.request.get("MaxResults") or SCHEDULER_LIST_MAX
    page, token = page_of(names, most, call.request.get("NextToken"), wrong_token)
    found = [_described(schedules, call.account, name) for name in page]
    return {"ScheduleGroups": found, "NextToken": token}


async def tag_resource(call: ServiceCall) -> dict[str, Any]:
    """Add tags to a group, or replace their values."""
    added = {tag["Key"]: tag["Value"] for tag in call.request["Tags"]}
    await _change_tags(call, added, ())
    return {}


async def untag_resource(call: ServiceCall) -> dict[str, Any]:
    """Take tags off a group."""
    await _change_tags(call, {}, call.request["TagKeys"])
    return {}


def list_tags_for_resource(call: ServiceCall) -> dict[str, Any]:
    """Return the tags of a group."""
    group = schedules_of(call.region).group(call.account, _named(call))
    return {"Tags": [{"Key": key, "Value": one} for key, one in group["tags"].items()]}


async def _change_tags(call: ServiceCall, added: dict[str, str], removed: Any) -> None:
    schedules = schedules_of(call.region)
    name = _named(call)

    def decide(stage: Stage) -> None:
        group = schedules.group(call.account, name)
        tags = {key: one for key, one in group["tags"].items() if key not in removed}
        now_ms = call.region.clock.now_ms()
        document = {"created": now_ms, "token": None, **group, "tags": {**tags, **added}}
        document["modified"] = now_ms
        schedules.save_group(stage, call.account, name, document)

    await call.region.store.submit(decide)


def _named(call: ServiceCall) -> str:
    """Return the name in the ARN of a group.

    Raises:
        ApiError: it is none.
    """
    kind, _, name = call.request["ResourceArn"].rpartition(":")[2].partition("/")
    if kind != "schedule-group" or not name:
        raise validation(f"{call.request['ResourceArn']} is no schedule group.")
    return str(name)


def _described(schedules: Schedules, account: str, name: str) -> dict[str, Any]:
    document = schedules.group(account, name)
    answer = {
        "Arn": schedules.arn("schedule-group", account, name),
        "Name": name,
        "State": "ACTIVE",
    }
    for member, key in (("CreationDate", "created"), ("LastModificationDate", "modified")):
        if key in document:
            answer[member] = document[key] / 1000
    return answer
