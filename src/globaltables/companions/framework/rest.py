"""What REST has outside the body: members in path, query, headers and status, and bodies that are one member.

Source: the HTTP binding traits of Smithy, for restJson1 and restXml.
"""

from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Any

from globaltables.api.service_model import Fields, ServiceModel, ServiceOperation
from globaltables.companions.framework.json_protocol import read_json, write_json
from globaltables.companions.framework.response import FileContent, Response
from globaltables.companions.framework.routes import Parameters
from globaltables.companions.framework.values import from_text, to_text
from globaltables.companions.framework.xml import (
    element,
    members_of,
    namespace_attribute,
    read_xml,
)

_TEXTS = frozenset({"string", "blob"})


def read_rest(
    model: ServiceModel,
    operation: ServiceOperation,
    labels: Mapping[str, str],
    parameters: Parameters,
    headers: Mapping[bytes, bytes],
    body: bytes,
    *,
    is_xml: bool,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the members of a request, and apart from them those that are bodies of their own.

    Raises:
        ApiError: SerializationException or MalformedXML.
    """
    if not operation.input:
        return {}, {}
    shape = model.shapes[operation.input["shape"]]
    request, payload = _read_body(model, operation.input, shape, body, is_xml=is_xml)
    for name, reference in shape["members"].items():
        place = reference.get("location")
        if place is None:
            continue
        request.pop(name, None)
        found = _located(model, reference, place, labels, parameters, headers)
        if found is not None:
            request[name] = found
    return request, payload


def write_rest(
    model: ServiceModel, operation: ServiceOperation, answer: Mapping[str, Any], *, is_xml: bool
) -> Response:
    """Return the response to a request that was carried out."""
    if not operation.output:
        return Response(operation.status, b"")
    shape = model.shapes[operation.output["shape"]]
    status = operation.status
    headers: list[tuple[str, str]] = []
    rest: dict[str, Any] = {}
    for name, value in answer.items():
        assert name in shape["members"], f"{operation.output['shape']} has no member {name}"
        reference = shape["members"][name]
        if value is None:
            continue
        match reference.get("location"):
            case "statusCode":
                status = value
            case "header":
                text = _header_text(model, reference, value)
                headers.append((reference["locationName"], text))
            case "headers":
                prefix = reference.get("locationName", "")
                headers += [(prefix + key, str(text)) for key, text in value.items()]
            case _:
                rest[name] = value
    given = {name.lower(): text for name, text in headers}
    large = rest.get(shape.get("payload", ""))
    if isinstance(large, FileContent):
        content_type = given.get("content-type", "application/octet-stream")
        return Response(status, b"", content_type, tuple(headers), large)
    body, content_type = _write_body(model, operation.output, shape, rest, is_xml=is_xml)
    return Response(status, body, given.get("content-type", content_type), tuple(headers))


def _read_body(
    model: ServiceModel, reference: Fields, shape: Fields, body: bytes, *, is_xml: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    payload = shape.get("payload")
    if payload is None:
        if not is_xml:
            return read_json(body), {}
        in_body = any("location" not in member for member in shape["members"].values())
        return (read_xml(model.shapes, reference, body) if body and in_body else {}), {}
    member = shape["members"][payload]
    kind = model.shapes[member["shape"]]["type"]
    if kind == "blob":
        return {}, {payload: body}
    if kind == "string":
        return {payload: body.decode("utf-8", "replace")}, {}
    if not body:
        return {}, {}
    content = read_xml(model.shapes, member, body) if is_xml else read_json(body)
    return {payload: content}, {}


def _write_body(
    model: ServiceModel, reference: Fields, shape: Fields, rest: Mapping[str, Any], *, is_xml: bool
) -> tuple[bytes, str]:
    payload = shape.get("payload")
    if payload is not None:
        member = shape["members"][payload]
        content = rest.get(payload)
        content_shape = model.shapes[member["shape"]]
        if content is None:
            return b"", ""
        if content_shape["type"] in _TEXTS:
            raw = content if isinstance(content, bytes) else str(content).encode("utf-8")
            return raw, "application/octet-stream" if is_xml else "application/json"
        reference, shape, rest = member, content_shape, content
    if not is_xml:
        return write_json(model, reference, rest), "application/json"
    if payload is None and all("location" in one for one in shape["members"].values()):
        return b"", ""
    name = reference.get("locationName") or shape.get("locationName") or reference["shape"]
    space = namespace_attribute({**shape, **reference})
    document = element(name, members_of(model.shapes, shape, rest), space)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}'.encode(), "application/xml"


def _located(
    model: ServiceModel,
    reference: Fields,
    place: str,
    labels: Mapping[str, str],
    parameters: Parameters,
    headers: Mapping[bytes, bytes],
) -> Any:
    """Return what a member outside the body has, None when it is not there."""
    shape = model.shapes[reference["shape"]]
    name = reference.get("locationName", "")
    match place:
        case "uri":
            return from_text(shape, labels[name]) if name in labels else None
        case "querystring":
            return _parameter(model, shape, name, parameters)
        case "header":
            raw = headers.get(name.lower().encode("ascii"))
            return None if raw is None else _header(model, shape, _text(raw))
        case "headers":
            prefix = name.lower().encode("ascii")
            return {
                key[len(prefix) :].decode("latin-1"): _text(raw)
                for key, raw in headers.items()
                if key.startswith(prefix)
            } or None
        case _:
            return None


def _parameter(model: ServiceModel, shape: Fields, name: str, parameters: Parameters) -> Any:
    if shape["type"] == "map":
        return {key: texts[-1] for key, texts in parameters.items()}
    texts = parameters.get(name)
    if texts is None:
        return None
    if shape["type"] == "list":
        inner = model.shapes[shape["member"]["shape"]]
        return [from_text(inner, text) for text in texts]
    return from_text(shape, texts[-1])


def _header(model: ServiceModel, shape: Fields, text: str) -> Any:
    if shape["type"] == "list":
        inner = model.shapes[shape["member"]["shape"]]
        return [from_text(inner, part.strip()) for part in text.split(",") if part.strip()]
    return from_text(shape, text)


def _text(raw: bytes) -> str:
    """Return the text of a header; clients write other alphabets as UTF-8 or in MIME's encoded words."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):  # it only looks like an encoded word
        return text


def _header_text(model: ServiceModel, reference: Fields, value: Any) -> str:
    shape = model.shapes[reference["shape"]]
    if shape["type"] == "list":
        return ",".join(str(one) for one in value)
    return to_text({**shape, **reference}, value, "rfc822")
