"""Tests of the bytes of segments and manifests, by the cases of docs/formats/archive.md."""

from dataclasses import astuple

import pytest

from globaltables.archive.generations import (
    Generation,
    StoredFile,
    decode_manifest,
    encode_manifest,
    file_name,
    manifest_name,
    segment_name,
)
from globaltables.archive.segments import (
    Batch,
    DamagedSegmentError,
    compress,
    decompress,
    framed,
    read_batches,
    read_header,
)
from globaltables.foundation.errors import OperationalError
from tests.support.formats import cases


def _whole() -> tuple[bytes, int]:
    """Return the bytes of the documented segment and where its batches begin."""
    (case,) = cases("archive.md", "Segments")
    header = bytes.fromhex(case["header"])
    return header + b"".join(bytes.fromhex(one["bytes"]) for one in case["batches"]), len(header)


def _read(content: bytes) -> list[Batch]:
    _, start = read_header(content)
    return [batch for batch, _ in read_batches(content, start)]


def test_segment_is_read_as_documented() -> None:
    """The header and every batch have the bytes of the document."""
    (case,) = cases("archive.md", "Segments")
    content, start = _whole()

    header, found_start = read_header(content)
    batches = [batch for batch, _ in read_batches(content, start)]

    assert (start, case["fields"]) == (found_start, [str(field) for field in astuple(header)])
    expected = [
        Batch(
            int(one["stamp"]),
            tuple((bytes.fromhex(a), bytes.fromhex(b)) for a, b in one["ranges"]),
            {
                bytes.fromhex(key): None if value is None else bytes.fromhex(value)
                for key, value in one["puts"].items()
            },
        )
        for one in case["batches"]
    ]
    assert expected == batches


def test_segment_cut_anywhere_gives_whole_batches_or_an_error() -> None:
    """No part of a batch is ever read."""
    content, start = _whole()
    ends = [end for _, end in read_batches(content, start)]

    for length in range(len(content)):
        cut = content[:length]
        if length < start:
            with pytest.raises(DamagedSegmentError):
                read_header(cut)
            continue
        found = []
        try:
            found += [end for _, end in read_batches(cut, start)]
        except DamagedSegmentError:
            assert length not in (start, *ends)
        assert [end for end in ends if end <= length][: len(found)] == found


def test_segment_with_any_byte_changed_is_refused() -> None:
    """The checksums find every changed byte."""
    content, _ = _whole()

    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 0x10
        with pytest.raises(DamagedSegmentError):
            _read(bytes(damaged))


def test_segment_as_shipped_is_read_back_or_refused() -> None:
    """Compressed bytes that are cut off or changed end in an error."""
    content, _ = _whole()
    shipped = compress(content)

    assert content == decompress(shipped)
    for damaged in (b"", shipped[:-1], b"\x00" + shipped[1:]):
        with pytest.raises(DamagedSegmentError):
            decompress(damaged)


def test_header_with_other_fields_is_refused() -> None:
    """A header of another version does not pass for one of ours."""
    with pytest.raises(DamagedSegmentError):
        read_header(b"GTA1" + framed(b"\x91\x01"))


def test_manifest_is_stored_as_documented() -> None:
    """The names of objects and the manifest are those of the document."""
    (case,) = cases("archive.md", "Manifests")
    generation = decode_manifest("m", case["json"].encode())

    assert case["json"].encode() == encode_manifest(generation)
    assert (
        Generation(
            id="1687400000001-9f8e7d6c",
            region="eu-west-1",
            line="1687400000000-0a1b2c3d",
            begun_ms=1687400000001,
            stamp=110585451399610369,
            first_segment=7,
            files=(StoredFile("CURRENT", 16, "00" * 32),),
        )
        == generation
    )
    assert case["names"] == [
        manifest_name(generation.region, generation.id),
        file_name(generation.region, generation.id, "CURRENT"),
        segment_name(generation.region, generation.line, generation.first_segment),
    ]


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"format":1}', b'{"format":2}', b'{"format":1,"generation":{}}']
)
def test_manifest_that_is_damaged_is_refused(raw: bytes) -> None:
    """Whatever it lacks, the error names it."""
    with pytest.raises(OperationalError, match=r"m\.json"):
        decode_manifest("m.json", raw)
