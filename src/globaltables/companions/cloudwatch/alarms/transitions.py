"""Changes of state: one commit of the new state and its history, and the actions that follow it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from globaltables.companions.cloudwatch.alarms.evaluation import State
from globaltables.companions.cloudwatch.alarms.messages import (
    entry_of,
    event_of,
    message_of,
    subject_of,
)
from globaltables.companions.cloudwatch.alarms.stored import (
    alarm_named,
    note,
    put_alarm,
    state_of,
)
from globaltables.companions.cloudwatch.requests import iso
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.security.principals import Principal

_log = logging.getLogger(__name__)
_SERVICE = "cloudwatch.amazonaws.com"
_LISTS: Mapping[str, str] = {
    "OK": "OKActions",
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A new state.

    Attributes:
        data: AWS's StateReasonData, None for none.
        time_ms: as of when.
    """

    state: State
    reason: str
    data: Mapping[str, Any] | str | None
    time_ms: int


def actions_of(alarm: Mapping[str, Any]) -> list[str]:
    """Return the ARNs of what is to be done in the state that an alarm has."""
    if not alarm.get("ActionsEnabled", True):
        return []
    actions: list[str] = alarm.get(_LISTS[alarm["StateValue"]]) or []
    return actions


async def change_state(
    region: Region, account: str, name: str, change: Change
) -> tuple[Document, Document] | None:
    """Give an alarm another state.

    Returns:
        The alarm before and after it; None when it has that state already, or is gone.

    Raises:
        OperationalError: the region's storage failed.
    """

    def decide(stage: Stage) -> tuple[Document, Document] | None:
        before = alarm_named(stage, account, name)
        if before is None or before["StateValue"] == change.state:
            return None
        after = changed(before, change)
        put_alarm(stage, account, name, after)
        data = {"version": "1.0", "oldState": state_of(before), "newState": state_of(after)}
        summary = f"Alarm updated from {before['StateValue']} to {change.state}"
        note(stage, account, after, "StateUpdate", summary, data, change.time_ms)
        return before, after

    moved = await region.store.submit(decide)
    if moved is not None:
        await _announce(region, account, *moved)
    return moved


def changed(alarm: Document, change: Change) -> Document:
    """Return an alarm with another state."""
    data = change.data
    return {
        **alarm,
        "StateValue": change.state,
        "StateReason": change.reason[:1023],
        "StateReasonData": data
        if data is None or isinstance(data, str)
        else orjson.dumps(data).decode(),
        "StateUpdatedTimestamp": change.time_ms / 1000,
        "StateTransitionedTimestamp": change.time_ms / 1000,
    }


async def act(region: Region, account: str, before: Document, after: Document) -> None:
    """Do what an alarm is to do in its new state, and note how that went."""
    for action in actions_of(after):
        published = ""
        try:
            published = await _perform(region, account, action, before, after)
            failure = None
        except (ApiError, OperationalError) as error:
            failure = error.message if isinstance(error, ApiError) else str(error)
        await _note_action(region, account, after, action, failure, published)


async def _announce(region: Region, account: str, before: Document, after: Document) -> None:
    """Let the account's event bus know of a change of state, whatever the alarm's actions are."""
    if region.services is None:
        return
    try:
        await region.services.call(
            "events",
            "PutEvents",
            {"Entries": [entry_of(before, after)]},
            region=region.name,
            account=account,
        )
    except (ApiError, OperationalError) as error:
        _log.warning("no rule was told of %s: %s", after["AlarmArn"], error)


async def _perform(
    region: Region, account: str, action: str, before: Document, after: Document
) -> str:
    """Carry out an action.

    Raises:
        ApiError: it was refused.
    """
    _, _, service, target_region, target_account, *_ = action.split(":")
    caller = Principal(
        "",
        f"arn:aws:iam::{account}:root",
        "AWSService",
        service=_SERVICE,
        source_arn=after["AlarmArn"],
    )
    if region.services is None:
        raise ApiError("ServiceUnavailable", "no service is there to take it")
    if service == "sns":
        message = message_of(region.name, account, before, after)
        request: dict[str, Any] = {
            "TopicArn": action,
            "Subject": subject_of(region.name, after),
            "Message": message,
        }
        operation = "Publish"
    else:
        message = event_of(region.name, account, before, after)
        request = {"FunctionName": action, "InvocationType": "Event", "Payload": message.encode()}
        operation = "Invoke"
    await region.services.call(
        service,
        operation,
        request,
        region=target_region or region.name,
        account=target_account or account,
        principal=caller,
    )
    return message


async def _note_action(
    region: Region, account: str, alarm: Document, action: str, failure: str | None, message: str
) -> None:
    now_ms = region.clock.now_ms()
    data = {
        "actionState": "Succeeded" if failure is None else "Failed",
        "stateUpdateTimestamp": round(alarm["StateUpdatedTimestamp"] * 1000),
        "notificationResource": action,
    }
    if failure is None:
        summary = f"Successfully executed action {action}"
        data["publishedMessage"] = message[:2048]
    else:
        summary = f'Failed to execute action {action}. Received error: "{failure}"'
        data["error"] = failure
    data["date"] = iso(now_ms)

    def decide(stage: Stage) -> None:
        note(stage, account, alarm, "Action", summary[:255], data, now_ms)

    await region.store.submit(decide)
