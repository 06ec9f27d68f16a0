"""The tail's process as the node sees it: started by its first request, started again when it is gone."""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import TAIL_ANSWER_MS_MAX, TAIL_START_MS_MAX

_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Answered:
    """What the process answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TailProcess:
    """Asks moto.

    Args:
        folder: where its state is kept; None keeps none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._room: tempfile.TemporaryDirectory[str] | None = None
        self._starting = asyncio.Lock()

    async def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Return the answer to a request.

        Args:
            method: e.g. "POST".
            url: path and query.
            headers: with those that `process` asks for.
            body: as it was sent.

        Raises:
            OperationalError: the process cannot be started, or is gone.
        """
        import aiohttp  # noqa: PLC0415 - most nodes never need it

        socket = await self._started()
        timeout = aiohttp.ClientTimeout(total=TAIL_ANSWER_MS_MAX / 1000)
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.UnixConnector(str(socket)),
                    timeout=timeout,
                    auto_decompress=False,
                ) as session,
                session.request(method, f"http://tail{url}", headers=headers, data=body) as got,
            ):
                return Answered(got.status, dict(got.headers), await got.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OperationalError(f"the process of the other services failed: {error}") from error

    def stop(self) -> None:
        """End the process."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        if self._room is not None:
            self._room.cleanup()

    async def _started(self) -> Path:
        """Return the socket of the process, which runs."""
        async with self._starting:
            if self._process is not None and self._room is not None:
                if self._process.returncode is None:
                    return Path(self._room.name) / "socket"
                self.stop()
            self._room = tempfile.TemporaryDirectory(prefix="globaltables-tail-")
            socket = Path(self._room.name) / "socket"
            command = [sys.executable, "-m", "globaltables.companions.tail.process"]
            folder = "-" if self._folder is None else str(self._folder)
            self._process = await asyncio.create_subprocess_exec(
                *command, str(socket), folder, stdin=asyncio.subprocess.PIPE
            )
            await self._listening(self._process, socket)
            return socket

    @staticmethod
    async def _listening(process: asyncio.subprocess.Process, socket: Path) -> None:
        """Wait until the process takes connections; it makes its socket a moment before.

        Raises:
            OperationalError: it ended, or takes too long.
        """
        polls = int(TAIL_START_MS_MAX / 1000 / _POLL_S)
        for _ in range(polls):
            if process.returncode is not None:
                break
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_unix_connection(str(socket))
                writer.close()
                return
            await asyncio.sleep(_POLL_S)
        raise OperationalError("the process of the other services does not start; see its output")
