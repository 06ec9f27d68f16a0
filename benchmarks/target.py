"""A server under measurement: its requests, and runs against it."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.dataset import TABLE
from benchmarks.loading import check, create_table, full_pages, load
from benchmarks.patient import drive
from benchmarks.servers import HERE, Server
from benchmarks.wire import REGION, Client, Signer, write_requests
from benchmarks.workloads import WORKLOADS, calls

#: A signature is good for 15 minutes; requests older than this are signed anew.
_SIGNATURE_SECONDS_MAX = 8 * 60
_CHECKED_REQUESTS = 100
_CHECKED_SCANS = 4
_ANSWER_SECONDS_MAX = 60
_PAGES_MAX = 64
_IDLE_CORES = 0.1
_IDLE_SECONDS_MAX = 30


class MeasuringError(Exception):
    """Wrk is absent or failed."""


@dataclass(frozen=True)
class Run:
    """What one run showed.

    Attributes:
        rate: requests per second.
        seconds: how long it took.
        cpu_ms: processor time of the server per request.
        refused: answers with a status of 400 or more.
        broken: connections that broke, and answers that took too long.
        foreign_cores: processors that were used by others than the server and wrk.
    """

    rate: float
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    refused: int
    broken: int
    foreign_cores: float


@dataclass(frozen=True)
class Requests:
    """A signed series of calls, in a file for wrk; in memory as well where patient.py sends it."""

    path: Path
    signed_at: float
    series: Sequence[bytes]


class Target:
    """A server that is loaded and measured.

    Args:
        server: answers.
        folder: gets the request files.
        items: how many the table has.
        distinct: how many different requests a series has; None leaves it to the workload.
        table: is called.
        region: is called.
    """

    def __init__(
        self,
        server: Server,
        folder: Path,
        items: int,
        distinct: int | None = None,
        table: str = TABLE,
        region: str = REGION,
    ) -> None:
        self.server = server
        self._folder = folder
        self._items = items
        self._distinct = distinct
        self._table = table
        self._region = region
        self._series: dict[str, Requests] = {}

    def load(self) -> float:
        """Create and fill the table; return the seconds that the filling took."""
        with Client(self.server.endpoint, self._region) as client:
            create_table(client, self._table)
        return load(self.server.endpoint, self._table, self._items, self._region)

    def prepare(self, workload: str) -> None:
        """Sign the requests of a workload, unless fresh ones are there, and check some answers.

        Raises:
            RefusedError: the server does not answer the workload as it should.
        """
        known = self._series.get(workload)
        if known is not None and time.monotonic() - known.signed_at < _SIGNATURE_SECONDS_MAX:
            return
        with Client(self.server.endpoint, self._region) as client:
            pages = full_pages(client, self._table, _PAGES_MAX) if workload == "scan" else [None]
        signed_at = time.monotonic()
        signer = Signer(self.server.endpoint, self._region)
        count = self._distinct or WORKLOADS[workload].distinct
        series = [
            signer.request(operation, parameters)
            for operation, parameters in calls(workload, self._table, self._items, count, pages)
        ]
        checked = _CHECKED_SCANS if workload == "scan" else _CHECKED_REQUESTS
        check(self.server.endpoint, workload, series[:checked])
        path = self._folder / f"{self.server.name}-{self._table}-{workload}.requests"
        write_requests(path, series)
        in_memory = series if WORKLOADS[workload].patient else ()
        self._series[workload] = Requests(path, signed_at, in_memory)

    def measure(self, workload: str, connections: int, seconds: float) -> Run:
        """Send a prepared workload, and return when the server has nothing left to do.

        Raises:
            MeasuringError: wrk failed.
        """
        pids = processes.family(self.server.pid)
        server_before = processes.cpu_seconds(pids)
        machine_before, own_before = processes.machine_cpu_seconds(), os.times()
        started = time.perf_counter()
        result = self._drive(workload, connections, seconds)
        wall = time.perf_counter() - started
        server = processes.cpu_seconds(pids) - server_before
        own_after = os.times()
        # The processor time of children comes with their end: it is wrk's.
        client = sum(own_after[:4]) - sum(own_before[:4])
        foreign = processes.machine_cpu_seconds() - machine_before - client - server
        requests = max(1, int(result["requests"]))
        # What wrk asked for last is still being worked on; it is not to slow the next server down.
        processes.wait_quiet(_IDLE_CORES, _IDLE_SECONDS_MAX, self.server.pid)
        return Run(
            rate=result["requests"] / result["seconds"],
            seconds=result["seconds"],
            p50_ms=result["p50_ms"],
            p99_ms=result["p99_ms"],
            cpu_ms=1e3 * server / requests,
            refused=result["refused"],
            broken=result["broken"],
            foreign_cores=max(0.0, foreign / wall),
        )

    def _drive(self, workload: str, connections: int, seconds: float) -> dict[str, Any]:
        requests = self._series[workload]
        endpoint = self.server.endpoint
        if WORKLOADS[workload].patient:
            return drive(endpoint, requests.series, connections, seconds, _ANSWER_SECONDS_MAX)
        return wrk(endpoint, requests.path, connections, seconds)

    def memory_mb(self) -> float:
        """Return the server's resident memory now."""
        return processes.memory_mb(processes.family(self.server.pid))


def require_wrk() -> None:
    """Check that wrk is there.

    Raises:
        MeasuringError: it is not.
    """
    if shutil.which("wrk") is None:
        raise MeasuringError(
            "wrk is not on the PATH; install it with the system's package manager (apt install wrk)"
        )


def wrk(endpoint: str, requests: Path, connections: int, seconds: float) -> dict[str, Any]:
    """Run wrk with one thread and return what replay.lua printed.

    Raises:
        MeasuringError: wrk failed.
    """
    command = (
        *("wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"),
        *("--timeout", f"{_ANSWER_SECONDS_MAX}s", "-s", str(HERE / "replay.lua"), endpoint),
    )
    environment = {**os.environ, "REQUESTS": str(requests)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        text = (done.stderr or done.stdout).strip()[-300:]
        raise MeasuringError(f"wrk failed with code {done.returncode}: {text}")
    result: dict[str, Any] = json.loads(lines[-1])
    return result
