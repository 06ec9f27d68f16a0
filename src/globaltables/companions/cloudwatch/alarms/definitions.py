"""PutMetricAlarm and PutCompositeAlarm."""

from collections.abc import Mapping, Sequence
from typing import Any

from globaltables.companions.cloudwatch.alarms.composite import initial_state, states_of
from globaltables.companions.cloudwatch.alarms.evaluation import INITIAL_REASON
from globaltables.companions.cloudwatch.alarms.rules import (
    CompositeRule,
    RuleError,
    name_of,
    parse_rule,
)
from globaltables.companions.cloudwatch.alarms.stored import (
    alarm_named,
    configuration_of,
    note,
    put_alarm,
)
from globaltables.companions.cloudwatch.alarms.watching import watch
from globaltables.companions.cloudwatch.queries import Queries
from globaltables.companions.cloudwatch.query_checks import check_queries
from globaltables.companions.cloudwatch.requests import arn_of, invalid, unsupported
from globaltables.companions.cloudwatch.statistic import is_percentile, measure_of
from globaltables.companions.cloudwatch.tags import checked_tags
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import COMPOSITE_CHILDREN_MAX
from globaltables.itemstore.stage import Stage

_ACTIONS = ("OKActions", "AlarmActions", "InsufficientDataActions")
_PERIODS = (10, 20, 30)
_DAY_S = 86_400
_TREATMENTS = ("breaching", "notBreaching", "ignore", "missing")
_REFUSED = (
    "ActionConfiguration",
    "EvaluationCriteria",
    "EvaluationInterval",
    "EvaluationWindow",
    "WarmUpConfiguration",
)
_OF_METRIC = (
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Period",
    "Unit",
)
_KEPT = (
    "AlarmName",
    "AlarmDescription",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "Metrics",
)
_KEPT_COMPOSITE = (
    "AlarmName",
    "AlarmDescription",
    "AlarmRule",
    "ActionsSuppressor",
    "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
)


async def put_metric_alarm(call: ServiceCall) -> dict[str, Any]:
    """Answer PutMetricAlarm; a new alarm has insufficient data until it is evaluated."""
    request = call.request
    _refuse_unsupported(request)
    _check_actions(request)
    span = _checked_span(call)
    alarm = {name: request[name] for name in (*_KEPT, *_OF_METRIC) if name in request}
    alarm |= {"Type": "MetricAlarm", "Span": span, "Threshold": float(request["Threshold"])}
    if "Metrics" not in request:
        alarm.setdefault("Dimensions", [])
    await _put(call, alarm, ("INSUFFICIENT_DATA", INITIAL_REASON))
    return {}


async def put_composite_alarm(call: ServiceCall) -> dict[str, Any]:
    """Answer PutCompositeAlarm."""
    request = call.request
    if "ActionConfiguration" in request:
        raise unsupported("ActionConfiguration")
    _check_actions(request)
    rule = _checked_rule(call)
    suppressor = request.get("ActionsSuppressor")
    if suppressor is not None:
        if states_of(call.region, call.account)(suppressor) is None:
            raise invalid(f"Actions suppressor alarm {name_of(suppressor)} does not exist.")
        for name in ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"):
            if name not in request:
                raise invalid(f"{name} is required when ActionsSuppressor is specified.")
    alarm = {name: request[name] for name in _KEPT_COMPOSITE if name in request}
    alarm |= {"Type": "CompositeAlarm", "AlarmArn": arn_of(call, "alarm", request["AlarmName"])}
    _refuse_circle(call, request["AlarmName"], rule)
    await _put(call, alarm, initial_state(alarm, states_of(call.region, call.account)))
    return {}


async def _put(call: ServiceCall, alarm: Document, first: tuple[str, str]) -> None:
    """Store an alarm; one that is there keeps its state and its tags."""
    request, name = call.request, call.request["AlarmName"]
    tags = checked_tags(request.get("Tags") or ())
    now_ms = call.region.clock.now_ms()
    now = now_ms / 1000
    alarm |= {
        "AlarmArn": arn_of(call, "alarm", name),
        "ActionsEnabled": request.get("ActionsEnabled", True),
        "AlarmConfigurationUpdatedTimestamp": now,
        **{kind: request.get(kind) or [] for kind in _ACTIONS},
    }

    def decide(stage: Stage) -> None:
        known = alarm_named(stage, call.account, name)
        if known is not None and known["Type"] != alarm["Type"]:
            raise invalid(f"An alarm of another type has the name {name}.")
        state = {
            "StateValue": first[0],
            "StateReason": first[1],
            "StateUpdatedTimestamp": now,
            "StateTransitionedTimestamp": now,
        }
        if known is not None:
            state = {key: known[key] for key in (*state, "StateReasonData") if key in known}
        alarm["Tags"] = tags if known is None else known["Tags"]
        stored = {**alarm, **state}
        put_alarm(stage, call.account, name, stored)
        data: dict[str, Any] = {"version": "1.0", "type": "Create" if known is None else "Update"}
        if known is None:
            data["createdAlarm"] = configuration_of(stored)
        else:
            data["updatedAlarm"] = configuration_of(stored)
        summary = f'Alarm "{name}" {"created" if known is None else "updated"}'
        note(stage, call.account, stored, "ConfigurationUpdate", summary[:255], data, now_ms)

    await call.region.store.submit(decide)
    watch(call.region)


