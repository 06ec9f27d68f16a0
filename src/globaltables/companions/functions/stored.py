"""What the service keeps: functions, versions, aliases, layers, mappings, events that wait; see docs/formats.

The configuration of a version is kept in the form of AWS's FunctionConfiguration, and with it, under names in lower
case, what is nobody else's business.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from globaltables.companions.functions.code_store import folder_name
from globaltables.companions.functions.names import LATEST, function_arn
from globaltables.companions.functions.refusals import function_not_found
from globaltables.companions.records import Document, Records
from globaltables.engine.interface import Reader
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

SERVICE = "lambda"
#: By name: `latest`: configuration of $LATEST; `next_version`; `reserved`; `tags`; `policies`, `event_configs`: by
#: qualifier; `recursion`.
FUNCTIONS = Records(SERVICE, "function")
#: By UUID: `mapping` in the form of the API, and what the poller needs.
MAPPINGS = Records(SERVICE, "mapping")
#: By UUID and lane: `position`.
CURSORS = Records(SERVICE, "cursor")
#: By time and id: events that were accepted and wait for their function.
EVENTS = Records(SERVICE, "event")
#: By name: `next_version`.
LAYERS = Records(SERVICE, "layer")


def versions_of(name: str) -> Records:
    """Return the records of a function's published versions, by ten digits."""
    return Records(SERVICE, f"version/{name}")


def aliases_of(name: str) -> Records:
    """Return the records of a function's aliases, by name."""
    return Records(SERVICE, f"alias/{name}")


def layer_versions_of(name: str) -> Records:
    """Return the records of a layer's versions, by ten digits."""
    return Records(SERVICE, f"layer-version/{name}")


def digits(version: int | str) -> str:
    """Return the name of a version's record: versions come in the order of their numbers."""
    return f"{int(version):010d}"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a function's name and qualifier lead to.

    Attributes:
        function: the function's record.
        configuration: of the version.
        version: "$LATEST" or a number.
        arn: as it was named.
    """

    function: Document
    configuration: Document
    version: str
    arn: str


def function_record(
    reader: Reader | Stage, region: str, account: str, name: str, qualifier: str = ""
) -> Document:
    """Return a function's record.

    Args:
        reader: of the region.
        region: its name.
        account: whose function it is.
        name: of the function.
        qualifier: only for the refusal.

    Raises:
        ApiError: ResourceNotFoundException.
    """
    found = FUNCTIONS.get(reader, account, name)
    if found is None:
        raise function_not_found(function_arn(region, account, name, qualifier))
    return found


def resolved(region: Region, account: str, name: str, qualifier: str) -> Resolved:
    """Return the version that a qualifier leads to; an alias that has weights leads there by chance.

    Raises:
        ApiError: ResourceNotFoundException.
    """
    reader = region.store.reader()
    record = function_record(reader, region.name, account, name, qualifier)
    arn = function_arn(region.name, account, name, qualifier)
    version = qualifier or LATEST
    if version != LATEST and not version.isdigit():
        alias = aliases_of(name).get(reader, account, version)
        if alias is None:
            raise function_not_found(arn)
        version = _routed(alias, region.randomness.share())
    if version == LATEST:
        return Resolved(record, record["latest"], version, arn)
    configuration = versions_of(name).get(reader, account, digits(version))
    if configuration is None:
        raise function_not_found(arn)
    return Resolved(record, configuration, version, arn)


def public(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration as the API shows it."""
    return {name: value for name, value in configuration.items() if name[0].isupper()}


def codes_in_use(reader: Reader) -> set[str]:
    """Return the names of every archive, and of what is unpacked of several, that something of a region has."""
    used: set[str] = set()
    for account, name, record in FUNCTIONS.of_everybody(reader):
        versions = [version for _, version in versions_of(name).of_account(reader, account)]
        for one in (record["latest"], *versions):
            layers = [layer["code"] for layer in one["layers"]]
            used.update((one["code"], *layers, *([folder_name(layers)] if layers else [])))
    for account, name, _ in LAYERS.of_everybody(reader):
        used.update(one["code"] for _, one in layer_versions_of(name).of_account(reader, account))
    return used


def functions_of(reader: Reader, account: str) -> Iterator[tuple[str, Document]]:
    """Return the functions of an account by name."""
    return FUNCTIONS.of_account(reader, account)


def _routed(alias: Document, share: float) -> str:
    for version, weight in alias.get("weights", {}).items():
        if share < weight:
            return str(version)
        share -= weight
    return str(alias["version"])
