"""What goes into a request, and the order in which an item's changes arrive whatever fails."""

from hypothesis import given
from hypothesis import strategies as st

from globaltables.destinations.records import KinesisRecord
from globaltables.destinations.requests import Page
from globaltables.foundation.limits import (
    KINESIS_RECORD_BYTES_MAX,
    KINESIS_REQUEST_BYTES_MAX,
    KINESIS_REQUEST_RECORDS_MAX,
)


def records(keys: str, data: bytes = b"{}") -> list[KinesisRecord]:
    """Return one change for each letter, which is its item."""
    return [KinesisRecord(position, key, data) for position, key in enumerate(keys)]


@given(
    st.text("abc", max_size=12),
    st.lists(st.lists(st.booleans(), min_size=3, max_size=3), max_size=30),
)
def test_page_whatever_is_not_taken_all_arrives_and_items_keep_their_order(
    keys: str, outcomes: list[list[bool]]
) -> None:
    """Requests fail wholly and partly; each change arrives once, and those of an item in their order."""
    page = Page(records(keys))
    taken: list[KinesisRecord] = []
    while page.oldest is not None:
        request = page.next_request()
        outcome = outcomes.pop(0) if outcomes else [True] * 3
        answer = outcome[: len(request)]
        assert len(request) == len({one.partition_key for one in request})
        taken += [record for record, took in zip(request, answer, strict=True) if took]
        page.acknowledge(request, answer)

    assert sorted(taken) == records(keys)
    for key in "abc":
        positions = [record.position for record in taken if record.partition_key == key]
        assert sorted(positions) == positions


def test_page_request_has_at_most_500_records() -> None:
    """More wait for the next request."""
    page = Page(
        KinesisRecord(position, str(position), b"{}")
        for position in range(KINESIS_REQUEST_RECORDS_MAX + 1)
    )

    assert KINESIS_REQUEST_RECORDS_MAX == len(page.next_request())


def test_page_request_has_at_most_five_mebibytes() -> None:
    """Partition keys count."""
    page = Page(records("abcdefg", b"." * (KINESIS_RECORD_BYTES_MAX - 1)))
    request = page.next_request()

    assert KINESIS_REQUEST_BYTES_MAX == sum(record.size for record in request)
    assert 5 == len(request)


def test_page_oldest_is_what_waits_longest() -> None:
    """A record that is not taken stays the oldest although later ones are taken."""
    page = Page(records("abc"))

    page.acknowledge(page.next_request(), [False, True, True])

    assert records("a")[0] == page.oldest
