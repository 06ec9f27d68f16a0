"""Lines of imported files as items, before anything of an item is checked.

Source: developer guide, S3DataImport.Format. A line that is no item ends its file, as was measured on AWS; one that
has another number of columns than the header is left out.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from globaltables.foundation.errors import ApiError, validation
from globaltables.items.values import Item
from globaltables.tables.definitions import Table
from globaltables.transfers.compression import UnreadableFileError
from globaltables.transfers.ion_text import IonError, ion_values

#: An item, or why there is none.
Parsed = Item | ApiError
#: Reads the lines of one file.
Parser = Callable[[Iterable[bytes]], Iterator[Parsed]]
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def parser_of(members: Mapping[str, Any], table: Table) -> Parser:
    """Return what reads the files of an import.

    Args:
        members: of the request.
        table: into which they are imported.
    """
    match members["InputFormat"]:
        case "DYNAMODB_JSON":
            return _json_items
        case "ION":
            return _ion_items
        case _:
            options = members.get("InputFormatOptions", {}).get("Csv", {})
            reader = _CsvReader(options.get("Delimiter", ","), options.get("HeaderList"), table)
            return reader.items


def _json_items(lines: Iterable[bytes]) -> Iterator[Parsed]:
    for line in lines:
        try:
            parsed = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise UnreadableFileError(f"a line is no JSON: {error}") from error
        item = parsed.get("Item") if type(parsed) is dict else None
        if type(item) is not dict:
            raise UnreadableFileError("a line has no Item")
        yield item


def _ion_items(lines: Iterable[bytes]) -> Iterator[Parsed]:
    for line in lines:
        try:
            values = list(ion_values(line.decode()))
        except (IonError, UnicodeDecodeError, binascii.Error, ApiError) as error:
            raise UnreadableFileError(f"a line is no Ion: {error}") from error
        for value in values:
            # A list of items may stand in one line.
            for one in value.get("L", [value]):
                item = one.get("M", {}).get("Item", {}).get("M")
                if item is None:
                    raise UnreadableFileError("a line has no Item")
                yield item


class _CsvReader:
    """Reads CSV; keys of the table and its indexes have their types, everything else is a string."""

    def __init__(self, delimiter: str, header: Sequence[str] | None, table: Table) -> None:
        self._delimiter = delimiter
        self._header = header
        self._types = {one.name: one.type for one in table.attributes}
        quoted = re.escape(delimiter)
        self._field = re.compile(rf'(?:"((?:[^"]|"")*)"|([^"{quoted}]*))(?:{quoted}|$)')

    def items(self, lines: Iterable[bytes]) -> Iterator[Parsed]:
        """Iterate over the items of a file."""
        header = self._header
        for line in lines:
            if header is None:
                header = self._fields(line.removeprefix(_BYTE_ORDER_MARK))
                if len(set(header)) != len(header) or "" in header:
                    raise UnreadableFileError("the header names a column twice, or not at all")
                continue
            fields = self._fields(line)
            if len(fields) != len(header):
                yield validation("A line has another number of columns than the header")
                continue
            try:
                yield {
                    name: self._value(name, field)
                    for name, field in zip(header, fields, strict=True)
                    if field
                }
            except binascii.Error:
                yield validation("A binary key is not Base64")

    def _value(self, name: str, field: str) -> dict[str, str]:
        kind = self._types.get(name, "S")
        if kind == "B":
            base64.b64decode(field, validate=True)
        return {kind: field}

    def _fields(self, line: bytes) -> list[str]:
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise UnreadableFileError(f"a line is no UTF-8: {error}") from error
        if '"' not in text:
            return text.split(self._delimiter)
        fields, at = [], 0
        while True:
            found = self._field.match(text, at)
            if found is None:
                raise UnreadableFileError("a quotation mark is not doubled")
            quoted, plain = found.groups()
            fields.append(plain if quoted is None else quoted.replace('""', '"'))
            at = found.end()
            if at == len(text):
                if found[0].endswith(self._delimiter):
                    fields.append("")
                return fields
