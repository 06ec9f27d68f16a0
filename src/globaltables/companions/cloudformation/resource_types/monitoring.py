"""AWS::CloudWatch: alarms and dashboards."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.cloudformation.engine.resource_type import Naming
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.calls import Calls, by_calls, tagger

_SERVICE = "monitoring"
_TAGS = tagger(_SERVICE, tag="TagResource", untag="UntagResource", member="ResourceARN")
_UNSERVED = (
    *("EvaluationCriteria", "EvaluationInterval", "EvaluationWindow", "WarmUpConfiguration"),
    "ActionConfiguration",
)


def _alarm(work: ResourceWork, answer: Mapping[str, Any]) -> dict[str, Any] | None:
    for kind in ("MetricAlarms", "CompositeAlarms"):
        for alarm in answer.get(kind) or ():
            return {"Arn": alarm["AlarmArn"]}
    return None


async def _tag_alarm(work: ResourceWork) -> None:
    # Putting an alarm that is there leaves its tags as they are.
    if work.old and work.changed("Tags"):
        await _TAGS(work, work.record["attributes"]["Arn"])


def _alarm_type(name: str, create: str) -> Calls:
    return Calls(
        name,
        _SERVICE,
        create=create,
        update=create,
        delete="DeleteAlarms",
        read="DescribeAlarms",
        keys=lambda work: {"AlarmName": work.physical, "AlarmNames": [work.physical]},
        members=lambda work: {"AlarmName": work.name},
        naming=Naming("AlarmName", length_max=255),
        found=_alarm,
        adjust=_tag_alarm,
        named=True,
        unserved=_UNSERVED,
    )


TYPES = (
    by_calls(_alarm_type("AWS::CloudWatch::Alarm", "PutMetricAlarm")),
    by_calls(_alarm_type("AWS::CloudWatch::CompositeAlarm", "PutCompositeAlarm")),
    by_calls(
        Calls(
            "AWS::CloudWatch::Dashboard",
            _SERVICE,
            create="PutDashboard",
            update="PutDashboard",
            delete="DeleteDashboards",
            read="GetDashboard",
            keys=lambda work: {"DashboardName": work.physical, "DashboardNames": [work.physical]},
            naming=Naming("DashboardName", length_max=255),
            named=True,
        )
    ),
)
