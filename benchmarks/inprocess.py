"""Measures the processor time of a request without sockets: requests are fed to the server's connection object.

A tool for developers: quick, repeatable on a busy machine (the least of several repetitions counts), and profiled with
--profile. It leaves out the kernel's share, so that it does not replace the comparison.
"""

import argparse
import asyncio
import cProfile
import gc
import pstats
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.dataset import TABLE, item_of, table_definition
from benchmarks.servers import own_folder
from benchmarks.target import MeasuringError
from benchmarks.wire import ACCESS_KEY, SECRET_KEY, Signer
from benchmarks.workloads import BATCH_ITEMS, WORKLOADS, calls
from globaltables.foundation.settings import Settings
from globaltables.server.assembly import build
from globaltables.server.http import Connection
from globaltables.server.listener import Listener

_ENDPOINT = "http://127.0.0.1:9"
_COUNTS = {"scan": 16, "batchwrite": 400, "query": 1_000}
_COUNT = 3_000
_ANSWER_SECONDS_MAX = 20.0
_PROFILED_LINES = 30


class _Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self, written: Callable[[], None]) -> None:
        super().__init__()
        self.answers: list[bytes] = []
        self._written = written

    def write(self, data: Any) -> None:
        self.answers.append(bytes(data))
        self._written()

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    def resume_reading(self) -> None:
        """Nothing comes by itself."""

    def write_eof(self) -> None:
        """What was refused is seen in the answer."""

    def close(self) -> None:
        """What was refused is seen in the answer."""

    def abort(self) -> None:
        """What was refused is seen in the answer."""


class Lines:
    """Connections of the server that have no sockets."""

    def __init__(self, listener: Listener, count: int) -> None:
        self._transports = [_Transport(self._written) for _ in range(count)]
        self._connections: list[Connection] = []
        self._missing = 0
        self._complete = asyncio.Event()
        for transport in self._transports:
            # The listener gives its connections to the event loop only; there is no other way to get one.
            connection = listener._connect()  # noqa: SLF001
            connection.connection_made(transport)
            self._connections.append(connection)

    async def repeat(self, requests: Sequence[bytes]) -> None:
        """Send requests, one per connection at a time, and wait for all answers.

        Raises:
            MeasuringError: an answer is missing or no success.
        """
        count = len(self._connections)
        for first in range(0, len(requests), count):
            group = requests[first : first + count]
            self._missing = len(group)
            self._complete.clear()
            # The last connections get less in the last group.
            for connection, request in zip(self._connections, group, strict=False):
                connection.data_received(request)
            try:
                await asyncio.wait_for(self._complete.wait(), _ANSWER_SECONDS_MAX)
            except TimeoutError:
                raise MeasuringError("a request was not answered") from None
            for transport in self._transports[: len(group)]:
                answers, transport.answers = transport.answers, []
                if b" 200 " not in answers[0][:20]:
                    raise MeasuringError(f"not answered with 200: {answers[0][:400]!r}")

    def close(self) -> None:
        """Let the server forget the connections."""
        for connection in self._connections:
            connection.connection_lost(None)

    def _written(self) -> None:
        self._missing -= 1
        if self._missing == 0:
            self._complete.set()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the workloads; the exit code is 1 when one is not answered as it should."""
    options = _options(arguments)
    try:
        uvloop.run(_measure(options))
    except MeasuringError as error:
        print(f"inprocess: {error}", file=sys.stderr)
        return 1
    return 0


async def _measure(options: argparse.Namespace) -> None:
    folder: Path | None = None if options.in_memory else own_folder("inprocess")
    settings = Settings(data_dir=folder, auth="signature", access_keys=((ACCESS_KEY, SECRET_KEY),))
    assembly = build(settings)
    await assembly.listener.start("127.0.0.1", 0)
    # As the server does it: the collector is part of the cost.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    lines = Lines(assembly.listener, options.connections)
    try:
        await _fill(lines, options.items)
        for workload in options.workloads:
            await _workload(workload, lines, options)
    finally:
        lines.close()
        await assembly.stop()
        if folder is not None:
            shutil.rmtree(folder)


async def _fill(lines: Lines, items: int) -> None:
    signer = Signer(_ENDPOINT)
    await lines.repeat([signer.request("CreateTable", table_definition(TABLE))])
    batches: list[bytes] = []
    for first in range(0, items, BATCH_ITEMS):
        last = min(items, first + BATCH_ITEMS)
        puts = [{"PutRequest": {"Item": item_of(number)}} for number in range(first, last)]
        batches.append(signer.request("BatchWriteItem", {"RequestItems": {TABLE: puts}}))
    await lines.repeat(batches)


async def _workload(workload: str, lines: Lines, options: argparse.Namespace) -> None:
    signer = Signer(_ENDPOINT)
    count = options.count or _COUNTS.get(workload, _COUNT)
    series = [signer.request(*call) for call in calls(workload, TABLE, options.items, count)]
    best = float("inf")
    for _ in range(options.repetitions):
        used = time.process_time()
        await lines.repeat(series)
        best = min(best, (time.process_time() - used) / len(series))
    print(f"{workload:12}{1e6 * best:10.1f} us of processor time per request", flush=True)
    if options.profile:
        profile = cProfile.Profile()
        profile.enable()
        await lines.repeat(series)
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(_PROFILED_LINES)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.inprocess",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("workloads", nargs="*", default=list(WORKLOADS), help=f"of {', '.join(WORKLOADS)}")
    add("--profile", action="store_true", help="profile one more repetition of each")
    add("--items", type=int, default=10_000)
    add("--count", type=int, help="requests of a repetition")
    add("--repetitions", type=int, default=5, help="of which the least counts")
    add("--connections", type=int, default=64)
    add("--in-memory", action="store_true", help="without the disk")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"{unknown[0]!r} is none of {', '.join(WORKLOADS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
