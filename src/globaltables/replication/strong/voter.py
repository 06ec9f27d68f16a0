"""What every voter of a strongly consistent table does: it votes, takes entries, and applies what is committed.

Every change of what a voter has promised is one decision of the region's store, and nobody is answered before that is
durable. So the state in memory, which decisions change too, is never ahead of the disk for longer than a commit takes;
when a commit fails the store refuses everything from then on.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

import msgpack  # type: ignore[import-untyped]

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import STRONG_APPLIED_MAX, STRONG_HELD_MIN
from globaltables.items.item_encoding import decode_item
from globaltables.itemstore.keyspaces import item_prefix, voting_key
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.write_costs import write_costs
from globaltables.replication.members import regional
from globaltables.replication.strong.log import StrongLog
from globaltables.replication.strong.messages import (
    Append,
    Appended,
    Ballot,
    Entry,
    LogPage,
    LogQuestion,
    Vote,
    further,
)
from globaltables.tables.definitions import Table

_log = logging.getLogger(__name__)
_STATE = b"s"
_APPLIED = b"a"
_NOTHING: tuple[int, str, int, int] = (0, "", 0, 0)


def state_key(group: bytes) -> bytes:
    """Return the key of what a voter has promised; a region that has it is a voter."""
    return voting_key(group, _STATE)


def fresh_state() -> bytes:
    """Return the state of a voter that has promised nothing."""
    return _encode_state(_NOTHING)


class Voter:
    """One region's vote, and its copy of the log.

    Args:
        region: where it is kept.
        group: names the table's voters.
        table_number: the replica to which entries are applied; None for a witness.

    Attributes:
        term: the latest one that it knows.
        leader: who leads that term, as far as it knows; empty when it does not.
        leads: the term in which this voter leads, 0 when it does not.
        log: its copy.
        commit: index through which the log is known to be committed.
        applied: index through which it is applied; always 0 in a witness.
        deposed: called when this voter does not lead any more.
        proposals: answers that wait until an entry is applied, by its index, with its term.
        unapplied: stored keys of this region's items that unapplied entries write: value, origin and index.
        dissolving: whether the log has, or had, the entry behind which one replica goes on alone.
    """

    def __init__(self, region: Region, group: bytes, table_number: int | None) -> None:
        reader = region.store.reader()
        self.group = group
        self._region = region
        self._table_number = table_number
        self._prefix = b"" if table_number is None else item_prefix(table_number)
        state = _decode_state(reader.get(state_key(group)))
        self.term, self._voted_for, base_index, base_term = state
        raw = reader.get(voting_key(group, _APPLIED))
        self.applied = 0 if raw is None else int.from_bytes(raw, "big")
        kept_after = self.applied if table_number is not None else (1 << 63)
        self.log = StrongLog(group, (base_index, base_term), kept_after, reader)
        self.commit = max(self.applied, base_index)
        self.leader = ""
        self.leads = 0
        self.deposed: Callable[[], None] = _nothing
        self.proposals: dict[int, tuple[int, asyncio.Future[bool]]] = {}
        self.unapplied: dict[bytes, tuple[bytes | None, str, int]] = {}
        self.dissolving = False
        self._applying = False
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        for entry in self.log.tail.values():
            self._note(entry)

    # --- what other voters ask

    async def append(self, question: Append) -> Appended:
        """Take entries from a leader."""
        return await self._region.store.submit(lambda stage: self._append(stage, question))

    async def vote(self, ballot: Ballot) -> Vote:
        """Vote for a candidate, once in a term and only when its log is as far as this one."""
        return await self._region.store.submit(lambda stage: self._vote(stage, ballot))

    async def page(self, question: LogQuestion) -> LogPage:
        """Tell a region that has work who leads, and what this log has that its own does not."""
        return await self._region.store.submit(lambda _: self._page(question))

    # --- what this region does

    async def stand(self) -> int:
        """Begin a new term with a vote for itself; return the term."""
        return await self._region.store.submit(self._stand)

    async def learn_term(self, term: int) -> None:
        """Enter a later term that another voter is in."""

        def decide(stage: Stage) -> None:
            if term > self.term:
                self._enter(stage, term, "")

        await self._region.store.submit(decide)

    async def adopt(self, page: LogPage) -> bool:
        """Take over what a further log has; tell whether this log has got further by it.

        It is safe whoever leads: a committed entry is in every log that is further than one that has it, so nothing
        that is replaced here can have been committed (docs/decisions/0009-strong-consistency.md).
        """

        def decide(stage: Stage) -> bool:
            if self.leads or not further((page.last_term, page.last_index), self.log.end):
                return False
            if self._matches(stage, page.previous, page.previous_term):
                before = self.log.end
                self._store(stage, page.entries)
                return before != self.log.end
            return False

        return await self._region.store.submit(decide)

    def follow(self, leader: str) -> None:
        """Take another voter's word for who leads; when it is wrong, the one that is asked says so."""
        if not self.leads:
            self.leader = leader

    def resign(self) -> None:
        """Lead no more; nothing is sent any more."""
        self.leader = ""
        if self.leads:
            self.leads = 0
            self.deposed()

    def committed(self, index: int) -> None:
        """Learn that the log is committed through an index, and begin to apply it."""
        if index > self.commit:
            self.commit = min(index, self.log.last_index)
        self.apply_soon()

    def propose(self, stage: Stage, entry: Entry) -> "asyncio.Future[bool]":
        """Stage the next entry of the term in which this voter leads; a part of a decision.

        Returns:
            Tells when that index is applied whether it is with this entry.
        """
        self.log.append(stage, entry, kept=True)
        self._note(entry)
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.proposals[entry.place] = (entry.term, future)
        return future

    async def applied_through(self, index: int) -> None:
        """Return when the replica has applied the log through an index."""
        if self.applied < index:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((index, future))
            await future

    def apply_soon(self) -> None:
        """Begin to apply what is committed, unless that is under way."""
        if self._table_number is not None and self.applied < self.commit and not self._applying:
            self._applying = True
            self._region.store.submit(self._apply).add_done_callback(self._applied)

    # --- decisions

    def _append(self, stage: Stage, question: Append) -> Appended:
        if question.term < self.term:
            return Appended(self.term, taken=False, through=self.log.last_index)
        if question.term > self.term:
            self._enter(stage, question.term, "")
        self.leader = question.leader
        if not self._matches(stage, question.previous, question.previous_term):
            # What is committed here is in every leader's log.
            through = min(self.commit, question.previous - 1)
            return Appended(self.term, taken=False, through=max(through, self.log.base_index))
        self._store(stage, question.entries)
        through = question.previous + len(question.entries)
        if self._table_number is None:
            self.commit = max(self.commit, min(question.commit, through))
        else:
            self.committed(min(question.commit, through))
        self.drop(stage, question.held)
        return Appended(self.term, taken=True, through=through)

    def _vote(self, stage: Stage, ballot: Ballot) -> Vote:
        if ballot.term > self.term:
            self._enter(stage, ballot.term, "")
        granted = (
            ballot.term == self.term
            and self._voted_for in ("", ballot.candidate)
            and not further(self.log.end, (ballot.last_term, ballot.last_index))
        )
        if granted and not self._voted_for:
            self._enter(stage, ballot.term, ballot.candidate)
        return Vote(self.term, granted)

    def _page(self, question: LogQuestion) -> LogPage:
        log = self.log
        after = min(max(question.after, log.base_index), log.last_index)
        term = log.term_at(after)
        assert term is not None, after
        ahead = further(log.end, (question.last_term, question.last_index))
        entries = log.page(after) if ahead else ()
        leader = self._region.name if self.leads else self.leader
        return LogPage(self.term, leader, log.last_index, log.last_term, after, term, entries)

    def _stand(self, stage: Stage) -> int:
        self._enter(stage, self.term + 1, self._region.name)
        return self.term

    def _enter(self, stage: Stage, term: int, voted_for: str) -> None:
        """Stage a term and whom this voter has voted for in it."""
        later = term > self.term
        self.term, self._voted_for = term, voted_for
        self._save(stage)
        if later:
            self.resign()

    def _save(self, stage: Stage) -> None:
        state = (self.term, self._voted_for, self.log.base_index, self.log.base_term)
        stage.put(state_key(self.group), _encode_state(state))

    def _matches(self, stage: Stage, previous: int, previous_term: int) -> bool:
        """Tell whether this log has an entry; what was dropped is the same in every log."""
        if previous < self.log.base_index:
            return True
        return self.log.term_at(previous, stage) == previous_term

    def _store(self, stage: Stage, entries: tuple[Entry, ...]) -> None:
        """Stage entries behind one that matches; what they contradict is removed, what is there already stays."""
        for entry in entries:
            if entry.place <= self.log.base_index:
                continue
            term = self.log.term_at(entry.place, stage)
            if term == entry.term:
                continue
            if term is not None:
                assert entry.place > self.commit, "a committed entry is contradicted"
                self._cut(stage, entry.place)
            self.log.append(stage, entry, kept=self._table_number is not None)
            self._note(entry)

    def _cut(self, stage: Stage, first: int) -> None:
        self.log.cut(stage, first)
        self.unapplied.clear()
        self.dissolving = False
        for entry in self.log.tail.values():
            self._note(entry)

    def drop(self, stage: Stage, held: int) -> None:
        """Stage that entries are dropped which every voter has, when they are enough to be worth it."""
        through = min(held, self.commit if self._table_number is None else self.applied)
        if through - self.log.base_index >= STRONG_HELD_MIN:
            self.log.drop(stage, through)
            self._save(stage)

    def _note(self, entry: Entry) -> None:
        if self._table_number is None:
            return
        for key, value in entry.writes:
            self.unapplied[self._prefix + key] = (value, entry.origin, entry.place)
        if entry.survivor:
            self.dissolving = True

    # --- applying

    def _apply(self, stage: Stage) -> int:
        """Apply committed entries in order; one commit with the index through which they are applied."""
        through = min(self.commit, self.applied + STRONG_APPLIED_MAX)
        assert self._table_number is not None
        table = stage.catalog.by_number(self._table_number)
        for index in range(self.applied + 1, through + 1):
            if table is not None:
                table = self._apply_entry(stage, table, self.log.tail[index])
        stage.put(voting_key(self.group, _APPLIED), through.to_bytes(8, "big"))
        # Nothing below fails, so memory and stage agree.
        while self.applied < through:
            self.applied += 1
            self._settle(self.log.tail.pop(self.applied))
        self._tell()
        return through

    def _apply_entry(self, stage: Stage, table: Table, entry: Entry) -> Table:
        proposed_here = entry.place in self.proposals
        for key, raw in entry.writes:
            stored = None if raw is None else decode_item(raw)
            current = stage.item(table, key)
            outcome = stage.write(
                table,
                key,
                None if stored is None else stored.item,
                size=-1 if stored is None else stored.size,
                kind="replica",
                stamp=entry.stamp if stored is None else stored.stamp,
                origin=entry.origin,
                current=current,
            )
            image = stored or current
            if not proposed_here and image is not None:
                self._region.admission.absorb_write(table, *write_costs(outcome), image.item)
        return _dissolved(stage, table, entry) if entry.survivor else table

    def _settle(self, entry: Entry) -> None:
        """Forget what was kept for an entry until it was applied, and tell who proposed it."""
        for key, _ in entry.writes:
            stored_key = self._prefix + key
            kept = self.unapplied.get(stored_key)
            if kept is not None and kept[2] == entry.place:
                del self.unapplied[stored_key]
        proposal = self.proposals.pop(entry.place, None)
        if proposal is not None and not proposal[1].done():
            proposal[1].set_result(proposal[0] == entry.term)

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for index, future in waiting:
            if index > self.applied:
                self._waiting.append((index, future))
            elif not future.done():
                future.set_result(None)

    def _applied(self, done: "asyncio.Future[int]") -> None:
        self._applying = False
        error = done.exception()
        if error is None:
            self.apply_soon()
        else:
            _log.error("%s cannot apply its log", self._region.name, exc_info=error)


def _dissolved(stage: Stage, table: Table, entry: Entry) -> Table:
    """Let one replica go on alone, and close the others; the survivor's region removes them (lifecycle.py)."""
    alone = entry.survivor == table.region
    changed = regional(table) if alone else replace(table, status="DELETING")
    stage.save_table(changed)
    return changed


def _encode_state(state: tuple[int, str, int, int]) -> bytes:
    packed: bytes = msgpack.packb(list(state))
    return packed


def _decode_state(raw: bytes | None) -> tuple[int, str, int, int]:
    if raw is None:
        return _NOTHING
    try:
        term, voted_for, base_index, base_term = msgpack.unpackb(raw)
    except (ValueError, TypeError) as error:
        raise OperationalError("the state of a voter is corrupt") from error
    return term, voted_for, base_index, base_term


def _nothing() -> None:
    """Nobody leads here."""
