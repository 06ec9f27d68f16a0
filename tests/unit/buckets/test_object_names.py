"""Names of objects as names of files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.buckets.interface import BucketError
from globaltables.buckets.object_names import beside_folder, file_key, folder_key, path_parts

#: Parts that are longer than a file's name.
_LONG = st.text("a.ü%\n/", min_size=200, max_size=500)


def _key(parts: list[str]) -> str:
    return "".join(map(folder_key, parts[:-1])) + file_key(parts[-1])


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("a/b.json.gz", ["a", "b.json.gz"]),
        ("AWSDynamoDB/01-ab/_started", ["AWSDynamoDB", "01-ab", "_started"]),
        ("a//b", ["a", "%e", "b"]),
        ("/a/", ["%e", "a", "%e"]),
        ("../../etc/passwd", ["%2E%2E", "%2E%2E", "etc", "passwd"]),
        (".", ["%2E"]),
        (".hidden", ["%2Ehidden"]),
        ("50%", ["50%25"]),
        ("%o", ["%25o"]),
        ("nul\0", ["nul%00"]),
        ("a\\b:c", ["a%5Cb%3Ac"]),
        ("ends. ", ["ends.%20"]),
        ("Zürich 1", ["Zürich 1"]),
    ],
)
def test_path_parts_are_names_that_a_file_system_takes(key: str, parts: list[str]) -> None:
    """Readable, inside the bucket, and the key again."""
    assert parts == path_parts(key)
    assert key == _key(parts)


@given(st.text(min_size=1, max_size=80) | _LONG)
def test_path_parts_of_any_key_are_read_back(key: str) -> None:
    """Nothing is lost, and no part is a name with a meaning of its own."""
    parts = path_parts(key)

    assert key == _key(parts)
    assert not any(part.startswith(".") or "/" in part or "\0" in part for part in parts)
    assert all(len(beside_folder(part).encode()) <= 255 for part in parts)


@given(st.lists(st.text("%.oec ü/", min_size=1, max_size=40), min_size=2, max_size=2, unique=True))
def test_path_parts_of_two_keys_differ(keys: list[str]) -> None:
    """Two objects never share a file."""
    assert path_parts(keys[0]) != path_parts(keys[1])


@pytest.mark.parametrize("key", ["", "a" * 1025, "ü" * 513])
def test_path_parts_of_a_key_that_cannot_be_stored_are_refused(key: str) -> None:
    """A key is no longer than S3's."""
    with pytest.raises(BucketError, match="KeyTooLongError"):
        path_parts(key)
