"""DescribeScalingActivities (Application Auto Scaling): what was scaled in the last six weeks, and why."""

from typing import Any

from globaltables.autoscaling.stored_targets import all_activities
from globaltables.autoscaling.targets import Activity, ScaledResource
from globaltables.foundation.limits import SCALING_PAGE_MAX
from globaltables.operations.context import Answer, Call
from globaltables.operations.scaling_service import is_asked_for, named, page
from globaltables.tables.description import seconds


def handle(call: Call) -> Answer:
    """List a page of activities, the newest first; there are none that were not carried out.

    Source: API_DescribeScalingActivities; the words are those of AWS (DDB-TABLE-314).
    """
    request = call.request
    found = [
        (resource, activity)
        for resource, activities in all_activities(call.region.store.reader(), call.account)
        if is_asked_for(request, resource)
        for activity in activities
    ]
    found.sort(key=lambda pair: pair[1].started_ms, reverse=True)
    shown, further = page(request, found, "ScalingActivities", SCALING_PAGE_MAX)
    listed = [_activity(resource, activity) for resource, activity in shown]
    return {"ScalingActivities": listed, **further}


def _activity(resource: ScaledResource, activity: Activity) -> dict[str, Any]:
    change = f"{resource.kind} capacity units to {activity.units}"
    message = f"Successfully set {change}. Change successfully fulfilled by dynamodb."
    if activity.failure is not None:
        message = f"Failed to set {change}. Reason: {activity.failure}"
    return {
        "ActivityId": activity.id,
        **named(resource),
        "Description": f"Setting {change}.",
        "Cause": activity.cause,
        "StartTime": seconds(activity.started_ms),
        "EndTime": seconds(activity.ended_ms),
        "StatusCode": activity.status,
        "StatusMessage": message,
    }
