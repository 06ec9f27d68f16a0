"""Iterator types as positions."""

from typing import Any

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import STREAM_RETENTION_MS
from globaltables.runtime.clock import stamp_at
from globaltables.streams.positions import requested_position
from globaltables.streams.sequence_numbers import sequence_number
from globaltables.streams.shards import Shard

NOW_MS = 1_700_000_000_000
PRESENT = stamp_at(NOW_MS)
HOUR = stamp_at(3_600_000)
START = PRESENT - HOUR
DURABLE = PRESENT - 10
OPEN = Shard(1, START, None, "child", "parent")
CLOSED = Shard(0, START - 4 * HOUR, START, "parent", None)
OLD = Shard(0, PRESENT - 26 * HOUR, PRESENT - 22 * HOUR, "old", None)
HORIZON = PRESENT - stamp_at(STREAM_RETENTION_MS)


def position(shard: Shard, kind: str, **members: Any) -> int:
    """Return the position that a request for that iterator type gets."""
    request = {"ShardIteratorType": kind, **members}
    return requested_position(request, shard, PRESENT, DURABLE, NOW_MS)


def refusal(shard: Shard, kind: str, **members: Any) -> str:
    """Return the code with which such a request is refused."""
    with pytest.raises(ApiError) as caught:
        position(shard, kind, **members)
    return caught.value.code


def test_trim_horizon_young_shard_is_before_its_start() -> None:
    """TRIM_HORIZON reads a young shard from its first record."""
    assert START - 1 == position(OPEN, "TRIM_HORIZON")


def test_trim_horizon_old_shard_is_at_the_horizon() -> None:
    """TRIM_HORIZON reads an old shard from its oldest record that is not trimmed."""
    assert HORIZON - 1 == position(OLD, "TRIM_HORIZON")


def test_latest_open_shard_is_after_what_is_durable() -> None:
    """LATEST skips what can be read already."""
    assert DURABLE == position(OPEN, "LATEST")


def test_latest_closed_shard_is_its_end() -> None:
    """LATEST of a closed shard reads nothing more."""
    assert START - 1 == position(CLOSED, "LATEST")


def test_latest_shard_newer_than_the_last_change_is_before_its_start() -> None:
    """LATEST never points before the shard."""
    young = Shard(2, PRESENT, None, "young", None)
    assert PRESENT - 1 == position(young, "LATEST")


def test_at_sequence_number_includes_the_record() -> None:
    """AT_SEQUENCE_NUMBER reads the named record first."""
    assert START + 4 == position(
        OPEN, "AT_SEQUENCE_NUMBER", SequenceNumber=sequence_number(START + 5)
    )


def test_after_sequence_number_excludes_the_record() -> None:
    """AFTER_SEQUENCE_NUMBER reads on behind the named record."""
    assert START + 5 == position(
        OPEN, "AFTER_SEQUENCE_NUMBER", SequenceNumber=sequence_number(START + 5)
    )


def test_at_sequence_number_older_than_24_hours_is_trimmed() -> None:
    """A sequence number beyond the horizon is TrimmedDataAccessException."""
    number = sequence_number(HORIZON - 1)
    assert refusal(OLD, "AT_SEQUENCE_NUMBER", SequenceNumber=number) == "TrimmedDataAccessException"


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("AT_SEQUENCE_NUMBER", {}),
        ("AFTER_SEQUENCE_NUMBER", {}),
        ("AT_TIMESTAMP", {}),
        ("TRIM_HORIZON", {"SequenceNumber": sequence_number(START)}),
        ("LATEST", {"SequenceNumber": sequence_number(START)}),
        ("LATEST", {"Timestamp": 1.0}),
        ("AT_SEQUENCE_NUMBER", {"SequenceNumber": "sdfsafglldfngjdafnasdflgnaldk"}),
        ("AT_SEQUENCE_NUMBER", {"SequenceNumber": sequence_number(START - 1)}),
        ("AFTER_SEQUENCE_NUMBER", {"SequenceNumber": sequence_number(PRESENT + 1)}),
        ("AT_TIMESTAMP", {"Timestamp": NOW_MS / 1000 + 1}),
    ],
)
def test_requested_position_members_that_do_not_fit_are_refused(
    kind: str, members: dict[str, Any]
) -> None:
    """A missing, superfluous or impossible member is a ValidationException."""
    assert "ValidationException" == refusal(OPEN, kind, **members)


def test_at_timestamp_is_before_the_first_record_of_that_millisecond() -> None:
    """AT_TIMESTAMP reads the first record at or after the time."""
    at_ms = NOW_MS - 1_000
    assert stamp_at(at_ms) - 1 == position(OPEN, "AT_TIMESTAMP", Timestamp=at_ms / 1000)


def test_at_timestamp_older_than_the_shard_is_its_oldest_record() -> None:
    """AT_TIMESTAMP before the shard's records is as TRIM_HORIZON."""
    assert HORIZON - 1 == position(OLD, "AT_TIMESTAMP", Timestamp=1.0)
