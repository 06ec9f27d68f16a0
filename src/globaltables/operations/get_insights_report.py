"""GetInsightsReport (ours): the keys of a table or a global index that were accessed and throttled most."""

from typing import Any

from globaltables.foundation.limits import INSIGHTS_CONTRIBUTORS, METRIC_MINUTES_KEPT
from globaltables.insights.counting import Counting
from globaltables.insights.report import report
from globaltables.insights.series import MINUTE_MS
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.tables.insights import rules, status, subject_of, summary


def handle(call: Call) -> Answer:
    """Return the report of every rule of a table or index, as CloudWatch's GetInsightRuleReport has it.

    Without StartTime it is of the Minutes before EndTime, without either of the last three hours: all that is kept.
    """
    request, region = call.request, call.region
    table = find_own_table(call, region.catalog)
    subject = subject_of(table, request.get("IndexName"))
    now_ms = region.clock.now_ms()
    end_ms = _milliseconds(request.get("EndTime"), now_ms + 1)
    minutes = request.get("Minutes", METRIC_MINUTES_KEPT)
    start_ms = _milliseconds(request.get("StartTime"), end_ms - minutes * MINUTE_MS)
    shown, setting = status(table, subject, now_ms, realistic=region.settings.realistic)
    counting = region.admission.observer
    assert isinstance(counting, Counting), "a region counts from its opening"
    names = {}
    if setting is not None and shown in ("ENABLING", "ENABLED"):
        names = rules(table, subject, setting)
    answer: dict[str, Any] = summary(table, subject, shown, setting)
    answer["StartTime"], answer["EndTime"] = start_ms / 1000, end_ms / 1000
    answer["Reports"] = [
        {
            "RuleName": name,
            "RuleKind": kind,
            **report(
                counting,
                region.catalog,
                call.account,
                name,
                start_ms,
                end_ms,
                request.get("Period", MINUTE_MS // 1000),
                request.get("MaxContributorCount", INSIGHTS_CONTRIBUTORS),
                request.get("OrderBy", "Sum"),
            ),
        }
        for kind, name in names.items()
    ]
    return answer


def _milliseconds(seconds: float | None, otherwise: int) -> int:
    return otherwise if seconds is None else round(seconds * 1000)
