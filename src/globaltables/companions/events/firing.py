"""From an event, or a time, to the deliveries of the rules that it concerns."""

from collections.abc import Sequence
from typing import Any

from globaltables.companions.deliveries import call_services, delivery
from globaltables.companions.event_times import iso_seconds
from globaltables.companions.events.inputs import input_of
from globaltables.companions.events.names import bus_name
from globaltables.companions.events.stored import DONE, Buses, Rule
from globaltables.companions.records import Document
from globaltables.companions.targets import arn_parts, target_calls
from globaltables.companions.timetable import Key
from globaltables.foundation.message_limits import EVENTS_FORWARDED_MAX
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

#: A delivery with its name.
Staged = tuple[str, Document]


def stage_event(
    stage: Stage, buses: Buses, account: str, bus: str, event: Document, hops: int = 0
) -> list[Staged]:
    """Stage what the rules of a bus do with an event.

    Args:
        stage: of the decision.
        buses: of the region.
        account: whose bus.
        bus: its name.
        event: in the form in which targets get it.
        hops: how often it was forwarded from bus to bus.
    """
    return [
        one
        for rule in buses.matching(account, bus, event)
        for one in _stage_targets(stage, buses, rule, event, hops)
    ]


async def fire(buses: Buses, due: Sequence[tuple[Key, int]]) -> None:
    """Do what is due: the deliveries, and that the rules are done up to then, are one commit."""

    def decide(stage: Stage) -> list[Staged]:
        staged: list[Staged] = []
        for key, due_ms in due:
            rule = buses.find_rule(key)
            if rule is None or not rule.enabled:
                continue
            event = {
                "version": "0",
                "id": buses.region.randomness.uuid(),
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": rule.account,
                "time": iso_seconds(due_ms),
                "region": buses.region.name,
                "resources": [buses.rule_arn(rule)],
                "detail": {},
            }
            staged += _stage_targets(stage, buses, rule, event, 0)
            DONE.put(stage, *key, {"at": due_ms})
        return staged

    buses.start(await buses.region.store.submit(decide))


async def perform(buses: Buses, document: Document) -> None:
    """Bring a delivery to its target; another bus is in this region.

    Raises:
        ApiError: it was refused.
        OperationalError: it failed.
    """
    (_, service, _, request) = document["calls"][0]
    if service != "events":
        await call_services(buses.region, document)
        return
    account = arn_parts(request["bus"])[4]
    name = bus_name(request["bus"], buses.region.name, account)
    buses.bus(account, name)
    hops: int = request["hops"] + 1
    if hops <= EVENTS_FORWARDED_MAX:
        buses.start(
            await buses.region.store.submit(
                lambda stage: stage_event(stage, buses, account, name, request["event"], hops)
            )
        )


def buses_of(region: Region) -> Buses:
    """Return the buses of a region; they are loaded at the first use, and go on with what was interrupted."""
    buses: Buses | None = region.companions.get("events")
    if buses is None:
        buses = region.companions["events"] = Buses(region, fire, perform)
        buses.deliveries.resume()
    return buses


def _stage_targets(
    stage: Stage, buses: Buses, rule: Rule, event: Document, hops: int
) -> list[Staged]:
    now_ms = buses.region.clock.now_ms()
    arn = buses.rule_arn(rule)
    facts = {
        "aws.events.rule-arn": arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": iso_seconds(now_ms),
    }
    staged = []
    for target in rule.targets:
        payload = input_of(target, event, facts)
        calls: list[tuple[str, str, str, dict[str, Any]]]
        if arn_parts(target["Arn"])[2] == "events":
            forwarded = {"bus": target["Arn"], "event": event, "hops": hops}
            calls = [(buses.region.name, "events", "PutEvents", forwarded)]
        else:
            calls = target_calls(
                target["Arn"],
                payload,
                group=(target.get("SqsParameters") or {}).get("MessageGroupId"),
                stream=event["id"],
                now_ms=now_ms,
            )
        document = delivery(
            f"{arn}/{target['Id']}",
            rule.account,
            calls,
            began_ms=now_ms,
            body=payload,
            target=target,
            facts={"RULE_ARN": arn, "TARGET_ARN": target["Arn"]},
        )
        staged.append(buses.deliveries.stage(stage, document))
    return staged
