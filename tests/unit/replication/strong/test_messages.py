"""Tests that docs/formats/strong-log.md tells the truth."""

import pytest

from globaltables.foundation.errors import OperationalError
from globaltables.replication.strong.messages import Entry, decode_entry, encode_entry
from tests.support.formats import cases


def test_entries_are_stored_as_documented() -> None:
    """Both ways: the documented parts give the bytes, the bytes give the parts."""
    for case in cases("strong-log.md", "Cases"):
        parts = case["entry"]
        writes = tuple(
            (bytes.fromhex(key), None if value is None else bytes.fromhex(value))
            for key, value in parts["writes"]
        )
        entry = Entry(**{**parts, "writes": writes})
        assert case["bytes"] == encode_entry(entry).hex()
        assert entry == decode_entry(entry.place, bytes.fromhex(case["bytes"]))


def test_damaged_entry_is_refused() -> None:
    """Corrupt bytes are never guessed."""
    raw = encode_entry(Entry(1, 1, "us-east-1", 0, ()))

    with pytest.raises(OperationalError, match="corrupt"):
        decode_entry(1, raw[:-1] + b"\x05")
