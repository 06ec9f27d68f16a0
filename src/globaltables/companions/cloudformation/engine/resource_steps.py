"""The steps of one resource: made, changed, replaced, removed; each is recorded before it is done."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from globaltables.companions.cloudformation.dynamic_references import resolve_references
from globaltables.companions.cloudformation.engine.ledger import Ledger
from globaltables.companions.cloudformation.engine.resource_type import Naming, ResourceType
from globaltables.companions.cloudformation.engine.resource_work import (
    NOT_FOUND,
    ResourceWork,
    Signals,
)
from globaltables.companions.cloudformation.engine.statuses import PRESENT
from globaltables.companions.cloudformation.property_checks import checked_properties
from globaltables.companions.cloudformation.schemas import schema_of
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError

_ALPHABET = string.ascii_uppercase + string.digits
_SUFFIX_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """A resource as the template wants it.

    Attributes:
        logical: its logical id.
        type_name: e.g. "AWS::SQS::Queue".
        properties: checked against the schema; dynamic references as they are.
        metadata: of the template.
        depends: the logical ids of the resources that it needs.
        deletion: the deletion policy.
        replacing: the update replace policy.
        source: the type that carries it out.
    """

    logical: str
    type_name: str
    properties: dict[str, Any]
    metadata: Any
    depends: list[str]
    deletion: str
    replacing: str
    source: ResourceType


class ResourceSteps:
    """Carries the steps out.

    Args:
        ledger: of the stack.
        signals: what ends waiting work early.
    """

    def __init__(self, ledger: Ledger, signals: Signals) -> None:
        self._ledger = ledger
        self._signals = signals

    async def create(self, wanted: Wanted, record: Document) -> None:
        """Make a resource, or go on with making it.

        Args:
            wanted: what it shall be.
            record: of a step that has begun.

        Raises:
            ApiError: it could not be made; that is recorded.
        """
        try:
            work = await self._work(record, wanted.properties, {})
            await self._make(wanted.source, work)
            record["attributes"] = await wanted.source.read(work) or {}
        except ApiError as error:
            await self._ledger.put(record, "CREATE_FAILED", reason_of(error, record))
            raise
        await self._ledger.put(record, "CREATE_COMPLETE")

    async def update(self, wanted: Wanted, record: Document) -> None:
        """Change a resource to what is wanted, in place or by a new one.

        Raises:
            ApiError: it could not be changed; that is recorded.
        """
        if record.get("before") is None:
            record["before"] = {
                name: record[name]
                for name in ("properties", "physical", "attributes", "name", "token", "metadata")
            } | {
                "depends": record["depends"],
                "deletion": record["deletion"],
                "replacing": record["replacing"],
                "replaced": False,
            }
        replaces = needs_replacement(wanted, record["before"]["properties"])
        if replaces:
            reason = (
                "Requested update requires the creation of a new physical resource; "
                "hence creating one."
            )
        else:
            reason = ""
        before = record["before"]
        if before["replaced"] and not replaces:
            _take_back(record)
        record.update(
            properties=wanted.properties,
            metadata=wanted.metadata,
            depends=wanted.depends,
            deletion=wanted.deletion,
            replacing=wanted.replacing,
        )
        try:
            if replaces:
                await self._replace(wanted, record, reason)
            else:
                await self._ledger.put(record, "UPDATE_IN_PROGRESS", reason)
                work = await self._work(record, wanted.properties, before["properties"])
                assert wanted.source.update is not None
                await wanted.source.update(work)
                if record["physical"] != before["physical"]:
                    before["replaced"] = True
                record["attributes"] = await wanted.source.read(work) or {}
        except ApiError as error:
            await self._ledger.put(record, "UPDATE_FAILED", reason_of(error, record))
            raise
        await self._ledger.put(record, "UPDATE_COMPLETE")

    async def put_back(self, record: Document, source: ResourceType) -> None:
        """Give a resource the properties that it had before the operation.

        Raises:
            ApiError: it could not be changed; that is recorded.
        """
        before = record["before"]
        changed = record["properties"]
        record["before"] = None
        if before["replaced"]:
            record["before"] = before
            _take_back(record)
            record["before"] = None
            record.update({name: before[name] for name in before if name != "replaced"})
            await self._ledger.put(record, "UPDATE_COMPLETE")
            return
        record.update({name: before[name] for name in before if name != "replaced"})
        if changed == before["properties"] and record["status"] == "UPDATE_COMPLETE":
            await self._ledger.keep(record)
            return
        record["before"] = before
        await self._ledger.put(record, "UPDATE_IN_PROGRESS")
        try:
            work = await self._work(record, before["properties"], changed)
            assert source.update is not None
            await source.update(work)
            record["attributes"] = await source.read(work) or {}
        except ApiError as error:
            record["properties"] = changed
            await self._ledger.put(record, "UPDATE_FAILED", reason_of(error, record))
            raise
        record["before"] = None
        await self._ledger.put(record, "UPDATE_COMPLETE")

    async def delete(self, record: Document, source: ResourceType | None) -> None:
        """Remove a resource.

        Raises:
            ApiError: it could not be removed; that is recorded.
        """
        await self._ledger.put(record, "DELETE_IN_PROGRESS")
        try:
            if record.get("physical") and source is not None:
                await self._remove(record, source)
        except ApiError as error:
            await self._ledger.put(record, "DELETE_FAILED", reason_of(error, record))
            raise
        await self._ledger.put(record, "DELETE_COMPLETE")

    async def delete_obsolete(self, record: Document, source: ResourceType) -> None:
        """Remove what was replaced by another resource; what cannot be removed stays, as on AWS."""
        for old in record["obsolete"]:
            shadow = {**record, **old, "obsolete": [], "asked": None, "shadow": True}
            if old["policy"] in {"Retain", "Snapshot"}:
                await self._event(shadow, "DELETE_SKIPPED")
                continue
            await self._event(shadow, "DELETE_IN_PROGRESS")
            try:
                await self._remove(shadow, source)
            except ApiError as error:
                await self._event(shadow, "DELETE_FAILED", reason_of(error, shadow))
            else:
                await self._event(shadow, "DELETE_COMPLETE")
        record["obsolete"] = []
        await self._ledger.keep(record)

    def new_record(self, wanted: Wanted) -> Document:
        """Return the record of a resource that is to be made."""
        return {
            "logical": wanted.logical,
            "type": wanted.type_name,
            "physical": "",
            "status": "",
            "reason": "",
            "updated": 0,
            "properties": wanted.properties,
            "attributes": {},
            "metadata": wanted.metadata,
            "depends": wanted.depends,
            "deletion": wanted.deletion,
            "replacing": wanted.replacing,
            "name": self._name(wanted),
            "token": self._ledger.region.randomness.uuid(),
            "absent": False,
            "before": None,
            "obsolete": [],
            "drift": None,
        }

    async def _event(self, shadow: Document, status: str, reason: str = "") -> None:
        """Write an event of what is no resource of the stack any more."""
        await self._ledger.tell(shadow, status, reason)

    async def _remove(self, record: Document, source: ResourceType) -> None:
        work = await self._work(record, record["properties"], {}, resolved=False)
        try:
            await source.delete(work)
        except ApiError as error:
            if error.code not in NOT_FOUND:
                raise

    async def _make(self, source: ResourceType, work: ResourceWork) -> None:
        """Make a resource; what an interrupted step has made is taken, what was there before refused.

        Raises:
            ApiError: it could not be made.
        """
        record = work.record
        if source.named is not None and not record["physical"]:
            shadow = {**record, "physical": source.named(work)}
            look = ResourceWork(
                self._ledger, work.stack, shadow, work.properties, {}, self._signals
            )
            there = await source.read(look) is not None
            if there and not record["absent"]:
                msg = (
                    f"Resource of type '{record['type']}' with identifier "
                    f"'{shadow['physical']}' already exists."
                )
                raise ApiError("AlreadyExists", msg)
            if there:  # made by this step before it was interrupted
                await work.made(shadow["physical"])
            if not record["absent"]:
                record["absent"] = True
                await self._ledger.keep(record)
        await source.create(work)
        assert record["physical"], record["type"]

    async def _replace(self, wanted: Wanted, record: Document, reason: str) -> None:
        before = record["before"]
        begun = before["replaced"]
        if not begun:
            if wanted.source.naming is not None:
                given = wanted.properties.get(wanted.source.naming.property)
                if given is not None and given == before["name"]:
                    msg = (
                        "CloudFormation cannot update a stack when a custom-named resource requires "
                        f"replacing. Rename {given} and update the stack again."
                    )
                    raise ApiError("CustomNamed", msg)
            fresh = self.new_record(wanted)
            before["replaced"] = True
            record.update({name: fresh[name] for name in ("name", "token", "physical", "absent")})
            await self._ledger.put(
                {**record, "physical": before["physical"]}, "UPDATE_IN_PROGRESS", reason
            )
            record["status"] = "UPDATE_IN_PROGRESS"
            await self._ledger.keep(record)
        work = await self._work(record, wanted.properties, {})
        await self._make(wanted.source, work)
        record["attributes"] = await wanted.source.read(work) or {}

    async def _work(
        self,
        record: Document,
        properties: Mapping[str, Any],
        old: Mapping[str, Any],
        *,
        resolved: bool = True,
    ) -> ResourceWork:
        stack = self._ledger.stack()
        work = ResourceWork(self._ledger, stack, record, properties, old, self._signals)
        if resolved:

            async def ask(service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
                return await work.call(service, operation, **request)

            work.properties = await resolve_references(properties, ask)
            work.old = await resolve_references(old, ask)
        return work

    def _name(self, wanted: Wanted) -> str:
        """Return the name of a new resource: the one that is given, or one of stack, logical id and chance."""
        naming = wanted.source.naming or Naming("", length_max=128)
        given = wanted.properties.get(naming.property)
        if given is not None:
            return str(given)
        end = naming.suffix(wanted.properties) if naming.suffix is not None else ""
        parts = [self._ledger.stack()["name"], wanted.logical]
        digits = int(self._ledger.region.randomness.uuid().replace("-", ""), 16)
        chance = ""
        for _ in range(_SUFFIX_LENGTH):
            digits, digit = divmod(digits, len(_ALPHABET))
            chance += _ALPHABET[digit]
        room = naming.length_max - len(chance) - 2 - len(end)
        half = room // 2
        first = parts[0][: max(half, room - len(parts[1]))]
        second = parts[1][: room - len(first)]
        name = naming.separator.join((first, second, chance))
        return (name.lower() if naming.lower else name) + end


def needs_replacement(wanted: Wanted, old: Mapping[str, Any]) -> bool:
    """Tell whether what is wanted can only be had by a new resource."""
    if wanted.source.update is None:
        return True
    schema = schema_of(wanted.type_name)
    assert schema is not None, wanted.type_name
    paths = {path for path in schema.create_only if path[0] not in wanted.source.kept_by}
    paths |= {(name,) for name in wanted.source.replaced_by}
    return any(value_at(wanted.properties, path) != value_at(old, path) for path in paths)


def value_at(properties: Any, path: tuple[str, ...]) -> Any:
    """Return the value at a path of a schema; of every member of a list where the path has *."""
    for position, part in enumerate(path):
        if part == "*":
            rest = path[position + 1 :]
            return [value_at(one, rest) for one in properties] if properties else None
        properties = properties.get(part) if isinstance(properties, dict) else None
    return properties


def checked(type_name: str, properties: Mapping[str, Any], tags: list[dict[str, str]]) -> Any:
    """Return the properties of a resource with the tags of its stack, checked against the schema of its type.

    Raises:
        ApiError: ValidationError.
    """
    schema = schema_of(type_name)
    assert schema is not None, type_name
    made = checked_properties(schema, properties)
    name = schema.tag_property
    if not tags or name is None:
        return made
    if schema.tags_are_map:
        made[name] = {**{tag["Key"]: tag["Value"] for tag in tags}, **made.get(name, {})}
    else:
        own = made.get(name, [])
        keys = {tag.get("Key") for tag in own}
        made[name] = [*own, *(tag for tag in tags if tag["Key"] not in keys)]
    return made


def is_present(record: Document | None) -> bool:
    """Tell whether a resource is there."""
    return record is not None and record["status"] in PRESENT


def reason_of(error: ApiError, record: Document) -> str:
    """Return why a step failed, in the words that AWS has for what a service refuses."""
    codes = {
        "AlreadyExists": "AlreadyExists",
        "ValidationException": "InvalidRequest",
        "AccessDeniedException": "AccessDenied",
        "AccessDenied": "AccessDenied",
        "ThrottlingException": "Throttling",
    }
    if error.code in {"ValidationError", "CalledOff", "TimedOut", "NotSupported", "CustomNamed"}:
        return str(error.message)
    if error.code in {"AlreadyExists", "FailedByResource"}:
        return str(error.message)
    code = codes.get(
        error.code, "NotFound" if error.code in NOT_FOUND else "GeneralServiceException"
    )
    return (
        f'Resource handler returned message: "{error.message} (Error Code: {error.code})" '
        f"(RequestToken: {record['token']}, HandlerErrorCode: {code})"
    )


def _obsolete(record: Document, properties: Mapping[str, Any], policy: str) -> Document:
    return {
        "physical": record["physical"],
        "properties": properties,
        "attributes": record["attributes"],
        "name": record["name"],
        "policy": policy,
    }


def _take_back(record: Document) -> None:
    """Let a resource be again what another one had replaced, and mark that other one for removal."""
    before = record["before"]
    if record["physical"] not in {"", before["physical"]}:
        record["obsolete"] = [
            *record["obsolete"],
            _obsolete(record, record["properties"], "Delete"),
        ]
    record.update({name: before[name] for name in ("physical", "name", "token", "attributes")})
    before["replaced"] = False


def make_obsolete(record: Document) -> None:
    """Mark what a resource replaced for removal, when an update has succeeded."""
    before = record["before"]
    record["before"] = None
    if before is not None and before["replaced"]:
        old = _obsolete({**record, **before}, before["properties"], before["replacing"])
        record["obsolete"] = [*record["obsolete"], old]
