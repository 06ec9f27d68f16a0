"""Sealed rows behave as rows that are not sealed: the view on a sealed table against a plain engine."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.items.key_encoding import after_prefix, entry_suffix
from globaltables.itemstore.keyspaces import (
    collection_prefix,
    index_prefix,
    item_prefix,
    log_key,
    log_prefix,
    spool_prefix,
    tombstone_prefix,
    whole,
)
from globaltables.itemstore.sealed_view import SealedView
from globaltables.tables.definitions import Index, KeyAttribute, KeySchema, Layer, Table
from tests.support.stores import make_table

_WORDS = st.sampled_from([b"a", b"b", b"ab", b"\xff", b"\xff\xff", b"\0", b"a\0b", b"q" * 20])
#: Few, so that many partitions have the same one.
_HASHES = st.sampled_from([b"\0\0\0\0", b"\0\0\0\1", b"\x80\0\0\0", b"\xff\xff\xff\xff"])


def _partition(hashed: bytes, words: tuple[bytes, ...]) -> bytes:
    return hashed + b"".join(len(word).to_bytes(2, "big") + word for word in words)


def _range(word: bytes) -> bytes:
    return word.replace(b"\0", b"\0\xff") + b"\0\x01"


_ITEM_BODIES = st.builds(
    lambda hashed, word, sort: _partition(hashed, (word,)) + _range(sort), _HASHES, _WORDS, _WORDS
)
_ENTRY_BODIES = st.builds(
    lambda hashed, one, two, sort, body: (
        _partition(hashed, (one, two)) + _range(sort) + entry_suffix(body)
    ),
    _HASHES,
    _WORDS,
    _WORDS,
    _WORDS,
    _ITEM_BODIES,
)


def _table() -> Table:
    schema = KeySchema((KeyAttribute("x", "S"), KeyAttribute("y", "S")), (KeyAttribute("z", "S"),))
    return make_table(Index("i1", 1, "GLOBAL", schema, "ALL", ()), keys=("pk", "sk"))


def _view(engine: MemoryEngine, *generations: int) -> SealedView:
    view = SealedView(engine, lambda _reader, _account, _name, wrapped: wrapped.encode() * 32)
    layers = tuple(Layer(one, str(one) if one else "") for one in generations)
    view.learn(replace(_table(), layers=layers))
    return view


def _put(view: SealedView, engine: MemoryEngine, puts: dict[bytes, bytes | None]) -> None:
    engine.apply(*view.seal(puts, []))


def _bounds(prefix: bytes, body: bytes, hashes: int) -> list[tuple[bytes, bytes]]:
    """Return the kinds of ranges that are read around a key."""
    at = 4
    for _ in range(hashes):
        at += 2 + int.from_bytes(body[at : at + 2], "big")
    base, key = prefix + body[:at], prefix + body
    begins = prefix + body[: at + 1]
    return [
        whole(prefix),
        whole(base),
        whole(prefix + body[:1]),
        (prefix + body[:4], after_prefix(prefix)),
        (key + b"\0", after_prefix(prefix)),
        (key + b"\0", after_prefix(base)),
        (key, after_prefix(base)),
        (base, key),
        (prefix, key),
        (prefix + body[:4], key),
        (begins, after_prefix(begins)),
        (base, after_prefix(key) if hashes == 1 else key + b"\0"),
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(_ITEM_BODIES, unique=True, max_size=12),
    st.lists(_ENTRY_BODIES, unique=True, max_size=12),
    st.sampled_from([(1,), (2, 1), (1, 0), (0, 1)]),
)
def test_ranges_of_sealed_rows_are_those_of_plain_rows(
    bodies: list[bytes], entries: list[bytes], generations: tuple[int, ...]
) -> None:
    """Every kind of range, forwards and backwards, in one layer and in two."""
    plain, engine = MemoryEngine(), MemoryEngine()
    items, index = item_prefix(1), index_prefix(1, 1)
    rows = {items + body: b"item" + body for body in bodies}
    rows |= {index + body: b"entry" + body for body in entries}
    plain.apply(rows)
    half = {key: rows[key] for number, key in enumerate(rows) if number % 2}
    if len(generations) > 1:
        before = _view(engine, generations[1])
        _put(before, engine, dict(rows))
        rows = half
    view = _view(engine, *generations)
    _put(view, engine, dict(rows))
    for prefix, keys, hashes in ((items, bodies, 1), (index, entries, 2)):
        for body in keys:
            assert plain.get(prefix + body) == view.get(prefix + body)
            for start, end in _bounds(prefix, body, hashes):
                for reverse in (False, True):
                    expected = list(plain.range(start, end, reverse=reverse))
                    assert expected == list(view.range(start, end, reverse=reverse))


def test_many_rows_of_one_hash_are_in_order() -> None:
    """A partition of many rows, and others of its hash, are scanned in the order of their keys."""
    plain, engine = MemoryEngine(), MemoryEngine()
    rows: dict[bytes, bytes | None] = {
        item_prefix(1) + _partition(b"\1\2\3\4", (word,)) + _range(b"%03d" % number): b"v"
        for word in (b"a", b"b", b"cc", b"d")
        for number in range(100)
    }
    rows[item_prefix(1) + _partition(b"\2\2\3\4", (b"z",)) + _range(b"")] = b"w"
    plain.apply(rows)
    view = _view(engine, 1)
    _put(view, engine, rows)
    expected = list(plain.range(*whole(item_prefix(1))))
    assert expected == list(view.range(*whole(item_prefix(1))))


def test_nothing_of_a_sealed_row_is_stored_as_it_is() -> None:
    """Neither values nor keys, in any of a table's spaces."""
    engine = MemoryEngine()
    view = _view(engine, 1)
    secret = b"a-secret-word"
    body = _partition(b"abcd", (secret,)) + _range(secret)
    entry = _partition(b"efgh", (secret, secret)) + _range(secret) + b"ijkl" + body
    number = (1).to_bytes(4, "big")
    puts: dict[bytes, bytes | None] = {
        item_prefix(1) + body: secret,
        index_prefix(1, 1) + entry: secret,
        tombstone_prefix(1) + body: secret,
        collection_prefix(1) + body[: 6 + len(secret)]: secret,
        log_key(1, 7): secret,
        spool_prefix(1, 5) + body: secret,
        b"rg" + number + body: secret,
        b"rx" + number + b"\0" * 8: secret,
    }
    _put(view, engine, puts)
    stored = b"".join(key + value for key, value in engine.range(b"\0", b"\xff"))
    assert secret not in stored
    assert [puts[key] for key in puts] == [view.get(key) for key in puts]


