"""Tests that the documents of docs/formats tell the truth."""

from typing import Any

import pytest

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.errors import OperationalError
from globaltables.items.item_encoding import decode_item, encode_item, item_json, stored_size
from globaltables.items.key_encoding import encode_key, encode_partition, entry_suffix
from globaltables.items.numbers import sortable
from globaltables.itemstore import keyspaces
from globaltables.itemstore.keyspaces import statistics_key
from globaltables.itemstore.statistics import Statistics
from globaltables.itemstore.tokens import Token
from globaltables.tables.definitions import KeyAttribute, KeySchema
from tests.support.formats import cases


def schema_of(case: dict[str, Any]) -> KeySchema:
    """Return the key schema of a case."""
    hashes, ranges = (
        tuple(KeyAttribute(name, kind) for name, kind in case[part]) for part in ("hash", "range")
    )
    return KeySchema(hashes, ranges)


def test_items_are_stored_as_documented() -> None:
    """Both ways: the documented parts give the bytes, the bytes give the parts."""
    for case in cases("item.md", "Cases"):
        raw = bytes.fromhex(case["bytes"])
        stamp, json = int(case["stamp"]), case["json"].encode()
        assert raw == encode_item(stamp, case["origin"].encode(), case["size"], json)
        found = decode_item(raw)
        assert (stamp, case["origin"], case["size"], json) == (
            found.stamp,
            found.origin,
            found.size,
            found.json,
        )
        assert (json, case["size"]) == (item_json(raw), stored_size(raw))


def test_items_that_are_documented_as_damaged_are_refused() -> None:
    """Damaged bytes end in an error of the storage, not in an item and not in another exception."""
    for case in cases("item.md", "Refused"):
        raw = bytes.fromhex(case["bytes"])
        for read in (decode_item, item_json):
            with pytest.raises(OperationalError):
                read(raw)


def test_item_keys_are_as_documented() -> None:
    """Keys are the documented bytes and begin with those of their partition."""
    for case in cases("keys.md", "Item keys"):
        schema, raw = schema_of(case["schema"]), bytes.fromhex(case["bytes"])
        assert raw == encode_key(schema, case["key"])
        assert raw.startswith(encode_partition(schema, case["key"]))


def test_suffixes_of_entries_are_as_documented() -> None:
    """An entry's key ends with a hash of the item's key and the key itself."""
    for case in cases("keys.md", "Suffix of an index entry"):
        assert case["suffix"] == entry_suffix(bytes.fromhex(case["item_key"])).hex()


def test_prefixes_are_as_documented() -> None:
    """Every kind of key begins as the document says."""
    for case in cases("keys.md", "Prefixes"):
        function = getattr(keyspaces, case["function"])
        assert case["bytes"] == function(*map(int, case["arguments"])).hex()


def test_numbers_are_as_documented_and_in_order() -> None:
    """The documented numbers ascend, and so do their bytes."""
    found = cases("keys.md", "Sortable numbers")
    assert [case["bytes"] for case in found] == [sortable(case["number"]).hex() for case in found]
    assert sorted(case["bytes"] for case in found) == [case["bytes"] for case in found]
    assert sorted(found, key=lambda case: float(case["number"])) == found


def test_counts_are_stored_as_documented() -> None:
    """Counts are read from the documented bytes and written as them."""
    for case in cases("statistics.md", "Cases"):
        engine = MemoryEngine()
        engine.apply({statistics_key(1): bytes.fromhex(case["bytes"])})
        statistics = Statistics(engine)
        for index, count, size in case["pairs"]:
            assert (count, size) == statistics.of(1, index)
            statistics.add(1, index, 0, 0)
        assert {statistics_key(1): bytes.fromhex(case["bytes"])} == statistics.take_changes()
        assert 18 * len(case["pairs"]) == len(bytes.fromhex(case["bytes"]))


def test_tokens_are_stored_as_documented() -> None:
    """Key and digest of a token are the documented ones."""
    for case in cases("tokens.md", "Cases"):
        request = {"ClientRequestToken": case["token"], "TransactItems": case["transact_items"]}
        token = Token.of_request(case["account"], request, "TransactItems")
        assert token is not None
        assert (case["key"], case["digest"]) == (token.key.hex(), token.digest.hex())
