"""Attribute values as DynamoDB JSON: checking with AWS's texts, billed sizes, equality and order."""

import base64
from collections.abc import Iterable
from typing import Any

from globaltables.foundation.errors import invalid_parameters, nested_too_deep, validation
from globaltables.foundation.limits import ATTRIBUTE_NAME_BYTES_MAX, NESTING_LEVELS_MAX
from globaltables.items import numbers

AttributeValue = dict[str, Any]
Item = dict[str, AttributeValue]

#: The type descriptors, in the order in which AWS checks them.
TYPES = ("S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL")
_TYPES = frozenset(TYPES)
_CONTAINER_BYTES = 3
_normalize = numbers.normalize
_number_size = numbers.size
_measured = numbers.measured
_remembered = numbers.remembered
_SHORT = numbers.REMEMBERED_CHARACTERS_MAX


def check_item(item: Item) -> int:
    """Check every value of an item, put its numbers into canonical form in place, and return its billed bytes.

    Source: developer guide, CapacityUnitCalculations: names and values in UTF-8 bytes; sizes of values as AWS rounds.

    Raises:
        ApiError: ValidationException with AWS's text for the first value that is not allowed.
    """
    size = _checked_values(item, 0)
    names_size = _plain_names_size(item)
    return size + (sum(map(_name_size, item)) if names_size is None else names_size)


def check_value(value: AttributeValue) -> int:
    """Check one value as `check_item` does and return its billed bytes."""
    return _checked(value, 0)


def type_of(value: AttributeValue) -> str:
    """Return the type descriptor of a checked value: "S", "N", ... ."""
    return next(iter(value))


def text_size(text: str) -> int:
    """Return the UTF-8 length of a text."""
    return len(text) if text.isascii() else len(text.encode())


def binary_size(text: str) -> int:
    """Return the number of bytes that a base64 text stands for."""
    return len(text) // 4 * 3 - text[-2:].count("=")


def item_size(item: Item) -> int:
    """Return the billed bytes of a checked item."""
    size = 0
    for name, value in item.items():
        size += text_size(name) + value_size(value)
    return size


def part_size(item: Item, names: Iterable[str]) -> int:
    """Return the billed bytes of those attributes of a checked item that it has."""
    size = 0
    for name in names:
        value = item.get(name)
        if value is not None:
            size += text_size(name) + value_size(value)
    return size


def value_size(value: AttributeValue) -> int:
    """Return the billed bytes of a checked value."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return text_size(content)
        case "N":
            return _number_size(content)
        case "B":
            return binary_size(content)
        case "SS":
            return text_size("".join(content))
        case "NS":
            return sum(map(_number_size, content))
        case "BS":
            return sum(map(binary_size, content))
        case "M":
            return _CONTAINER_BYTES + len(content) + item_size(content)
        case "L":
            return _CONTAINER_BYTES + len(content) + sum(map(value_size, content))
        case _:
            return 1


def equal(left: AttributeValue, right: AttributeValue) -> bool:
    """Tell whether two checked values are equal; the order of sets and of map keys does not matter."""
    if left == right:
        return True
    ((kind, a),) = left.items()
    ((other, b),) = right.items()
    if kind != other:
        return False
    match kind:
        case "SS" | "NS" | "BS":
            return len(a) == len(b) and set(a) == set(b)
        case "L":
            return len(a) == len(b) and all(map(equal, a, b))
        case "M":
            return items_equal(a, b)
        case _:
            return False


def items_equal(left: Item, right: Item) -> bool:
    """Tell whether two checked items are equal, sets compared as sets."""
    return left == right or (
        left.keys() == right.keys()
        and all(value == right[name] or equal(value, right[name]) for name, value in left.items())
    )


def compare(left: AttributeValue, right: AttributeValue) -> int | None:
    """Return -1, 0 or 1 for two strings, two numbers or two binaries in DynamoDB's order; None for anything else."""
    ((kind, a),) = left.items()
    ((other, b),) = right.items()
    if kind != other or kind not in ("S", "N", "B"):
        return None
    x, y = sort_value(kind, a), sort_value(kind, b)
    return int(x > y) - int(x < y)


def sort_value(kind: str, content: str) -> Any:
    """Return something that Python orders as DynamoDB orders the content: UTF-8 bytes, a Decimal, raw bytes."""
    if kind == "S":
        return content.encode()
    if kind == "N":
        return numbers.to_decimal(content)
    return base64.b64decode(content)


def _plain_names_size(item: Item) -> int | None:
    """Return the bytes of all names together, because most are short and none is wrong; None when one may be."""
    names = "".join(item)
    if "" in item or len(names) > ATTRIBUTE_NAME_BYTES_MAX or not names.isascii():
        return None
    return len(names)


