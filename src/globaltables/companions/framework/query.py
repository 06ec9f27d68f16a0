"""The query protocol: requests are forms of dotted names, responses are XML.

    Action=CreateRole&Tags.member.1.Key=team&Tags.member.1.Value=a

Source: awsQuery of Smithy.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from globaltables.api.service_model import ServiceModel, ServiceOperation
from globaltables.companions.framework.values import from_text
from globaltables.companions.framework.xml import element, members_of, written
from globaltables.foundation.errors import ApiError, serialization
from globaltables.foundation.limits import FORM_FIELDS_MAX

#: What a form is read into: texts under the parts of their names.
_Tree = dict[str, Any]
#: No part of a name is called that.
_OWN_TEXT = "."
#: Digits of the numbers in a list that are read.
_NUMBER_DIGITS_MAX = 9


def read_form(body: bytes) -> dict[str, str]:
    """Return the fields of a form.

    Raises:
        ApiError: SerializationException.
    """
    try:
        fields = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=FORM_FIELDS_MAX
        )
    except ValueError:  # it is no UTF-8, or too much
        raise serialization(None) from None
    return dict(fields)


def read_query(
    model: ServiceModel, operation: ServiceOperation, form: Mapping[str, str]
) -> dict[str, Any]:
    """Return the members of a request.

    Raises:
        ApiError: SerializationException.
    """
    tree: _Tree = {}
    for name, text in form.items():
        node = tree
        for part in name.split("."):
            node = node.setdefault(part, {})
        node[_OWN_TEXT] = text
    if not operation.input:
        return {}
    request = _read(model, operation.input, tree)
    assert isinstance(request, dict), "a request is a structure"
    return request


def write_query(
    model: ServiceModel, operation: ServiceOperation, answer: Mapping[str, Any], request_id: str
) -> bytes:
    """Return the body of a response."""
    result = ""
    if operation.output:
        shape = model.shapes[operation.output["shape"]]
        wrapper = operation.output.get("resultWrapper", f"{operation.name}Result")
        result = element(wrapper, members_of(model.shapes, shape, answer))
    identity = element("ResponseMetadata", element("RequestId", written(request_id)))
    return _document(f"{operation.name}Response", model.namespace, result + identity)


def write_query_error(
    error: ApiError, code: str, status: int, namespace: str, request_id: str
) -> bytes:
    """Return the body of a refusal."""
    fault = "Receiver" if status >= 500 else "Sender"
    parts = element("Type", fault) + element("Code", written(code))
    parts += element("Message", written(error.message or ""))
    body = element("Error", parts) + element("RequestId", written(request_id))
    return _document("ErrorResponse", namespace, body)


def _document(name: str, namespace: str, content: str) -> bytes:
    attributes = f' xmlns="{namespace}"' if namespace else ""
    return element(name, content, attributes).encode("utf-8")


def _read(model: ServiceModel, reference: Mapping[str, Any], node: _Tree) -> Any:
    shape = model.shapes[reference["shape"]]
    match shape["type"]:
        case "structure":
            return {
                name: _read(model, member, node[part])
                for name, member in shape["members"].items()
                if (part := member.get("locationName", name)) in node
            }
        case "list":
            return _read_list(model, reference, shape, node)
        case "map":
            return _read_map(model, reference, shape, node)
        case _:
            if _OWN_TEXT not in node:
                raise serialization("Start of structure or map found where not expected")
            return from_text(shape, node[_OWN_TEXT])


def _read_list(
    model: ServiceModel, reference: Mapping[str, Any], shape: Mapping[str, Any], node: _Tree
) -> list[Any]:
    if not _is_flat(reference, shape):
        node = node.get(shape["member"].get("locationName", "member"), {})
    return [_read(model, shape["member"], one) for one in _numbered(node)]


def _read_map(
    model: ServiceModel, reference: Mapping[str, Any], shape: Mapping[str, Any], node: _Tree
) -> dict[str, Any]:
    if not _is_flat(reference, shape):
        node = node.get("entry", {})
    key_name = shape["key"].get("locationName", "key")
    value_name = shape["value"].get("locationName", "value")
    return {
        _read(model, shape["key"], one[key_name]): _read(model, shape["value"], one[value_name])
        for one in _numbered(node)
        if key_name in one and value_name in one
    }


def _is_flat(reference: Mapping[str, Any], shape: Mapping[str, Any]) -> bool:
    return bool(reference.get("flattened") or shape.get("flattened"))


def _numbered(node: _Tree) -> list[_Tree]:
    """Return the elements of a list in the order of their numbers."""
    numbers = [part for part in node if part.isascii() and part.isdigit()]
    if any(len(number) > _NUMBER_DIGITS_MAX for number in numbers):
        raise serialization(None)
    return [node[number] for number in sorted(numbers, key=int)]
