"""Large bodies on their way to a file, and large replies on their way to a client."""

import asyncio
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest

from globaltables.buckets.interface import BucketError
from globaltables.companions.framework.response import FileContent
from globaltables.foundation.limits import MIB, S3_SPOOL_WAITING_BYTES_MAX
from globaltables.server.sending import send
from globaltables.server.spooling import Spool, Spools


def test_spool_writes_everything_and_tells_when_there_is_room(tmp_path: Path) -> None:
    """Full while too much waits for the disk."""

    async def run() -> list[bool]:
        drained: list[bool] = []
        spool = Spool(tmp_path, lambda: drained.append(spool.is_full))
        pieces = [bytes([number]) * MIB for number in range(8)]
        for piece in pieces:
            spool.write(piece)
        was_full = spool.is_full
        await spool.whole()
        content = spool.path.read_bytes()
        spool.discard()
        assert b"".join(pieces) == content
        assert len(content) > S3_SPOOL_WAITING_BYTES_MAX
        return [was_full, *drained]

    assert [True, False] == asyncio.run(run())
    assert [] == list(tmp_path.iterdir())


def test_spool_that_fills_while_it_writes_tells_of_room(tmp_path: Path) -> None:
    """What comes during a write counts: else the client would be held back for ever."""

    async def run() -> list[bool]:
        drained: list[bool] = []
        spool = Spool(tmp_path, lambda: drained.append(True))
        spool.write(b"x" * MIB)
        await asyncio.sleep(0)  # the write has begun
        for _ in range(5):
            spool.write(b"x" * MIB)
        assert spool.is_full
        await spool.whole()
        spool.discard()
        return drained

    assert [True] == asyncio.run(run())


def test_spool_on_a_disk_that_refuses_fails_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And leaves nothing."""

    async def run() -> None:
        spool = Spool(tmp_path, lambda: None)
        spool._file.close()
        spool._file = cast("Any", _Full())
        spool.write(b"x")
        try:
            await spool.whole()
        finally:
            spool.discard()

    with pytest.raises(BucketError, match="No space left"):
        asyncio.run(run())
    assert [] == list(tmp_path.iterdir())


def test_spool_that_was_taken_leaves_its_file(tmp_path: Path) -> None:
    """It is an object by now."""

    async def run() -> Path:
        spool = Spool(tmp_path, lambda: None)
        spool.write(b"x")
        await spool.whole()
        spool.take()
        spool.discard()
        return spool.path

    assert b"x" == asyncio.run(run()).read_bytes()


def test_spools_take_only_what_they_are_told_to(tmp_path: Path) -> None:
    """Everything else has to fit into memory."""

    async def run() -> None:
        spools = Spools(tmp_path, _takes)
        taken = spools.open(b"/large", {}, lambda: None)
        assert taken is not None
        taken.discard()
        assert spools.open(b"/other", {}, lambda: None) is None
        assert Spools(None, _takes).open(b"/large", {}, lambda: None) is None

    asyncio.run(run())


def _takes(url: bytes, headers: dict[bytes, bytes]) -> bool:
    return url == b"/large"


class _Full:
    """A file on a full disk."""

    def writelines(self, pieces: list[bytes]) -> None:
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        """Nothing is open."""


class _Transport:
    """Takes what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.aborted = False

    def write(self, piece: bytes) -> None:
        self.sent.append(piece)

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize(("there", "whole"), [(3 * MIB, True), (2 * MIB, False)])
def test_send_waits_for_the_client_after_every_piece(there: int, *, whole: bool) -> None:
    """A file that is shorter than was announced cuts the connection."""
    transport, file = _Transport(), BytesIO(b"x" * there)
    waits: list[int] = []

    async def room() -> None:
        waits.append(len(transport.sent))

    content = FileContent(file, 3 * MIB)
    sent = asyncio.run(send(content, cast("asyncio.Transport", transport), room))

    assert (whole, not whole) == (sent, transport.aborted)
    assert list(range(1, there // MIB + 1)) == waits
    assert file.closed
