"""How AWS's Java prints the values that it quotes in a validation error."""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import orjson

from globaltables.api.shapes import ATTRIBUTE_VALUE, Shape, Shapes

_PACKAGE = "com.amazonaws.dynamodb.v20120810."

#: Members that AWS's classes print and that the public model does not have.
_HIDDEN_MEMBERS: Mapping[str, tuple[str, ...]] = {"PutRequest": ("workloadProfileName",)}

#: The buckets of the hash sets in which AWS keeps the values of an enumeration (see enumeration_order).
_BUCKETS = 32
_SMALL_BUCKETS = 16


def quoted(value: Any, shape: Shape, shapes: Shapes) -> str:
    """Return a value as it stands after "Value " in a validation error: null, or in quotes."""
    return "null" if value is None else f"'{java_text(value, shape, shapes)}'"


def java_text(value: Any, shape: Shape, shapes: Shapes) -> str:
    """Return what Java's toString gives for a value of a shape."""
    if value is None:
        return "null"
    if shape.name == ATTRIBUTE_VALUE:
        # AWS's class prints an identity, equal for equal values.
        return f"{_PACKAGE}{ATTRIBUTE_VALUE}@{crc32(orjson.dumps(value)):x}"
    if shape.kind == "structure":
        return _structure_text(value, shape, shapes)
    if shape.kind == "list":
        element = shapes[shape.element]
        return f"[{', '.join(java_text(content, element, shapes) for content in value)}]"
    if shape.kind == "map":
        element = shapes[shape.element]
        pairs = (f"{key}={java_text(content, element, shapes)}" for key, content in value.items())
        return f"{{{', '.join(pairs)}}}"
    if type(value) is bool:
        return "true" if value else "false"
    return str(value)


def _structure_text(value: Mapping[str, Any], shape: Shape, shapes: Shapes) -> str:
    members = [
        f"{lower_first(name)}={java_text(value.get(name), shapes[member], shapes)}"
        for name, member in shape.members.items()
    ]
    members += [f"{name}=null" for name in _HIDDEN_MEMBERS.get(shape.name, ())]
    return f"{shape.name}({', '.join(members)})"


def lower_first(name: str) -> str:
    """Return a member's name as AWS writes it in paths: TableName is tableName."""
    return name[:1].lower() + name[1:]


def enumeration_order(values: Sequence[str]) -> list[str]:
    """Return the values of an enumeration in the order in which AWS lists them.

    AWS prints a Java hash set of 32 buckets: ordered by hash code modulo 32, the later of two in a bucket first.
    Every list of values known from measurements on AWS comes out right.
    """
    order = list(reversed(values))
    order.sort(key=lambda value: _hash_code(value) % _BUCKETS)
    return order


def hash_set_order(texts: Sequence[str]) -> list[str]:
    """Return a few distinct texts in the order in which a Java HashSet of them is printed.

    Java's default of 16 buckets doubles whenever they are three quarters full; texts of one bucket stay in the order in
    which they came.
    """
    buckets = _SMALL_BUCKETS
    while len(texts) * 4 > buckets * 3:
        buckets *= 2
    return sorted(texts, key=lambda text: _spread(_hash_code(text)) % buckets)


def _spread(code: int) -> int:
    return code ^ code >> 16


def _hash_code(text: str) -> int:
    """Return Java's String.hashCode, unsigned; the texts are ASCII."""
    code = 0
    for character in text:
        code = (31 * code + ord(character)) & 0xFFFFFFFF
    return code
