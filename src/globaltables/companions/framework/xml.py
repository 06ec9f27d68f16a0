"""XML as AWS's protocols have it: structures as elements named after their members.

Source: the XML binding traits of Smithy (xmlName, xmlFlattened, xmlAttribute, xmlNamespace).
"""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from globaltables.api.service_model import Fields
from globaltables.companions.framework.values import from_text, to_text
from globaltables.foundation.errors import ApiError

_Shapes = Mapping[str, Fields]
#: Beyond what `escape` knows: line ends would be normalised away by parsers.
_ENTITIES: Mapping[str, str] = {"\r": "&#xD;", '"': "&quot;"}
_FORBIDDEN: Mapping[int, str] = {
    code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if chr(code) not in "\t\n\r"
}


def written(text: str) -> str:
    """Return a text as content or attribute; what XML cannot carry is replaced."""
    return escape(text.translate(_FORBIDDEN), _ENTITIES)


def element(name: str, content: str, attributes: str = "") -> str:
    """Return an element.

    Args:
        name: of the element.
        content: already written.
        attributes: already written, each with a blank before it.
    """
    return f"<{name}{attributes}>{content}</{name.partition(' ')[0]}>"


def members_of(shapes: _Shapes, shape: Fields, value: Mapping[str, Any]) -> str:
    """Return the elements of a structure's members, in the model's order; those that travel elsewhere are left out."""
    for name in value:
        assert name in shape["members"], f"a response has a member {name} that is not in the model"
    return "".join(
        _member(shapes, name, reference, value[name])
        for name, reference in shape["members"].items()
        if value.get(name) is not None and "location" not in reference
    )


def namespace_attribute(reference: Fields) -> str:
    """Return the declaration of an element's namespace; empty when it has none."""
    space = reference.get("xmlNamespace")
    if not space:
        return ""
    prefix = f":{space['prefix']}" if space.get("prefix") else ""
    return f' xmlns{prefix}="{space["uri"]}"'


def _member(shapes: _Shapes, name: str, reference: Fields, value: Any) -> str:
    shape = shapes[reference["shape"]]
    if reference.get("xmlAttribute"):
        return ""
    tag = reference.get("locationName", name)
    flat = reference.get("flattened") or shape.get("flattened")
    match shape["type"]:
        case "list":
            inner = shape["member"]
            if flat:
                tag = reference.get("locationName") or inner.get("locationName", name)
                return "".join(_node(shapes, tag, inner, one) for one in value)
            item_tag = inner.get("locationName", "member")
            return element(tag, "".join(_node(shapes, item_tag, inner, one) for one in value))
        case "map":
            entries = (_entry(shapes, shape, key, one) for key, one in value.items())
            if flat:
                return "".join(element(tag, entry) for entry in entries)
            return element(tag, "".join(element("entry", entry) for entry in entries))
        case _:
            return _node(shapes, tag, reference, value)


def _entry(shapes: _Shapes, shape: Fields, key: str, value: Any) -> str:
    key_tag = shape["key"].get("locationName", "key")
    value_tag = shape["value"].get("locationName", "value")
    return element(key_tag, written(key)) + _node(shapes, value_tag, shape["value"], value)


def _node(shapes: _Shapes, tag: str, reference: Fields, value: Any) -> str:
    shape = shapes[reference["shape"]]
    if shape["type"] == "structure":
        attributes = namespace_attribute({**shape, **reference}) + _attributes(shape, value)
        return element(tag, members_of(shapes, shape, value), attributes)
    if shape["type"] in ("list", "map"):
        return _member(shapes, tag, {**reference, "locationName": tag}, value)
    return element(tag, written(to_text({**shape, **reference}, value, "iso8601")))


def _attributes(shape: Fields, value: Mapping[str, Any]) -> str:
    return "".join(
        f' {reference.get("locationName", name)}="{written(str(value[name]))}"'
        for name, reference in shape["members"].items()
        if reference.get("xmlAttribute") and value.get(name) is not None
    )


def read_xml(shapes: _Shapes, reference: Fields, body: bytes) -> Any:
    """Return what an XML document stands for; names are compared without their namespaces.

    Raises:
        ApiError: MalformedXML.
    """
    try:
        root = ET.fromstring(body)  # noqa: S314 - expat limits how much entities may grow
    except (ET.ParseError, LookupError, ValueError):  # the latter for encodings that nobody has
        msg = "The XML you provided was not well-formed or did not validate against our published schema"
        raise ApiError("MalformedXML", msg) from None
    return _read(shapes, reference, root)


def _read(shapes: _Shapes, reference: Fields, node: ET.Element) -> Any:
    shape = shapes[reference["shape"]]
    match shape["type"]:
        case "structure":
            return _read_structure(shapes, shape, node)
        case "list":
            tag = shape["member"].get("locationName", "member")
            return [_read(shapes, shape["member"], one) for one in node if _name(one) == tag]
        case "map":
            return _read_map(shapes, shape, [one for one in node if _name(one) == "entry"])
        case _:
            return from_text(shape, node.text or "")


def _read_structure(shapes: _Shapes, shape: Fields, node: ET.Element) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, reference in shape["members"].items():
        if "location" in reference:
            continue
        tag = reference.get("locationName", name)
        if reference.get("xmlAttribute"):
            wanted = tag.rpartition(":")[2]
            for attribute, text in node.attrib.items():
                if attribute.rpartition("}")[2] == wanted:
                    read[name] = text
            continue
        member_shape = shapes[reference["shape"]]
        if reference.get("flattened") or member_shape.get("flattened"):
            found = [one for one in node if _name(one) == tag]
            if found and member_shape["type"] == "list":
                read[name] = [_read(shapes, member_shape["member"], one) for one in found]
            elif found:
                read[name] = _read_map(shapes, member_shape, found)
            continue
        for one in node:
            if _name(one) == tag:
                read[name] = _read(shapes, reference, one)
    return read


def _read_map(shapes: _Shapes, shape: Fields, entries: list[ET.Element]) -> dict[str, Any]:
    key_tag = shape["key"].get("locationName", "key")
    value_tag = shape["value"].get("locationName", "value")
    read: dict[str, Any] = {}
    for entry in entries:
        parts = {_name(one): one for one in entry}
        if key_tag in parts and value_tag in parts:
            key = parts[key_tag].text or ""
            read[key] = _read(shapes, shape["value"], parts[value_tag])
    return read


def _name(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2]