def _refuse_unsupported(request: Mapping[str, Any]) -> None:
    for name in _REFUSED:
        if request.get(name):
            raise unsupported(name)
    if "ThresholdMetricId" in request:
        raise unsupported("An alarm on an anomaly detection band")


def _check_actions(request: Mapping[str, Any]) -> None:
    for kind in _ACTIONS:
        for arn in request.get(kind) or ():
            parts = arn.split(":")
            if len(parts) < 6 or parts[0] != "arn":
                raise invalid(f"Invalid arn syntax: {arn}")
            if parts[2] not in ("sns", "lambda"):
                raise unsupported(f"The action {arn}")


def _checked_span(call: ServiceCall) -> int:
    """Return the period of an alarm in seconds.

    Raises:
        ApiError: the members do not make an alarm.
    """
    request = call.request
    if "ComparisonOperator" not in request or "EvaluationPeriods" not in request:
        raise invalid("ComparisonOperator and EvaluationPeriods are required.")
    if "Threshold" not in request:
        raise invalid("Threshold must be specified for an alarm on a static threshold.")
    if request.get("TreatMissingData", "missing") not in _TREATMENTS:
        raise invalid(
            f"The value {request['TreatMissingData']} is unsupported for parameter "
            f"TreatMissingData, supported values are: [{', '.join(_TREATMENTS)}]."
        )
    if request.get("EvaluateLowSampleCountPercentile", "evaluate") not in ("evaluate", "ignore"):
        raise invalid(
            f"Option {request['EvaluateLowSampleCountPercentile']} is not supported. "
            "Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and "
            "ignore."
        )
    periods = request["EvaluationPeriods"]
    if request.get("DatapointsToAlarm", periods) > periods:
        raise invalid("DatapointsToAlarm value must be less than or equal to EvaluationPeriods.")
    span = _span_of_queries(call) if "Metrics" in request else _span_of_metric(request)
    limit = 7 * _DAY_S if span >= 3600 else _DAY_S
    if periods * span > limit:
        days = "seven days" if limit > _DAY_S else "a day"
        raise invalid(
            f"Metrics cannot be checked across more than {days} (EvaluationPeriods * Period must be "
            f"<= {limit})."
        )
    return span


def _span_of_metric(request: Mapping[str, Any]) -> int:
    for name in ("MetricName", "Namespace", "Period"):
        if name not in request:
            raise invalid(f"The parameter {name} is required for an alarm on one metric.")
    statistic, extended = request.get("Statistic"), request.get("ExtendedStatistic")
    if (statistic is None) == (extended is None):
        raise invalid("Exactly one of Statistic and ExtendedStatistic must be specified.")
    if extended is not None and measure_of(extended) is None:
        raise invalid(f"The value {extended} for parameter ExtendedStatistic is invalid.")
    if "EvaluateLowSampleCountPercentile" in request and not is_percentile(extended or ""):
        raise invalid("EvaluateLowSampleCountPercentile is for alarms on percentiles.")
    period: int = request["Period"]
    if period not in _PERIODS and period % 60:
        raise invalid(
            "The parameter Period must be 10, 20, 30, or a multiple of 60: "
            f"{period} is none of these."
        )
    return period


def _span_of_queries(call: ServiceCall) -> int:
    request = call.request
    if any(name in request for name in _OF_METRIC):
        raise invalid(
            "Metrics list cannot be specified with MetricName, Dimensions, Period, Namespace, "
            "Statistic, ExtendedStatistic or Unit."
        )
    queries: Sequence[Mapping[str, Any]] = request["Metrics"]
    check_queries(queries, call.account)
    returned = [one["Id"] for one in queries if one.get("ReturnData", True)]
    if len(returned) != 1:
        raise invalid("Exactly one element of the metrics list should return data.")
    return Queries(call.region.store.reader(), call.account, queries, 0, 0, 0).period(returned[0])


def _checked_rule(call: ServiceCall) -> CompositeRule:
    """Return the rule of a request whose alarms are all there.

    Raises:
        ApiError: ValidationError.
    """
    try:
        rule = parse_rule(call.request["AlarmRule"])
    except RuleError as error:
        raise invalid(f"Error parsing AlarmRule: {error.text}") from None
    if len(rule.alarms) > COMPOSITE_CHILDREN_MAX:
        raise invalid(f"AlarmRule cannot contain more than {COMPOSITE_CHILDREN_MAX} elements.")
    states = states_of(call.region, call.account)
    lacking = [name_of(one) for one in rule.alarms if states(one) is None]
    if lacking:
        raise invalid(
            f"Could not save the composite alarm as alarms [{', '.join(lacking)}] in the alarm rule "
            "do not exist"
        )
    return rule


def _refuse_circle(call: ServiceCall, name: str, rule: CompositeRule) -> None:
    """Refuse a composite alarm that would depend on itself.

    Raises:
        ApiError: ValidationError.
    """
    reader = call.region.store.reader()
    seen: set[str] = set()
    pending = [name_of(one) for one in rule.alarms]
    while pending:
        one = pending.pop()
        if one == name:
            raise invalid(f"The alarm rule of {name} depends on {name} itself.")
        found = None if one in seen else alarm_named(reader, call.account, one)
        seen.add(one)
        if found is not None and found["Type"] == "CompositeAlarm":
            pending += [name_of(child) for child in parse_rule(found["AlarmRule"]).alarms]
