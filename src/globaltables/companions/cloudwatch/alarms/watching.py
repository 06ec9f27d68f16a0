"""The background task that evaluates the alarms of a region, at every minute of its clock."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from globaltables.companions.cloudwatch.alarms.composite import evaluate_composites
from globaltables.companions.cloudwatch.alarms.evaluation import (
    Datapoint,
    Finding,
    evaluate,
    rule_of,
)
from globaltables.companions.cloudwatch.alarms.stored import all_alarms, forget_history
from globaltables.companions.cloudwatch.alarms.transitions import Change, act, change_state
from globaltables.companions.cloudwatch.intake import intake_of
from globaltables.companions.cloudwatch.math.grammar import MathError
from globaltables.companions.cloudwatch.queries import Queries
from globaltables.companions.cloudwatch.requests import iso
from globaltables.companions.cloudwatch.statistic import is_percentile, percent_of
from globaltables.companions.records import Document
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import ALARM_EXTRA_DATAPOINTS, ALARM_STEPS_MAX
from globaltables.itemstore.region import Region

_MINUTE_S = 60
_SHORT_S = 10
_DAY_MS = 24 * 3600 * 1000
_log = logging.getLogger(__name__)


def watch(region: Region) -> None:
    """Have the alarms of a region evaluated from now on."""
    name = f"{region.name}/alarms"
    if not region.tasks.running(name):
        region.tasks.spawn(name, _run(region))


async def look(region: Region, time_s: int) -> None:
    """Evaluate every alarm of a region as of a time.

    Raises:
        OperationalError: the region's storage failed.
    """
    for account, alarm in list(all_alarms(region.store.reader())):
        if alarm["Type"] == "CompositeAlarm" or time_s % _step_of(alarm):
            continue
        found = _finding(region, account, alarm, time_s)
        if found is None or found[0].state == alarm["StateValue"]:
            continue
        finding, data = found
        change = Change(finding.state, finding.reason, data, region.clock.now_ms())
        changed = await change_state(region, account, alarm["AlarmName"], change)
        if changed is not None:
            await act(region, account, *changed)
    await evaluate_composites(region)


async def _run(region: Region) -> None:
    """Follow the clock until there are no alarms any more."""
    clock = region.clock
    seen_s = clock.now_ms() // 1000
    day = clock.now_ms() // _DAY_MS
    while True:
        alarms = [alarm for _, alarm in all_alarms(region.store.reader())]
        if not alarms:
            return
        step = min(map(_step_of, alarms))
        await clock.until((seen_s - seen_s % step + step) * 1000)
        now_s = clock.now_ms() // 1000
        try:
            await intake_of(region).up_to_date()
            for time_s in _times(alarms, seen_s, now_s, step):
                await look(region, time_s)
                await asyncio.sleep(0)
            if clock.now_ms() // _DAY_MS != day:
                day = clock.now_ms() // _DAY_MS
                await _forget(region)
        except OperationalError as error:
            # The disk failed or too many writes are waiting: the next minute finds the same again.
            _log.warning("the alarms of %s are evaluated later: %s", region.name, error)
        seen_s = now_s


def _times(alarms: Iterable[Document], seen_s: int, now_s: int, step: int) -> Sequence[int]:
    """Return the times to evaluate since the last one.

    After the clock was moved far, those after which nothing can change are left out, but for the last one.
    """
    times = range(seen_s - seen_s % step + step, now_s + 1, step)
    spans = [
        (alarm["EvaluationPeriods"] + ALARM_EXTRA_DATAPOINTS) * alarm["Span"]
        for alarm in alarms
        if alarm["Type"] == "MetricAlarm"
    ]
    longest = max(spans, default=0)
    most = min(longest // step + 2, ALARM_STEPS_MAX)
    if len(times) <= most + 1:
        return times
    return [*times[:most], times[-1]]


def _step_of(alarm: Mapping[str, Any]) -> int:
    """Return how many seconds pass between two evaluations of an alarm."""
    return _SHORT_S if alarm.get("Span", _MINUTE_S) < _MINUTE_S else _MINUTE_S


def _finding(
    region: Region, account: str, alarm: Document, time_s: int
) -> tuple[Finding, dict[str, Any]] | None:
    """Return an alarm's state as of a time, with AWS's data for it; None when it stays."""
    period: int = alarm["Span"]
    number = alarm["EvaluationPeriods"] + ALARM_EXTRA_DATAPOINTS
    start_s = time_s - number * period
    datapoints = _datapoints(region, account, alarm, start_s, time_s)
    rule = rule_of(alarm)
    known = [one for one in datapoints if one.value is not None][-rule.periods :]
    if _too_few_samples(alarm, known):
        return None
    finding = evaluate(rule, alarm["StateValue"], datapoints)
    if finding is None:
        return None
    return finding, _data(alarm, datapoints[-rule.periods :], known, region.clock.now_ms())


def _datapoints(
    region: Region, account: str, alarm: Document, start_s: int, end_s: int
) -> list[Datapoint]:
    period: int = alarm["Span"]
    times = range(start_s, end_s, period)
    queries: Sequence[Mapping[str, Any]] = alarm.get("Metrics") or [_query(alarm)]
    returned = next(one["Id"] for one in queries if one.get("ReturnData", True))
    evaluated = Queries(region.store.reader(), account, queries, start_s, end_s, end_s)
    try:
        lines = evaluated.lines(returned)
    except MathError as error:
        _log.info("the alarm %s has no value: %s", alarm["AlarmName"], error.text)
        return [Datapoint(time, None) for time in times]
    values = lines[0].points if len(lines) == 1 else {}
    counts = {}
    if "Metrics" not in alarm:
        found = evaluated.distributions(returned)
        counts = {time: distribution.count for time, distribution in found.items()}
    return [Datapoint(time, values.get(time), counts.get(time)) for time in times]


def _query(alarm: Document) -> dict[str, Any]:
    """Return the query of an alarm on one metric."""
    stat: dict[str, Any] = {
        "Metric": {
            "Namespace": alarm["Namespace"],
            "MetricName": alarm["MetricName"],
            "Dimensions": alarm.get("Dimensions"),
        },
        "Period": alarm["Period"],
        "Stat": alarm.get("Statistic") or alarm["ExtendedStatistic"],
    }
    if alarm.get("Unit"):
        stat["Unit"] = alarm["Unit"]
    return {"Id": "m1", "MetricStat": stat}


def _too_few_samples(alarm: Document, known: Sequence[Datapoint]) -> bool:
    """Tell whether an alarm on a percentile is told to wait for more measurements.

    Source: CloudWatch user guide, "Percentile-based alarms and low data samples".
    """
    statistic = alarm.get("ExtendedStatistic", "")
    if alarm.get("EvaluateLowSampleCountPercentile") != "ignore" or not is_percentile(statistic):
        return False
    percent = percent_of(statistic)
    share = (100 - percent if percent >= 50 else percent) / 100
    needed = 10 / share if share else 0
    return any(one.samples is not None and one.samples < needed for one in known)


def _data(
    alarm: Document, datapoints: Sequence[Datapoint], known: Sequence[Datapoint], now_ms: int
) -> dict[str, Any]:
    """Return StateReasonData."""
    data: dict[str, Any] = {"version": "1.0", "queryDate": iso(now_ms)}
    if known:
        data["startDate"] = iso(known[0].time * 1000)
    if alarm.get("Unit"):
        data["unit"] = alarm["Unit"]
    statistic = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
    if statistic:
        data["statistic"] = statistic
    data["period"] = alarm["Span"]
    data["recentDatapoints"] = [one.value for one in known]
    data["threshold"] = alarm["Threshold"]
    data["evaluatedDatapoints"] = [_evaluated(one) for one in reversed(datapoints)]
    return data


def _evaluated(one: Datapoint) -> dict[str, Any]:
    found: dict[str, Any] = {"timestamp": iso(one.time * 1000)}
    if one.samples is not None:
        found["sampleCount"] = one.samples
    if one.value is not None:
        found["value"] = one.value
    return found


async def _forget(region: Region) -> None:
    store, now_ms = region.store, region.clock.now_ms()
    await store.submit(lambda stage: forget_history(store.reader(), stage, now_ms))
