"""Operations on event source mappings."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.functions.mappings.checks import check_queue, checked
from globaltables.companions.functions.mappings.feeding import mappings_of
from globaltables.companions.functions.names import arn_of, mapping_arn, reference_of
from globaltables.companions.functions.paging import page
from globaltables.companions.functions.refusals import conflict, invalid_parameter, not_found
from globaltables.companions.functions.stored import CURSORS, MAPPINGS, resolved
from globaltables.companions.functions.tagging import checked_tags
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import LAMBDA_MAPPINGS_LIST_MAX
from globaltables.itemstore.stage import Stage
from globaltables.runtime.clock import stamp_at
from globaltables.streams.descriptions import find_stream
from globaltables.streams.shards import trim_horizon

_BY_USER = "User action"


async def create_mapping(call: ServiceCall) -> dict[str, Any]:
    """Make a mapping."""
    request = call.request
    arn = request.get("EventSourceArn")
    if not arn:
        raise invalid_parameter("Unrecognized event source.")
    function, qualifier = _function(call, request["FunctionName"])
    uuid = call.region.randomness.uuid()
    is_stream = arn.split(":")[2] == "dynamodb"
    mapping = {
        "UUID": uuid,
        "EventSourceArn": arn,
        "EventSourceMappingArn": mapping_arn(call, uuid),
        "FunctionArn": arn_of(call, function, qualifier),
        **checked(request, {}, arn),
        "LastModified": call.region.clock.now_ms() / 1000,
        "StateTransitionReason": _BY_USER,
    }
    position = 0
    if is_stream:
        position = _start(call, arn, mapping, request)
    else:
        await check_queue(call, arn, mapping, function)
    record: Document = {
        "mapping": mapping,
        "tags": checked_tags(request.get("Tags", {})),
        "function": function,
        "qualifier": qualifier,
        "enabled": request.get("Enabled", True),
        "position": position,
    }

    def decide(stage: Stage) -> None:
        for other, found in MAPPINGS.of_account(call.region.store.reader(), call.account):
            same = (found["mapping"]["EventSourceArn"], found["function"], found["qualifier"])
            if same == (arn, function, qualifier):
                raise conflict(
                    f'The event source arn (" {arn} ") and function (" {function} ") provided mapping already exists. '
                    f"Please update or delete the existing mapping with UUID {other}"
                )
        MAPPINGS.put(stage, call.account, uuid, record)

    await call.region.store.submit(decide)
    mappings_of(call.region).follow(call.account, uuid)
    return {**_shown(call, uuid, record), "State": "Creating"}


async def update_mapping(call: ServiceCall) -> dict[str, Any]:
    """Change a mapping."""
    uuid, request = call.request["UUID"], call.request
    before = _record(call, call.region.store.reader(), uuid)
    arn = before["mapping"]["EventSourceArn"]
    after = dict(before)
    after["mapping"] = {
        **before["mapping"],
        **checked(request, before["mapping"], arn),
        "LastModified": call.region.clock.now_ms() / 1000,
    }
    if "FunctionName" in request:
        after["function"], after["qualifier"] = _function(call, request["FunctionName"])
        after["mapping"]["FunctionArn"] = arn_of(call, after["function"], after["qualifier"])
    after["enabled"] = request.get("Enabled", before["enabled"])

    def decide(stage: Stage) -> None:
        _record(call, stage, uuid)
        lanes = before["mapping"].get("ParallelizationFactor")
        if lanes != after["mapping"].get("ParallelizationFactor"):
            after["position"] = _forget_cursors(call, stage, uuid, before)
        MAPPINGS.put(stage, call.account, uuid, after)

    await call.region.store.submit(decide)
    mappings_of(call.region).follow(call.account, uuid)
    state = "Updating"
    if after["enabled"] != before["enabled"]:
        state = "Enabling" if after["enabled"] else "Disabling"
    return {**_shown(call, uuid, after), "State": state}


def get_mapping(call: ServiceCall) -> dict[str, Any]:
    """Return a mapping."""
    uuid = call.request["UUID"]
    return _shown(call, uuid, _record(call, call.region.store.reader(), uuid))


def list_mappings(call: ServiceCall) -> dict[str, Any]:
    """Return the mappings of an account, perhaps only those of a source or a function."""
    arn, name = call.request.get("EventSourceArn"), call.request.get("FunctionName")
    wanted = None if name is None else reference_of(call, name)
    found = (
        (uuid, _shown(call, uuid, record))
        for uuid, record in MAPPINGS.of_account(call.region.store.reader(), call.account)
        if arn in (None, record["mapping"]["EventSourceArn"])
        and (
            wanted is None
            or (wanted.name, wanted.qualifier) == (record["function"], record["qualifier"])
        )
    )
    return page(call, found, "EventSourceMappings", LAMBDA_MAPPINGS_LIST_MAX)


async def delete_mapping(call: ServiceCall) -> dict[str, Any]:
    """Delete a mapping; the batch that its function has is not taken back."""
    uuid = call.request["UUID"]

    def decide(stage: Stage) -> Document:
        record = _record(call, stage, uuid)
        _forget_cursors(call, stage, uuid, record)
        MAPPINGS.put(stage, call.account, uuid, None)
        return record

    record = await call.region.store.submit(decide)
    shown = _shown(call, uuid, record)
    mappings_of(call.region).follow(call.account, uuid)
    return {**shown, "State": "Deleting"}


def _forget_cursors(call: ServiceCall, stage: Stage, uuid: str, record: Document) -> int:
    """Stage the end of a mapping's cursors, and return the position behind which nothing was missed."""
    positions: list[int] = []
    for lane in range(record["mapping"].get("ParallelizationFactor", 1)):
        name = f"{uuid}:{lane}"
        stored = CURSORS.get(stage, call.account, name)
        positions.append(record["position"] if stored is None else stored["position"])
        CURSORS.put(stage, call.account, name, None)
    return min(positions)


