"""The operations of CloudWatch that are answered, and what IAM is asked about them."""

from collections.abc import Sequence

from globaltables.companions.cloudwatch.alarms.changes import (
    delete_alarms,
    disable_alarm_actions,
    enable_alarm_actions,
    set_alarm_state,
)
from globaltables.companions.cloudwatch.alarms.definitions import (
    put_composite_alarm,
    put_metric_alarm,
)
from globaltables.companions.cloudwatch.alarms.reading import (
    describe_alarm_history,
    describe_alarms,
    describe_alarms_for_metric,
)
from globaltables.companions.cloudwatch.alarms.watching import watch
from globaltables.companions.cloudwatch.dashboards import (
    delete_dashboards,
    get_dashboard,
    list_dashboards,
    put_dashboard_request,
)
from globaltables.companions.cloudwatch.metric_data import put_metric_data
from globaltables.companions.cloudwatch.metric_queries import get_metric_data
from globaltables.companions.cloudwatch.requests import arn_of
from globaltables.companions.cloudwatch.statistics_request import (
    get_metric_statistics,
    list_metrics,
)
from globaltables.companions.cloudwatch.tagging import (
    list_tags_for_resource,
    tag_resource,
    untag_resource,
)
from globaltables.companions.service import Implementation, ServiceCall


def resources(call: ServiceCall) -> Sequence[str]:
    """Return the ARNs that a call is about."""
    request = call.request
    if "ResourceARN" in request:
        return (request["ResourceARN"],)
    dashboards = request.get("DashboardNames") or [request.get("DashboardName")]
    if dashboards != [None]:
        return [arn_of(call, "dashboard", name) for name in dashboards]
    alarms = request.get("AlarmNames") or [request.get("AlarmName")]
    if alarms != [None]:
        return [arn_of(call, "alarm", name) for name in alarms]
    return ("*",)


IMPLEMENTATION = Implementation(
    {
        "DeleteAlarms": delete_alarms,
        "DeleteDashboards": delete_dashboards,
        "DescribeAlarmHistory": describe_alarm_history,
        "DescribeAlarms": describe_alarms,
        "DescribeAlarmsForMetric": describe_alarms_for_metric,
        "DisableAlarmActions": disable_alarm_actions,
        "EnableAlarmActions": enable_alarm_actions,
        "GetDashboard": get_dashboard,
        "GetMetricData": get_metric_data,
        "GetMetricStatistics": get_metric_statistics,
        "ListDashboards": list_dashboards,
        "ListMetrics": list_metrics,
        "ListTagsForResource": list_tags_for_resource,
        "PutCompositeAlarm": put_composite_alarm,
        "PutDashboard": put_dashboard_request,
        "PutMetricAlarm": put_metric_alarm,
        "PutMetricData": put_metric_data,
        "SetAlarmState": set_alarm_state,
        "TagResource": tag_resource,
        "UntagResource": untag_resource,
    },
    resume=watch,
    resources=resources,
)
