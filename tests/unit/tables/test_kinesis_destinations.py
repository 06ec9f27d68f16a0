"""What AWS's times change: destinations between two states, and the limits of a day."""

from dataclasses import replace

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import KINESIS_PAST_DESTINATIONS_MAX
from globaltables.runtime.clock import stamp_at
from globaltables.tables.definitions import (
    Capture,
    DestinationStatus,
    KinesisDestination,
    Table,
)
from globaltables.tables.durations import (
    KINESIS_DISABLING_MS,
    KINESIS_ENABLING_MS,
    KINESIS_UPDATING_MS,
)
from globaltables.tables.kinesis_destinations import (
    changed,
    delivered,
    due_ms,
    find,
    given_up,
    not_enabled,
    settled,
    with_destination,
    with_precision,
    without_destination,
)
from tests.support.regions import make_table

ARN = "arn:aws:kinesis:eu-west-1:000000000000:stream/orders"
NOW_MS = 1_700_000_000_000
NOW = stamp_at(NOW_MS)
DAY_MS = 24 * 3600 * 1000


def one(table: Table, arn: str = ARN) -> KinesisDestination:
    """Return a destination that the table has."""
    found = find(table, arn)
    assert found is not None
    return found


def enabled(table: Table | None = None, arn: str = ARN, stamp: int = NOW) -> Table:
    """Return a table with an active destination."""
    table = with_destination(table or make_table(), arn, None, stamp)
    return changed(table, settled(one(table, arn)))


def update(table: Table, stamp: int, *, limited: bool = True) -> Table:
    """Return a table with the other precision, at once."""
    other = "MICROSECOND" if one(table).precision in (None, "MILLISECOND") else "MILLISECOND"
    configuration = {"ApproximateCreationDateTimePrecision": other}
    request = {"StreamArn": ARN, "UpdateKinesisStreamingConfiguration": configuration}
    table = with_precision(table, request, stamp, limited=limited)
    return changed(table, settled(one(table)))


def test_table_keeps_its_log_while_changes_are_captured() -> None:
    """From the enabling to the disabling, and not when the stream turned out to be unusable."""
    enabling = with_destination(make_table(), ARN, None, NOW)
    active = enabled()
    disabled = without_destination(active, {"StreamArn": ARN}, NOW + 1)
    failed = changed(enabling, not_enabled(one(enabling), "because"))

    assert [False, True, True, False, False] == [
        table.keeps_log for table in (make_table(), enabling, active, disabled, failed)
    ]


@pytest.mark.parametrize(
    ("status", "duration_ms"),
    [
        ("ENABLING", KINESIS_ENABLING_MS),
        ("DISABLING", KINESIS_DISABLING_MS),
        ("UPDATING", KINESIS_UPDATING_MS),
    ],
)
def test_due_is_after_awss_time_in_the_realistic_mode(
    status: DestinationStatus, duration_ms: int
) -> None:
    """Otherwise at once."""
    destination = replace(one(enabled()), status=status, changed_ms=NOW_MS)

    assert (NOW_MS + duration_ms, NOW_MS) == (
        due_ms(destination, realistic=True),
        due_ms(destination, realistic=False),
    )


def test_disable_again_while_it_is_disabling_is_accepted() -> None:
    """AWS answers DISABLING a second time; enabling is refused until it is over."""
    disabling = without_destination(enabled(), {"StreamArn": ARN}, NOW + 1)

    assert disabling == without_destination(disabling, {"StreamArn": ARN}, NOW + 2)
    with pytest.raises(ApiError, match="to perform ENABLE operation"):
        with_destination(disabling, ARN, None, NOW + 3)


def test_precision_changes_three_times_a_day() -> None:
    """The fourth change within 24 hours is refused in the realistic mode, after that it is allowed."""
    table = enabled()
    for count in range(3):
        table = update(table, stamp_at(NOW_MS + count))

    with pytest.raises(ApiError) as refused:
        update(table, stamp_at(NOW_MS + DAY_MS - 1))
    assert "LimitExceededException" == refused.value.code
    assert 1 == len(one(update(table, stamp_at(NOW_MS + DAY_MS + 2))).precision_changes_ms)
    assert 4 == len(one(update(table, NOW + 9, limited=False)).precision_changes_ms)


def test_precision_change_divides_the_capture() -> None:
    """Every change of an item is captured once, before or after."""
    table = update(enabled(), NOW + 5)

    assert (
        Capture(NOW, "MILLISECOND", NOW + 5),
        Capture(NOW + 5, "MICROSECOND"),
    ) == one(table).captures


def test_enabled_again_owes_what_it_owed_before() -> None:
    """What was captured before the disabling is still delivered; a stream that fails then gets no more."""
    disabled = without_destination(enabled(), {"StreamArn": ARN}, NOW + 1)
    disabled = changed(disabled, settled(one(disabled)))
    again = with_destination(disabled, ARN, "MICROSECOND", NOW + 2)
    old, new = Capture(NOW, "MILLISECOND", NOW + 1), Capture(NOW + 2, "MICROSECOND")

    assert (old, new) == one(again).captures
    assert (new,) == delivered(one(again), NOW).captures
    assert (old,) == not_enabled(one(again), "because").captures
    assert () == given_up(one(again), "because", NOW_MS).captures


def test_past_destinations_are_forgotten_when_there_are_many() -> None:
    """The oldest go first, unless they are owed changes."""
    table = make_table()
    for number in range(KINESIS_PAST_DESTINATIONS_MAX + 5):
        arn = f"{ARN}{number}"
        table = enabled(table, arn, NOW + 2 * number)
        table = without_destination(table, {"StreamArn": arn}, NOW + 2 * number + 1)
        finished = settled(one(table, arn))
        if number != 1:
            finished = delivered(finished, NOW + 2 * number)
        table = changed(table, finished)

    numbers = [int(found.stream_arn.removeprefix(ARN)) for found in table.destinations]
    assert [*range(KINESIS_PAST_DESTINATIONS_MAX + 4, 4, -1), 1] == numbers
