"""The JSON types of attribute values, on the path of every item read or written.

Whether a value makes sense (one type, no empty set, a number that is one) is for the items layer.
"""

from collections.abc import Mapping
from typing import Any

from globaltables.api.scalars import check_blob, check_boolean, check_string
from globaltables.foundation.errors import (
    ApiError,
    invalid_parameters,
    nested_too_deep,
    serialization,
)
from globaltables.foundation.limits import NESTING_LEVELS_MAX

_CLASS = "com.amazonaws.dynamodb.v20120810.AttributeValue"
_MAP = f"java.util.Map<java.lang.String, {_CLASS}>"

#: AWS's words for a null in a set.
_NULL_IN_SET: Mapping[str, str] = {
    "SS": "An string set  may not have a null string as a member",
    "NS": "An number set  may not have a null string as a member",
    "BS": "Binary sets may not contain null values",
}

#: Deeper values are refused here, before the walk exhausts the stack; the exact limit is for the items layer.
_DEPTH_MAX = 2 * NESTING_LEVELS_MAX
_TEXTS = frozenset((str,))


def check_attributes(attributes: dict[str, Any], depth: int = 0) -> None:
    """Check, in place, the values of a map from attribute names to attribute values.

    Raises:
        ApiError: SerializationException when a value has the wrong JSON type.
    """
    for name, value in attributes.items():
        # Spelled out for the common types: this runs for each attribute of each request.
        if type(value) is dict and len(value) == 1:
            if "S" in value:
                if type(value["S"]) is str:
                    continue
            elif "N" in value:
                if type(value["N"]) is str:
                    continue
            elif "BOOL" in value:
                if type(value["BOOL"]) is bool:
                    continue
            elif "M" in value:
                if type(value["M"]) is dict:
                    _check_map(value["M"], depth + 1)
                    continue
            elif (
                "SS" in value
                and type(value["SS"]) is list
                and _TEXTS.issuperset(map(type, value["SS"]))
            ):
                continue
        attributes[name] = check_element(value, depth)


def check_element(value: Any, depth: int = 0) -> Any:
    """Return an attribute value that stands in a list or a map, checked.

    A null becomes an empty value, which the items layer refuses with AWS's text.
    """
    if type(value) is dict:
        return _check_contents(value, depth)
    if value is None:
        return {}
    raise _not_a_structure(value, "Unexpected value type in payload")


def check_member(value: Any) -> Any:
    """Return an attribute value that is a member of a structure, checked."""
    if type(value) is dict:
        return _check_contents(value, 0)
    raise _not_a_structure(value, "Unexpected field type")


def _not_a_structure(value: Any, otherwise: str) -> ApiError:
    if type(value) is list:
        return serialization(f"Unrecognized collection type class {_CLASS}")
    return serialization(otherwise)


def _check_contents(value: dict[str, Any], depth: int) -> dict[str, Any]:
    for kind, content in tuple(value.items()):
        if content is None:
            del value[kind]
        elif kind in {"S", "N"}:
            check_string(content)
        elif kind == "M":
            _check_map(content, depth + 1)
        elif kind == "L":
            _check_list(content, depth + 1)
        elif kind == "B":
            check_blob(content)
        elif kind in {"BOOL", "NULL"}:
            value[kind] = check_boolean(content)
        elif kind in {"SS", "NS", "BS"}:
            _check_set(kind, content)
        else:
            del value[kind]
    return value


def _check_map(content: Any, depth: int) -> None:
    if type(content) is not dict:
        if type(content) is list:
            raise serialization(f"Unrecognized collection type {_MAP}")
        raise serialization("Unexpected field type")
    _check_depth(depth)
    check_attributes(content, depth)


def _check_list(content: Any, depth: int) -> None:
    _expect_list(content)
    _check_depth(depth)
    for position, value in enumerate(content):
        content[position] = check_element(value, depth)


def _check_set(kind: str, content: Any) -> None:
    _expect_list(content)
    check = check_blob if kind == "BS" else check_string
    for element in content:
        if element is None:
            raise invalid_parameters(_NULL_IN_SET[kind])
        check(element)


def _expect_list(content: Any) -> None:
    if type(content) is not list:
        if type(content) is dict:
            raise serialization("Start of structure or map found where not expected")
        raise serialization("Unexpected field type")


def _check_depth(depth: int) -> None:
    if depth > _DEPTH_MAX:
        raise nested_too_deep()
