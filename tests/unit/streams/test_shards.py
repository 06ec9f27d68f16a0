"""Shards are computed from a stream's life."""

from dataclasses import replace
from itertools import pairwise

import pytest

from globaltables.foundation.limits import STREAM_RETENTION_MS, STREAM_SHARD_DURATION_MS
from globaltables.runtime.clock import stamp_at
from globaltables.streams.shards import Shard, expired, find_shard, visible_shards
from globaltables.tables.definitions import KeyAttribute, KeySchema, Stream, Table

START_MS = 1_700_000_000_123
START = stamp_at(START_MS) + 9
STREAM = Stream("2023-11-14T22:13:20.123", "KEYS_ONLY", START_MS, START)
PK = KeyAttribute("pk", "S")
TABLE = Table(
    name="orders",
    account="000000000000",
    region="eu-west-1",
    number=3,
    table_id="3e8d6d6c-0d6c-4a5e-9c5a-4e1a3f1f1f1f",
    created_ms=START_MS,
    schema=KeySchema((PK,)),
    attributes=(PK,),
)
HOUR = stamp_at(3_600_000)
SPAN = stamp_at(STREAM_SHARD_DURATION_MS)
DAY = stamp_at(STREAM_RETENTION_MS)


def shards_at(age: int, stream: Stream = STREAM) -> list[Shard]:
    """Return the visible shards when the stream is that old, in positions."""
    return visible_shards(TABLE, stream, START + age)


def test_visible_shards_new_stream_is_one_open_shard_without_parent() -> None:
    """A stream begins with one open shard."""
    (only,) = shards_at(0)
    assert (0, START, None, None) == (only.index, only.start, only.end, only.parent_id)


@pytest.mark.parametrize(("age", "count"), [(SPAN - 1, 1), (SPAN, 2), (3 * SPAN + 1, 4)])
def test_visible_shards_after_each_span_a_child_follows(age: int, count: int) -> None:
    """A shard is closed and followed by a child after each span."""
    assert count == len(shards_at(age))


def test_visible_shards_tree_is_a_chain_without_gaps() -> None:
    """Each shard's parent is the one before it, and it begins where that one ends."""
    for parent, child in pairwise(shards_at(5 * SPAN)):
        assert (parent.id, parent.end) == (child.parent_id, child.start)


def test_visible_shards_only_the_last_is_open() -> None:
    """All shards but the last are closed."""
    assert [False, False, True] == [shard.end is None for shard in shards_at(2 * SPAN + HOUR)]


def test_visible_shards_ids_have_aws_length_and_lexical_order() -> None:
    """Readers page by id, so the ids' order is the shards' order."""
    ids = [shard.id for shard in shards_at(5 * SPAN)]
    assert (ids, {37}) == (sorted(set(ids)), {len(shard_id) for shard_id in ids})


def test_visible_shards_ids_do_not_change_with_time() -> None:
    """A shard keeps its id while it is visible."""
    assert shards_at(HOUR)[0].id == shards_at(5 * SPAN)[0].id


def test_visible_shards_parent_disappears_24_hours_after_its_end() -> None:
    """A shard is trimmed when its last possible record is 24 hours old, parents before children."""
    ending, gone = shards_at(SPAN + DAY - 1), shards_at(SPAN + DAY)
    assert (0, 1) == (ending[0].index, gone[0].index)
    assert gone[0].parent_id == ending[0].id


def test_visible_shards_long_lived_stream_stays_small() -> None:
    """A stream of many years shows a day of shards."""
    assert 7 == len(shards_at(10_000 * SPAN + HOUR))


def test_visible_shards_disabled_stream_has_no_open_shard() -> None:
    """Disabling a stream closes its shard."""
    ended = replace(STREAM, ended_stamp=START + HOUR)
    (only,) = shards_at(3 * SPAN, ended)
    assert START + HOUR == only.end


def test_expired_disabled_stream_24_hours_after_its_end() -> None:
    """A disabled stream is readable for 24 hours."""
    ended = replace(STREAM, ended_stamp=START + HOUR)
    answers = [expired(ended, START + HOUR + age) for age in (0, DAY - 1, DAY)]
    assert [False, False, True] == answers


def test_visible_shards_of_another_stream_life_have_other_ids() -> None:
    """Two lives of a table's stream share no shard id."""
    again = replace(STREAM, label="2023-11-14T22:13:20.124")
    assert shards_at(0)[0].id != shards_at(0, again)[0].id


def test_find_shard_unknown_id_is_none() -> None:
    """An id that no visible shard has is not found."""
    assert find_shard(TABLE, STREAM, "shardId-00000000000000000001-00000001", START) is None
