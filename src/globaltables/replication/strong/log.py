"""One voter's log of a strongly consistent table: stored by index, and in memory what is not applied yet.

Entries that every voter has are dropped; what is before the first one is known by its index and term only.
"""

from typing import Protocol

from globaltables.engine.interface import Reader
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import STRONG_BATCH_BYTES_MAX, STRONG_BATCH_ENTRIES_MAX
from globaltables.itemstore.keyspaces import voting_key, voting_range
from globaltables.replication.strong.messages import Entry, decode_entry, encode_entry

_ENTRY = b"e"
_INDEX_BYTES = 8


class Stored(Protocol):
    """Where stored keys are read: an engine, or a stage on it."""

    def get(self, key: bytes, /) -> bytes | None:
        """Return the value of a key, or None."""


class Staging(Stored, Protocol):
    """A stage, as far as the log needs it."""

    def put(self, key: bytes, value: bytes | None) -> None:
        """Stage a raw key; None deletes it."""


class StrongLog:
    """The log of one voter.

    Args:
        group: names the table's voters in stored keys.
        base: index and term of the last entry that was dropped.
        applied: index of the last entry that needs not be kept in memory.
        reader: the stored entries.

    Attributes:
        base_index: see `base`.
        base_term: see `base`.
        last_index: of the last entry.
        last_term: its term.
        tail: the entries that are not applied yet, by index; a witness keeps none.
    """

    def __init__(self, group: bytes, base: tuple[int, int], applied: int, reader: Reader) -> None:
        self._group = group
        self._reader = reader
        self.base_index, self.base_term = base
        self.last_index, self.last_term = base
        self.tail: dict[int, Entry] = {}
        start, end = voting_range(group, _ENTRY)
        for key, raw in reader.range(start, end, reverse=True):
            index = int.from_bytes(key[len(start) :], "big")
            entry = decode_entry(index, raw)
            if (self.last_index, self.last_term) == base:
                self.last_index, self.last_term = index, entry.term
            if index <= applied:
                break
            self.tail[index] = entry
        self.tail = dict(reversed(self.tail.items()))

    @property
    def end(self) -> tuple[int, int]:
        """Term and index of the last entry: of two logs, the one whose end is greater is further."""
        return self.last_term, self.last_index

    def entry(self, index: int, stored: Stored | None = None) -> Entry:
        """Return an entry that the log has.

        Args:
            index: of the entry.
            stored: where to look within a decision.

        Raises:
            OperationalError: it was dropped or is damaged.
        """
        found = self.tail.get(index)
        if found is not None:
            return found
        raw = (stored or self._reader).get(self._key(index))
        if raw is None:
            raise OperationalError(f"entry {index} of a strongly consistent table's log is gone")
        return decode_entry(index, raw)

    def term_at(self, index: int, stored: Stored | None = None) -> int | None:
        """Return the term of an entry; None when the log does not know it (any more)."""
        if index == self.last_index:
            return self.last_term
        if index == self.base_index:
            return self.base_term
        if index > self.last_index or index < self.base_index:
            return None
        return self.entry(index, stored).term

    def page(self, after: int) -> tuple[Entry, ...]:
        """Return the entries behind an index, as many as are sent at a time; none when there are none."""
        entries: list[Entry] = []
        total = 0
        index = max(after, self.base_index) + 1
        while (
            index <= self.last_index
            and len(entries) < STRONG_BATCH_ENTRIES_MAX
            and total < STRONG_BATCH_BYTES_MAX
        ):
            entry = self.entry(index)
            entries.append(entry)
            total += sum(len(value or key) for key, value in entry.writes)
            index += 1
        return tuple(entries)

    def append(self, stage: Staging, entry: Entry, *, kept: bool) -> None:
        """Stage the next entry; `kept` keeps it in memory until it is applied."""
        assert entry.place == self.last_index + 1, (entry.place, self.last_index)
        stage.put(self._key(entry.place), encode_entry(entry))
        if kept:
            self.tail[entry.place] = entry
        self.last_index, self.last_term = entry.place, entry.term

    def cut(self, stage: Staging, first: int) -> None:
        """Stage the removal of an entry and of all behind it; they are not committed."""
        assert first > self.base_index, (first, self.base_index)
        term = self.term_at(first - 1, stage)
        assert term is not None, first
        for index in range(first, self.last_index + 1):
            stage.put(self._key(index), None)
            self.tail.pop(index, None)
        self.last_index, self.last_term = first - 1, term

    def drop(self, stage: Staging, through: int) -> None:
        """Stage that entries which every voter has are forgotten."""
        term = self.term_at(through, stage)
        assert term is not None, through
        for index in range(self.base_index + 1, through + 1):
            stage.put(self._key(index), None)
        self.base_index, self.base_term = through, term

    def _key(self, index: int) -> bytes:
        return voting_key(self._group, _ENTRY + index.to_bytes(_INDEX_BYTES, "big"))
