"""Checks of metric data queries that the model does not make."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from globaltables.companions.cloudwatch.math.functions import FUNCTIONS, REFUSED
from globaltables.companions.cloudwatch.math.grammar import MathError, calls_in, parse
from globaltables.companions.cloudwatch.requests import invalid, unsupported
from globaltables.companions.cloudwatch.statistic import measure_of
from globaltables.companions.cloudwatch.statistics_request import check_period
from globaltables.foundation.limits import METRIC_QUERIES_MAX

_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
_OF_REQUEST = frozenset(("METRICS", "SEARCH"))


def check_queries(queries: Sequence[Mapping[str, Any]], account: str) -> None:
    """Refuse queries that cannot be evaluated.

    Raises:
        ApiError: ValidationError.
    """
    if not queries:
        raise invalid(
            "The collection MetricDataQueries must have a size greater than or equal to 1."
        )
    if len(queries) > METRIC_QUERIES_MAX:
        raise invalid(
            f"The collection MetricDataQueries must not have a size greater than "
            f"{METRIC_QUERIES_MAX}."
        )
    ids = [query["Id"] for query in queries]
    for query in queries:
        if _ID.fullmatch(query["Id"]) is None:
            raise invalid(
                f"The value {query['Id']} for parameter MetricDataQueries.member.Id is not matching "
                "the expected pattern ^[a-z][a-zA-Z0-9_]*$."
            )
        if ids.count(query["Id"]) > 1:
            raise invalid(
                f"The values for parameter id in MetricDataQueries are not unique: {query['Id']}"
            )
        if query.get("AccountId", account) != account:
            raise unsupported("A metric of another account")
        _check_query(query)


def _check_query(query: Mapping[str, Any]) -> None:
    stat, expression = query.get("MetricStat"), query.get("Expression")
    if (stat is None) == (expression is None):
        raise invalid(
            "Exactly one of the parameters MetricStat and Expression must be specified in "
            f"MetricDataQueries: {query['Id']}"
        )
    if stat is not None:
        check_period(stat["Period"])
        if "Namespace" not in stat["Metric"] or "MetricName" not in stat["Metric"]:
            raise invalid("The parameters Namespace and MetricName of Metric are required.")
        if measure_of(stat["Stat"]) is None:
            raise invalid(f"The value {stat['Stat']} for parameter Stat is invalid.")
        return
    assert expression is not None
    if expression.lstrip().upper().startswith("SELECT "):
        raise unsupported("A Metrics Insights query")
    try:
        tree = parse(expression)
    except MathError as error:
        raise invalid(f"Error in expression '{query['Id']}': {error.text}") from None
    for name in sorted(calls_in(tree)):
        if name in REFUSED:
            raise unsupported(f"The function {name} of metric math")
        if name not in FUNCTIONS and name not in _OF_REQUEST:
            raise invalid(f"Error in expression '{query['Id']}': Unsupported function '{name}'.")
