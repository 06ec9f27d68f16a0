"""Operations on functions: to make, change, look at and delete them."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from globaltables.companions.functions import configuration
from globaltables.companions.functions.code_sources import archive_of, with_code
from globaltables.companions.functions.names import LATEST, arn_of, reference_of, referenced
from globaltables.companions.functions.paging import page
from globaltables.companions.functions.refusals import (
    conflict,
    function_not_found,
    invalid_parameter,
    stale_revision,
)
from globaltables.companions.functions.roles import checks_identities, credentials_of
from globaltables.companions.functions.running import running
from globaltables.companions.functions.stored import (
    FUNCTIONS,
    aliases_of,
    digits,
    function_record,
    functions_of,
    public,
    resolved,
    versions_of,
)
from globaltables.companions.functions.tagging import checked_tags
from globaltables.companions.functions.versions import publish
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.stage import Stage


async def create_function(call: ServiceCall) -> dict[str, Any]:
    """Make a function."""
    request = call.request
    name = reference_of(call, request["FunctionName"]).name
    request["FunctionName"] = name
    reader = call.region.store.reader()
    if FUNCTIONS.get(reader, call.account, name) is not None:
        raise conflict(f"Function already exist: {name}")
    tags = checked_tags(request.get("Tags", {}))
    await _check_role(call, request["Role"], name)
    archive = await archive_of(call, request["Code"])
    runner = running(call.region)
    digest = await runner.code.add(archive)

    def decide(stage: Stage) -> Document:
        if FUNCTIONS.get(stage, call.account, name) is not None:
            raise conflict(f"Function already exist: {name}")
        made = with_code(configuration.created(call, stage), archive, digest)
        record: Document = {
            "latest": made,
            "next_version": 1,
            "tags": tags,
            "policies": {},
            "event_configs": {},
        }
        shown = made
        if request.get("Publish"):
            shown = publish(call, stage, record, name, {})
        FUNCTIONS.put(stage, call.account, name, record)
        return shown

    try:
        made = await call.region.store.submit(decide)
    finally:
        runner.code.arrived(digest)
    return configuration.being_created(public(made))


async def update_function_code(call: ServiceCall) -> dict[str, Any]:
    """Replace the code of a function."""
    request = call.request
    name = referenced(call).name
    before = function_record(call.region.store.reader(), call.region.name, call.account, name)
    _check_revision(call, before["latest"])
    archive = await archive_of(call, request)
    if request.get("DryRun"):
        described = b64encode(sha256(archive).digest()).decode()
        return public({**before["latest"], "CodeSha256": described, "CodeSize": len(archive)})
    runner = running(call.region)
    digest = await runner.code.add(archive)

    def decide(stage: Stage) -> Document:
        record = function_record(stage, call.region.name, call.account, name)
        _check_revision(call, record["latest"])
        latest = with_code(record["latest"], archive, digest)
        latest["Architectures"] = request.get("Architectures", latest["Architectures"])
        configuration.revise(call, latest)
        record["latest"] = latest
        shown = latest
        if request.get("Publish"):
            shown = publish(call, stage, record, name, {})
        FUNCTIONS.put(stage, call.account, name, record)
        return shown

    try:
        made = await call.region.store.submit(decide)
    finally:
        runner.code.arrived(digest)
    await _settle(call, name)
    return configuration.being_updated(public(made))


async def update_function_configuration(call: ServiceCall) -> dict[str, Any]:
    """Change how a function runs."""
    name = referenced(call).name
    if "Role" in call.request:
        await _check_role(call, call.request["Role"], name)

    def decide(stage: Stage) -> Document:
        record = function_record(stage, call.region.name, call.account, name)
        _check_revision(call, record["latest"])
        record["latest"] = configuration.changed(call, stage, record["latest"])
        FUNCTIONS.put(stage, call.account, name, record)
        latest: Document = record["latest"]
        return latest

    made = await call.region.store.submit(decide)
    await _settle(call, name)
    return configuration.being_updated(public(made))


def get_function(call: ServiceCall) -> dict[str, Any]:
    """Return a function: configuration, where its code is, tags."""
    found = referenced(call)
    target = resolved(call.region, call.account, found.name, found.qualifier)
    answer: dict[str, Any] = {
        "Configuration": _with_arn(call, public(target.configuration), found.qualifier),
        "Code": {"RepositoryType": "S3", "Location": _location(call, target.configuration)},
    }
    if target.function["tags"]:
        answer["Tags"] = target.function["tags"]
    if target.function.get("reserved") is not None:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": target.function["reserved"]}
    return answer


def get_function_configuration(call: ServiceCall) -> dict[str, Any]:
    """Return the configuration of a function."""
    found = referenced(call)
    target = resolved(call.region, call.account, found.name, found.qualifier)
    return _with_arn(call, public(target.configuration), found.qualifier)


def list_functions(call: ServiceCall) -> dict[str, Any]:
    """Return the configurations of the functions of an account, perhaps with all their versions."""
    return page(call, _listed(call), "Functions")


async def delete_function(call: ServiceCall) -> dict[str, Any]:
    """Delete a function with everything that it has, or one version of it."""
    found = referenced(call)
    if found.qualifier == LATEST:
        raise invalid_parameter("$LATEST version cannot be deleted without deleting the function.")

    def decide(stage: Stage) -> None:
        record = function_record(stage, call.region.name, call.account, found.name, found.qualifier)
        reader = call.region.store.reader()
        versions, aliases = versions_of(found.name), aliases_of(found.name)
        if found.qualifier:
            _check_unused(call, found.name, found.qualifier)
            versions.put(stage, call.account, digits(found.qualifier), None)
            record["policies"].pop(found.qualifier, None)
            record["event_configs"].pop(found.qualifier, None)
            FUNCTIONS.put(stage, call.account, found.name, record)
            return
        for number, _ in list(versions.of_account(reader, call.account)):
            versions.put(stage, call.account, number, None)
        for alias, _ in list(aliases.of_account(reader, call.account)):
            aliases.put(stage, call.account, alias, None)
        FUNCTIONS.put(stage, call.account, found.name, None)

    if found.qualifier and not found.qualifier.isdigit():
        raise invalid_parameter(
            f"Deletion of aliases is not currently supported: {found.qualifier}"
        )
    await call.region.store.submit(decide)
    runner = running(call.region)
    await runner.retire(call.account, found.name, found.qualifier, "")
    await runner.forget_code()
    return {"StatusCode": 204}


def _check_unused(call: ServiceCall, name: str, version: str) -> None:
    """Refuse to delete a version that an alias leads to."""
    reader = call.region.store.reader()
    if versions_of(name).get(reader, call.account, digits(version)) is None:
        raise function_not_found(arn_of(call, name, version))
    for alias, record in aliases_of(name).of_account(reader, call.account):
        if version == record["version"] or version in record["weights"]:
            raise conflict(
                f"Function version {version} is referenced by alias {alias}. "
                "Please delete the alias before deleting the version."
            )


async def _settle(call: ServiceCall, name: str) -> None:
    """End the environments that run what $LATEST was before, and forget code that nothing has any more."""
    record = FUNCTIONS.get(call.region.store.reader(), call.account, name)
    revision = "" if record is None else record["latest"]["RevisionId"]
    runner = running(call.region)
    await runner.retire(call.account, name, LATEST, revision)
    await runner.forget_code()


async def _check_role(call: ServiceCall, role: str, name: str) -> None:
    """Refuse a role that Lambda may not assume, where roles have to be there."""
    if not checks_identities(call.region):
        return
    try:
        await credentials_of(call.region, call.account, role, name)
    except ApiError as error:
        raise invalid_parameter(
            "The role defined for the function cannot be assumed by Lambda."
        ) from error


def _check_revision(call: ServiceCall, current: Document) -> None:
    wanted = call.request.get("RevisionId")
    if wanted and wanted != current["RevisionId"]:
        raise stale_revision("GetFunction/GetAlias")


def _listed(call: ServiceCall) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = call.region.store.reader()
    for name, record in functions_of(reader, call.account):
        latest = public(record["latest"])
        if call.request.get("FunctionVersion") != "ALL":
            yield name, latest
            continue
        yield f"{name}\0", {**latest, "FunctionArn": arn_of(call, name, LATEST)}
        for number, version in versions_of(name).of_account(reader, call.account):
            yield f"{name}\0{number}", public(version)


def _with_arn(call: ServiceCall, shown: dict[str, Any], qualifier: str) -> dict[str, Any]:
    if qualifier:
        shown["FunctionArn"] = arn_of(call, shown["FunctionName"], qualifier)
    return shown


def _location(call: ServiceCall, found: Document) -> str:
    """Return where the archive is: a file on the node's machine; there is no bucket of AWS's behind it."""
    return running(call.region).code.location(found["code"])
