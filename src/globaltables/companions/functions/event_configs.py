"""What becomes of events that wait for their function: retries, age, destinations."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.functions.names import LATEST, Reference, arn_of, referenced
from globaltables.companions.functions.paging import page
from globaltables.companions.functions.refusals import invalid_parameter, not_found
from globaltables.companions.functions.stored import FUNCTIONS, function_record, resolved
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import LAMBDA_EVENT_AGE_SECONDS_MAX, LAMBDA_EVENT_RETRIES_MAX
from globaltables.itemstore.stage import Stage

_MEMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
_SERVICES = ("sqs", "sns", "lambda", "events", "s3")
_DEFAULTS: Mapping[str, Any] = {
    "MaximumRetryAttempts": LAMBDA_EVENT_RETRIES_MAX,
    "MaximumEventAgeInSeconds": LAMBDA_EVENT_AGE_SECONDS_MAX,
    "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
}


async def put_config(call: ServiceCall) -> dict[str, Any]:
    """Say all of it anew."""
    return await _change(call, dict(_DEFAULTS))


async def update_config(call: ServiceCall) -> dict[str, Any]:
    """Say some of it anew."""
    return await _change(call, None)


def get_config(call: ServiceCall) -> dict[str, Any]:
    """Return what was said."""
    found = referenced(call)
    record = function_record(call.region.store.reader(), call.region.name, call.account, found.name)
    return _shown(call, found, _config(call, record, found))


async def delete_config(call: ServiceCall) -> dict[str, Any]:
    """Go back to what is so without saying."""
    found = referenced(call)

    def decide(stage: Stage) -> None:
        record = function_record(stage, call.region.name, call.account, found.name)
        _config(call, record, found)
        del record["event_configs"][_key(found)]
        FUNCTIONS.put(stage, call.account, found.name, record)

    await call.region.store.submit(decide)
    return {}


def list_configs(call: ServiceCall) -> dict[str, Any]:
    """Return what was said for a function, its versions and aliases."""
    name = referenced(call).name
    record = function_record(call.region.store.reader(), call.region.name, call.account, name)
    found = (
        (qualifier, _shown(call, Reference(name, qualifier), one))
        for qualifier, one in sorted(record["event_configs"].items())
    )
    return page(call, found, "FunctionEventInvokeConfigs")


def config_of(record: Mapping[str, Any], qualifier: str) -> Mapping[str, Any]:
    """Return what is so for invocations of a qualifier, said or not."""
    found: Mapping[str, Any] = record["event_configs"].get(qualifier or LATEST, _DEFAULTS)
    return found


async def _change(call: ServiceCall, start: Document | None) -> dict[str, Any]:
    found = referenced(call)
    resolved(call.region, call.account, found.name, found.qualifier)
    _check_destinations(call.request.get("DestinationConfig", {}))

    def decide(stage: Stage) -> Document:
        record = function_record(stage, call.region.name, call.account, found.name)
        before = _config(call, record, found) if start is None else start
        asked = {name: call.request[name] for name in _MEMBERS if name in call.request}
        after = {**before, **asked, "LastModified": call.region.clock.now_ms() / 1000}
        record["event_configs"][_key(found)] = after
        FUNCTIONS.put(stage, call.account, found.name, record)
        return after

    return _shown(call, found, await call.region.store.submit(decide))


def _check_destinations(config: Mapping[str, Any]) -> None:
    for member in ("OnSuccess", "OnFailure"):
        arn = config.get(member, {}).get("Destination")
        if arn and arn.split(":")[2] not in _SERVICES:
            raise invalid_parameter(
                f"The provided destination config DestinationConfig(onSuccess={config.get('OnSuccess')}, "
                f"onFailure={config.get('OnFailure')}) is invalid."
            )


def _config(call: ServiceCall, record: Document, found: Reference) -> Document:
    config: Document | None = record["event_configs"].get(_key(found))
    if config is None:
        arn = arn_of(call, found.name, found.qualifier)
        raise not_found(f"The function {arn} doesn't have an EventInvokeConfig")
    return config


def _key(found: Reference) -> str:
    return found.qualifier or LATEST


def _shown(call: ServiceCall, found: Reference, config: Mapping[str, Any]) -> dict[str, Any]:
    return {**config, "FunctionArn": arn_of(call, found.name, _key(found))}
