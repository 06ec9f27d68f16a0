"""Tags of functions and of event source mappings."""

from collections.abc import Callable
from typing import Any

from globaltables.companions.functions.names import reference_of
from globaltables.companions.functions.refusals import invalid_parameter, not_found
from globaltables.companions.functions.stored import FUNCTIONS, MAPPINGS, function_record
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import LAMBDA_TAGS_MAX
from globaltables.itemstore.stage import Stage


def checked_tags(tags: dict[str, str]) -> dict[str, str]:
    """Return tags that can be kept.

    Raises:
        ApiError: InvalidParameterValueException.
    """
    if len(tags) > LAMBDA_TAGS_MAX:
        raise invalid_parameter(f"The number of tags exceeds the limit of {LAMBDA_TAGS_MAX}")
    for key in tags:
        if key.startswith("aws:"):
            raise invalid_parameter("Tag key cannot start with reserved prefix aws:")
    return tags


def list_tags(call: ServiceCall) -> dict[str, Any]:
    """Return the tags of a resource."""
    records, name = _place(call)
    found = records.get(call.region.store.reader(), call.account, name)
    return {"Tags": {} if found is None else found["tags"]}


async def tag_resource(call: ServiceCall) -> dict[str, Any]:
    """Add tags to a resource, or replace some."""
    return await _change(call, lambda tags: tags | call.request["Tags"])


async def untag_resource(call: ServiceCall) -> dict[str, Any]:
    """Take tags from a resource."""
    gone = set(call.request["TagKeys"])
    return await _change(
        call, lambda tags: {key: value for key, value in tags.items() if key not in gone}
    )


async def _change(
    call: ServiceCall, change: Callable[[dict[str, str]], dict[str, str]]
) -> dict[str, Any]:
    records, name = _place(call)

    def decide(stage: Stage) -> None:
        record = records.get(stage, call.account, name)
        assert record is not None
        record["tags"] = checked_tags(change(record["tags"]))
        records.put(stage, call.account, name, record)

    await call.region.store.submit(decide)
    return {}


def _place(call: ServiceCall) -> tuple[Any, str]:
    """Return the records and the name of what an ARN names, which is there."""
    arn = call.request["Resource"]
    reader = call.region.store.reader()
    kind, _, rest = arn.split(":", 5)[-1].partition(":")
    if kind == "event-source-mapping":
        if MAPPINGS.get(reader, call.account, rest) is None:
            raise not_found("The resource you requested does not exist.")
        return MAPPINGS, rest
    if kind != "function":
        raise invalid_parameter(f"Tags on {kind} are not supported by globaltables")
    found = reference_of(call, arn)
    if found.qualifier:
        raise invalid_parameter(
            "Tags on function aliases and versions are not supported. Please specify a function ARN."
        )
    function_record(reader, call.region.name, call.account, found.name)
    return FUNCTIONS, found.name
