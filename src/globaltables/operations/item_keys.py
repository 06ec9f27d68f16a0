"""Keys of requests: AWS's checks of key attributes against a table's schemas, and the stored key."""

from collections.abc import Mapping
from typing import Any

from globaltables.foundation.errors import ApiError, invalid_parameters, validation
from globaltables.foundation.limits import PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX
from globaltables.items.key_encoding import encode_key, text_key
from globaltables.items.values import Item, binary_size, text_size
from globaltables.tables.definitions import Index, KeyAttribute, KeySchema, Table

KEY_MISMATCH = "The provided key element does not match the schema"
_CHARACTER_BYTES_MAX = 4
_KINDS: Mapping[str, str] = {"S": "string", "B": "binary"}


def key_of_request(table: Table, key: Item) -> bytes:
    """Return the stored key of a request's Key member, whose values were checked.

    Raises:
        ApiError: the attributes are not exactly those of the schema, or one is empty or too long.
    """
    schema = table.schema
    attributes = schema.attributes
    if len(key) != len(attributes):
        raise validation(KEY_MISMATCH)
    stored = text_key(schema.text_names, key)
    if stored is not None:
        return stored
    for attribute in attributes:
        value = key.get(attribute.name)
        if value is None or attribute.type not in value:
            raise validation(KEY_MISMATCH)
        if value[attribute.type] == "":
            # AWS has another beginning of this sentence for keys than for items.
            raise invalid_parameters(
                "The AttributeValue for a key attribute cannot contain an empty "
                f"{_KINDS[attribute.type]} value. Key: {attribute.name}"
            )
    check_key_contents(schema, key)
    return encode_key(schema, key)


def key_of_item(table: Table, item: Item) -> bytes:
    """Return the stored key of a whole item, whose values were checked.

    Raises:
        ApiError: a key attribute of the table is missing, or one of the table or of an index has another type, is
            empty or too long.
    """
    schema = table.schema
    key = text_key(schema.text_names, item)
    if key is None:
        _check_item_key(schema, item)
        key = encode_key(schema, item)
    for index in table.indexes:
        check_index_attributes(index, item)
    return key


def _check_item_key(schema: KeySchema, item: Item) -> None:
    for attribute in schema.attributes:
        name = attribute.name
        value = item.get(name)
        if value is None:
            raise invalid_parameters(f"Missing the key {name} in the item")
        if attribute.type not in value:
            actual = next(iter(value))
            raise invalid_parameters(
                f"Type mismatch for key {name} expected: {attribute.type} actual: {actual}"
            )
    check_key_contents(schema, item)


def check_index_attributes(index: Index, item: Item) -> None:
    """Check those key attributes of an index that an item has.

    Raises:
        ApiError: one has another type, is empty or too long.
    """
    longest = 0
    for attribute in index.schema.attributes:
        name, kind = attribute.name, attribute.type
        value = item.get(name)
        if value is None:
            continue
        content = value.get(kind)
        if content is None:
            raise index_type_mismatch(index, attribute, next(iter(value)))
        if content == "":
            raise validation(
                "One or more parameter values are not valid. A value specified for a secondary "
                f"index key is not supported. The AttributeValue for a key attribute cannot "
                f"contain an empty {_KINDS[kind]} value. "
                f"IndexName: {index.name}, IndexKey: {name}"
            )
        longest = max(longest, len(content))
    if longest * _CHARACTER_BYTES_MAX > SORT_KEY_BYTES_MAX:
        _check_sizes(index.schema, item)


def index_type_mismatch(index: Index, attribute: KeyAttribute, actual: str) -> ApiError:
    """Return the refusal of an attribute whose type is not that of the index's key."""
    return invalid_parameters(
        f"Type mismatch for Index Key {attribute.name} Expected: {attribute.type} "
        f"Actual: {actual} IndexName: {index.name}"
    )


def check_key_contents(schema: KeySchema, values: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that no key attribute is empty or too long.

    Raises:
        ApiError: with AWS's text (the missing blank before a number is AWS's).
    """
    for attribute in schema.attributes:
        kind = attribute.type
        if values[attribute.name][kind] == "":
            raise validation(
                "One or more parameter values are not valid. The AttributeValue for a key "
                f"attribute cannot contain an empty {_KINDS[kind]} value. Key: {attribute.name}"
            )
    _check_sizes(schema, values)


def _check_sizes(schema: KeySchema, values: Mapping[str, Mapping[str, Any]]) -> None:
    for attribute in schema.hash:
        if _size(attribute.type, values.get(attribute.name)) > PARTITION_KEY_BYTES_MAX:
            raise invalid_parameters(
                "Size of hashkey has exceeded the maximum size limit of2048 bytes"
            )
    for attribute in schema.range:
        if _size(attribute.type, values.get(attribute.name)) > SORT_KEY_BYTES_MAX:
            raise invalid_parameters(
                "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
            )


def _size(kind: str, value: Mapping[str, Any] | None) -> int:
    if value is None or kind == "N":
        return 0
    content = value[kind]
    return text_size(content) if kind == "S" else binary_size(content)
