"""The shapes of an AWS service model, as plain immutable values."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

ATTRIBUTE_VALUE = "AttributeValue"


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of a model; the names in it are names of other shapes of the same model.

    Attributes:
        name: AWS's name, e.g. "PutItemInput".
        kind: structure, list, map, string, integer, long, double, boolean, blob or timestamp.
        members: structure members in AWS's order, name to shape name.
        required: names of the members that must be there.
        element: shape name of a list's elements or a map's values.
        key: shape name of a map's keys.
        minimum: least value of a number, least length of anything else.
        maximum: greatest value of a number, greatest length of anything else.
        pattern: Java regular expression that the whole string must match.
        values: the allowed texts of an enumeration, in the model's order.
    """

    name: str
    kind: str
    members: Mapping[str, str]
    required: tuple[str, ...]
    element: str
    key: str
    minimum: int | None
    maximum: int | None
    pattern: str
    values: tuple[str, ...]


Shapes = Mapping[str, Shape]


def parse_shapes(document: Mapping[str, Mapping[str, Any]]) -> Shapes:
    """Return the shapes of a botocore model's "shapes" object."""
    return MappingProxyType({name: _parse(name, fields) for name, fields in document.items()})


def _parse(name: str, fields: Mapping[str, Any]) -> Shape:
    kind = fields["type"]
    element = fields.get("member") or fields.get("value") or {}
    members = fields.get("members") or {}
    return Shape(
        name=name,
        kind=kind,
        members=MappingProxyType({member: ref["shape"] for member, ref in members.items()}),
        required=tuple(fields.get("required", ())),
        element=element.get("shape", ""),
        key=fields.get("key", {}).get("shape", ""),
        minimum=fields.get("min"),
        maximum=fields.get("max"),
        pattern=fields.get("pattern", ""),
        values=tuple(fields.get("enum", ())),
    )
