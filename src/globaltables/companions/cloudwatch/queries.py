"""Several metrics and expressions over one stretch of time: the queries of GetMetricData and of alarms."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from globaltables.companions.cloudwatch.distribution import Distribution
from globaltables.companions.cloudwatch.math.evaluation import Scope, evaluate
from globaltables.companions.cloudwatch.math.functions import Setting
from globaltables.companions.cloudwatch.math.grammar import MathError, Node, names_in, parse
from globaltables.companions.cloudwatch.math.lines import Line, Value
from globaltables.companions.cloudwatch.math.searching import filter_of
from globaltables.companions.cloudwatch.periods import Window, by_period
from globaltables.companions.cloudwatch.requests import metric_of
from globaltables.companions.cloudwatch.series import Metric, listed
from globaltables.companions.cloudwatch.statistic import measure_of
from globaltables.engine.interface import Reader
from globaltables.foundation.limits import METRIC_QUERIES_MAX

_PERIOD_DEFAULT = 300
_DYNAMIC = re.compile(r"\$\{(\w+)(?:\('([^']*)'\))?\}")
#: What a label may tell of its line.
_TOLD: Mapping[str, Callable[[list[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values),
    "DATAPOINT_COUNT": lambda values: float(len(values)),
    "FIRST": lambda values: values[0],
    "LAST": lambda values: values[-1],
    "MAX": max,
    "MIN": min,
    "SUM": sum,
}


class Queries:
    """The queries of one request, evaluated when they are asked for.

    Args:
        reader: of the region.
        account: whose metrics.
        queries: members MetricDataQuery, checked.
        start_s: of the time, in seconds.
        end_s: of the time; not in it.
        now_s: the time of asking.
    """

    def __init__(
        self,
        reader: Reader,
        account: str,
        queries: Sequence[Mapping[str, Any]],
        start_s: int,
        end_s: int,
        now_s: int,
    ) -> None:
        self._reader = reader
        self._account = account
        self._queries = {query["Id"]: query for query in queries}
        self._span = start_s, end_s, now_s
        self._trees: dict[str, Node] = {}
        self._values: dict[str, Value] = {}
        self._evaluating: set[str] = set()

    def lines(self, query_id: str) -> list[Line]:
        """Return the lines of a query, labelled.

        Raises:
            MathError: its expression has no value.
        """
        query = self._queries[query_id]
        value = self._value(query_id)
        assert value is not None
        if isinstance(value, str):
            raise MathError("The expression is a text, not a time series.")
        members = value if isinstance(value, list) else [value]
        lines = [self._as_line(member, query) for member in members]
        return [self._labelled(line, query, several=len(lines) > 1) for line in lines]

    def distributions(self, query_id: str) -> dict[int, Distribution]:
        """Return what was measured in each period of a metric's query."""
        stat = self._queries[query_id]["MetricStat"]
        return self._merged(metric_of(stat["Metric"]), stat["Period"], stat.get("Unit"))

    def period(self, query_id: str) -> int:
        """Return the period of a query in seconds: an expression has the longest of its metrics."""
        query = self._queries[query_id]
        if "MetricStat" in query:
            period: int = query["MetricStat"]["Period"]
            return period
        if "Period" in query:
            return int(query["Period"])
        names = names_in(self._tree(query_id)) & self._queries.keys() - {query_id}
        stats = [one for one in self._queries.values() if "MetricStat" in one]
        periods = [
            self._queries[name]["MetricStat"]["Period"]
            for name in names
            if "MetricStat" in self._queries[name]
        ] or [one["MetricStat"]["Period"] for one in stats]
        return max(periods, default=_PERIOD_DEFAULT)

    def _tree(self, query_id: str) -> Node:
        if query_id not in self._trees:
            self._trees[query_id] = parse(self._queries[query_id]["Expression"])
        return self._trees[query_id]

    def _value(self, query_id: str) -> Value | None:
        if query_id not in self._queries:
            return None
        if query_id not in self._values:
            if query_id in self._evaluating:
                raise MathError(f"The expression '{query_id}' refers to itself.")
            self._evaluating.add(query_id)
            self._values[query_id] = self._evaluated(query_id)
        return self._values[query_id]

    def _evaluated(self, query_id: str) -> Value:
        query = self._queries[query_id]
        if "MetricStat" in query:
            stat = query["MetricStat"]
            metric = metric_of(stat["Metric"])
            return self._line(metric, stat["Stat"], stat["Period"], stat.get("Unit"))
        period = self.period(query_id)
        setting = Setting(self._times(period), period, self._span[2])
        return evaluate(
            self._tree(query_id), Scope(self._value, self._metrics, self._searched, setting)
        )

    def _metrics(self) -> Mapping[str, Line]:
        found: dict[str, Line] = {}
        for query_id, query in self._queries.items():
            if "MetricStat" in query:
                value = self._value(query_id)
                assert isinstance(value, Line)
                found[query_id] = value
        return found

    def _searched(self, text: str, statistic: str, period: int) -> list[Line]:
        matches = filter_of(text)
        found = [
            metric for _, metric, _ in listed(self._reader, self._account, None) if matches(metric)
        ][:METRIC_QUERIES_MAX]
        lines = [self._line(metric, statistic, period, None) for metric in found]
        return [
            replace(line, label=_search_label(metric))
            for metric, line in zip(found, lines, strict=True)
        ]

    def _line(self, metric: Metric, statistic: str, period: int, unit: str | None) -> Line:
        measure = measure_of(statistic)
        if measure is None:
            raise MathError(f"The statistic {statistic} is not known.")
        values = {
            time: measure(found) for time, found in self._merged(metric, period, unit).items()
        }
        points = {time: value for time, value in values.items() if value is not None}
        return Line(metric.name, points, period)

    def _merged(self, metric: Metric, period: int, unit: str | None) -> dict[int, Distribution]:
        merged: dict[int, Distribution] = {}
        found = by_period(self._reader, self._account, metric, self._window(period), unit)
        for (time, _), distribution in found.items():
            if time in merged:
                merged[time].merge(distribution)
            else:
                merged[time] = distribution
        return merged

    def _window(self, period: int) -> Window:
        start_s, end_s, now_s = self._span
        return Window(start_s, end_s, period, now_s)

    def _times(self, period: int) -> range:
        window = self._window(period)
        return range(window.first_s, window.end_s, period)

    def _as_line(self, member: Line | float, query: Mapping[str, Any]) -> Line:
        if isinstance(member, Line):
            return member
        period = self.period(query["Id"])
        return Line("", dict.fromkeys(self._times(period), member), period)

    def _labelled(self, line: Line, query: Mapping[str, Any], *, several: bool) -> Line:
        own = line.label or query["Id"]
        text = query.get("Label")
        if text is None:
            computed = "Expression" in query and "SEARCH" not in query["Expression"]
            return replace(line, label=query["Id"] if computed and not several else own)
        if "${" in text:
            return replace(line, label=_told(text, line, own, query))
        return replace(line, label=f"{text} {own}" if several else text)


