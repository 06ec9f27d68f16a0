"""The engine as everything above it sees it: sealed tables read and written as if they were not sealed.

As long as no table of the region is sealed, reads go straight to the engine. Then a key's first bytes say whether it
belongs to a sealed table. A table whose rows are being sealed (or opened, or sealed under another key) has several
layers: what is written goes to the first and out of the others, reads look into all.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from globaltables.engine.interface import Engine
from globaltables.foundation.errors import OperationalError
from globaltables.itemstore.keyspaces import (
    CATALOG,
    RETAINED,
    Range,
    item_prefix,
    whole,
)
from globaltables.itemstore.sealed_keys import SPACE_BYTES, spaces_of
from globaltables.itemstore.sealed_layer import Row, SealedLayer, merged
from globaltables.security.sealing.data_keys import Unwrap
from globaltables.security.sealing.table_cipher import TableCipher
from globaltables.tables import codec
from globaltables.tables.definitions import Table

_log = logging.getLogger(__name__)

#: A layer of a table; None is the rows that are stored as they are.
_Layers = tuple[SealedLayer | None, ...]


class SealedView:
    """One region's stored rows.

    Args:
        engine: where the bytes are.
        unwrap: opens data keys; None where there are no keys.

    Attributes:
        active: whether any table is sealed.
        get: returns the value of a key, or None.
        range: see `engine.interface.Reader.range`.
    """

    def __init__(self, engine: Engine, unwrap: Unwrap | None = None) -> None:
        self.active = False
        self.get: Callable[[bytes], bytes | None] = engine.get
        self.range: Callable[..., Iterator[Row]] = engine.range
        self.unwrap = unwrap
        self._engine = engine
        self._tables: dict[bytes, _Layers] = {}
        #: Former ones too: what lies there is deleted in the batch that ends them, or later.
        self._spaces: dict[int, set[bytes]] = {}
        self._definitions: dict[int, Table] = {}
        self._ciphers: dict[tuple[int, str], TableCipher] = {}

    def learn(self, table: Table) -> None:
        """Take note of a definition, of a table or of what is kept without one."""
        known = self._definitions.get(table.number)
        if known is None and not table.layers:
            return
        if not table.layers:
            self._forget(table.number)
            self._switch()
            return
        self._definitions[table.number] = table
        self._drop_ciphers(table.number, [layer.data_key for layer in table.layers])
        layers: _Layers = tuple(
            SealedLayer(self._engine, table, layer.generation, self._cipher(table, layer.data_key))
            if layer.generation
            else None
            for layer in table.layers
        )
        spaces = self._spaces.setdefault(table.number, set())
        spaces.update(spaces_of(table))
        for space in spaces:
            self._tables[space] = layers
        self._switch()

    def learn_from(self, puts: Mapping[bytes, bytes | None]) -> None:
        """Take note of the definitions in a batch that is about to be applied."""
        for key, raw in puts.items():
            if raw is not None and key.startswith((CATALOG, RETAINED)):
                self.learn(codec.decode(raw))

    def forget_from(self, puts: Mapping[bytes, bytes | None]) -> None:
        """Take note of the definitions that a batch that is about to be applied has deleted."""
        for key, raw in puts.items():
            if raw is None and key.startswith((CATALOG, RETAINED)):
                number = int.from_bytes(key[-4:], "big")
                kept = [CATALOG + key[-4:], RETAINED + key[-4:]]
                if all(self._engine.get(one) is None or one in puts for one in kept) and not any(
                    puts.get(one) for one in kept
                ):
                    self._forget(number)
        self._switch()

    def seal(
        self, puts: Mapping[bytes, bytes | None], ranges: Sequence[Range]
    ) -> tuple[dict[bytes, bytes | None], list[Range]]:
        """Return a batch as it is stored."""
        stored: dict[bytes, bytes | None] = {}
        tables, lengths = self._tables, SPACE_BYTES
        for key, value in puts.items():
            length = lengths.get(key[0])
            layers = None if length is None else tables.get(key[:length])
            if layers is None:
                stored[key] = value
                continue
            first = layers[0]
            for layer in layers if value is None else layers[1:]:
                stored[key if layer is None else layer.stored_key(key)] = None
            if value is not None:
                if first is None:
                    stored[key] = value
                else:
                    place, sealed = first.sealed(key, value)
                    stored[place] = sealed
        return stored, self._stored_ranges(ranges)

    def old_places(self, number: int) -> list[tuple[bytes, SealedLayer | None]]:
        """Return where rows of a table are that are to be moved: beginnings of keys, and the layer."""
        table = self._definitions.get(number)
        if table is None:
            return []
        layers = self._tables[item_prefix(number)][1:]
        return [(space, layer) for layer in layers for space in spaces_of(table)]

    def old_keys(
        self, layer: SealedLayer | None, space: bytes, after: bytes, count: int
    ) -> tuple[list[bytes], bytes]:
        """Return keys of an old layer; see `SealedLayer.first_keys`."""
        if layer is not None:
            return layer.first_keys(space, after, count)
        start, end = whole(space)
        found = islice(self._engine.range(after or start, end), count)
        keys = [key for key, _ in found]
        return keys, keys[-1] + b"\0" if keys else after

    def old_ranges(self, number: int) -> list[Range]:
        """Return the ranges of the engine's keys of old layers, which are empty when everything was moved."""
        return [
            whole(space if layer is None else layer.prefix + space)
            for space, layer in self.old_places(number)
        ]

    def _get(self, key: bytes) -> bytes | None:
        length = SPACE_BYTES.get(key[0])
        layers = None if length is None else self._tables.get(key[:length])
        if layers is None:
            return self._engine.get(key)
        for layer in layers:
            value = self._engine.get(key) if layer is None else layer.get(key)
            if value is not None:
                return value
        return None

    def _range(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[Row]:
        length = SPACE_BYTES.get(start[0])
        layers = None if length is None else self._tables.get(start[:length])
        if layers is None:
            return self._engine.range(start, end, reverse=reverse)
        found = [
            (self._engine if layer is None else layer).range(start, end, reverse=reverse)
            for layer in layers
        ]
        return found[0] if len(found) == 1 else merged(found, reverse=reverse)

    def _switch(self) -> None:
        self.active = bool(self._tables)
        self.get = self._get if self.active else self._engine.get
        self.range = self._range if self.active else self._engine.range

    def _stored_ranges(self, ranges: Sequence[Range]) -> list[Range]:
        """Return deleted ranges with the sealed rows in them: whole spaces, or of keys that are stored as they are."""
        stored = list(ranges)
        for start, end in ranges:
            length = SPACE_BYTES.get(start[0])
            layers = () if length is None else self._tables.get(start[:length], ())
            stored += [
                (layer.prefix + start, layer.prefix + end) for layer in layers if layer is not None
            ]
        return stored

    def _forget(self, number: int) -> None:
        for space in self._spaces.pop(number, ()):
            del self._tables[space]
        self._definitions.pop(number, None)
        self._drop_ciphers(number, ())

    def _drop_ciphers(self, number: int, kept: Sequence[str]) -> None:
        for key in [key for key in self._ciphers if key[0] == number and key[1] not in kept]:
            del self._ciphers[key]

    def _cipher(self, table: Table, data_key: str) -> TableCipher | None:
        """Return the cipher of a data key; None when it cannot be had."""
        layer = next(one for one in table.layers if one.data_key == data_key)
        found = self._ciphers.get((table.number, data_key))
        inaccessible = table.encryption is not None and table.encryption.inaccessible_ms is not None
        if (found is not None and not inaccessible) or self.unwrap is None:
            return found
        try:
            opened = self.unwrap(self._engine, table.account, layer.name or table.name, data_key)
        except OperationalError as error:
            _log.warning("table %s cannot be opened: %s", table.name, error)
            self._ciphers.pop((table.number, data_key), None)
            return None
        if found is None:
            found = self._ciphers[table.number, data_key] = TableCipher(opened)
        return found
