"""What is kept of alarms: definitions with their states, and history.

An alarm's document is the MetricAlarm or CompositeAlarm of the API, with `Type`, and `Tags` by key.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from globaltables.companions.cloudwatch.requests import iso
from globaltables.companions.records import Document, Records
from globaltables.engine.interface import Reader
from globaltables.foundation.limits import ALARM_HISTORY_MS
from globaltables.itemstore.stage import Stage

_ALARMS = Records("monitoring", "alarm")
_HISTORY = Records("monitoring", "history")
_OWN = ("Type", "Tags", "Span", "Suppression")
#: Milliseconds since 1970 have so many digits in the names of records, so that they are in order.
_DIGITS = 15


def alarm_named(reader: Reader | Stage, account: str, name: str) -> Document | None:
    """Return an alarm."""
    return _ALARMS.get(reader, account, _key(name))


def put_alarm(stage: Stage, account: str, name: str, alarm: Document | None) -> None:
    """Stage an alarm, or the end of one."""
    _ALARMS.put(stage, account, _key(name), alarm)


def alarms_of(reader: Reader, account: str) -> list[Document]:
    """Return the alarms of an account in the order of their names."""
    found = [alarm for _, alarm in _ALARMS.of_account(reader, account)]
    return sorted(found, key=lambda alarm: str(alarm["AlarmName"]))


def all_alarms(reader: Reader) -> Iterator[tuple[str, Document]]:
    """Return every alarm with its account."""
    for account, _, alarm in _ALARMS.of_everybody(reader):
        yield account, alarm


def shown(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an alarm that the API shows."""
    return {name: value for name, value in alarm.items() if name not in _OWN}


def note(
    stage: Stage,
    account: str,
    alarm: Mapping[str, Any],
    kind: str,
    summary: str,
    data: Mapping[str, Any],
    now_ms: int,
) -> None:
    """Stage an item of an alarm's history."""
    item = {
        "AlarmName": alarm["AlarmName"],
        "AlarmType": alarm["Type"],
        "Timestamp": now_ms / 1000,
        "HistoryItemType": kind,
        "HistorySummary": summary,
        "HistoryData": orjson.dumps(data).decode(),
    }
    stamp = stage.tick()
    _HISTORY.put(stage, account, f"{now_ms:0{_DIGITS}}-{stamp:020}", item)


def history_of(reader: Reader, account: str, now_ms: int) -> list[Document]:
    """Return the items of an account's alarms of the time that history is kept for, oldest first."""
    oldest = (now_ms - ALARM_HISTORY_MS) / 1000
    return [item for _, item in _HISTORY.of_account(reader, account) if item["Timestamp"] >= oldest]


def forget_history(reader: Reader, stage: Stage, now_ms: int) -> None:
    """Stage the end of the items whose time is over."""
    limit = f"{max(now_ms - ALARM_HISTORY_MS, 0):0{_DIGITS}}"
    for account, name, _ in _HISTORY.of_everybody(reader):
        if name < limit:
            _HISTORY.put(stage, account, name, None)


def state_of(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of an alarm as history has it."""
    state = {
        "stateValue": alarm["StateValue"],
        "stateReason": alarm["StateReason"],
    }
    if alarm.get("StateReasonData"):
        state["stateReasonData"] = orjson.loads(alarm["StateReasonData"])
    return state


def configuration_of(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition of an alarm as history has it."""
    left_out = {"StateUpdatedTimestamp", "StateTransitionedTimestamp", "StateReasonData", *_OWN}
    found = {
        name[0].lower() + name[1:]: value for name, value in alarm.items() if name not in left_out
    }
    found["alarmConfigurationUpdatedTimestamp"] = iso(
        round(alarm["AlarmConfigurationUpdatedTimestamp"] * 1000)
    )
    return found


def _key(name: str) -> str:
    return quote(name, safe=" !#$&'()*+,-.:;<=>?@[]^_`{|}~")
