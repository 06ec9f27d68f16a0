"""Shard iterators cannot be forged and last 15 minutes."""

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import STREAM_ITERATOR_LIFETIME_MS
from globaltables.streams.iterators import ShardIterator, parse

SECRET = b"a secret of this region"
NOW_MS = 1_700_000_000_000
ITERATOR = ShardIterator(7, 1 << 60, 3, (1 << 60) + 5, NOW_MS)


def test_parse_own_token_returns_the_iterator() -> None:
    """A token leads back to its read position."""
    assert parse(ITERATOR.token(SECRET), SECRET, NOW_MS) == ITERATOR


def test_parse_token_at_fifteen_minutes_still_valid() -> None:
    """An iterator is valid for 15 minutes."""
    later = NOW_MS + STREAM_ITERATOR_LIFETIME_MS
    assert parse(ITERATOR.token(SECRET), SECRET, later) == ITERATOR


def test_parse_token_after_fifteen_minutes_is_expired() -> None:
    """An iterator older than 15 minutes is refused with ExpiredIteratorException."""
    with pytest.raises(ApiError) as caught:
        parse(ITERATOR.token(SECRET), SECRET, NOW_MS + STREAM_ITERATOR_LIFETIME_MS + 1)
    assert caught.value.code == "ExpiredIteratorException"


@pytest.mark.parametrize(
    "token",
    [
        "sdfsdfsgagaddafgagasgasgasdfasdfasdfasdfasdgasdasdgasdg",
        "a",
        "é",
        ITERATOR.token(b"the secret of another region"),
        ITERATOR.token(SECRET)[:-4],
        "B" + ITERATOR.token(SECRET)[1:],
    ],
)
def test_parse_foreign_token_is_refused(token: str) -> None:
    """What this region did not sign is a ValidationException, not a position."""
    with pytest.raises(ApiError) as caught:
        parse(token, SECRET, NOW_MS)
    assert (caught.value.code, caught.value.message) == (
        "ValidationException",
        "Invalid ShardIterator",
    )