def _name_size(name: str) -> int:
    size = len(name) if name.isascii() else len(name.encode())
    if not 0 < size <= ATTRIBUTE_NAME_BYTES_MAX:
        if not size:
            raise invalid_parameters("Empty attribute name")
        raise invalid_parameters("Attribute name is too large, must be less than 65536 bytes")
    return size


def check_nesting(item: Item, names: Iterable[str]) -> None:
    """Check how deep some attributes of an item are nested, which an update may have made of values that were allowed.

    Raises:
        ApiError: ValidationException.
    """
    for name in names:
        value = item.get(name)
        if value is not None and ("M" in value or "L" in value):
            _check_depth(value, 1)


def _check_depth(value: AttributeValue, depth: int) -> None:
    inner = value["M"].values() if "M" in value else value.get("L")
    if inner is None:
        return
    if depth > NESTING_LEVELS_MAX:
        raise nested_too_deep()
    for one in inner:
        _check_depth(one, depth + 1)


def _checked_values(item: Item, depth: int) -> int:
    """Check the values of an item or a map; return their billed bytes, without the names."""
    size = 0
    for value in item.values():
        # Written out for strings and numbers, because this runs for every attribute that is written.
        if len(value) == 1:
            if "S" in value and (content := value["S"]) is not None:
                size += len(content) if content.isascii() else len(content.encode())
                continue
            if "N" in value and (content := value["N"]) is not None:
                if len(content) <= _SHORT:
                    value["N"], number_size = _remembered(content)
                else:
                    value["N"], number_size = _measured(content)
                size += number_size
                continue
        size += _checked(value, depth)
    return size


def _checked(value: AttributeValue, depth: int) -> int:
    if len(value) != 1:
        return _checked_odd(value, depth)
    ((kind, content),) = value.items()
    match kind:
        case "S" if content is not None:
            return text_size(content)
        case "N" if content is not None:
            value[kind], size = _measured(content)
            return size
        case "B" if content is not None:
            return binary_size(content)
        case "BOOL" if content is not None:
            return 1
        case "NULL" if content is not None:
            if content is not True:
                raise invalid_parameters("Null attribute value types must have the value of true")
            return 1
        case "M" if content is not None:
            return _checked_map(content, depth + 1)
        case "L" if content is not None:
            return _checked_list(content, depth + 1)
        case "SS" | "NS" | "BS" if content is not None:
            return _checked_set(kind, value)
        case _:
            return _checked_odd(value, depth)


def _checked_odd(value: AttributeValue, depth: int) -> int:
    """Handle values that do not have exactly one known member; unknown and null members do not count."""
    for member in [name for name in value if value[name] is None or name not in _TYPES]:
        del value[member]
    if not value:
        raise validation(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
        )
    if len(value) == 1:
        return _checked(value, depth)
    for kind in TYPES:
        if kind in value:
            _checked({kind: value[kind]}, depth)
    raise validation(
        "Supplied AttributeValue has more than one datatypes set, "
        "must contain exactly one of the supported datatypes"
    )


def _checked_map(content: Item, depth: int) -> int:
    if depth > NESTING_LEVELS_MAX:
        raise nested_too_deep()
    size = _CONTAINER_BYTES + len(content)
    names_size = _plain_names_size(content)
    if names_size is not None:
        return size + names_size + _checked_values(content, depth)
    for name, value in content.items():
        size += _name_size(name) + _checked(value, depth)
    return size


def _checked_list(content: list[AttributeValue], depth: int) -> int:
    if depth > NESTING_LEVELS_MAX:
        raise nested_too_deep()
    size = _CONTAINER_BYTES + len(content)
    for value in content:
        size += _checked(value, depth)
    return size


def _checked_set(kind: str, value: AttributeValue) -> int:
    members: list[str] = value[kind]
    if not members:
        if kind == "BS":
            raise invalid_parameters("Binary sets should not be empty")
        # The two blanks are AWS's own.
        raise invalid_parameters(
            f"An {'string' if kind == 'SS' else 'number'} set  may not be empty"
        )
    if kind == "NS":
        members = value[kind] = [_normalize(member) for member in members]
        if len(set(members)) != len(members):
            raise validation("Input collection contains duplicates")
        return sum(map(_number_size, members))
    if len(set(members)) != len(members):
        suffix = "of type BS contains" if kind == "BS" else " contains"
        raise invalid_parameters(f"Input collection [{', '.join(members)}]{suffix} duplicates.")
    return text_size("".join(members)) if kind == "SS" else sum(map(binary_size, members))
