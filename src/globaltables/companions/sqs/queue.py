"""One queue as it is in memory: which messages are there, hidden, or due; no bodies, no storage, no clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

#: What a queue keeps of itself: see docs/formats/companions.md.
Document = dict[str, Any]


@dataclass(slots=True)
class Entry:
    """A message.

    Attributes:
        sequence: its place in the queue.
        sent_ms: when it was first sent, also when it came by way of another queue.
        visible_ms: from when on it can be received.
        group: of a FIFO queue.
        count: how often it was received.
        first_ms: when it was received first.
        held: whether it was received and neither deleted nor came back.
        delayed: whether it was never visible yet.
    """

    sequence: int
    sent_ms: int
    visible_ms: int
    group: str = ""
    count: int = 0
    first_ms: int = 0
    held: bool = False
    delayed: bool = False


class Queue:
    """The messages of one queue, in the order in which they are received.

    A message is ready, or waits for its time in `_later`; entries of the heaps that are out of date are passed over.

    Args:
        account: whose it is.
        name: its name.
        document: as stored.
    """

    def __init__(self, account: str, name: str, document: Document) -> None:
        self.account = account
        self.name = name
        self.document = document
        self.entries: dict[int, Entry] = {}
        self.held = 0
        self.delayed = 0
        self._ready: list[int] = []
        self._later: list[tuple[int, int]] = []
        self._oldest: list[tuple[int, int]] = []
        self._groups: dict[str, dict[int, None]] = {}
        self._busy: dict[str, int] = {}

    @property
    def is_fifo(self) -> bool:
        """Whether it keeps the order within groups."""
        return self.name.endswith(".fifo")

    @property
    def queue_id(self) -> str:
        """What tells it from a former queue of its name."""
        identity: str = self.document["id"]
        return identity

    def setting(self, name: str) -> int:
        """Return an attribute that is a number."""
        return int(self.document["attributes"][name])

    def add(self, entry: Entry, now_ms: int) -> None:
        """Add a message behind the others."""
        self.entries[entry.sequence] = entry
        heappush(self._oldest, (entry.sent_ms, entry.sequence))
        if self.is_fifo:
            self._groups.setdefault(entry.group, {})[entry.sequence] = None
        if entry.held:
            self._count_held(entry, 1)
        elif entry.visible_ms > now_ms:
            entry.delayed = True
            self.delayed += 1
        if entry.visible_ms > now_ms:
            heappush(self._later, (entry.visible_ms, entry.sequence))
        elif not self.is_fifo:
            heappush(self._ready, entry.sequence)

    def remove(self, sequence: int) -> Entry:
        """Take a message out."""
        entry = self.entries.pop(sequence)
        if entry.held:
            self._count_held(entry, -1)
        if entry.delayed:
            self.delayed -= 1
        if self.is_fifo:
            group = self._groups[entry.group]
            del group[sequence]
            if not group:
                del self._groups[entry.group]
        return entry

    def settle(self, now_ms: int) -> None:
        """Let messages come back, or appear, whose time has come."""
        later = self._later
        while later and later[0][0] <= now_ms:
            visible_ms, sequence = heappop(later)
            entry = self.entries.get(sequence)
            if entry is None or entry.visible_ms != visible_ms:
                continue
            if entry.held:
                entry.held = False
                self._count_held(entry, -1)
            if entry.delayed:
                entry.delayed = False
                self.delayed -= 1
            if not self.is_fifo:
                heappush(self._ready, sequence)

    def available(self, now_ms: int) -> Iterator[Entry]:
        """Iterate over the messages that can be received now, in order; each has to be held or removed before the next.

        Of a group of a FIFO queue nothing is received while a message of it is with somebody.
        """
        self.settle(now_ms)
        if self.is_fifo:
            yield from self._available_in_groups(now_ms)
            return
        ready = self._ready
        while ready:
            entry = self.entries.get(ready[0])
            if entry is None or entry.held or entry.visible_ms > now_ms:
                heappop(ready)
                continue
            yield entry

    def has_available(self, now_ms: int) -> bool:
        """Tell whether a message can be received."""
        return next(self.available(now_ms), None) is not None

    def hold(self, entry: Entry, until_ms: int, now_ms: int) -> None:
        """Give a message to somebody, hidden from others until a time."""
        entry.count += 1
        entry.first_ms = entry.first_ms or now_ms
        if not entry.held:
            entry.held = True
            self._count_held(entry, 1)
        self.hide(entry, until_ms)

    def hide(self, entry: Entry, until_ms: int) -> None:
        """Change until when a message is hidden."""
        entry.visible_ms = until_ms
        heappush(self._later, (until_ms, entry.sequence))

    def next_change_ms(self) -> int | None:
        """Return when the next message may come back or appear, None when none will by itself."""
        return self._later[0][0] if self._later else None

    def expired(self, before_ms: int) -> Iterator[int]:
        """Iterate over the messages that were sent before a time; each has to be removed before the next."""
        oldest = self._oldest
        while oldest and oldest[0][0] <= before_ms:
            _, sequence = oldest[0]
            if sequence in self.entries:
                yield sequence
            else:
                heappop(oldest)

    def _available_in_groups(self, now_ms: int) -> Iterator[Entry]:
        for name, group in list(self._groups.items()):
            if name in self._busy:
                continue
            for sequence in list(group):
                entry = self.entries[sequence]
                if entry.visible_ms > now_ms:
                    break
                yield entry

    def _count_held(self, entry: Entry, by: int) -> None:
        self.held += by
        if self.is_fifo:
            busy = self._busy.get(entry.group, 0) + by
            if busy:
                self._busy[entry.group] = busy
            else:
                self._busy.pop(entry.group, None)
