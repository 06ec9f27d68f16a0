"""How an experiment goes on: a pure state machine over its record, driven by time.

    experiment   initiating -> running -> completed | failed | stopped
    action       pending -> running -> completed | failed | stopped; or cancelled, or skipped

An action begins when all those have ended after which it starts.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from globaltables.companions.fis.actions import DURATION, PAUSE_REPLICATION
from globaltables.companions.fis.durations import milliseconds_of
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError

_ENDED = ("completed", "failed", "stopped", "cancelled")
_PASSED = ("completed", "skipped")
_EMPTY = "Target resolution returned empty set"


class Effects(Protocol):
    """What actions do."""

    def resolve(self, target: Mapping[str, Any]) -> list[str]:
        """Return the ARNs that a target stands for."""

    def pause(self, arns: Iterable[str], until_ms: int) -> None:
        """Pause replication of some replicas until a time.

        Raises:
            ApiError: it cannot be paused; the text says why.
        """

    def resume(self, arns: Iterable[str]) -> None:
        """Let replication of some replicas go on."""


def has_ended(record: Document) -> bool:
    """Tell whether nothing of an experiment is left to do."""
    return record["experiment"]["state"]["status"] in _ENDED


def advance(record: Document, now_ms: int, effects: Effects) -> int | None:
    """Bring an experiment to where it is now.

    Args:
        record: of the experiment, which is changed.
        now_ms: the time.
        effects: carries out what actions do.

    Returns:
        when it goes on by itself; None when it has ended.
    """
    if has_ended(record):
        return None
    experiment = record["experiment"]
    if experiment["state"]["status"] == "initiating":
        _begin(record, now_ms, effects)
    actions: dict[str, Any] = experiment["actions"]
    while not has_ended(record) and _move(record, actions, now_ms, effects):
        pass
    if has_ended(record):
        return None
    running = [_ends_ms(action) for action in actions.values() if _status(action) == "running"]
    if running:
        return min(running)
    _end(experiment, "completed", "Experiment completed.", now_ms)
    return None


def stop(record: Document, now_ms: int, effects: Effects) -> None:
    """End an experiment before its time, as StopExperiment does."""
    _halt(record, now_ms, effects)
    _end(record["experiment"], "stopped", "Experiment stopped by user.", now_ms)


def _begin(record: Document, now_ms: int, effects: Effects) -> None:
    experiment = record["experiment"]
    options = experiment["experimentOptions"]
    experiment["startTime"] = now_ms / 1000
    record["resolved"] = {
        name: effects.resolve(target) for name, target in experiment["targets"].items()
    }
    _set(experiment, "running", "Experiment is running.")
    for action in experiment["actions"].values():
        if options["actionsMode"] == "skip-all":
            _set(action, "skipped", "Action was skipped by the experiment's option.")
        elif any(not record["resolved"][name] for name in action.get("targets", {}).values()):
            if options["emptyTargetResolutionMode"] == "skip":
                _set(action, "skipped", _EMPTY)
                continue
            _set(action, "failed", _EMPTY)
            _fail(record, f"{_EMPTY}.", now_ms, effects)
            return


def _move(record: Document, actions: Mapping[str, Any], now_ms: int, effects: Effects) -> bool:
    """End the actions whose time is over and begin those whose turn it is; tell whether there was one."""
    moved = False
    for action in actions.values():
        if _status(action) == "running" and _ends_ms(action) <= now_ms:
            action["endTime"] = _ends_ms(action) / 1000
            _set(action, "completed", "Action was completed.")
            _undo(record, action, now_ms, effects)
            moved = True
    for action in actions.values():
        awaited = [_status(actions[name]) for name in action.get("startAfter", ())]
        if _status(action) == "pending" and all(status in _PASSED for status in awaited):
            action["startTime"] = now_ms / 1000
            _set(action, "running", "Action is running.")
            moved = True
            try:
                _do(record, action, now_ms, effects)
            except ApiError as error:
                action["endTime"] = now_ms / 1000
                _set(action, "failed", str(error.message))
                _fail(record, "An action failed.", now_ms, effects)
                return moved
    return moved


def _do(record: Document, action: Mapping[str, Any], now_ms: int, effects: Effects) -> None:
    if action["actionId"] == PAUSE_REPLICATION:
        arns = _arns(record, action)
        until = {arn: _paused_until_ms(record, arn, now_ms) for arn in arns}
        for arn, until_ms in until.items():
            effects.pause([arn], until_ms)


def _undo(record: Document, action: Mapping[str, Any], now_ms: int, effects: Effects) -> None:
    if action["actionId"] == PAUSE_REPLICATION:
        arns = _arns(record, action)
        effects.resume([arn for arn in arns if _paused_until_ms(record, arn, now_ms) <= now_ms])


def _paused_until_ms(record: Document, arn: str, now_ms: int) -> int:
    """Return how long the running actions pause a replica; several may name it."""
    ends = (
        _ends_ms(action)
        for action in record["experiment"]["actions"].values()
        if action["actionId"] == PAUSE_REPLICATION
        and _status(action) == "running"
        and arn in _arns(record, action)
    )
    return max(ends, default=now_ms)


def _fail(record: Document, reason: str, now_ms: int, effects: Effects) -> None:
    _halt(record, now_ms, effects)
    _end(record["experiment"], "failed", reason, now_ms)


def _halt(record: Document, now_ms: int, effects: Effects) -> None:
    """Stop what runs, and cancel what has not begun."""
    for action in record["experiment"]["actions"].values():
        if _status(action) == "running":
            action["endTime"] = now_ms / 1000
            _set(action, "stopped", "Action was stopped.")
            _undo(record, action, now_ms, effects)
        elif _status(action) == "pending":
            _set(action, "cancelled", "Action was cancelled.")


def _end(experiment: Document, status: str, reason: str, now_ms: int) -> None:
    experiment["endTime"] = now_ms / 1000
    _set(experiment, status, reason)


def _set(part: Document, status: str, reason: str) -> None:
    part["state"] = {"status": status, "reason": reason}


def _status(action: Mapping[str, Any]) -> str:
    status: str = action["state"]["status"]
    return status


def _ends_ms(action: Mapping[str, Any]) -> int:
    length_ms = milliseconds_of(action["parameters"][DURATION])
    assert length_ms is not None, "the template was checked"
    started: float = action["startTime"]
    return round(started * 1000) + length_ms


def _arns(record: Document, action: Mapping[str, Any]) -> list[str]:
    """Return the ARNs that an action is about, each once."""
    targets = action.get("targets", {}).values()
    return list(dict.fromkeys(arn for name in targets for arn in record["resolved"][name]))
