"""Tests of what seals the rows of a table."""

import pytest

from globaltables.foundation.errors import OperationalError
from globaltables.security.sealing.table_cipher import TableCipher


def test_a_value_is_opened_as_it_was() -> None:
    """Sealed bytes differ each time and open to what they were."""
    cipher = TableCipher(b"k" * 32)
    one, two = cipher.seal(b"place", b"value"), cipher.seal(b"place", b"value")
    assert one != two
    assert b"value" not in one
    assert [b"value", b"value"] == [cipher.open(one, b"place"), cipher.open(two, b"place")]


@pytest.mark.parametrize("damage", ["place", "key", "bytes", "length"])
def test_a_value_that_is_not_what_was_sealed_is_refused(damage: str) -> None:
    """Of another place, under another key, changed or cut off: an error of the storage, never a guess."""
    sealed = TableCipher(b"k" * 32).seal(b"place", b"value")
    cipher = TableCipher(b"l" * 32) if damage == "key" else TableCipher(b"k" * 32)
    place = b"elsewhere" if damage == "place" else b"place"
    if damage == "bytes":
        sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    if damage == "length":
        sealed = sealed[:5]
    with pytest.raises(OperationalError):
        cipher.open(sealed, place)


def test_tokens_tell_only_equality() -> None:
    """A token has one length, and is another one under another key."""
    cipher = TableCipher(b"k" * 32)
    assert cipher.token(b"a") == cipher.token(b"a")
    assert cipher.token(b"a") != cipher.token(b"b")
    assert cipher.token(b"a") != TableCipher(b"l" * 32).token(b"a")
    assert {16} == {len(cipher.token(b"x" * length)) for length in (0, 1, 100)}
