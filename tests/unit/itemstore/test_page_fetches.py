"""Tests of pages that read items in place of index entries."""

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.items.item_encoding import encode_item, to_json
from globaltables.items.key_encoding import encode_key
from globaltables.itemstore.keyspaces import item_prefix
from globaltables.itemstore.page_fetches import Fetches
from globaltables.tables.definitions import KeyAttribute, KeySchema, Table

_PK = KeyAttribute("pk", "S")
_TABLE = Table(
    name="t",
    account="000000000000",
    region="eu-west-1",
    number=7,
    table_id="id",
    created_ms=0,
    schema=KeySchema((_PK,)),
    attributes=(_PK,),
)


def test_fetches_give_items_for_entries_and_count_both() -> None:
    """Items are charged one by one, entries by the sum of their bytes."""
    engine = MemoryEngine()
    entries = []
    for name in ("a", "b"):
        key = {"pk": {"S": name}}
        whole = encode_item(1, b"eu-west-1", 5000, to_json({**key, "n": {"N": "1"}}))
        engine.apply({item_prefix(7) + encode_key(_TABLE.schema, key): whole})
        entries.append((name.encode(), encode_item(1, b"eu-west-1", 30, to_json(key))))
    fetches = Fetches(_TABLE, engine, consistent=False)

    got = list(fetches.rows(entries))

    assert [b"a", b"b"] == [position for position, _ in got]
    assert all(b'"n"' in raw for _, raw in got)
    assert (60, 2.0) == (fetches.entry_bytes, fetches.units)
