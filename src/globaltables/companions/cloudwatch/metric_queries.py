"""GetMetricData: queries, expressions and pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from globaltables.companions.cloudwatch.intake import intake_of
from globaltables.companions.cloudwatch.math.grammar import MathError
from globaltables.companions.cloudwatch.queries import Queries, ordered
from globaltables.companions.cloudwatch.query_checks import check_queries
from globaltables.companions.cloudwatch.requests import invalid, place_of, token_of
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import METRIC_DATAPOINTS_MAX


async def get_metric_data(call: ServiceCall) -> dict[str, Any]:
    """Answer GetMetricData.

    Datapoints are counted over all queries in their order; a page ends where they reach MaxDatapoints.
    """
    request = call.request
    queries: Sequence[Mapping[str, Any]] = request["MetricDataQueries"]
    check_queries(queries, call.account)
    start_s, end_s = int(request["StartTime"]), int(request["EndTime"])
    if start_s >= end_s:
        raise invalid("The parameter StartTime must be less than the parameter EndTime.")
    _check_size(queries, end_s - start_s)
    await intake_of(call.region).up_to_date()
    now_s = call.region.clock.now_ms() // 1000
    evaluated = Queries(call.region.store.reader(), call.account, queries, start_s, end_s, now_s)
    descending = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = [
        {"Id": query["Id"], "Label": label, "points": points}
        for query in queries
        if query.get("ReturnData", True)
        for label, points in _of_query(evaluated, query["Id"], descending=descending)
    ]
    return _page(results, _offset(request), _size(request))


def _check_size(queries: Sequence[Mapping[str, Any]], span_s: int) -> None:
    for query in queries:
        period = query.get("MetricStat", query).get("Period", 60)
        number = -(-span_s // period)
        if number > METRIC_DATAPOINTS_MAX:
            raise invalid(
                f"You have requested up to {number:,} datapoints, which exceeds the limit of "
                f"{METRIC_DATAPOINTS_MAX:,}. You may reduce the datapoints requested by increasing "
                "Period, or decreasing the time range."
            )


def _of_query(
    evaluated: Queries, query_id: str, *, descending: bool
) -> list[tuple[str, list[tuple[int, float]]]]:
    try:
        lines = evaluated.lines(query_id)
    except MathError as error:
        raise invalid(f"Error in expression '{query_id}': {error.text}") from None
    return [(line.label, ordered(line, descending=descending)) for line in lines]


def _page(results: list[dict[str, Any]], offset: int, size: int) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    passed, left = 0, size
    for result in results:
        points = result["points"]
        begin = min(max(offset - passed, 0), len(points))
        passed += len(points)
        shown = points[begin : begin + left]
        whole = begin + len(shown) == len(points)
        left -= len(shown)
        if begin and not shown:
            continue  # it was on an earlier page
        found.append(
            {
                "Id": result["Id"],
                "Label": result["Label"],
                "Timestamps": [float(time) for time, _ in shown],
                "Values": [value for _, value in shown],
                "StatusCode": "Complete" if whole else "PartialData",
            }
        )
    answer: dict[str, Any] = {"MetricDataResults": found, "Messages": []}
    if passed > offset + size:
        answer["NextToken"] = token_of(str(offset + size))
    return answer


def _offset(request: Mapping[str, Any]) -> int:
    place = place_of(request.get("NextToken"))
    return int(place) if place.isdecimal() else 0


def _size(request: Mapping[str, Any]) -> int:
    size = int(request.get("MaxDatapoints", METRIC_DATAPOINTS_MAX))
    if not 1 <= size <= METRIC_DATAPOINTS_MAX:
        raise invalid(
            f"The value {size} for parameter MaxDatapoints must be between 1 and "
            f"{METRIC_DATAPOINTS_MAX}."
        )
    return size
