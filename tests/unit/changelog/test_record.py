"""Tests of change records and of the document that describes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.changelog.record import ChangeKind, decode_record, encode_record, is_replicated
from globaltables.foundation.errors import OperationalError
from tests.support.formats import cases

_STAMPS = st.integers(0, 2**64 - 1)
_SIZES = st.integers(0, 409_600)
_IMAGES = st.none() | st.sampled_from([b'{"pk":{"S":"a"}}', b"{}"])


def test_records_are_stored_as_documented() -> None:
    """Both ways: the documented parts give the bytes, the bytes give the parts."""
    for case in cases("change-record.md", "Cases"):
        raw = bytes.fromhex(case["bytes"])
        old, new = (None if case[n] is None else case[n].encode() for n in ("old", "new"))
        stamp, previous = int(case["stamp"]), int(case["previous_stamp"])
        assert raw == encode_record(
            stamp,
            previous,
            case["origin"].encode(),
            case["kind"],
            old,
            new,
            case["old_size"],
            case["new_size"],
        )
        found = decode_record(77, raw)
        assert (77, stamp, previous, case["origin"], case["kind"], old, new) == (
            found.position,
            found.stamp,
            found.previous_stamp,
            found.origin,
            found.kind,
            found.old,
            found.new,
        )
        assert (case["old_size"], case["new_size"]) == (found.old_size, found.new_size)


def test_records_that_are_documented_as_damaged_are_refused() -> None:
    """Damaged bytes end in an error of the storage, not in a record and not in another exception."""
    for case in cases("change-record.md", "Refused"):
        with pytest.raises(OperationalError):
            decode_record(1, bytes.fromhex(case["bytes"]))


@given(
    _STAMPS, _STAMPS, st.sampled_from(["user", "ttl", "replica", "draft"]), _IMAGES, _IMAGES, _SIZES
)
def test_record_encoded_and_decoded_is_the_same(
    stamp: int,
    previous: int,
    kind: ChangeKind,
    old: bytes | None,
    new: bytes | None,
    size: int,
) -> None:
    """Nothing is lost, also of empty images and the largest numbers."""
    found = decode_record(
        1, encode_record(stamp, previous, b"eu-west-1", kind, old, new, size, size)
    )
    assert (stamp, previous, kind, old, new, size) == (
        found.stamp,
        found.previous_stamp,
        found.kind,
        found.old,
        found.new,
        found.new_size,
    )


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (None, b'{"pk":{"S":"a"}}', "INSERT"),
        (b'{"pk":{"S":"a"}}', b'{"pk":{"S":"a"}}', "MODIFY"),
        (b'{"pk":{"S":"a"}}', None, "REMOVE"),
    ],
)
def test_event_name_follows_from_the_images(
    old: bytes | None, new: bytes | None, name: str
) -> None:
    """A stream names a change by what was there before and what is there now."""
    record = decode_record(1, encode_record(1, 0, b"r", "user", old, new, 0, 0))
    assert name == record.event_name
    assert (old is None, new is None) == (record.old_item is None, record.new_item is None)


def test_is_replicated_tells_the_kind_but_skips_nothing_that_is_damaged() -> None:
    """A flipped bit must not hide a change from the other members."""
    kinds: tuple[ChangeKind, ...] = ("user", "ttl", "replica")
    raws = {
        kind: encode_record(2, 1, b"eu-west-1", kind, b'{"a":1}', b"{}", 1, 1) for kind in kinds
    }
    turned = raws["user"][:21] + b"\x02" + raws["user"][22:]
    assert [False, False, True] == [is_replicated(raw) for raw in raws.values()]
    assert [False, False] == [is_replicated(raw) for raw in (turned, b"")]
