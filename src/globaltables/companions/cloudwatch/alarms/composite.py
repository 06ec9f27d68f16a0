"""Composite alarms: their states follow those of the alarms in their rules; a suppressor may hold their actions."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from globaltables.companions.cloudwatch.alarms.evaluation import State
from globaltables.companions.cloudwatch.alarms.rules import StateOf, name_of, parse_rule
from globaltables.companions.cloudwatch.alarms.stored import (
    alarm_named,
    alarms_of,
    all_alarms,
    put_alarm,
)
from globaltables.companions.cloudwatch.alarms.transitions import (
    Change,
    act,
    actions_of,
    change_state,
)
from globaltables.companions.cloudwatch.requests import iso
from globaltables.companions.records import Document
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

_SHOWN = ("ActionsSuppressedBy", "ActionsSuppressedReason")


async def evaluate_composites(region: Region) -> None:
    """Bring the composite alarms of a region in line with the alarms in their rules.

    Raises:
        OperationalError: the region's storage failed.
    """
    composites = [
        (account, alarm["AlarmName"])
        for account, alarm in all_alarms(region.store.reader())
        if alarm["Type"] == "CompositeAlarm"
    ]
    for _ in composites:  # as deep as they are nested at the most
        moved = [await _follow(region, account, name) for account, name in composites]
        if not any(moved):
            break
    for account, name in composites:
        await _release(region, account, name)


def states_of(region: Region, account: str) -> StateOf:
    """Return what tells the states of an account's alarms."""
    reader = region.store.reader()

    def state(reference: str) -> State | None:
        found = alarm_named(reader, account, name_of(reference))
        return None if found is None else found["StateValue"]

    return state


def initial_state(alarm: Document, states: StateOf) -> tuple[State, str]:
    """Return the first state of a composite alarm with AWS's words for it."""
    state: State = "ALARM" if parse_rule(alarm["AlarmRule"]).holds(states) else "OK"
    return state, f"{alarm['AlarmArn']} was created and its alarm rule evaluates to {state}"


async def _follow(region: Region, account: str, name: str) -> bool:
    reader = region.store.reader()
    alarm = alarm_named(reader, account, name)
    if alarm is None:
        return False
    rule = parse_rule(alarm["AlarmRule"])
    states = states_of(region, account)
    state: State = "ALARM" if rule.holds(states) else "OK"
    if state == alarm["StateValue"]:
        return False
    children = [
        child
        for one in rule.alarms
        if (child := alarm_named(reader, account, name_of(one))) is not None
    ]
    now_ms = region.clock.now_ms()
    latest = max(children, key=lambda child: child["StateUpdatedTimestamp"], default=alarm)
    reason = (
        f"{latest['AlarmArn']} transitioned to {latest['StateValue']} at "
        f"{_spoken(latest['StateUpdatedTimestamp'])}"
    )
    data = {
        "triggeringAlarms": [
            _triggering(child) for child in children if child["StateValue"] == "ALARM"
        ]
        or [_triggering(latest)]
    }
    changed = await change_state(region, account, name, Change(state, reason, data, now_ms))
    if changed is not None and not await _held(region, account, changed[1]):
        await act(region, account, *changed)
    return changed is not None


async def _held(region: Region, account: str, alarm: Document) -> bool:
    """Hold the actions of an alarm's new state when a suppressor may stand against them."""
    suppressor = alarm.get("ActionsSuppressor")
    if suppressor is None or not actions_of(alarm):
        return False
    suppressed = states_of(region, account)(suppressor) == "ALARM"
    wait_ms = alarm.get("ActionsSuppressorWaitPeriod", 0) * 1000
    if not suppressed and not wait_ms:
        return False
    until = None if suppressed else region.clock.now_ms() + wait_ms
    await _hold(region, account, alarm, "Alarm" if suppressed else "WaitPeriod", until)
    return True


async def _release(region: Region, account: str, name: str) -> None:
    """Act when what held the actions of an alarm is over."""
    alarm = alarm_named(region.store.reader(), account, name)
    held = None if alarm is None else alarm.get("Suppression")
    if alarm is None or held is None:
        return
    if held["state"] != alarm["StateValue"]:
        await _hold(region, account, alarm, None, None)
        return
    now_ms = region.clock.now_ms()
    suppressed = states_of(region, account)(alarm["ActionsSuppressor"]) == "ALARM"
    if suppressed:
        if held["by"] != "Alarm":
            await _hold(region, account, alarm, "Alarm", None)
        return
    if held["by"] == "Alarm":
        until = now_ms + alarm.get("ActionsSuppressorExtensionPeriod", 0) * 1000
        await _hold(region, account, alarm, "ExtensionPeriod", until)
        held = {**held, "until": until}
    if now_ms >= held["until"]:
        await _hold(region, account, alarm, None, None)
        await act(region, account, alarm, alarm)


async def _hold(
    region: Region, account: str, alarm: Document, by: str | None, until: int | None
) -> None:
    def decide(stage: Stage) -> None:
        current = alarm_named(stage, account, alarm["AlarmName"])
        if current is None:
            return
        kept = {key: value for key, value in current.items() if key not in _SHOWN}
        kept.pop("Suppression", None)
        if by is not None:
            kept["ActionsSuppressedBy"] = by
            kept["ActionsSuppressedReason"] = f"Actions suppressed by {by}"
            kept["Suppression"] = {"by": by, "until": until, "state": alarm["StateValue"]}
        put_alarm(stage, account, alarm["AlarmName"], kept)

    await region.store.submit(decide)


def parents_of(region: Region, account: str, name: str) -> list[Document]:
    """Return the composite alarms in whose rules or as whose suppressor an alarm is named."""
    return [
        alarm
        for alarm in alarms_of(region.store.reader(), account)
        if alarm["Type"] == "CompositeAlarm" and name in children_of(alarm)
    ]


def children_of(alarm: Mapping[str, Any]) -> list[str]:
    """Return the names of the alarms in a composite alarm's rule."""
    return [name_of(one) for one in parse_rule(alarm["AlarmRule"]).alarms]


def _triggering(alarm: Document) -> dict[str, Any]:
    time = iso(round(alarm["StateUpdatedTimestamp"] * 1000))
    return {"arn": alarm["AlarmArn"], "state": {"value": alarm["StateValue"], "timestamp": time}}


def _spoken(seconds: float) -> str:
    time = datetime.fromtimestamp(seconds, UTC)
    return time.strftime(f"%A {time.day:02} %B, %Y %H:%M:%S UTC")
