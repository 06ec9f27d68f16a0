"""Key schemas of requests: AWS's checks, in AWS's order, of KeySchema against AttributeDefinitions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from globaltables.foundation.errors import invalid_parameters, validation
from globaltables.foundation.limits import INDEX_KEY_ATTRIBUTES_MAX
from globaltables.tables.definitions import KeyAttribute, KeySchema, ScalarType

#: Attribute name -> declared type.
AttributeTypes = Mapping[str, ScalarType]

_SIMPLE_KEY_MAX = 2


def attribute_types(definitions: Sequence[Mapping[str, Any]]) -> dict[str, ScalarType]:
    """Return the declared types by attribute name.

    Raises:
        ApiError: an attribute is declared twice.
    """
    types: dict[str, ScalarType] = {}
    for definition in definitions:
        name = definition["AttributeName"]
        if name in types:
            raise validation(f"Attribute Name is duplicated: {name}")
        types[name] = cast("ScalarType", definition["AttributeType"])
    return types


def simple_key_schema(elements: Sequence[Mapping[str, Any]], types: AttributeTypes) -> KeySchema:
    """Return the key schema of a table or local index: one hash, at most one range attribute.

    Raises:
        ApiError: AWS would not accept it.
    """
    _check_defined(elements, types)
    names = [element["AttributeName"] for element in elements]
    if len(set(names)) != len(names):
        raise _same_name(elements)
    _check_first_is_hash(elements)
    if any(element["KeyType"] != "RANGE" for element in elements[1:]):
        raise validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    return _schema(elements, types)


def global_index_key_schema(
    elements: Sequence[Mapping[str, Any]], types: AttributeTypes
) -> KeySchema:
    """Return the key schema of a global index: up to four hash, then up to four range attributes.

    Raises:
        ApiError: AWS would not accept it.
    """
    _check_defined(elements, types)
    names = [element["AttributeName"] for element in elements]
    if len(set(names)) != len(names):
        raise _same_name(elements)
    _check_first_is_hash(elements)
    kinds = [element["KeyType"] for element in elements]
    if kinds != sorted(kinds):
        msg = "All HASH key attributes must precede RANGE key attributes in the KeySchema"
        raise invalid_parameters(msg)
    for kind in ("HASH", "RANGE"):
        if kinds.count(kind) > INDEX_KEY_ATTRIBUTES_MAX:
            msg = f"The KeySchema exceeds the maximum allowed number of {kind} key attributes"
            raise invalid_parameters(msg)
    return _schema(elements, types)


def check_every_attribute_is_used(
    types: AttributeTypes, schemas: Iterable[KeySchema], *, with_indexes: bool
) -> None:
    """Refuse attributes that are declared and are no key.

    Raises:
        ApiError: with a text that depends on whether the request has indexes.
    """
    used = list(dict.fromkeys(name for schema in schemas for name in schema.names))
    if len(used) == len(types):
        return
    if not with_indexes:
        msg = (
            "Number of attributes in KeySchema does not exactly match number of attributes "
            "defined in AttributeDefinitions"
        )
        raise invalid_parameters(msg)
    msg = (
        f"Some AttributeDefinitions are not used. AttributeDefinitions: [{', '.join(types)}], "
        f"keys used: [{', '.join(used)}]"
    )
    raise invalid_parameters(msg)


def _check_defined(elements: Sequence[Mapping[str, Any]], types: AttributeTypes) -> None:
    if len(elements) > len(types):
        raise validation("Invalid KeySchema: Some index key attribute have no definition")
    names = [element["AttributeName"] for element in elements]
    if any(name not in types for name in names):
        msg = (
            "Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(names)}], AttributeDefinitions: [{', '.join(types)}]"
        )
        raise invalid_parameters(msg)


def _same_name(elements: Sequence[Mapping[str, Any]]) -> Exception:
    if len(elements) <= _SIMPLE_KEY_MAX:
        return validation(
            "Both the Hash Key and the Range Key element in the KeySchema have the same name"
        )
    return validation("The KeySchema contains multiple key attributes with the same name")


def _check_first_is_hash(elements: Sequence[Mapping[str, Any]]) -> None:
    if elements[0]["KeyType"] != "HASH":
        raise validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")


def _schema(elements: Sequence[Mapping[str, Any]], types: AttributeTypes) -> KeySchema:
    def attributes(kind: str) -> tuple[KeyAttribute, ...]:
        return tuple(
            KeyAttribute(element["AttributeName"], types[element["AttributeName"]])
            for element in elements
            if element["KeyType"] == kind
        )

    return KeySchema(attributes("HASH"), attributes("RANGE"))
