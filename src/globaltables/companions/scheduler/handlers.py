"""Every operation of the Scheduler that is served."""

from collections.abc import Sequence
from types import MappingProxyType

from globaltables.companions.scheduler import control, groups
from globaltables.companions.scheduler.firing import schedules_of
from globaltables.companions.scheduler.stored import DEFAULT_GROUP
from globaltables.companions.service import Implementation, ServiceCall
from globaltables.itemstore.region import Region


def _resume(region: Region) -> None:
    schedules_of(region)


def _resources(call: ServiceCall) -> Sequence[str]:
    """Return the ARN of the schedule or group that a call is about."""
    request = call.request
    if "ResourceArn" in request:
        return (request["ResourceArn"],)
    if "Name" not in request:
        return ("*",)
    schedules = schedules_of(call.region)
    if call.operation.endswith("Group"):
        return (schedules.arn("schedule-group", call.account, request["Name"]),)
    path = f"{request.get('GroupName') or DEFAULT_GROUP}/{request['Name']}"
    return (schedules.arn("schedule", call.account, path),)


IMPLEMENTATION = Implementation(
    handlers=MappingProxyType(
        {
            "CreateSchedule": control.create_schedule,
            "CreateScheduleGroup": groups.create_schedule_group,
            "DeleteSchedule": control.delete_schedule,
            "DeleteScheduleGroup": groups.delete_schedule_group,
            "GetSchedule": control.get_schedule,
            "GetScheduleGroup": groups.get_schedule_group,
            "ListScheduleGroups": groups.list_schedule_groups,
            "ListSchedules": control.list_schedules,
            "ListTagsForResource": groups.list_tags_for_resource,
            "TagResource": groups.tag_resource,
            "UntagResource": groups.untag_resource,
            "UpdateSchedule": control.update_schedule,
        }
    ),
    resume=_resume,
    resources=_resources,
)