def ordered(line: Line, *, descending: bool) -> list[tuple[int, float]]:
    """Return the points of a line by time."""
    return sorted(line.points.items(), reverse=descending)


def _search_label(metric: Metric) -> str:
    return " ".join([*(value for _, value in metric.dimensions), metric.name])


def _told(text: str, line: Line, own: str, query: Mapping[str, Any]) -> str:
    """Return a dynamic label, such as "Reads, at most ${MAX}"."""
    values = [value for _, value in ordered(line, descending=False)]

    def filled(found: re.Match[str]) -> str:
        if found[1] == "LABEL":
            return own
        if found[1] == "PROP" and found[2]:
            return _property(found[2], query)
        tell = _TOLD.get(found[1])
        if tell is None:
            return found[0]
        return f"{tell(values):g}" if values else "--"

    return _DYNAMIC.sub(filled, text)


def _property(name: str, query: Mapping[str, Any]) -> str:
    stat = query.get("MetricStat")
    if stat is None:
        return ""
    metric = metric_of(stat["Metric"])
    own = {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Stat": stat["Stat"],
        "Period": str(stat["Period"]),
    }
    return own.get(name) or dict(metric.dimensions).get(name.removeprefix("Dim."), "")


def first_error(queries: Queries, ids: Iterable[str]) -> tuple[str, str] | None:
    """Return the first of some queries that has no value, with the reason."""
    for query_id in ids:
        try:
            queries.lines(query_id)
        except MathError as error:
            return query_id, error.text
    return None
