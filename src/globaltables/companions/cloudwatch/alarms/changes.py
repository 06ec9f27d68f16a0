"""SetAlarmState, EnableAlarmActions, DisableAlarmActions and DeleteAlarms."""

from typing import Any

import orjson

from globaltables.companions.cloudwatch.alarms.composite import evaluate_composites, parents_of
from globaltables.companions.cloudwatch.alarms.stored import (
    alarm_named,
    configuration_of,
    note,
    put_alarm,
)
from globaltables.companions.cloudwatch.alarms.transitions import Change, act, change_state
from globaltables.companions.cloudwatch.requests import invalid
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.stage import Stage


async def set_alarm_state(call: ServiceCall) -> dict[str, Any]:
    """Answer SetAlarmState; the next evaluation may change it again, and the actions are done."""
    request, region = call.request, call.region
    name = request["AlarmName"]
    if alarm_named(region.store.reader(), call.account, name) is None:
        raise _missing(name)
    data = request.get("StateReasonData")
    if data is not None:
        try:
            orjson.loads(data)
        except orjson.JSONDecodeError:
            message = "StateReasonData is not valid JSON"
            raise ApiError("InvalidFormat", message) from None
    change = Change(request["StateValue"], request["StateReason"], data, region.clock.now_ms())
    changed = await change_state(region, call.account, name, change)
    if changed is not None:
        await act(region, call.account, *changed)
        await evaluate_composites(region)
    return {}


async def enable_alarm_actions(call: ServiceCall) -> dict[str, Any]:
    """Answer EnableAlarmActions."""
    return await _set_actions(call, enabled=True)


async def disable_alarm_actions(call: ServiceCall) -> dict[str, Any]:
    """Answer DisableAlarmActions."""
    return await _set_actions(call, enabled=False)


async def delete_alarms(call: ServiceCall) -> dict[str, Any]:
    """Answer DeleteAlarms: all of them or, when one is missing, none."""
    names: list[str] = call.request["AlarmNames"]
    now_ms = call.region.clock.now_ms()
    for name in names:
        found = [one["AlarmName"] for one in parents_of(call.region, call.account, name)]
        named = [one for one in found if one not in names]
        if named:
            raise invalid(
                f"Cannot delete {name} as there are composite alarm(s) depending on it: "
                f"[{', '.join(named)}]"
            )

    def decide(stage: Stage) -> None:
        found = [alarm_named(stage, call.account, name) for name in names]
        if len(names) > 1 and any(
            alarm is not None and alarm["Type"] == "CompositeAlarm" for alarm in found
        ):
            raise invalid("Composite alarms can only be deleted one at a time.")
        lacking = [name for name, alarm in zip(names, found, strict=True) if alarm is None]
        if lacking:
            raise ApiError(
                "ResourceNotFound", f"Alarms not found: {', '.join(lacking)}", status=404
            )
        for name, alarm in zip(names, found, strict=True):
            assert alarm is not None
            data = {
                "version": "1.0",
                "type": "Delete",
                "deletedAlarm": configuration_of(alarm),
            }
            put_alarm(stage, call.account, name, None)
            summary = f'Alarm "{name}" deleted'[:255]
            note(stage, call.account, alarm, "ConfigurationUpdate", summary, data, now_ms)

    await call.region.store.submit(decide)
    return {}


async def _set_actions(call: ServiceCall, *, enabled: bool) -> dict[str, Any]:
    now_ms = call.region.clock.now_ms()

    def decide(stage: Stage) -> None:
        for name in call.request["AlarmNames"]:
            alarm = alarm_named(stage, call.account, name)
            if alarm is None or alarm["ActionsEnabled"] == enabled:
                continue  # what is not there is passed over, as on AWS
            alarm["ActionsEnabled"] = enabled
            put_alarm(stage, call.account, name, alarm)
            data = {"version": "1.0", "type": "Update", "updatedAlarm": configuration_of(alarm)}
            summary = f'Alarm "{name}" updated'[:255]
            note(stage, call.account, alarm, "ConfigurationUpdate", summary, data, now_ms)

    await call.region.store.submit(decide)
    return {}


def _missing(name: str) -> ApiError:
    return ApiError("ResourceNotFound", f"The alarm {name} does not exist.", status=404)