def _function(call: ServiceCall, text: str) -> tuple[str, str]:
    found = reference_of(call, text)
    try:
        resolved(call.region, call.account, found.name, found.qualifier)
    except ApiError as error:
        raise invalid_parameter("Function does not exist") from error
    return found.name, found.qualifier


def _start(call: ServiceCall, arn: str, mapping: Document, request: Mapping[str, Any]) -> int:
    """Return the position behind which a new mapping reads, and say in it where that is."""
    region = call.region
    kind = request.get("StartingPosition")
    if kind is None:
        raise invalid_parameter(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    present = region.hlc.tick()
    try:
        _, stream = find_stream(region.catalog, call.account, region.name, arn, present)
    except ApiError as error:
        raise invalid_parameter(f"Stream not found: {arn}") from error
    mapping["StartingPosition"] = kind
    oldest = max(stream.started_stamp, trim_horizon(present)) - 1
    match kind:
        case "TRIM_HORIZON":
            return oldest
        case "LATEST":
            return max(oldest, region.store.durable_position)
        case _:
            moment = request.get("StartingPositionTimestamp")
            if moment is None:
                raise invalid_parameter(
                    "Timestamp must be specified for StartingPosition type AT_TIMESTAMP"
                )
            mapping["StartingPositionTimestamp"] = moment
            return max(oldest, stamp_at(round(moment * 1000)) - 1)


def _record(call: ServiceCall, reader: Any, uuid: str) -> Document:
    found = MAPPINGS.get(reader, call.account, uuid)
    if found is None:
        raise not_found("The resource you requested does not exist.")
    return found


def _shown(call: ServiceCall, uuid: str, record: Document) -> dict[str, Any]:
    shown = {**record["mapping"], "State": "Enabled" if record["enabled"] else "Disabled"}
    if ":dynamodb:" in shown["EventSourceArn"]:
        shown["LastProcessingResult"] = mappings_of(call.region).result(call.account, uuid)
    return shown
