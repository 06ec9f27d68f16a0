"""The functions that need nothing but their arguments."""

import ipaddress
from base64 import b64encode
from typing import Any

import orjson

from globaltables.companions.cloudformation.refusals import template_error
from globaltables.companions.cloudformation.templates.parameters import text_of

_ZONES = ("a", "b", "c")
_CIDR_COUNT_MAX = 256


def base64(value: Any) -> str:
    """Return Fn::Base64."""
    return b64encode(_text("Fn::Base64", value).encode()).decode()


def join(given: Any) -> str:
    """Return Fn::Join."""
    if not isinstance(given, list) or len(given) != 2 or not isinstance(given[1], list):
        raise template_error(
            "every Fn::Join object requires two parameters, (1) a string delimiter and "
            "(2) a list of strings to be joined or a function that returns a list of strings"
        )
    delimiter, values = given
    return _text("Fn::Join", delimiter).join(_text("Fn::Join", value) for value in values)


def select(given: Any) -> Any:
    """Return Fn::Select."""
    if not isinstance(given, list) or len(given) != 2 or not isinstance(given[1], list):
        raise template_error("Fn::Select requires a list argument with two elements")
    position, values = given
    try:
        index = int(position)
    except (TypeError, ValueError):
        raise template_error("Fn::Select requires an integer index") from None
    if not 0 <= index < len(values):
        raise template_error(f"Fn::Select cannot select nonexistent value at index {index}")
    return values[index]


def split(given: Any) -> list[str]:
    """Return Fn::Split."""
    if not isinstance(given, list) or len(given) != 2 or not given[0]:
        raise template_error("every Fn::Split object requires two parameters")
    delimiter, text = given
    return _text("Fn::Split", text).split(_text("Fn::Split", delimiter))


def equals(given: Any) -> bool:
    """Return Fn::Equals; scalars are equal as texts."""
    if not isinstance(given, list) or len(given) != 2:
        raise template_error("Fn::Equals requires a list argument with two elements")
    left, right = given
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return bool(left == right)
    return text_of(left) == text_of(right)


def contains(given: Any) -> bool:
    """Return Fn::Contains: whether a value is in a list."""
    values, value = _pair("Fn::Contains", given)
    return text_of(value) in {text_of(one) for one in values}


def each_equals(given: Any) -> bool:
    """Return Fn::EachMemberEquals: whether all of a list are a value."""
    values, value = _pair("Fn::EachMemberEquals", given)
    return all(text_of(one) == text_of(value) for one in values)


def each_in(given: Any) -> bool:
    """Return Fn::EachMemberIn: whether all of a list are in another."""
    values, others = _pair("Fn::EachMemberIn", given)
    return {text_of(one) for one in values} <= {text_of(one) for one in others}


def zones(region: str) -> list[str]:
    """Return Fn::GetAZs: three zones, which every region has."""
    return [f"{region}{letter}" for letter in _ZONES]


def cidr(given: Any) -> list[str]:
    """Return Fn::Cidr."""
    if not isinstance(given, list) or len(given) not in {2, 3}:
        raise template_error("every Fn::Cidr object requires two or three parameters")
    try:
        block = ipaddress.ip_network(given[0], strict=False)
        count = int(given[1])
        default = 8 if block.version == 4 else 64
        bits = int(given[2]) if len(given) == 3 else default
        if not 1 <= count <= _CIDR_COUNT_MAX:
            raise template_error("Fn::Cidr: count must be between 1 and 256")
        prefix = block.max_prefixlen - bits
        if prefix < block.prefixlen or (1 << (prefix - block.prefixlen)) < count:
            raise template_error(f"Fn::Cidr: {given[0]} is too small for {count} blocks")
        return [str(one) for _, one in zip(range(count), block.subnets(new_prefix=prefix))]  # noqa: B905
    except (TypeError, ValueError):
        raise template_error("Fn::Cidr has wrong parameters") from None


def to_json(value: Any) -> str:
    """Return Fn::ToJsonString."""
    return orjson.dumps(value).decode()


def truth(value: Any) -> bool:
    """Return the truth of what a condition was evaluated to."""
    text = text_of(value).lower()
    if text not in {"true", "false"}:
        raise template_error("every condition must evaluate to true or false")
    return text == "true"


def _pair(function: str, given: Any) -> tuple[list[Any], Any]:
    if not isinstance(given, list) or len(given) != 2 or not isinstance(given[0], list):
        raise template_error(f"{function} requires a list and a value")
    return given[0], given[1]


def _text(function: str, value: Any) -> str:
    if isinstance(value, list | dict) or value is None:
        raise template_error(f"{function} requires texts")
    return text_of(value)
