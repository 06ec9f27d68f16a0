"""What alarms tell: AWS's notification by SNS, and its event for functions."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from globaltables.companions.cloudwatch.requests import iso, metric_of

_CONTINENT: Mapping[str, str] = {"Europe": "EU"}


def subject_of(region: str, alarm: Mapping[str, Any]) -> str:
    """Return the subject of the notification."""
    return f'{alarm["StateValue"]}: "{alarm["AlarmName"]}" in {_title(region)}'[:100]


def message_of(
    region: str, account: str, before: Mapping[str, Any], alarm: Mapping[str, Any]
) -> str:
    """Return the notification of a change of state."""
    message = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": _time(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": _time(alarm["StateUpdatedTimestamp"]),
        "Region": _title(region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": before["StateValue"],
        "OKActions": alarm.get("OKActions") or [],
        "AlarmActions": alarm.get("AlarmActions") or [],
        "InsufficientDataActions": alarm.get("InsufficientDataActions") or [],
    }
    if alarm["Type"] == "CompositeAlarm":
        message["AlarmRule"] = alarm["AlarmRule"]
        if alarm.get("StateReasonData"):
            data = orjson.loads(alarm["StateReasonData"])
            message["TriggeringChildren"] = [
                {
                    "Arn": one["arn"],
                    "State": {
                        "Value": one["state"]["value"],
                        "Timestamp": one["state"]["timestamp"],
                    },
                }
                for one in data.get("triggeringAlarms", ())
            ]
    else:
        message["Trigger"] = _trigger(alarm)
    return orjson.dumps(message).decode()


def event_of(region: str, account: str, before: Mapping[str, Any], alarm: Mapping[str, Any]) -> str:
    """Return the event with which a function is called."""
    event = {
        "source": "aws.cloudwatch",
        "alarmArn": alarm["AlarmArn"],
        "accountId": account,
        "time": _time(alarm["StateUpdatedTimestamp"]),
        "region": region,
        "alarmData": _change(before, alarm),
    }
    return orjson.dumps(event).decode()


def entry_of(before: Mapping[str, Any], alarm: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of PutEvents with which an account's event bus learns of a change of state."""
    return {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Resources": [alarm["AlarmArn"]],
        "Detail": orjson.dumps(_change(before, alarm)).decode(),
    }


def _change(before: Mapping[str, Any], alarm: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "alarmName": alarm["AlarmName"],
        "state": _state(alarm),
        "previousState": _state(before),
        "configuration": _configuration(alarm),
    }


def _state(alarm: Mapping[str, Any]) -> dict[str, Any]:
    state = {
        "value": alarm["StateValue"],
        "reason": alarm["StateReason"],
        "timestamp": _time(alarm["StateUpdatedTimestamp"]),
    }
    if alarm.get("StateReasonData"):
        state["reasonData"] = alarm["StateReasonData"]
    return state


def _configuration(alarm: Mapping[str, Any]) -> dict[str, Any]:
    configuration: dict[str, Any] = {}
    if alarm.get("AlarmDescription"):
        configuration["description"] = alarm["AlarmDescription"]
    if alarm["Type"] == "CompositeAlarm":
        configuration["alarmRule"] = alarm["AlarmRule"]
        return configuration
    if "Metrics" in alarm:
        configuration["metrics"] = [_query(one) for one in alarm["Metrics"]]
        return configuration
    metric = metric_of(alarm)
    stat = {
        "metric": {
            "namespace": metric.namespace,
            "name": metric.name,
            "dimensions": dict(metric.dimensions),
        },
        "period": alarm["Period"],
        "stat": alarm.get("Statistic") or alarm.get("ExtendedStatistic"),
    }
    configuration["metrics"] = [{"id": "m1", "metricStat": stat, "returnData": True}]
    return configuration


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if "Expression" in query:
        found["expression"] = query["Expression"]
        return found
    metric = metric_of(query["MetricStat"]["Metric"])
    found["metricStat"] = {
        "metric": {
            "namespace": metric.namespace,
            "name": metric.name,
            "dimensions": dict(metric.dimensions),
        },
        "period": query["MetricStat"]["Period"],
        "stat": query["MetricStat"]["Stat"],
    }
    return found


def _trigger(alarm: Mapping[str, Any]) -> dict[str, Any]:
    trigger: dict[str, Any] = {
        "Period": alarm.get("Period"),
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile", ""),
    }
    if "Metrics" in alarm:
        trigger["Metrics"] = alarm["Metrics"]
        return trigger
    percentile = alarm.get("ExtendedStatistic")
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": "Statistic" if percentile is None else "ExtendedStatistic",
        "Statistic": _upper(alarm["Statistic"]) if percentile is None else percentile,
        "Unit": alarm.get("Unit"),
        "Dimensions": [
            {"value": one["Value"], "name": one["Name"]} for one in alarm.get("Dimensions") or ()
        ],
        **trigger,
    }


def _upper(statistic: str) -> str:
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()


def _time(seconds: float) -> str:
    return iso(round(seconds * 1000))


def _title(region: str) -> str:
    """Return a region's name as AWS's notifications have it, such as EU (Ireland)."""
    title = _titles().get(region, region)
    first, _, rest = title.partition(" ")
    return f"{_CONTINENT.get(first, first)} {rest}" if rest else title


@lru_cache(1)
def _titles() -> Mapping[str, str]:
    """Return the titles of AWS's regions, from botocore's data; without importing it, see api/model.py."""
    spec = find_spec("botocore")
    assert spec is not None, "botocore is a dependency"
    assert spec.submodule_search_locations, "botocore is a package"
    file = Path(spec.submodule_search_locations[0]) / "data" / "partitions.json"
    return {
        name: region.get("description", name)
        for partition in orjson.loads(file.read_bytes())["partitions"]
        for name, region in partition["regions"].items()
    }
