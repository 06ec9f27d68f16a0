"""What must hold at the end of a history, found from the logs of every region as they were on the disks.

A region's log is replayed: it tells every version that the region has ever had, so that what is stored, what streams
showed, what was lost and what was noted as lost can all be compared with it.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from globaltables.changelog.record import ChangeRecord, decode_record
from globaltables.items.item_encoding import StoredItem, decode_item
from globaltables.items.key_encoding import encode_key
from globaltables.itemstore.keyspaces import (
    PREFIX_BYTES,
    index_prefix,
    item_prefix,
    tombstone_prefix,
    whole,
)
from globaltables.itemstore.layout import layout_of
from globaltables.itemstore.region import Region
from globaltables.replication.conflicts import conflicts
from globaltables.tables.definitions import Table
from tests.support.global_table import KEY, SCHEMA
from tests.support.simulation.clients import Version
from tests.support.simulation.story import Story

_NOTHING: Version = (0, "")
Content = bytes | None


class Change(NamedTuple):
    """A record of a log, with what tells it from others."""

    key: bytes
    version: Version
    record: ChangeRecord


@dataclass
class Life:
    """A copy of the table from its creation to its end, replayed.

    Attributes:
        changes: what its log says.
        states: the versions that an item had, oldest first, by key.
        complete: whether it began empty.
    """

    region: str
    number: int
    complete: bool
    changes: list[Change] = field(default_factory=list)
    states: dict[bytes, list[Version]] = field(default_factory=dict)


class Evidence:
    """The logs of one history.

    Args:
        story: is over.
    """

    def __init__(self, story: Story) -> None:
        self._story = story
        self._world = story.world
        self._lives: dict[str, list[Life]] = defaultdict(list)
        #: What was written in a region, in order.
        self._own: dict[str, list[Change]] = defaultdict(list)
        self._written: dict[tuple[bytes, Version], Change] = {}
        self._by_key: dict[bytes, list[Change]] = defaultdict(list)
        #: The version that a writer replaced.
        self._before: dict[tuple[bytes, Version], Version] = {}
        for name in self._world.names:
            self._read_log(name)

    def check(self) -> None:
        """Raise AssertionError when something does not hold."""
        assert not self._story.clients.violations, self._story.clients.violations[:3]
        for name in self._world.names:
            for life in self._lives[name]:
                self._replay(life)
        self._check_acknowledged()
        for lives in self._lives.values():
            for life in lives:
                self._check_arrivals(life)
        self._check_members()

    # --- reading

    def _read_log(self, name: str) -> None:
        lives = self._lives[name]
        last = 0
        for number, position, raw in self._world.disks[name].log:
            assert position > last, f"{name}: position {position} is not behind {last}"
            last = position
            if not lives or lives[-1].number != number:
                first = number == 1 and name in self._story.first_members
                lives.append(Life(name, number, complete=first))
            record = decode_record(position, raw)
            item = record.new_item or record.old_item
            assert item is not None, record.position
            change = Change(encode_key(SCHEMA, item), (record.stamp, record.origin), record)
            lives[-1].changes.append(change)
            if record.kind != "replica":
                assert (position, name) == change.version, f"{name}: its own write {change}"
                self._own[name].append(change)
                self._written[change.key, change.version] = change
                self._by_key[change.key].append(change)

    def _replay(self, life: Life) -> None:
        """Follow one copy: every change is later than what it replaces, and says what that was."""
        images: dict[bytes, Content] = {}
        greatest = 0
        for key, version, record in life.changes:
            where = f"{life.region}: {key.hex()} {version}"
            states = life.states.setdefault(key, [])
            known = bool(states) or life.complete
            stored = states[-1] if states else _NOTHING
            assert version > stored, f"{where} is told twice or after {stored}"
            if known:
                assert images.get(key) == record.old, f"{where} replaced something else"
            if record.kind == "replica":
                self._check_source(life, key, version, record)
            else:
                assert version[0] > greatest, f"{where} is not later than what was seen: {greatest}"
                self._before[key, version] = self._replaced(key, record, stored)
            greatest = max(greatest, version[0])
            states.append(version)
            images[key] = record.new

    def _check_source(self, life: Life, key: bytes, version: Version, record: ChangeRecord) -> None:
        source = self._written.get((key, version))
        where = f"{life.region}: {key.hex()} {version}"
        assert source is not None, f"{where} was never written, or its region has lost it"
        assert version[1] != life.region, f"{where} came back"
        assert source.record.new == record.new, f"{where} was changed on its way"

    def _replaced(self, key: bytes, record: ChangeRecord, stored: Version) -> Version:
        """Return the version that a write replaced; a log does not tell of one that came with equal contents."""
        stamp = record.previous_stamp
        if stamp in (0, stored[0]):
            return stored
        found = [one.version for one in self._by_key[key] if one.version[0] == stamp]
        return max(found, default=stored)

    # --- what clients were told

    def _check_acknowledged(self) -> None:
        """Every acknowledged write is in its region's log once, and nothing else is."""
        decided: dict[tuple[str, int], tuple[Content, bool]] = {}
        for attempt in self._story.clients.attempts:
            if attempt.stamp:
                decided[attempt.region, attempt.stamp] = (attempt.image, attempt.acknowledged)
        users: dict[tuple[str, int], Content] = {}
        for name, changes in self._own.items():
            for _, version, record in changes:
                if record.kind == "user":
                    users[name, version[0]] = record.new
                    assert (name, version[0]) in decided, f"nobody wrote {version}"
        for spot, (image, acknowledged) in decided.items():
            if spot in users:
                assert users[spot] == image, f"{spot} is not what was written"
            else:
                assert not acknowledged, f"{spot} was acknowledged and is lost"

    # --- what arrived

    def _check_arrivals(self, life: Life) -> None:
        """Nothing was left out: when a change of a region is applied, everything before it from there was.

        One whose contents were there already left no record.
        """
        place: dict[str, int] = defaultdict(int)
        since: dict[str, int] = defaultdict(int)
        had: dict[bytes, list[tuple[int, Version, Content]]] = defaultdict(list)
        for at, (key, version, record) in enumerate(life.changes):
            source = version[1]
            if record.kind == "replica":
                own = self._own[source]
                while place[source] < len(own) and own[place[source]].version < version:
                    change = own[place[source]]
                    place[source] += 1
                    assert self._arrived(life, change, had[change.key], since[source]), (
                        f"{life.region}: {change.version} was left out before {version}"
                    )
                since[source] = at
            had[key].append((at, version, record.new))

    def _arrived(
        self, life: Life, change: Change, had: list[tuple[int, Version, Content]], since: int
    ) -> bool:
        """Tell whether a change, or a later one, was there at some time since a record of the log."""
        if had and had[-1][1] >= change.version:
            return True
        before = [one for one in had if one[0] < since][-1:]
        contents = [one[2] for one in (*before, *(one for one in had if one[0] >= since))]
        if not before:
            contents.append(None if life.complete else change.record.new)
        return any(
            one.version >= change.version and one.record.new in contents
            for one in self._by_key[change.key]
        )

    # --- what is stored in the end

    def _check_members(self) -> None:
        members = self._story.members()
        newest: dict[bytes, Change] = {}
        for (key, version), change in self._written.items():
            if key not in newest or newest[key].version < version:
                newest[key] = change
        stored = {}
        for name in members:
            region = self._world.running(name)
            table = region.catalog.find(*KEY)
            assert table is not None
            stored[name] = _versions(region, table)
            _check_indexes(region, table)
            self._check_stored(name, stored[name], newest, alone=len(members) == 1)
            self._check_conflicts(region, table)
        for name in members:
            assert stored[name] == stored[members[0]], f"{name} and {members[0]} differ"

    def _check_stored(
        self,
        name: str,
        stored: dict[bytes, tuple[Version, Content]],
        newest: dict[bytes, Change],
        *,
        alone: bool,
    ) -> None:
        """Compare a member with the latest write of every item; a table without replicas forgets deletions."""
        for key, change in newest.items():
            version, content = stored.get(key, (_NOTHING, None))
            assert content == change.record.new, f"{name}: {key.hex()} is not {change.version}"
            if not alone or content is not None:
                forgotten = version == _NOTHING and content is None
                assert forgotten or version == change.version, f"{name}: {key.hex()}"
        assert stored.keys() <= newest.keys(), f"{name} has items that nobody wrote"

    # --- what was noted as lost

    def _check_conflicts(self, region: Region, table: Table) -> None:
        """What is noted was lost, and every own write that was replaced by one that had not seen it is noted."""
        noted: set[Version] = set()
        for conflict in conflicts(region.store.reader(), table.number):
            loser = (conflict.loser.stamp, conflict.loser.region)
            winner = (conflict.winner.stamp, conflict.winner.region)
            noted.add(loser)
            where = f"{region.name}: {loser} lost against {winner}"
            assert loser < winner, f"{where}, which is earlier"
            key = next((one for one in self._by_key if (one, loser) in self._written), None)
            assert key is not None, f"{where}, but was never written"
            assert (key, winner) in self._written, where
            assert conflict.loser.image == self._written[key, loser].record.new, where
            if not self._ambiguous(key):
                assert loser not in self._seen(key, winner), f"{where}, which had seen it"
        for life in self._lives[region.name]:
            if life.number == table.number:
                self._check_noted(life, noted)

    def _check_noted(self, life: Life, noted: set[Version]) -> None:
        stored: dict[bytes, Version] = {}
        for key, winner, record in life.changes:
            loser = stored.get(key, _NOTHING)
            stored[key] = winner
            if loser[1] != life.region or winner[1] == life.region or self._ambiguous(key):
                continue
            # One that came with equal contents in between has left no record.
            next_to_it = record.previous_stamp == loser[0]
            # A winner ahead of what its writer had seen is not known to be one (replication/merge.py).
            if next_to_it and self._before[key, winner] < loser:
                assert loser in noted, f"{life.region}: {loser} lost to {winner}"

    def _ambiguous(self, key: bytes) -> bool:
        """Tell whether two regions gave an item equal stamps: a record says of what it replaced only the stamp."""
        stamps = [change.version[0] for change in self._by_key[key]]
        return len(stamps) != len(set(stamps))

    def _seen(self, key: bytes, version: Version) -> set[Version]:
        """Return what the writer of a version had seen of an item, directly or not."""
        found: set[Version] = set()
        while (version := self._before.get((key, version), _NOTHING)) != _NOTHING:
            if version in found:
                break
            found.add(version)
        return found


