"""ExclusiveStartKey of Query and Scan: AWS's checks, in AWS's order, of where a page is to begin."""

from collections.abc import Iterable

from globaltables.foundation.errors import ApiError, validation
from globaltables.items.values import TYPES, AttributeValue, Item, check_value
from globaltables.operations.item_keys import KEY_MISMATCH, check_key_contents
from globaltables.tables.definitions import Index, KeyAttribute, Table

INVALID = "The provided starting key is invalid"


def check_start_key_values(key: Item) -> None:
    """Check the values of a starting key, before its table is looked up, and normalise numbers in place.

    Raises:
        ApiError: AWS's text; as AWS has it, some of them say that they are about the starting key and some do not.
    """
    for value in key.values():
        try:
            check_value(value)
        except ApiError as error:
            if _tells_what_it_is_about(value):
                raise validation(f"{INVALID}: {error.message}") from None
            raise


def check_start_key_size(table: Table, index: Index | None, key: Item) -> None:
    """Check that a starting key has as many attributes as the keys of the table and the index have together.

    Raises:
        ApiError: it has not.
    """
    if len(key) != _size(table, index):
        raise validation(INVALID)


def check_start_key_part(attributes: Iterable[KeyAttribute], key: Item) -> None:
    """Check the attributes of the schema that is read, that of the index or else that of the table.

    Raises:
        ApiError: one is missing or has another type.
    """
    for attribute in attributes:
        value = key.get(attribute.name)
        if value is None:
            raise validation(INVALID)
        if attribute.type not in value:
            raise validation(KEY_MISMATCH)


def check_start_key_of_table(table: Table, key: Item) -> None:
    """Check the attributes of the table's own key, and that no key attribute is empty or too long.

    Raises:
        ApiError: it is not a key of the table.
    """
    for attribute in table.schema.attributes:
        value = key.get(attribute.name)
        if value is None or attribute.type not in value:
            raise validation(f"{INVALID}: {KEY_MISMATCH}")
    check_key_contents(table.schema, key)


def check_start_key_of_scan(table: Table, key: Item) -> None:
    """Check the starting key of a Scan of the table itself, for which AWS has one text.

    Raises:
        ApiError: it is not a key of the table.
    """
    if len(key) != len(table.schema.attributes):
        raise validation(f"{INVALID}: {KEY_MISMATCH}")
    check_start_key_of_table(table, key)


def start_key_names(table: Table, index: Index | None) -> tuple[str, ...]:
    """Return the attributes that a starting key has: those of the index's key, then the others of the table's."""
    if index is None:
        return table.schema.names
    names = index.schema.names
    return names + tuple(name for name in table.schema.names if name not in names)


def _size(table: Table, index: Index | None) -> int:
    return len(start_key_names(table, index))


def _tells_what_it_is_about(value: AttributeValue) -> bool:
    """Tell whether AWS names the starting key when this value is refused.

    It does not for numbers and for duplicates in sets (dynalite's tests, measured on AWS).
    """
    kinds = [kind for kind in TYPES if value.get(kind) is not None]
    if len(kinds) > 1:
        return not any(kind in ("N", "NS") and _refused({kind: value[kind]}) for kind in kinds)
    return not kinds or kinds[0] not in ("N", "NS", "SS", "BS") or value in ({"SS": []}, {"BS": []})


def _refused(value: AttributeValue) -> bool:
    try:
        check_value(value)
    except ApiError:
        return True
    return False
