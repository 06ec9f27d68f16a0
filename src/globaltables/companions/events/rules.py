"""The operations on rules and their targets."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.event_patterns import parse_pattern
from globaltables.companions.events.firing import buses_of
from globaltables.companions.events.inputs import check_input
from globaltables.companions.events.names import DEFAULT_BUS, bus_arn, bus_of
from globaltables.companions.events.refusals import (
    bad_pattern,
    bad_schedule,
    unsupported,
    wrong_token,
)
from globaltables.companions.events.stored import Buses, Rule
from globaltables.companions.paging import page_of
from globaltables.companions.schedule_expressions import parse_schedule
from globaltables.companions.service import ServiceCall
from globaltables.companions.targets import arn_parts, check_target
from globaltables.foundation.errors import limit_exceeded, validation
from globaltables.foundation.message_limits import (
    EVENTS_LIST_MAX,
    EVENTS_RULES_MAX,
    EVENTS_TARGETS_MAX,
)
from globaltables.itemstore.stage import Stage

#: Members of a target that say something to services that are no targets here.
_FOREIGN = (
    "AppSyncParameters",
    "BatchParameters",
    "EcsParameters",
    "HttpParameters",
    "KinesisParameters",
    "RedshiftDataParameters",
    "RunCommandParameters",
    "SageMakerPipelineParameters",
)


async def put_rule(call: ServiceCall) -> dict[str, Any]:
    """Make a rule, or change one; its targets stay."""
    request = call.request
    buses = buses_of(call.region)
    bus, name = bus_of(call), request["Name"]
    pattern, schedule = request.get("EventPattern"), request.get("ScheduleExpression")
    if not pattern and not schedule:
        raise validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if pattern:
        parse_pattern(pattern, bad_pattern)
    if schedule:
        if bus != DEFAULT_BUS:
            raise validation("ScheduleExpression is supported only on the default event bus.")
        parse_schedule(schedule, bad_schedule, from_ms=0)
    state = request.get("State") or "ENABLED"
    if state == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS":
        raise unsupported(f"The state {state}")

    def decide(stage: Stage) -> str:
        buses.bus(call.account, bus)
        rules = buses.rules(call.account, bus)
        before = next((rule for rule in rules if rule.name == name), None)
        if before is None and len(rules) >= EVENTS_RULES_MAX:
            raise limit_exceeded("The requested resource exceeds the maximum number allowed.")
        now_ms = call.region.clock.now_ms()
        old = {} if before is None else before.document
        same = before is not None and before.enabled and old.get("schedule") == schedule
        document = {
            "pattern": pattern,
            "schedule": schedule,
            "state": state,
            "description": request.get("Description"),
            "role": request.get("RoleArn"),
            "targets": old.get("targets", {}),
            "tags": old.get("tags") or _tags(request.get("Tags")),
            "anchor": old["anchor"] if same else now_ms,
            "since": old["since"] if same else now_ms,
        }
        buses.save_rule(stage, call.account, bus, name, document)
        return buses.rule_arn(buses.rule(call.account, bus, name))

    return {"RuleArn": await call.region.store.submit(decide)}


async def enable_rule(call: ServiceCall) -> dict[str, Any]:
    """Let a rule work; what it was due for meanwhile is not made up for."""
    return await _set_state(call, "ENABLED")


async def disable_rule(call: ServiceCall) -> dict[str, Any]:
    """Let a rule rest."""
    return await _set_state(call, "DISABLED")


async def _set_state(call: ServiceCall, state: str) -> dict[str, Any]:
    buses = buses_of(call.region)
    bus = bus_of(call)

    def decide(stage: Stage) -> None:
        rule = buses.rule(call.account, bus, call.request["Name"])
        if rule.document["state"] != state:
            now_ms = call.region.clock.now_ms()
            document = {**rule.document, "state": state, "since": now_ms, "anchor": now_ms}
            buses.save_rule(stage, call.account, bus, rule.name, document)

    await call.region.store.submit(decide)
    return {}


async def delete_rule(call: ServiceCall) -> dict[str, Any]:
    """Delete a rule without targets; one that is not there is as good as deleted."""
    buses = buses_of(call.region)
    bus = bus_of(call)

    def decide(stage: Stage) -> None:
        buses.bus(call.account, bus)
        rule = buses.find_rule((call.account, f"{bus}/{call.request['Name']}"))
        if rule is None:
            return
        if rule.document["targets"]:
            raise validation("Rule can't be deleted since it has targets.")
        buses.delete_rule(stage, rule)

    await call.region.store.submit(decide)
    return {}


def describe_rule(call: ServiceCall) -> dict[str, Any]:
    """Return what a rule is."""
    buses = buses_of(call.region)
    rule = buses.rule(call.account, bus_of(call), call.request["Name"])
    return _described(buses, rule) | {"CreatedBy": call.account}


def list_rules(call: ServiceCall) -> dict[str, Any]:
    """Return the rules of a bus, by name."""
    buses = buses_of(call.region)
    bus = bus_of(call)
    buses.bus(call.account, bus)
    prefix: str = call.request.get("NamePrefix") or ""
    found = {
        rule.name: rule for rule in buses.rules(call.account, bus) if rule.name.startswith(prefix)
    }
    page, token = _page(call, list(found))
    return {"Rules": [_described(buses, found[name]) for name in page], "NextToken": token}


def list_rule_names_by_target(call: ServiceCall) -> dict[str, Any]:
    """Return the names of the rules that have a target."""
    buses = buses_of(call.region)
    bus = bus_of(call)
    buses.bus(call.account, bus)
    names = [
        rule.name
        for rule in buses.rules(call.account, bus)
        if any(target["Arn"] == call.request["TargetArn"] for target in rule.targets)
    ]
    page, token = _page(call, names)
    return {"RuleNames": page, "NextToken": token}


async def put_targets(call: ServiceCall) -> dict[str, Any]:
    """Add targets to a rule, or change those of the same ids."""
    buses = buses_of(call.region)
    bus = bus_of(call)
    given: dict[str, dict[str, Any]] = {one["Id"]: one for one in call.request["Targets"]}
    for target in given.values():
        _check_target(buses, target)

    def decide(stage: Stage) -> None:
        rule = buses.rule(call.account, bus, call.request["Rule"])
        targets = {**rule.document["targets"], **given}
        if len(targets) > EVENTS_TARGETS_MAX:
            raise limit_exceeded("The requested resource exceeds the maximum number allowed.")
        document = {**rule.document, "targets": targets}
        buses.save_rule(stage, call.account, bus, rule.name, document)

    await call.region.store.submit(decide)
    return {"FailedEntryCount": 0, "FailedEntries": []}


async def remove_targets(call: ServiceCall) -> dict[str, Any]:
    """Take targets away."""
    buses = buses_of(call.region)
    bus = bus_of(call)

    def decide(stage: Stage) -> list[str]:
        rule = buses.rule(call.account, bus, call.request["Rule"])
        ids: list[str] = call.request["Ids"]
        kept = {key: one for key, one in rule.document["targets"].items() if key not in ids}
        document = {**rule.document, "targets": kept}
        buses.save_rule(stage, call.account, bus, rule.name, document)
        return [key for key in ids if key not in rule.document["targets"]]

    missing = await call.region.store.submit(decide)
    failed = [
        {
            "TargetId": key,
            "ErrorCode": "ResourceNotFoundException",
            "ErrorMessage": f"Rule {call.request['Rule']} does not have a target with the Id {key}.",
        }
        for key in missing
    ]
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}


def list_targets_by_rule(call: ServiceCall) -> dict[str, Any]:
    """Return the targets of a rule, by id."""
    buses = buses_of(call.region)
    rule = buses.rule(call.account, bus_of(call), call.request["Rule"])
    targets = rule.document["targets"]
    page, token = _page(call, sorted(targets))
    return {"Targets": [targets[key] for key in page], "NextToken": token}


def _check_target(buses: Buses, target: Mapping[str, Any]) -> None:
    arn: str = target["Arn"]
    service = check_target(arn, buses.region.name)
    foreign = next((name for name in _FOREIGN if target.get(name)), None)
    if foreign is not None:
        raise unsupported(foreign)
    if service == "events":
        parts = arn_parts(arn)
        name = parts[5].removeprefix("event-bus/")
        if parts[3] != buses.region.name:
            raise unsupported("An event bus of another region as a target")
        if bus_arn(buses.region.name, parts[4], name) != arn:
            raise validation(f"Provided Arn is not in correct format: {arn}")
    if service == "sqs" and arn.endswith(".fifo") and not target.get("SqsParameters"):
        raise validation(
            f"Parameter(s) SqsParameters must be specified for target: {target['Id']}."
        )
    check_input(target)


def _described(buses: Buses, rule: Rule) -> dict[str, Any]:
    document = rule.document
    return {
        "Name": rule.name,
        "Arn": buses.rule_arn(rule),
        "EventPattern": document.get("pattern"),
        "State": document["state"],
        "Description": document.get("description"),
        "ScheduleExpression": document.get("schedule"),
        "RoleArn": document.get("role"),
        "EventBusName": rule.bus,
    }


def _tags(tags: list[dict[str, str]] | None) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags or ()}


def _page(call: ServiceCall, names: list[str]) -> tuple[list[str], str | None]:
    most: int = call.request.get("Limit") or EVENTS_LIST_MAX
    return page_of(names, most, call.request.get("NextToken"), wrong_token)
