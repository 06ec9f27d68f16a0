"""GetMetricStatistics and ListMetrics."""

from typing import Any

from globaltables.companions.cloudwatch.distribution import Distribution
from globaltables.companions.cloudwatch.intake import intake_of
from globaltables.companions.cloudwatch.periods import Window, by_period
from globaltables.companions.cloudwatch.requests import (
    dimensions_of,
    invalid_combination,
    invalid_value,
    metric_of,
    missing,
    place_of,
    token_of,
)
from globaltables.companions.cloudwatch.series import Metric, listed
from globaltables.companions.cloudwatch.statistic import measure_of
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import (
    METRIC_ACTIVE_MS,
    METRIC_LISTED_MS,
    METRIC_STATISTICS_DATAPOINTS_MAX,
    METRICS_LIST_PAGE,
)

_SHORT_PERIODS = (1, 5, 10, 20, 30)


async def get_metric_statistics(call: ServiceCall) -> dict[str, Any]:
    """Answer GetMetricStatistics."""
    request = call.request
    window = _window(call)
    names = [*(request.get("Statistics") or ()), *(request.get("ExtendedStatistics") or ())]
    if not names:
        raise missing("Must specify either Statistics or ExtendedStatistics")
    for name in request.get("ExtendedStatistics") or ():
        if measure_of(name) is None:
            raise invalid_value(f"The value {name} for parameter ExtendedStatistics is invalid.")
    await intake_of(call.region).up_to_date()
    found = by_period(
        call.region.store.reader(),
        call.account,
        metric_of(request),
        window,
        request.get("Unit"),
    )
    points = [
        {"Timestamp": float(time), "Unit": unit, **members}
        for (time, unit), distribution in sorted(found.items())
        if (members := _statistics(request, distribution))
    ]
    return {"Label": request["MetricName"], "Datapoints": points}


async def list_metrics(call: ServiceCall) -> dict[str, Any]:
    """Answer ListMetrics; what was not measured for two weeks is not listed."""
    request = call.request
    await intake_of(call.region).up_to_date()
    now_ms = call.region.clock.now_ms()
    age_ms = METRIC_ACTIVE_MS if request.get("RecentlyActive") else METRIC_LISTED_MS
    after = bytes.fromhex(_hex(place_of(request.get("NextToken"))))
    metrics: list[dict[str, Any]] = []
    answer: dict[str, Any] = {"Metrics": metrics}
    last = b""
    reader = call.region.store.reader()
    for key, metric, series in listed(reader, call.account, request.get("Namespace"), after):
        if series.latest_ms < now_ms - age_ms or not _is_asked_for(request, metric):
            continue
        if len(metrics) == METRICS_LIST_PAGE:
            answer["NextToken"] = token_of(last.hex())
            break
        last = key
        metrics.append(
            {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": dimensions_of(metric),
            }
        )
    if request.get("IncludeLinkedAccounts"):
        answer["OwningAccounts"] = [call.account] * len(metrics)
    return answer


def check_period(period: int) -> None:
    """Refuse a period that is none.

    Raises:
        ApiError: InvalidParameterValue.
    """
    if period not in _SHORT_PERIODS and period % 60:
        raise invalid_value("The parameter Period must be a multiple of 60.")


def _hex(place: str) -> str:
    return place if all(one in "0123456789abcdef" for one in place) and len(place) % 2 == 0 else ""


def _window(call: ServiceCall) -> Window:
    request = call.request
    start_s, end_s = int(request["StartTime"]), int(request["EndTime"])
    period = request["Period"]
    if start_s >= end_s:
        raise invalid_combination(
            "The parameter StartTime must be less than the parameter EndTime."
        )
    check_period(period)
    number = -(-(end_s - start_s) // period)
    if number > METRIC_STATISTICS_DATAPOINTS_MAX:
        raise invalid_combination(
            f"You have requested up to {number:,} datapoints, which exceeds the limit of "
            f"{METRIC_STATISTICS_DATAPOINTS_MAX:,}. You may reduce the datapoints requested by "
            "increasing Period, or decreasing the time range."
        )
    return Window(start_s, end_s, period, call.region.clock.now_ms() // 1000)


def _statistics(request: dict[str, Any], found: Distribution) -> dict[str, Any]:
    """Return the statistics of a period; empty when it has none of those that are asked for."""
    point: dict[str, Any] = {}
    for name in request.get("Statistics") or ():
        measure = measure_of(name)
        assert measure is not None
        point[name] = measure(found)
    extended = {}
    for name in request.get("ExtendedStatistics") or ():
        measure = measure_of(name)
        value = None if measure is None else measure(found)
        if value is not None:
            extended[name] = value
    if extended:
        point["ExtendedStatistics"] = extended
    return point


def _is_asked_for(request: dict[str, Any], metric: Metric) -> bool:
    if request.get("MetricName") not in (None, metric.name):
        return False
    values = dict(metric.dimensions)
    return all(
        one["Name"] in values and one.get("Value") in (None, values[one["Name"]])
        for one in request.get("Dimensions") or ()
    )
