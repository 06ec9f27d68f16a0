"""PutMetricData: measurements of clients."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from globaltables.companions.cloudwatch.distribution import Distribution
from globaltables.companions.cloudwatch.intake import intake_of
from globaltables.companions.cloudwatch.requests import (
    invalid_combination,
    invalid_value,
    metric_of,
    missing,
)
from globaltables.companions.cloudwatch.series import Measured
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import (
    METRIC_DATA_MAX,
    METRIC_DIMENSIONS_MAX,
    METRIC_FUTURE_MS_MAX,
    METRIC_PAST_MS_MAX,
    METRIC_VALUE_MAX,
    METRIC_VALUES_MAX,
)

_MEMBER = "MetricData.member"


async def put_metric_data(call: ServiceCall) -> dict[str, Any]:
    """Answer PutMetricData when everything is durable."""
    request = call.request
    namespace: str = request["Namespace"]
    if namespace.startswith("AWS/"):
        raise invalid_value("The value AWS/ for parameter Namespace is invalid.")
    data = [(f"{_MEMBER}.{n}", one) for n, one in enumerate(request.get("MetricData") or (), 1)]
    for n, entity in enumerate(request.get("EntityMetricData") or (), 1):
        found = enumerate(entity.get("MetricData") or (), 1)
        data += [(f"EntityMetricData.member.{n}.{_MEMBER}.{place}", one) for place, one in found]
    if not data:
        raise missing("The parameter MetricData is required.")
    if len(data) > METRIC_DATA_MAX:
        raise invalid_value(
            f"The collection MetricData must not have a size greater than {METRIC_DATA_MAX}."
        )
    now_ms = call.region.clock.now_ms()
    measured = [_measured(namespace, one, place, now_ms) for place, one in data]
    intake = intake_of(call.region)
    for one in measured:
        intake.add(call.account, one)
    await intake.flush()
    return {}


def _measured(namespace: str, datum: Mapping[str, Any], place: str, now_ms: int) -> Measured:
    """Return the measurements of one member.

    Raises:
        ApiError: the member cannot be what it says.
    """
    metric = metric_of({**datum, "Namespace": namespace})
    _check_dimensions(datum.get("Dimensions") or (), place)
    resolution = datum.get("StorageResolution", 60)
    if resolution not in (1, 60):
        raise invalid_value(
            f"The parameter {place}.StorageResolution must be equal to one of the following: 1, 60."
        )
    time_ms = now_ms if datum.get("Timestamp") is None else round(datum["Timestamp"] * 1000)
    if time_ms < now_ms - METRIC_PAST_MS_MAX:
        raise invalid_value(
            f"The parameter {place}.Timestamp must specify a time within the past two weeks."
        )
    if time_ms > now_ms + METRIC_FUTURE_MS_MAX:
        raise invalid_value(
            f"The parameter {place}.Timestamp must specify a time no more than two hours in the "
            "future."
        )
    distribution = _distribution(datum, place)
    return Measured(metric, datum.get("Unit", "None"), time_ms, distribution, resolution == 1)


def _check_dimensions(dimensions: Any, place: str) -> None:
    if len(dimensions) > METRIC_DIMENSIONS_MAX:
        raise invalid_value(
            f"The collection {place}.Dimensions must not have a size greater than "
            f"{METRIC_DIMENSIONS_MAX}."
        )
    names = [one["Name"] for one in dimensions]
    for n, name in enumerate(names, 1):
        if name.startswith(":"):
            raise invalid_value(
                f"The value {name} for parameter {place}.Dimensions.member.{n}.Name is invalid."
            )
    if len(set(names)) < len(names):
        raise invalid_value(f"The parameter {place}.Dimensions has a dimension more than once.")


def _distribution(datum: Mapping[str, Any], place: str) -> Distribution:
    given = [name for name in ("Value", "StatisticValues", "Values") if datum.get(name) is not None]
    if not given:
        raise missing(
            f"At least one of the parameters {place}.Value, {place}.StatisticValues, "
            f"{place}.Values must be specified."
        )
    if len(given) > 1:
        raise invalid_combination(
            f"The parameters {place}.{given[0]} and {place}.{given[1]} are mutually exclusive and "
            "you have specified both."
        )
    if given == ["StatisticValues"]:
        return _of_statistics(datum["StatisticValues"], f"{place}.StatisticValues")
    if given == ["Value"]:
        return Distribution.of([(_number(datum["Value"], f"{place}.Value"), 1.0)])
    values = datum["Values"]
    counts = datum.get("Counts") or [1.0] * len(values)
    if not values or len(values) > METRIC_VALUES_MAX:
        raise invalid_value(
            f"The collection {place}.Values must have a size between 1 and {METRIC_VALUES_MAX}."
        )
    if len(counts) != len(values):
        raise invalid_combination(
            f"The parameters {place}.Values and {place}.Counts must be of the same size."
        )
    pairs = []
    for n, (value, count) in enumerate(zip(values, counts, strict=True), 1):
        number = _number(count, f"{place}.Counts.member.{n}")
        if number <= 0:
            raise invalid_value(
                f"The value {number} for parameter {place}.Counts.member.{n} is invalid."
            )
        pairs.append((_number(value, f"{place}.Values.member.{n}"), number))
    return Distribution.of(pairs)


def _of_statistics(given: Mapping[str, float], place: str) -> Distribution:
    count, total, least, greatest = (
        _number(given[name], f"{place}.{name}")
        for name in ("SampleCount", "Sum", "Minimum", "Maximum")
    )
    if count <= 0:
        raise invalid_value(f"The parameter {place}.SampleCount must be greater than 0.")
    if least > greatest:
        raise invalid_value(f"The parameter {place}.Maximum must be greater than {place}.Minimum.")
    return Distribution.of_statistics(count, total, least, greatest)


def _number(value: float, place: str) -> float:
    if not isfinite(value) or abs(value) > METRIC_VALUE_MAX:
        raise invalid_value(f"The value {value} for parameter {place} is invalid.")
    return float(value)
