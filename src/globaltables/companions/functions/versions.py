"""Published versions: a function as it was once, for ever."""

from collections.abc import Iterator, Mapping
from typing import Any

from globaltables.companions.functions.names import LATEST, arn_of, referenced
from globaltables.companions.functions.paging import page
from globaltables.companions.functions.refusals import invalid_parameter, stale_revision
from globaltables.companions.functions.stored import (
    FUNCTIONS,
    digits,
    function_record,
    public,
    versions_of,
)
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.itemstore.stage import Stage

#: What does not make a version another one.
_OF_THE_MOMENT = frozenset({"FunctionArn", "LastModified", "RevisionId", "Version", "Description"})


async def publish_version(call: ServiceCall) -> dict[str, Any]:
    """Publish $LATEST; it is the version that is there already when nothing has changed since."""
    name = referenced(call).name

    def decide(stage: Stage) -> Document:
        record = function_record(stage, call.region.name, call.account, name)
        made = publish(call, stage, record, name, call.request)
        FUNCTIONS.put(stage, call.account, name, record)
        return made

    return public(await call.region.store.submit(decide))


def list_versions(call: ServiceCall) -> dict[str, Any]:
    """Return $LATEST and the published versions of a function."""
    name = referenced(call).name
    record = function_record(call.region.store.reader(), call.region.name, call.account, name)
    latest = {**public(record["latest"]), "FunctionArn": arn_of(call, name, LATEST)}

    def found() -> Iterator[tuple[str, Any]]:
        yield "", latest
        reader = call.region.store.reader()
        for number, version in versions_of(name).of_account(reader, call.account):
            yield number, public(version)

    return page(call, found(), "Versions")


def publish(
    call: ServiceCall, stage: Stage, record: Document, name: str, wanted: Mapping[str, Any]
) -> Document:
    """Stage a version of what $LATEST is, and return it; the record is changed in place, for the caller to store.

    Args:
        call: the request.
        stage: of the decision.
        record: of the function.
        name: of the function.
        wanted: may have CodeSha256, RevisionId and Description.

    Raises:
        ApiError: $LATEST is not what the caller takes it for.
    """
    latest = record["latest"]
    if wanted.get("RevisionId") and wanted["RevisionId"] != latest["RevisionId"]:
        raise stale_revision("GetFunction/GetAlias")
    digest = wanted.get("CodeSha256")
    if digest and digest != latest["CodeSha256"]:
        raise invalid_parameter(
            f"CodeSHA256 ({digest}) is different from current CodeSHA256 in $LATEST ({latest['CodeSha256']}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )
    versions = versions_of(name)
    number = record["next_version"]
    if number > 1:
        last = versions.get(stage, call.account, digits(number - 1))
        if last is not None and _same(last, latest):
            return last
    made = {
        **latest,
        "Version": str(number),
        "FunctionArn": arn_of(call, name, str(number)),
        "Description": wanted.get("Description", latest["Description"]),
        "RevisionId": call.region.randomness.uuid(),
    }
    record["next_version"] = number + 1
    versions.put(stage, call.account, digits(number), made)
    return made


def _same(one: Document, other: Document) -> bool:
    names = (one.keys() | other.keys()) - _OF_THE_MOMENT
    return all(one.get(name) == other.get(name) for name in names)
