"""Types whose resources are made, changed and removed by one operation each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from globaltables.companions.cloudformation.engine.resource_type import Naming, ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.requests import request_of
from globaltables.companions.cloudformation.resource_types.tagging import as_list, tag_changes

Members = Callable[[ResourceWork], dict[str, Any]]
Adjust = Callable[[ResourceWork], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Calls:
    """The operations of a type.

    Attributes:
        name: e.g. "AWS::Logs::LogStream".
        service: the name that its requests are signed for.
        create: the operation that makes it, with the properties that it has members for.
        delete: the operation that removes it.
        read: the operation that describes it.
        keys: the members that say which one it is; an operation gets those that it has.
        update: the operation that changes it; empty when every change makes a new one.
        made: the physical id, from the answer; the name without it.
        found: the attributes, from the answer that describes it; None when that says that it is not there.
        members: of creation and change beside the properties.
        naming: how it is named.
        adjust: what is done after it was made or changed, e.g. its tags.
        named: whether what is there before with its name is not its own.
        replaced_by: see `ResourceType`.
        unserved: see `ResourceType`.
    """

    name: str
    service: str
    create: str
    delete: str
    read: str
    keys: Members
    update: str = ""
    made: Callable[[ResourceWork, Mapping[str, Any]], str] | None = None
    found: Callable[[ResourceWork, Mapping[str, Any]], dict[str, Any] | None] | None = None
    members: Members | None = None
    naming: Naming | None = None
    adjust: Adjust | None = None
    named: bool = False
    replaced_by: tuple[str, ...] = ()
    unserved: tuple[str, ...] = ()


def by_calls(calls: Calls) -> ResourceType:
    """Return the type that these operations make."""
    service = calls.service

    def beside(work: ResourceWork) -> dict[str, Any]:
        given = {} if calls.naming is None else {calls.naming.property: work.name}
        return {**given, **({} if calls.members is None else calls.members(work))}

    async def creating(work: ResourceWork) -> None:
        if not work.physical:
            answer = await work.send(service, calls.create, **beside(work))
            await work.made(work.name if calls.made is None else calls.made(work, answer))
        if calls.adjust is not None:
            await calls.adjust(work)

    async def updating(work: ResourceWork) -> None:
        await work.send(service, calls.update, **{**beside(work), **calls.keys(work)})
        if calls.adjust is not None:
            await calls.adjust(work)

    async def deleting(work: ResourceWork) -> None:
        keys = request_of(service, calls.delete, calls.keys(work))
        await work.call(service, calls.delete, **keys)

    async def reading(work: ResourceWork) -> dict[str, Any] | None:
        keys = request_of(service, calls.read, calls.keys(work))
        answer = await work.found(service, calls.read, **keys)
        if answer is None or calls.found is None:
            return None if answer is None else {}
        return calls.found(work, answer)

    return ResourceType(
        calls.name,
        create=creating,
        delete=deleting,
        read=reading,
        update=updating if calls.update else None,
        naming=calls.naming,
        named=(lambda work: work.name) if calls.named else None,
        replaced_by=calls.replaced_by,
        unserved=calls.unserved,
    )


def tagger(
    service: str, *, tag: str, untag: str, member: str
) -> Callable[[ResourceWork, str], Awaitable[None]]:
    """Return what brings the tags of a resource to what the properties say.

    Args:
        service: whose.
        tag: the operation that sets tags.
        untag: the operation that takes tags away.
        member: that says which resource.
    """

    async def bring(work: ResourceWork, resource: str) -> None:
        added, removed = tag_changes(work.old.get("Tags"), work.properties.get("Tags"))
        if removed:
            request = request_of(service, untag, {member: resource, "TagKeys": removed})
            await work.call(service, untag, **request)
        if added:
            # Tags that are an object in the API are made one.
            request = request_of(service, tag, {member: resource, "Tags": as_list(added)})
            await work.call(service, tag, **request)

    return bring