def test_deleted_ranges_take_sealed_rows_with_them() -> None:
    """Whole spaces, and parts of the log."""
    engine = MemoryEngine()
    view = _view(engine, 1)
    body = _partition(b"abcd", (b"a",)) + _range(b"b")
    _put(view, engine, {item_prefix(1) + body: b"v"})
    _put(view, engine, {log_key(1, position): b"r" for position in range(5)})
    engine.apply(*view.seal({}, [whole(item_prefix(1)), (log_prefix(1), log_key(1, 3))]))
    assert [] == list(view.range(*whole(item_prefix(1))))
    assert [log_key(1, 3), log_key(1, 4)] == [key for key, _ in view.range(*whole(log_prefix(1)))]


def test_a_written_row_leaves_the_other_layers() -> None:
    """A row that is written or deleted while rows are moved is in one layer or in none."""
    engine = MemoryEngine()
    keys = [item_prefix(1) + _partition(b"abcd", (word,)) + _range(b"b") for word in (b"a", b"b")]
    _put(_view(engine, 0), engine, dict.fromkeys(keys, b"old"))
    view = _view(engine, 1, 0)
    _put(view, engine, {keys[0]: b"new", keys[1]: None})
    assert [(keys[0], b"new")] == list(view.range(*whole(item_prefix(1))))
    assert [] == list(engine.range(*whole(item_prefix(1))))
