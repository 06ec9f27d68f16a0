"""Layers: archives that functions share."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from globaltables.companions.functions.code_sources import archive_of, with_code
from globaltables.companions.functions.names import layer_arn
from globaltables.companions.functions.paging import page
from globaltables.companions.functions.refusals import invalid_parameter, not_found
from globaltables.companions.functions.running import running
from globaltables.companions.functions.stored import LAYERS, digits, layer_versions_of
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.itemstore.stage import Stage


async def publish_layer_version(call: ServiceCall) -> dict[str, Any]:
    """Make a version of a layer, the first one with the layer."""
    request = call.request
    name = _name(call)
    archive = await archive_of(call, request["Content"])
    runner = running(call.region)
    digest = await runner.code.add(archive)

    def decide(stage: Stage) -> Document:
        layer = LAYERS.get(stage, call.account, name) or {"next_version": 1}
        number = layer["next_version"]
        coded = with_code({}, archive, digest)
        moment = datetime.fromtimestamp(call.region.clock.now_ms() / 1000, UTC)
        made: Document = {
            "LayerVersionArn": layer_arn(call, name, number),
            "Version": number,
            "Description": request.get("Description", ""),
            "CreatedDate": moment.isoformat(timespec="milliseconds").replace("+00:00", "+0000"),
            "Content": {"CodeSha256": coded["CodeSha256"], "CodeSize": coded["CodeSize"]},
            "code": digest,
        }
        for member in ("CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"):
            if member in request:
                made[member] = request[member]
        LAYERS.put(stage, call.account, name, {"next_version": number + 1})
        layer_versions_of(name).put(stage, call.account, digits(number), made)
        return made

    try:
        made = await call.region.store.submit(decide)
    finally:
        runner.code.arrived(digest)
    return _whole(call, name, made)


def get_layer_version(call: ServiceCall) -> dict[str, Any]:
    """Return a version of a layer."""
    name = _name(call)
    return _whole(call, name, _version(call, name, call.request["VersionNumber"]))


def get_layer_version_by_arn(call: ServiceCall) -> dict[str, Any]:
    """Return a version of a layer that its ARN names."""
    parts = call.request["Arn"].split(":")
    name, version = parts[6], int(parts[7])
    if (parts[3], parts[4]) != (call.region.name, call.account):
        raise not_found("The resource you requested does not exist.")
    return _whole(call, name, _version(call, name, version))


async def delete_layer_version(call: ServiceCall) -> dict[str, Any]:
    """Delete a version of a layer; functions that have it keep it."""
    name, version = _name(call), call.request["VersionNumber"]
    await call.region.store.submit(
        lambda stage: layer_versions_of(name).put(stage, call.account, digits(version), None)
    )
    await running(call.region).forget_code()
    return {}


def list_layer_versions(call: ServiceCall) -> dict[str, Any]:
    """Return the versions of a layer, the newest first."""
    name = _name(call)
    return page(call, _listed(call, name), "LayerVersions")


def list_layers(call: ServiceCall) -> dict[str, Any]:
    """Return the layers of an account with the newest version of each."""

    def found() -> Iterator[tuple[str, Any]]:
        for name, _ in LAYERS.of_account(call.region.store.reader(), call.account):
            newest = next(_listed(call, name), None)
            if newest is not None:
                yield (
                    name,
                    {
                        "LayerName": name,
                        "LayerArn": layer_arn(call, name),
                        "LatestMatchingVersion": newest[1],
                    },
                )

    return page(call, found(), "Layers")


def _listed(call: ServiceCall, name: str) -> Iterator[tuple[str, Any]]:
    reader, request = call.region.store.reader(), call.request
    versions = list(layer_versions_of(name).of_account(reader, call.account))
    for order, (_, version) in enumerate(reversed(versions)):
        if request.get("CompatibleRuntime") not in (
            None,
            *version.get("CompatibleRuntimes", ()),
        ) or request.get("CompatibleArchitecture") not in (
            None,
            *version.get("CompatibleArchitectures", ()),
        ):
            continue
        shown = {
            member: value
            for member, value in version.items()
            if member[0].isupper() and member != "Content"
        }
        yield f"{order:010d}", shown


def _version(call: ServiceCall, name: str, number: int) -> Document:
    found = layer_versions_of(name).get(call.region.store.reader(), call.account, digits(number))
    if found is None:
        raise not_found("The resource you requested does not exist.")
    return found


def _whole(call: ServiceCall, name: str, version: Document) -> dict[str, Any]:
    location = running(call.region).code.location(version["code"])
    shown = {member: value for member, value in version.items() if member[0].isupper()}
    return {
        **shown,
        "LayerArn": layer_arn(call, name),
        "Content": {**version["Content"], "Location": location},
    }


def _name(call: ServiceCall) -> str:
    text: str = call.request["LayerName"]
    if not text.startswith("arn:"):
        return text
    parts = text.split(":")
    if (parts[3], parts[4]) != (call.region.name, call.account):
        raise invalid_parameter(f"Layer {text} is not of this account and region.")
    return parts[6]
