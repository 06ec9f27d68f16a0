"""Stored table records: a definition as JSON with a format version (docs/formats/table-record.md)."""

from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import orjson

from globaltables.foundation.errors import OperationalError
from globaltables.tables.definitions import Table

FORMAT_VERSION = 1


def encode(table: Table) -> bytes:
    """Return the stored record of a table."""
    stored = {"format": FORMAT_VERSION, "table": table}
    return orjson.dumps(stored, _fields, orjson.OPT_PASSTHROUGH_DATACLASS)


def stored_json(value: Any) -> bytes:
    """Return the JSON of definitions, for records that hold some: what `from_stored` takes when it is parsed."""
    return orjson.dumps(value, _fields, orjson.OPT_PASSTHROUGH_DATACLASS)


def decode(record: bytes) -> Table:
    """Return the table of a stored record.

    A field that the record lacks takes its default; a field that is not known is ignored, so that a definition
    written by a neighbouring version can be read.

    Raises:
        OperationalError: the record is damaged or of another format.
    """
    try:
        stored = orjson.loads(record)
        version = stored["format"]
        if version == FORMAT_VERSION:
            table: Table = _value(Table, stored["table"])
            return table
    except (KeyError, TypeError, ValueError) as error:
        msg = f"a stored table record is damaged: {error}"
        raise OperationalError(msg) from error
    msg = f"a stored table record has format {version}, this version reads {FORMAT_VERSION}"
    raise OperationalError(msg)


def from_stored(kind: Any, stored: Any) -> Any:
    """Return a JSON value as a value of an annotated type, with the defaults of fields that it lacks.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    return _value(kind, stored)


def _fields(value: Any) -> dict[str, Any]:
    """Return a definition's fields: what it derives from them and remembers is not stored."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


@lru_cache
def _field_types(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))


def _value(kind: Any, stored: Any) -> Any:
    """Return the JSON value as a value of the annotated type."""
    origin = get_origin(kind)
    if origin is tuple:
        return _tuple(get_args(kind), stored)
    if origin in (UnionType, Union):
        if stored is None:
            return None
        return _value(next(one for one in get_args(kind) if one is not NoneType), stored)
    if origin is Literal:
        if stored not in get_args(kind):
            msg = f"{stored!r} is none of {get_args(kind)}"
            raise ValueError(msg)
        return stored
    if is_dataclass(kind):
        types = _field_types(kind)  # type: ignore[arg-type]
        return kind(
            **{name: _value(type_, stored[name]) for name, type_ in types if name in stored}
        )  # type: ignore[operator]
    if type(stored) is not kind:
        msg = f"{stored!r} is no {kind}"
        raise TypeError(msg)
    return stored


def _tuple(kinds: tuple[Any, ...], stored: list[Any]) -> tuple[Any, ...]:
    if kinds[-1] is Ellipsis:
        return tuple(_value(kinds[0], one) for one in stored)
    return tuple(_value(kind, one) for kind, one in zip(kinds, stored, strict=True))
