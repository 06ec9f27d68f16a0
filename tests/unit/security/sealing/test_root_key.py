"""Tests of the root key and its file."""

from pathlib import Path

import pytest

from globaltables.foundation.errors import OperationalError
from globaltables.security.sealing.root_key import RootKey, load_root_key


def test_a_root_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    """A later start has the same one; nobody else may read it."""
    path = tmp_path / "data" / "root.key"
    wrapped = load_root_key(path).wrap(b"secret", b"purpose")
    assert 0o600 == path.stat().st_mode & 0o777
    assert b"secret" == load_root_key(path).unwrap(wrapped, b"purpose")


@pytest.mark.parametrize("damage", ["mode", "content", "length"])
def test_a_root_key_that_cannot_be_trusted_is_refused(tmp_path: Path, damage: str) -> None:
    """Readable by others, not hexadecimal, or too short: the text names the file."""
    path = tmp_path / "root.key"
    load_root_key(path)
    if damage == "mode":
        path.chmod(0o640)
    else:
        path.write_text("no key" if damage == "content" else "00ff")
    with pytest.raises(OperationalError, match=r"root\.key"):
        load_root_key(path)


def test_what_was_wrapped_is_unwrapped_for_its_purpose_only() -> None:
    """Another purpose, another root key: an error."""
    root = RootKey(b"r" * 32)
    wrapped = root.wrap(b"secret", b"purpose")
    for other, purpose in ((root, b"other"), (RootKey(b"s" * 32), b"purpose")):
        with pytest.raises(OperationalError):
            other.unwrap(wrapped, purpose)
