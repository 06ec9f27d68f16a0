"""Metric filters: events that fit a pattern are measured."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from globaltables.companions.logs.groups import existing
from globaltables.companions.logs.patterns.conditions import number_of
from globaltables.companions.logs.patterns.json_fields import first_selected
from globaltables.companions.logs.patterns.pattern import parse_pattern
from globaltables.companions.logs.requests import (
    invalid,
    matcher_of,
    not_found,
    page,
    too_many,
    unsupported,
)
from globaltables.companions.logs.stored import Event, groups_of, put_group
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import LOG_METRIC_FILTERS_MAX
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

_DIMENSIONS_MAX = 3


async def put_metric_filter(call: ServiceCall) -> dict[str, Any]:
    """Answer PutMetricFilter; it is about the events that come from then on."""
    request = call.request
    for name in ("applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFieldDimensions"):
        if request.get(name):
            raise unsupported(name)
    matcher_of(request["filterPattern"])
    for transformation in request["metricTransformations"]:
        _check(transformation)
    name = request["filterName"]
    stored = {
        "filterName": name,
        "filterPattern": request["filterPattern"],
        "metricTransformations": request["metricTransformations"],
        "creationTime": call.region.clock.now_ms(),
        "logGroupName": request["logGroupName"],
    }

    def decide(stage: Stage) -> None:
        group = existing(stage, call.account, request["logGroupName"])
        if group["class"] != "STANDARD":
            raise invalid("Metric filters are supported in log groups of the Standard class only.")
        group["metric_filters"][name] = stored
        if len(group["metric_filters"]) > LOG_METRIC_FILTERS_MAX:
            raise too_many()
        put_group(stage, call.account, request["logGroupName"], group)

    await call.region.store.submit(decide)
    return {}


async def delete_metric_filter(call: ServiceCall) -> dict[str, Any]:
    """Answer DeleteMetricFilter."""
    request = call.request

    def decide(stage: Stage) -> None:
        group = existing(stage, call.account, request["logGroupName"])
        if group["metric_filters"].pop(request["filterName"], None) is None:
            raise not_found("metric filter")
        put_group(stage, call.account, request["logGroupName"], group)

    await call.region.store.submit(decide)
    return {}


def describe_metric_filters(call: ServiceCall) -> dict[str, Any]:
    """Answer DescribeMetricFilters."""
    request, reader = call.request, call.region.store.reader()
    group_of = request.get("logGroupName")
    if ("metricName" in request) != ("metricNamespace" in request):
        raise invalid("metricName and metricNamespace must be specified together.")
    groups = groups_of(reader, call.account)
    if group_of is not None:
        groups = [(group_of, existing(reader, call.account, group_of))]
    found = [
        one
        for _, group in groups
        for _, one in sorted(group["metric_filters"].items())
        if one["filterName"].startswith(request.get("filterNamePrefix", ""))
        and _is_of(request, one)
    ]
    shown, token = page(request, found)
    answer: dict[str, Any] = {"metricFilters": shown}
    return answer if token is None else {**answer, "nextToken": token}


def test_metric_filter(call: ServiceCall) -> dict[str, Any]:
    """Answer TestMetricFilter."""
    match = matcher_of(call.request["filterPattern"])
    matches = [
        {"eventNumber": number, "eventMessage": message, "extractedValues": dict(values)}
        for number, message in enumerate(call.request["logEventMessages"], 1)
        if (values := match(message)) is not None
    ]
    return {"matches": matches}


def count_events(region: Region, account: str, group: Document, events: Sequence[Event]) -> None:
    """Measure what the metric filters of a group find in events."""
    for one in group["metric_filters"].values():
        match = parse_pattern(one["filterPattern"])
        for transformation in one["metricTransformations"]:
            _measure(region, account, transformation, [(e, match(e.message)) for e in events])


def _measure(
    region: Region,
    account: str,
    transformation: Mapping[str, Any],
    found: Iterable[tuple[Event, Mapping[str, str] | None]],
) -> None:
    default = transformation.get("defaultValue")
    selectors = transformation.get("dimensions") or {}
    for event, values in found:
        number = default
        dimensions = {}
        if values is not None:
            number = number_of(_value(transformation["metricValue"], event, values))
            dimensions = {
                name: _value(selector, event, values) for name, selector in selectors.items()
            }
        if number is None or region.metrics is None or None in dimensions.values():
            continue
        region.metrics.record(
            account,
            transformation["metricNamespace"],
            transformation["metricName"],
            dimensions,
            number,
            unit=transformation.get("unit", "None"),
            time_ms=event.time_ms,
        )


def _value(text: str, event: Event, values: Mapping[str, str]) -> str | None:
    """Return what a selector names in an event, whether the pattern names it or not; else the text itself."""
    if text in values or not text.startswith("$"):
        return values.get(text, text)
    return first_selected(event.message, text)


def _check(transformation: Mapping[str, Any]) -> None:
    """Refuse a transformation that measures nothing.

    Raises:
        ApiError: InvalidParameterException.
    """
    value = transformation["metricValue"]
    if not value.startswith("$") and number_of(value) is None:
        raise invalid(
            f"Invalid metric transformation: metricValue '{value}' is neither a number nor a selector."
        )
    dimensions = transformation.get("dimensions") or {}
    if dimensions and "defaultValue" in transformation:
        raise invalid(
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
        )
    if len(dimensions) > _DIMENSIONS_MAX:
        raise invalid(
            f"Invalid metric transformation: at most {_DIMENSIONS_MAX} dimensions are allowed."
        )


def _is_of(request: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
    if "metricName" not in request:
        return True
    wanted = (request["metricNamespace"], request["metricName"])
    return any(
        (one["metricNamespace"], one["metricName"]) == wanted
        for one in one["metricTransformations"]
    )
