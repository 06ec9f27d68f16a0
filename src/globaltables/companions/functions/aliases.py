"""Aliases: names that lead to a version, or by weights to two."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.functions.names import LATEST, arn_of, referenced
from globaltables.companions.functions.paging import page
from globaltables.companions.functions.refusals import (
    conflict,
    function_not_found,
    invalid_parameter,
    not_found,
    stale_revision,
)
from globaltables.companions.functions.stored import (
    FUNCTIONS,
    aliases_of,
    digits,
    function_record,
    versions_of,
)
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.itemstore.stage import Stage


async def create_alias(call: ServiceCall) -> dict[str, Any]:
    """Make an alias."""
    name, alias = referenced(call).name, call.request["Name"]

    def decide(stage: Stage) -> Document:
        function_record(stage, call.region.name, call.account, name)
        if aliases_of(name).get(stage, call.account, alias) is not None:
            raise conflict(f"Alias already exists: {arn_of(call, name, alias)}")
        return _put(call, stage, name, alias, {"description": "", "weights": {}})

    return _shown(call, name, alias, await call.region.store.submit(decide))


async def update_alias(call: ServiceCall) -> dict[str, Any]:
    """Let an alias lead elsewhere."""
    name, alias = referenced(call).name, call.request["Name"]

    def decide(stage: Stage) -> Document:
        before = _alias(call, stage, name, alias)
        if call.request.get("RevisionId", before["revision"]) != before["revision"]:
            raise stale_revision("GetFunction/GetAlias")
        return _put(call, stage, name, alias, before)

    return _shown(call, name, alias, await call.region.store.submit(decide))


def get_alias(call: ServiceCall) -> dict[str, Any]:
    """Return an alias."""
    name, alias = referenced(call).name, call.request["Name"]
    return _shown(call, name, alias, _alias(call, call.region.store.reader(), name, alias))


def list_aliases(call: ServiceCall) -> dict[str, Any]:
    """Return the aliases of a function, perhaps only those of a version."""
    name, wanted = referenced(call).name, call.request.get("FunctionVersion")
    reader = call.region.store.reader()
    function_record(reader, call.region.name, call.account, name)
    found = (
        (alias, _shown(call, name, alias, record))
        for alias, record in aliases_of(name).of_account(reader, call.account)
        if wanted is None or wanted == record["version"] or wanted in record["weights"]
    )
    return page(call, found, "Aliases")


async def delete_alias(call: ServiceCall) -> dict[str, Any]:
    """Delete an alias; one that is not there is no mistake."""
    name, alias = referenced(call).name, call.request["Name"]

    def decide(stage: Stage) -> None:
        record = function_record(stage, call.region.name, call.account, name)
        aliases_of(name).put(stage, call.account, alias, None)
        record["policies"].pop(alias, None)
        record["event_configs"].pop(alias, None)
        FUNCTIONS.put(stage, call.account, name, record)

    await call.region.store.submit(decide)
    return {}


def _alias(call: ServiceCall, reader: Any, name: str, alias: str) -> Document:
    function_record(reader, call.region.name, call.account, name)
    found = aliases_of(name).get(reader, call.account, alias)
    if found is None:
        raise not_found(f"Cannot find alias arn: {arn_of(call, name, alias)}")
    return found


def _put(
    call: ServiceCall, stage: Stage, name: str, alias: str, before: Mapping[str, Any]
) -> Document:
    request = call.request
    version = request.get("FunctionVersion", before.get("version", ""))
    weights = before["weights"]
    if "RoutingConfig" in request:
        weights = request["RoutingConfig"].get("AdditionalVersionWeights", {})
    for one in (version, *weights):
        if one != LATEST and (
            not one.isdigit() or versions_of(name).get(stage, call.account, digits(one)) is None
        ):
            raise function_not_found(arn_of(call, name, one))
    if weights and (version == LATEST or LATEST in weights):
        raise invalid_parameter(
            "$LATEST is not supported for an alias pointing to more than 1 version"
        )
    if len(weights) > 1:
        raise invalid_parameter(
            "Number of items in AdditionalVersionWeights cannot be greater than 1"
        )
    if version in weights:
        raise invalid_parameter(
            f"Invalid function version {version}. "
            f"Function version {version} is already included in routing configuration."
        )
    after = {
        "version": version,
        "description": request.get("Description", before["description"]),
        "weights": weights,
        "revision": call.region.randomness.uuid(),
    }
    aliases_of(name).put(stage, call.account, alias, after)
    return after


def _shown(call: ServiceCall, name: str, alias: str, record: Document) -> dict[str, Any]:
    shown = {
        "AliasArn": arn_of(call, name, alias),
        "Name": alias,
        "FunctionVersion": record["version"],
        "Description": record["description"],
        "RevisionId": record["revision"],
    }
    if record["weights"]:
        shown["RoutingConfig"] = {"AdditionalVersionWeights": record["weights"]}
    return shown
