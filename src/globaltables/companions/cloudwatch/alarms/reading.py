"""DescribeAlarms, DescribeAlarmsForMetric and DescribeAlarmHistory."""

from collections.abc import Sequence
from typing import Any

from globaltables.companions.cloudwatch.alarms.composite import children_of, parents_of
from globaltables.companions.cloudwatch.alarms.stored import (
    alarm_named,
    alarms_of,
    history_of,
    shown,
)
from globaltables.companions.cloudwatch.requests import invalid, metric_of, place_of, token_of
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import ALARMS_LIST_DEFAULT, ALARMS_LIST_MAX

_ACTIONS = ("OKActions", "AlarmActions", "InsufficientDataActions")
_BRIEF = ("AlarmName", "AlarmArn", "StateValue", "ActionsEnabled")


def describe_alarms(call: ServiceCall) -> dict[str, Any]:
    """Answer DescribeAlarms; without AlarmTypes it is about metric alarms, as on AWS."""
    request = call.request
    if "AlarmNames" in request and "AlarmNamePrefix" in request:
        raise invalid("AlarmNamePrefix and AlarmNames cannot be specified together.")
    found = _chosen(call)
    types = request.get("AlarmTypes") or ["MetricAlarm"]
    if "ChildrenOfAlarmName" in request or "ParentsOfAlarmName" in request:
        types = ["MetricAlarm", "CompositeAlarm"]
    found = [alarm for alarm in found if alarm["Type"] in types and _passes(request, alarm)]
    page, token = _page(request, found, ALARMS_LIST_DEFAULT)
    brief = "ParentsOfAlarmName" in request
    members = [_members(alarm, brief=brief) for alarm in page]
    pairs = list(zip(page, members, strict=True))
    answer: dict[str, Any] = {
        "MetricAlarms": [one for alarm, one in pairs if alarm["Type"] == "MetricAlarm"],
        "CompositeAlarms": [one for alarm, one in pairs if alarm["Type"] == "CompositeAlarm"],
    }
    return answer if token is None else {**answer, "NextToken": token}


def describe_alarms_for_metric(call: ServiceCall) -> dict[str, Any]:
    """Answer DescribeAlarmsForMetric."""
    request = call.request
    wanted = metric_of(request)
    found = [
        shown(alarm)
        for alarm in alarms_of(call.region.store.reader(), call.account)
        if alarm["Type"] == "MetricAlarm"
        and "MetricName" in alarm
        and metric_of(alarm) == wanted
        and all(
            request.get(name) in (None, alarm.get(name))
            for name in ("Statistic", "ExtendedStatistic", "Period", "Unit")
        )
    ]
    return {"MetricAlarms": found}


def describe_alarm_history(call: ServiceCall) -> dict[str, Any]:
    """Answer DescribeAlarmHistory."""
    request = call.request
    types = request.get("AlarmTypes") or ["MetricAlarm"]
    start, end = request.get("StartDate", 0.0), request.get("EndDate", float("inf"))
    found = [
        item
        for item in history_of(call.region.store.reader(), call.account, call.region.clock.now_ms())
        if request.get("AlarmName") in (None, item["AlarmName"])
        and ("AlarmName" in request or item["AlarmType"] in types)
        and request.get("HistoryItemType") in (None, item["HistoryItemType"])
        and start <= item["Timestamp"] <= end
    ]
    if request.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        found.reverse()
    page, token = _page(request, found, ALARMS_LIST_MAX)
    answer: dict[str, Any] = {"AlarmHistoryItems": page}
    return answer if token is None else {**answer, "NextToken": token}


def _chosen(call: ServiceCall) -> list[Document]:
    request, reader = call.request, call.region.store.reader()
    if "ChildrenOfAlarmName" in request:
        parent = _required(call, request["ChildrenOfAlarmName"])
        names = children_of(parent) if parent["Type"] == "CompositeAlarm" else []
        return [
            found
            for name in sorted(names)
            if (found := alarm_named(reader, call.account, name)) is not None
        ]
    if "ParentsOfAlarmName" in request:
        _required(call, request["ParentsOfAlarmName"])
        return parents_of(call.region, call.account, request["ParentsOfAlarmName"])
    return alarms_of(reader, call.account)


def _required(call: ServiceCall, name: str) -> Document:
    found = alarm_named(call.region.store.reader(), call.account, name)
    if found is None:
        raise ApiError("ResourceNotFound", f"The alarm {name} does not exist.", status=404)
    return found


def _passes(request: dict[str, Any], alarm: Document) -> bool:
    names = request.get("AlarmNames")
    if names is not None and alarm["AlarmName"] not in names:
        return False
    if not alarm["AlarmName"].startswith(request.get("AlarmNamePrefix", "")):
        return False
    if request.get("StateValue") not in (None, alarm["StateValue"]):
        return False
    prefix = request.get("ActionPrefix")
    return prefix is None or any(
        action.startswith(prefix) for kind in _ACTIONS for action in alarm.get(kind) or ()
    )


def _members(alarm: Document, *, brief: bool) -> dict[str, Any]:
    return {name: alarm[name] for name in _BRIEF} if brief else shown(alarm)


def _page(
    request: dict[str, Any], found: Sequence[Document], default: int
) -> tuple[list[Document], str | None]:
    place = place_of(request.get("NextToken"))
    begin = int(place) if place.isdecimal() else 0
    end = begin + request.get("MaxRecords", default)
    return list(found[begin:end]), token_of(str(end)) if end < len(found) else None
