"""What the engine knows of a type of resources."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from globaltables.companions.cloudformation.engine.resource_work import ResourceWork

Step = Callable[[ResourceWork], Awaitable[None]]
Reading = Callable[[ResourceWork], Awaitable[dict[str, Any] | None]]


@dataclass(frozen=True, slots=True)
class Naming:
    """How names are made up where the template gives none.

    Attributes:
        property: that gives the name.
        length_max: of a name.
        lower: whether it has no capitals.
        suffix: gives the end of the name, e.g. ".fifo", from the properties.
        separator: between the parts.
    """

    property: str
    length_max: int = 64
    lower: bool = False
    suffix: Callable[[dict[str, Any]], str] | None = None
    separator: str = "-"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type of resources.

    Attributes:
        name: e.g. "AWS::SQS::Queue".
        create: makes the resource and tells its physical id by `ResourceWork.made`.
        delete: removes it; what is not there is no failure.
        read: its attributes for Fn::GetAtt; None when it is not there.
        update: changes it; None when every change makes a new one.
        current: its properties as they are, for drift and import; None where they cannot be read.
        naming: how it is named; None for what has no name of its own.
        replaced_by: properties whose change makes a new one beside those of the schema.
        kept_by: properties that the schema says make a new one, but that can be changed.
        named: the physical id of what has a name, so that what is there before is found; None where names do not
            tell, or creation is repeatable.
        unserved: properties that would have no effect; they fail the resource.
    """

    name: str
    create: Step
    delete: Step
    read: Reading
    update: Step | None = None
    current: Reading | None = None
    naming: Naming | None = None
    replaced_by: tuple[str, ...] = ()
    kept_by: tuple[str, ...] = ()
    named: Callable[[ResourceWork], str] | None = None
    unserved: tuple[str, ...] = ()


async def nothing(work: ResourceWork) -> None:
    """Do nothing: what is to be removed goes with something else."""


async def no_attributes(work: ResourceWork) -> dict[str, Any] | None:
    """Return that a resource is there and has no attributes."""
    return {}