def _versions(region: Region, table: Table) -> dict[bytes, tuple[Version, Content]]:
    """Return every item and tombstone of a region."""
    reader = region.store.reader()
    found: dict[bytes, tuple[Version, Content]] = {}
    for key, raw in reader.range(*whole(item_prefix(table.number))):
        item = decode_item(raw)
        found[key[PREFIX_BYTES:]] = ((item.stamp, item.origin), item.json)
    for key, raw in reader.range(*whole(tombstone_prefix(table.number))):
        assert key[PREFIX_BYTES:] not in found, "an item and its tombstone"
        version = int.from_bytes(raw[:8], "big"), raw[8:].decode()
        found[key[PREFIX_BYTES:]] = (version, None)
    return found


def _check_indexes(region: Region, table: Table) -> None:
    """Every index has exactly the entries that the items ask for, and the counts are right."""
    reader = region.store.reader()
    items: dict[bytes, StoredItem] = {
        key[PREFIX_BYTES:]: decode_item(raw)
        for key, raw in reader.range(*whole(item_prefix(table.number)))
    }
    assert len(items) == region.store.statistics(table)[0], f"{region.name}: count"
    for part in layout_of(table).indexes:
        wanted = {}
        for key, stored in items.items():
            entry = part.entry_key(stored.item, key)
            if entry is not None:
                wanted[entry] = part.projection(stored.item)
        number = part.index.number
        prefix = index_prefix(table.number, number)
        found = {key: decode_item(raw).item for key, raw in reader.range(*whole(prefix))}
        assert wanted == found, f"{region.name}: index {part.index.name}"
        assert len(found) == region.store.index_statistics(table, number)[0], part.index.name
