"""JSON, the body of AWS's JSON protocols and of REST with JSON, and CBOR, which has the same members.

Source: awsJson1_0, awsJson1_1, restJson1 and rpcv2Cbor of Smithy.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from globaltables.api.service_model import Fields, ServiceModel
from globaltables.companions.framework.values import as_json, moment_text
from globaltables.foundation.errors import ApiError, serialization

_INTEGERS = range(-(2**63), 2**64)
_PLAIN = frozenset({bool, bytes, float, int, str})


def read_json(body: bytes) -> dict[str, Any]:
    """Return the members of a JSON body; an empty body has none.

    Raises:
        ApiError: SerializationException.
    """
    try:
        request = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        raise serialization(None) from None
    if type(request) is not dict:
        raise serialization(None)
    return request


def read_cbor(body: bytes) -> dict[str, Any]:
    """Return the members of a CBOR body, as JSON would have them.

    Raises:
        ApiError: SerializationException.
    """
    import cbor2  # noqa: PLC0415 - only one service's clients speak it

    try:
        request = cbor2.loads(body) if body else {}
        if type(request) is not dict:
            raise serialization(None)
        plain = as_json(_with_seconds(request))
    except (cbor2.CBORDecodeError, RecursionError, TypeError, ValueError):
        # A value may also be part of itself, and a key of a map what no map can have as one.
        raise serialization(None) from None
    assert isinstance(plain, dict), "a map stays one"
    return plain


def write_json(model: ServiceModel, reference: Fields, answer: Mapping[str, Any]) -> bytes:
    """Return the JSON body of a response; members are named as the model's locationName says."""
    return orjson.dumps(_wire(model.shapes, reference, answer, _json_moment))


def write_cbor(model: ServiceModel, reference: Fields, answer: Mapping[str, Any]) -> bytes:
    """Return the CBOR body of a response."""
    import cbor2  # noqa: PLC0415 - only one service's clients speak it

    body: bytes = cbor2.dumps(_wire(model.shapes, reference, answer, _cbor_moment))
    return body


def refusal_members(error: ApiError, name: str) -> dict[str, Any]:
    """Return the members of an error's body.

    Args:
        error: what is answered.
        name: the error's name in this protocol; empty when a header has it.
    """
    members: dict[str, Any] = {"__type": name} if name else {}
    if error.message is not None:
        members["message"] = error.message
    return members | dict(error.fields or {})


def _wire(
    shapes: Mapping[str, Fields],
    reference: Fields,
    value: Any,
    moment: Callable[[float, Fields], Any],
) -> Any:
    """Return a value as the encoders take it."""
    shape = shapes[reference["shape"]]
    kind = shape["type"]
    if kind == "structure":
        members = shape["members"]
        written: dict[str, Any] = {}
        for name, content in value.items():
            assert name in members, f"{reference['shape']} has no member {name}"
            if content is not None:
                wire_name = members[name].get("locationName", name)
                written[wire_name] = _wire(shapes, members[name], content, moment)
        return written
    if kind == "list":
        return [_wire(shapes, shape["member"], content, moment) for content in value]
    if kind == "map":
        element = shape["value"]
        return {key: _wire(shapes, element, content, moment) for key, content in value.items()}
    if kind == "timestamp":
        return moment(value, {**shape, **reference})
    return value if moment is _cbor_moment else as_json(value)


def _json_moment(seconds: float, fields: Fields) -> Any:
    form = fields.get("timestampFormat", "")
    return moment_text(seconds, form) if form and form != "unixTimestamp" else seconds


def _cbor_moment(seconds: float, fields: Fields) -> Any:
    import cbor2  # noqa: PLC0415 - only one service's clients speak it

    return cbor2.CBORTag(1, seconds)


def _with_seconds(value: Any) -> Any:
    """Return a value of the CBOR decoder with moments as seconds.

    Raises:
        ApiError: SerializationException; JSON has nothing like it.
    """
    if isinstance(value, dict):
        if not all(type(key) is str for key in value):
            raise serialization(None)
        return {key: _with_seconds(content) for key, content in value.items()}
    if isinstance(value, list):
        return [_with_seconds(content) for content in value]
    if isinstance(value, datetime):
        return value.timestamp()
    if type(value) is int and value not in _INTEGERS:
        raise serialization(None)
    if value is not None and type(value) not in _PLAIN:
        raise serialization(None)
    return value
