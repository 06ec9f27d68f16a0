"""Scalars between their texts on the wire and what handlers work with.

Handlers get and give blobs as bytes and timestamps as seconds since 1970; before a request was checked against the
model its blobs are Base64 text, as in JSON.
"""

import math
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from globaltables.api.service_model import Fields
from globaltables.foundation.errors import serialization

_WORDS: Mapping[str, bool] = {"true": True, "false": False}
_WHOLE: Mapping[str, str] = {"integer": "Integer", "long": "Long"}
_BITS: Mapping[str, int] = {"integer": 32, "long": 64}
#: The moments that calendars have, as seconds: the years 1 to 9999.
_FIRST_MOMENT = -62_135_596_800
_LAST_MOMENT = 253_402_300_799


def from_text(shape: Fields, text: str) -> Any:
    """Return what a text of a path, a query, a header, a form or an XML element stands for, blobs still as Base64.

    Raises:
        ApiError: SerializationException.
    """
    kind = shape["type"]
    if kind in _WHOLE:
        number = _number(text, int, _WHOLE[kind])
        if not -(2 ** (_BITS[kind] - 1)) <= number < 2 ** (_BITS[kind] - 1):
            raise serialization(f"'{text}' can not be converted to a {_WHOLE[kind]}")
        return number
    if kind in ("double", "float"):
        return _number(text, float, "Double")
    if kind == "boolean":
        if text.lower() not in _WORDS:
            raise serialization(f"'{text}' can not be converted to a Boolean")
        return _WORDS[text.lower()]
    return seconds_of(text) if kind == "timestamp" else text


def to_text(shape: Fields, value: Any, timestamp_format: str) -> str:
    """Return the text of a scalar.

    Args:
        shape: whose value it is.
        value: as handlers give it.
        timestamp_format: "iso8601", "rfc822" or "unixTimestamp", unless the shape has one of its own.
    """
    if type(value) is bool:
        return "true" if value else "false"
    if shape["type"] == "timestamp":
        return moment_text(value, shape.get("timestampFormat", timestamp_format))
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    return str(value)


def moment_text(seconds: float, timestamp_format: str) -> str:
    """Return a moment as text."""
    if timestamp_format == "unixTimestamp":
        return str(int(seconds))
    moment = datetime.fromtimestamp(seconds, UTC)
    if timestamp_format == "rfc822":
        return format_datetime(moment.replace(microsecond=0), usegmt=True)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: str) -> float:
    """Return the seconds since 1970 of a moment in any of the forms that AWS takes.

    Raises:
        ApiError: SerializationException.
    """
    try:
        seconds = float(text)
    except ValueError:
        pass
    else:
        if math.isnan(seconds):
            raise serialization(f"'{text}' can not be converted to a Date")
        return seconds
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
            # A moment without a zone is in UTC, as AWS takes it.
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (IndexError, OverflowError, TypeError, ValueError):
            continue
    raise serialization(f"'{text}' can not be converted to a Date")


def as_json(value: Any) -> Any:
    """Return a request of another service in this process as JSON would bring it: blobs as Base64, all of it copied."""
    if isinstance(value, dict):
        return {key: as_json(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(content) for content in value]
    return b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def with_bytes(shapes: Mapping[str, Fields], name: str, value: Any) -> Any:
    """Return a checked request as handlers get it: blobs as bytes, changed in place where it holds some.

    Raises:
        ApiError: SerializationException; a moment is in no calendar.
    """
    shape = shapes[name]
    kind = shape["type"]
    if kind == "timestamp":
        if not _FIRST_MOMENT <= value <= _LAST_MOMENT:
            raise serialization(f"{value} can not be converted to a Date")
        return value
    if kind == "blob":
        return b64decode(value) if isinstance(value, str) else value
    if kind == "structure":
        members = shape["members"]
        for member, content in value.items():
            reference = members[member]
            if shapes[reference["shape"]]["type"] in _HOLDERS:
                value[member] = with_bytes(shapes, reference["shape"], content)
    elif kind in ("list", "map"):
        element = shape["member" if kind == "list" else "value"]["shape"]
        if shapes[element]["type"] in _HOLDERS:
            places = enumerate(value) if kind == "list" else value.items()
            for place, content in places:
                value[place] = with_bytes(shapes, element, content)
    return value


_HOLDERS = frozenset({"blob", "structure", "list", "map", "timestamp"})


def _number(text: str, convert: type[int] | type[float], java: str) -> float:
    try:
        return convert(text)
    except ValueError:
        raise serialization(f"'{text}' can not be converted to a {java}") from None
