"""The operations on buses, their policies, and tags."""

from typing import Any

import orjson

from globaltables.companions.events.firing import buses_of
from globaltables.companions.events.names import DEFAULT_BUS, bus_of
from globaltables.companions.events.refusals import unsupported, wrong_token
from globaltables.companions.events.stored import Buses
from globaltables.companions.paging import page_of
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.message_limits import EVENTS_LIST_MAX
from globaltables.itemstore.stage import Stage

_FOREIGN = ("EventSourceName", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")


async def create_event_bus(call: ServiceCall) -> dict[str, Any]:
    """Make a bus."""
    request = call.request
    name: str = request["Name"]
    _check_members(call)
    if "/" in name:
        raise validation("Event bus name must not contain '/'.")
    buses = buses_of(call.region)
    now_ms = call.region.clock.now_ms()
    document: Document = {
        "description": request.get("Description"),
        "policy": [],
        "tags": {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()},
        "created": now_ms,
        "modified": now_ms,
    }

    def decide(stage: Stage) -> None:
        if buses.has_bus(call.account, name):
            raise ApiError("ResourceAlreadyExistsException", f"Event bus {name} already exists.")
        buses.save_bus(stage, call.account, name, document)

    await call.region.store.submit(decide)
    arn = buses.bus_arn(call.account, name)
    return {"EventBusArn": arn, "Description": request.get("Description")}


async def update_event_bus(call: ServiceCall) -> dict[str, Any]:
    """Change a bus's description."""
    _check_members(call)
    buses = buses_of(call.region)
    name = bus_of(call, "Name")
    description = call.request.get("Description")
    await _change(call, name, {"description": description})
    arn = buses.bus_arn(call.account, name)
    return {"Arn": arn, "Name": name, "Description": description}


async def delete_event_bus(call: ServiceCall) -> dict[str, Any]:
    """Delete a bus without rules; one that is not there is as good as deleted."""
    name = bus_of(call, "Name")
    if name == DEFAULT_BUS:
        raise validation("Cannot delete event bus default.")
    buses = buses_of(call.region)

    def decide(stage: Stage) -> None:
        if buses.rules(call.account, name):
            raise validation(f"Event bus {name} can't be deleted since it has rules.")
        if buses.has_bus(call.account, name):
            buses.save_bus(stage, call.account, name, None)

    await call.region.store.submit(decide)
    return {}


def describe_event_bus(call: ServiceCall) -> dict[str, Any]:
    """Return what a bus is."""
    return _described(buses_of(call.region), call.account, bus_of(call, "Name"))


def list_event_buses(call: ServiceCall) -> dict[str, Any]:
    """Return the buses of the account, by name."""
    buses = buses_of(call.region)
    prefix: str = call.request.get("NamePrefix") or ""
    names = [name for name in buses.bus_names(call.account) if name.startswith(prefix)]
    most: int = call.request.get("Limit") or EVENTS_LIST_MAX
    page, token = page_of(names, most, call.request.get("NextToken"), wrong_token)
    found = [_described(buses, call.account, name) for name in page]
    return {"EventBuses": found, "NextToken": token}


async def put_permission(call: ServiceCall) -> dict[str, Any]:
    """Let others put events on a bus: a statement, or the whole policy."""
    request = call.request
    buses = buses_of(call.region)
    name = bus_of(call)
    text = request.get("Policy")
    if text:
        try:
            statements = orjson.loads(text)["Statement"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise validation("Policy is not valid JSON.") from None
        policy = statements if isinstance(statements, list) else [statements]
        await _change(call, name, {"policy": policy})
        return {}
    for member in ("Action", "Principal", "StatementId"):
        if not request.get(member):
            raise validation(f"Parameter {member} must be specified.")
    principal: str = request["Principal"]
    statement: Document = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"},
        "Action": request["Action"],
        "Resource": buses.bus_arn(call.account, name),
    }
    condition = request.get("Condition")
    if condition:
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    before = buses.bus(call.account, name)["policy"]
    others = [one for one in before if one.get("Sid") != statement["Sid"]]
    await _change(call, name, {"policy": [*others, statement]})
    return {}


async def remove_permission(call: ServiceCall) -> dict[str, Any]:
    """Take a statement out of a bus's policy, or all of them."""
    buses = buses_of(call.region)
    name = bus_of(call)
    before = buses.bus(call.account, name)["policy"]
    if call.request.get("RemoveAllPermissions"):
        kept = []
    else:
        kept = [one for one in before if one.get("Sid") != call.request.get("StatementId")]
        if len(kept) == len(before):
            raise ApiError(
                "ResourceNotFoundException",
                "EventBus does not have a statement with the provided id.",
            )
    await _change(call, name, {"policy": kept})
    return {}


async def tag_resource(call: ServiceCall) -> dict[str, Any]:
    """Add tags to a rule or bus, or replace their values."""
    added = {tag["Key"]: tag["Value"] for tag in call.request["Tags"]}
    await _change_tags(call, lambda tags: {**tags, **added})
    return {}


async def untag_resource(call: ServiceCall) -> dict[str, Any]:
    """Take tags off a rule or bus."""
    removed = frozenset(call.request["TagKeys"])
    await _change_tags(
        call, lambda tags: {key: one for key, one in tags.items() if key not in removed}
    )
    return {}


def list_tags_for_resource(call: ServiceCall) -> dict[str, Any]:
    """Return the tags of a rule or bus."""
    bus, rule = _resource(call)
    buses = buses_of(call.region)
    document = (
        buses.bus(call.account, bus)
        if rule is None
        else buses.rule(call.account, bus, rule).document
    )
    return {"Tags": [{"Key": key, "Value": one} for key, one in document["tags"].items()]}


async def _change_tags(call: ServiceCall, change: Any) -> None:
    bus, rule_name = _resource(call)
    buses = buses_of(call.region)
    if rule_name is None:
        tags = change(buses.bus(call.account, bus)["tags"])
        await _change(call, bus, {"tags": tags})
        return

    def decide(stage: Stage) -> None:
        rule = buses.rule(call.account, bus, rule_name)
        document = {**rule.document, "tags": change(rule.document["tags"])}
        buses.save_rule(stage, call.account, bus, rule_name, document)

    await call.region.store.submit(decide)


def _resource(call: ServiceCall) -> tuple[str, str | None]:
    """Return bus and rule of the ARN of either.

    Raises:
        ApiError: it is none.
    """
    kind, _, path = call.request["ResourceARN"].rpartition(":")[2].partition("/")
    if kind == "event-bus" and path:
        return path, None
    if kind == "rule" and path:
        bus, _, rule = path.rpartition("/")
        return bus or DEFAULT_BUS, rule
    raise validation(f"Parameter {call.request['ResourceARN']} is not valid.")


async def _change(call: ServiceCall, name: str, members: Document) -> None:
    buses = buses_of(call.region)

    def decide(stage: Stage) -> None:
        document = {**buses.bus(call.account, name), **members}
        document["modified"] = call.region.clock.now_ms()
        buses.save_bus(stage, call.account, name, document)

    await call.region.store.submit(decide)


def _described(buses: Buses, account: str, name: str) -> dict[str, Any]:
    document = buses.bus(account, name)
    answer: dict[str, Any] = {"Name": name, "Arn": buses.bus_arn(account, name)}
    if document["policy"]:
        policy = {"Version": "2012-10-17", "Statement": document["policy"]}
        answer["Policy"] = orjson.dumps(policy).decode()
    if document.get("description"):
        answer["Description"] = document["description"]
    for member, key in (("CreationTime", "created"), ("LastModifiedTime", "modified")):
        if key in document:
            answer[member] = document[key] / 1000
    return answer


def _check_members(call: ServiceCall) -> None:
    foreign = next((name for name in _FOREIGN if call.request.get(name)), None)
    if foreign is not None:
        raise unsupported(foreign)
