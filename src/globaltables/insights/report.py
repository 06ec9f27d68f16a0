"""What a rule of Contributor Insights counted, as CloudWatch's GetInsightRuleReport answers it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import INSIGHTS_CONTRIBUTORS, INSIGHTS_CONTRIBUTORS_MAX
from globaltables.insights.counting import WEIGHT_PER_UNIT, Counting
from globaltables.insights.distinct import distinct_keys
from globaltables.insights.series import MINUTE_MS
from globaltables.insights.sketch import Key, Minute
from globaltables.tables.catalog import Catalog
from globaltables.tables.insights import RuleKind, enabled_in, rules

OrderBy = Literal["Sum", "Maximum"]
Minutes = Iterable[tuple[int, Minute]]


def report(  # noqa: PLR0913 - CloudWatch's parameters
    counting: Counting,
    catalog: Catalog,
    account: str,
    rule_name: str,
    start_ms: int,
    end_ms: int,
    period_s: int,
    max_contributors: int = INSIGHTS_CONTRIBUTORS,
    order_by: OrderBy = "Sum",
) -> dict[str, Any]:
    """Return the report of one rule.

    Args:
        counting: what counts in the region.
        catalog: the region's tables.
        account: whose rule it is.
        rule_name: as DescribeContributorInsights lists it.
        start_ms: where the report begins; the minute of it is included.
        end_ms: where it ends.
        period_s: what one data point covers; whole minutes are counted, so less is a minute.
        max_contributors: how many keys are named.
        order_by: Sum ranks keys by the whole time, Maximum by their highest data point.

    Raises:
        ApiError: there is no such rule, or a number is out of bounds.

    Source: API_GetInsightRuleReport.
    """
    if not 1 <= max_contributors <= INSIGHTS_CONTRIBUTORS_MAX:
        msg = f"MaxContributorCount must be between 1 and {INSIGHTS_CONTRIBUTORS_MAX}."
        raise ApiError("InvalidParameterValueException", msg)
    if period_s < 1:
        raise ApiError("InvalidParameterValueException", "Period must be at least 1.")
    for table in catalog.list(account):
        for subject, setting in enabled_in(table):
            for kind, name in rules(table, subject, setting).items():
                if name == rule_name:
                    series = counting.series(table, subject.name)[kind]
                    minutes = series.between(start_ms // MINUTE_MS * MINUTE_MS, end_ms)
                    return render(kind, minutes, period_s, max_contributors, order_by)
    raise ApiError(
        "ResourceNotFoundException", f"Insight rule {rule_name} does not exist.", status=404
    )


def render(
    kind: RuleKind,
    minutes: Minutes,
    period_s: int,
    max_contributors: int,
    order_by: OrderBy,
) -> dict[str, Any]:
    """Return the report of a rule's minutes."""
    period_ms = max(-(-period_s * 1000 // MINUTE_MS), 1) * MINUTE_MS
    scale = WEIGHT_PER_UNIT if kind[2] == "C" else 1
    points: defaultdict[int, list[Minute]] = defaultdict(list)
    keys: defaultdict[Key, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for start_ms, minute in minutes:
        point = start_ms // period_ms * period_ms
        points[point].append(minute)
        for key, weight in minute.heaviest:
            keys[key][point] += weight
    combine = sum if order_by == "Sum" else max
    ranked = sorted(keys.items(), key=lambda entry: (-combine(entry[1].values()), entry[0]))
    every = [minute for some in points.values() for minute in some]
    return {
        "KeyLabels": ["PartitionKey"] if kind[0] == "P" else ["PartitionKey", "SortKey"],
        "AggregationStatistic": "Sum",
        "AggregateValue": sum(minute.total for minute in every) / scale,
        "ApproximateUniqueCount": distinct_keys(minute.hashes for minute in every),
        "Contributors": [
            {
                "Keys": list(key),
                "ApproximateAggregateValue": sum(values.values()) / scale,
                "Datapoints": [
                    {"Timestamp": point / 1000, "ApproximateValue": value / scale}
                    for point, value in sorted(values.items())
                ],
            }
            for key, values in ranked[:max_contributors]
        ],
        "MetricDatapoints": [
            _datapoint(point, some, max(values.get(point, 0) for values in keys.values()), scale)
            for point, some in sorted(points.items())
        ],
    }


def _datapoint(
    point_ms: int, minutes: Sequence[Minute], highest: int, scale: int
) -> dict[str, float]:
    """Return one data point of all keys.

    Source: API_InsightRuleMetricDatapoint.
    """
    total = sum(minute.total for minute in minutes)
    unique = distinct_keys(minute.hashes for minute in minutes)
    return {
        "Timestamp": point_ms / 1000,
        "UniqueContributors": float(unique),
        "MaxContributorValue": highest / scale,
        "SampleCount": float(sum(minute.accesses for minute in minutes)),
        "Average": total / scale / unique,
        "Sum": total / scale,
        "Minimum": min(minute.least for minute in minutes) / scale,
        "Maximum": max(minute.greatest for minute in minutes) / scale,
    }
