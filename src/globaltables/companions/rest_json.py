"""REST with JSON: from method, URL and body to an operation and its request, and from an answer to a response.

Source: the restJson1 protocol of Smithy. Served is what the services here need: members in path, query and body.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

from globaltables.api.rest_model import RestModel, RestOperation
from globaltables.api.shapes import Shape
from globaltables.foundation.errors import ApiError, serialization

_WORDS: Mapping[str, bool] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered.

    Attributes:
        error: the code of an error, which this protocol has in a header; empty for a success.
    """

    status: int
    body: bytes
    error: str = ""


class Routes:
    """Finds operations.

    Args:
        model: whose.
    """

    def __init__(self, model: RestModel) -> None:
        self._by_length: dict[tuple[str, int], list[RestOperation]] = {}
        for operation in model.operations:
            key = (operation.method, len(operation.path))
            self._by_length.setdefault(key, []).append(operation)
        for operations in self._by_length.values():
            # A literal segment is a better match than a label.
            operations.sort(key=lambda one: [segment.startswith("{") for segment in one.path])

    def find(self, method: str, path: str) -> tuple[RestOperation, dict[str, str]] | None:
        """Return the operation of a request line and the texts of the path's labels.

        Args:
            method: e.g. "GET".
            path: percent-encoded, without the query.
        """
        segments = path.strip("/").split("/")
        for operation in self._by_length.get((method, len(segments)), ()):
            labels = _labels(operation.path, segments)
            if labels is not None:
                return operation, labels
        return None


def request_of(
    operation: RestOperation, labels: Mapping[str, str], query: str, body: bytes
) -> dict[str, Any]:
    """Return the request with all its members, checked against the model.

    Raises:
        ApiError: SerializationException or ValidationException.
    """
    try:
        request = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        raise serialization(None) from None
    if type(request) is not dict:
        raise serialization(None)
    parameters = parse_qs(query, keep_blank_values=True)
    for binding in operation.bindings:
        request.pop(binding.member, None)
        if binding.place == "uri":
            request[binding.member] = _value(binding.shape, [labels[binding.name]])
        elif binding.name in parameters:
            request[binding.member] = _value(binding.shape, parameters[binding.name])
    operation.check(request)
    return request


def success(operation: RestOperation, answer: Mapping[str, Any]) -> Response:
    """Return the response to a request that was carried out."""
    return Response(operation.status, orjson.dumps(answer))


def refusal(error: ApiError, statuses: Mapping[str, int]) -> Response:
    """Return the response to a request that was refused.

    Args:
        error: why.
        statuses: by code, where the model has one.
    """
    body = {} if error.message is None else {"message": error.message}
    return Response(statuses.get(error.code, error.status), orjson.dumps(body), error.code)


def _labels(path: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    labels: dict[str, str] = {}
    for expected, segment in zip(path, segments, strict=True):
        if expected.startswith("{"):
            if not segment:
                return None
            labels[expected[1:-1]] = unquote(segment)
        elif expected != segment:
            return None
    return labels


def _value(shape: Shape, texts: list[str]) -> Any:
    """Return what the texts of a parameter stand for.

    Raises:
        ApiError: SerializationException.
    """
    text = texts[-1]
    match shape.kind:
        case "list":
            return texts
        case "integer" | "long":
            try:
                return int(text)
            except ValueError:
                raise serialization(f"'{text}' can not be converted to an Integer") from None
        case "boolean":
            if text not in _WORDS:
                raise serialization(f"'{text}' can not be converted to a Boolean")
            return _WORDS[text]
        case _:
            return text
