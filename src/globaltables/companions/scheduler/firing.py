"""From a time to the delivery of the schedule that is due then."""

from collections.abc import Sequence
from typing import Any

import orjson

from globaltables.companions.deliveries import delivery
from globaltables.companions.event_times import iso_seconds
from globaltables.companions.records import Document
from globaltables.companions.scheduler.destinations import is_universal, schedule_calls
from globaltables.companions.scheduler.expressions import expression_of
from globaltables.companions.scheduler.stored import DONE, Schedules
from globaltables.companions.timetable import Key
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage


async def fire(schedules: Schedules, due: Sequence[tuple[Key, int]]) -> None:
    """Do what is due: the deliveries, and that the schedules are done up to then, are one commit."""

    def decide(stage: Stage) -> list[tuple[str, Document]]:
        staged = []
        for key, due_ms in due:
            document = schedules.find(key)
            if document is None or document["state"] == "DISABLED":
                continue
            staged.append(_stage(stage, schedules, key, document, due_ms))
            DONE.put(stage, *key, {"at": due_ms})
            if document["after"] == "DELETE" and expression_of(document).after(due_ms) is None:
                schedules.delete(stage, key)
        return staged

    schedules.start(await schedules.region.store.submit(decide))


def schedules_of(region: Region) -> Schedules:
    """Return the schedules of a region; they are loaded at the first use, and go on with what was interrupted."""
    schedules: Schedules | None = region.companions.get("scheduler")
    if schedules is None:
        schedules = region.companions["scheduler"] = Schedules(region, fire)
        schedules.deliveries.resume()
    return schedules


def _stage(
    stage: Stage, schedules: Schedules, key: Key, document: Document, due_ms: int
) -> tuple[str, Document]:
    region = schedules.region
    account, path = key
    arn = schedules.arn("schedule", account, path)
    execution = region.randomness.uuid()
    target: dict[str, Any] = document["target"]
    now_ms = region.clock.now_ms()
    context = {
        "<aws.scheduler.attempt-number>": "1",
        "<aws.scheduler.execution-id>": execution,
        "<aws.scheduler.schedule-arn>": arn,
        "<aws.scheduler.scheduled-time>": iso_seconds(due_ms),
    }
    payload = target.get("Input")
    if payload is None:
        payload = "{}" if is_universal(target) else _notice(region, account, arn, execution, due_ms)
    for name, value in context.items():
        payload = payload.replace(name, value)
    window = document["window"].get("MaximumWindowInMinutes") or 0
    begin_ms = due_ms + int(window * 60_000 * region.randomness.share())
    made = delivery(
        arn,
        account,
        schedule_calls(target, payload, region.name, now_ms),
        began_ms=max(now_ms, begin_ms),
        body=payload,
        target=target,
        facts={
            "EXECUTION_ID": execution,
            "SCHEDULE_ARN": arn,
            "SCHEDULED_TIME": iso_seconds(due_ms),
            "TARGET_ARN": target["Arn"],
        },
        not_before_ms=begin_ms,
    )
    return schedules.deliveries.stage(stage, made)


def _notice(region: Region, account: str, arn: str, execution: str, due_ms: int) -> str:
    """Return what a target without an input gets."""
    notice = {
        "version": "0",
        "id": execution,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": account,
        "time": iso_seconds(due_ms),
        "region": region.name,
        "resources": [arn],
        "detail": "{}",
    }
    return orjson.dumps(notice).decode()
