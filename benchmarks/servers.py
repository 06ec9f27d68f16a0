"""Server processes: started on a free port of 127.0.0.1, ended by their own process ids."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.wire import ACCESS_KEY, REGION, SECRET_KEY, Connection, Signer

HERE = Path(__file__).resolve().parent
#: Data, logs and request files of the runs; not committed.
RUN = HERE / "run"
OURS = "globaltables"
_START_SECONDS_MAX = 60.0
_STOP_SECONDS_MAX = 30.0
_POLL_SECONDS = 0.002


class StartError(Exception):
    """A server ended or did not answer in time."""


@dataclass(frozen=True)
class Launch:
    """How a server is started.

    Attributes:
        command: the program and its arguments.
        folder: is its own: holds data and log.
        environment: is added to this process's.
        region: is asked whether it answers.
    """

    name: str
    command: tuple[str, ...]
    port: int
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    region: str = REGION

    @property
    def endpoint(self) -> str:
        """The server's URL."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes:
        start_seconds: from the start of the process to the first answer.
    """

    name: str
    endpoint: str
    pid: int
    start_seconds: float


def free_port() -> int:
    """Return a port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_folder(name: str) -> Path:
    """Return an empty folder for a server."""
    folder = RUN / f"{name}-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def ours(folder: Path) -> Launch:
    """Return how the measured server is started: on disk, with fsync, signatures verified."""
    port = free_port()
    return Launch(OURS, _command("up", port, folder), port, folder)


def nodes(folder: Path, regions: Sequence[str]) -> dict[str, Launch]:
    """Return how the nodes of one deployment are started, one for each region."""
    ports = {region: free_port() for region in regions}
    peer_ports = {region: free_port() for region in regions}
    environment = {"GLOBALTABLES_PEER_SECRET": "a secret of the benchmark"}
    launches = {}
    for region in regions:
        own = folder / region
        own.mkdir(parents=True, exist_ok=True)
        peers = [
            part
            for other in regions
            if other != region
            for part in ("--peer", f"{other}=http://127.0.0.1:{peer_ports[other]}")
        ]
        command = (
            *_command("serve", ports[region], own),
            *("--region", region, "--peer-port", str(peer_ports[region]), *peers),
        )
        launches[region] = Launch(OURS, command, ports[region], own, environment, region)
    return launches


def _command(name: str, port: int, folder: Path) -> tuple[str, ...]:
    return (
        str(Path(sys.executable).parent / OURS),
        *(name, "--port", str(port), "--data-dir", str(folder / "data"), "--durability", "fsync"),
        *("--auth", "signature", "--access-key", f"{ACCESS_KEY}:{SECRET_KEY}"),
    )


@contextmanager
def running(launch: Launch, *, keep: bool = False) -> Iterator[Server]:
    """Start a server, wait for its first answer, and stop it at the end.

    Args:
        launch: says how.
        keep: the server's folder stays.

    Raises:
        StartError: it ended or did not answer in time; the text has the end of its log.
    """
    log = launch.folder / "log"
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            launch.command,
            cwd=launch.folder,
            env={**os.environ, **launch.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for_answer(launch, process, started)
        took = time.perf_counter() - started
        yield Server(launch.name, launch.endpoint, process.pid, took)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if not keep:
            shutil.rmtree(launch.folder, ignore_errors=True)


def _wait_for_answer(launch: Launch, process: "subprocess.Popen[bytes]", started: float) -> None:
    request = Signer(launch.endpoint, launch.region).request("ListTables", {})
    while process.poll() is None and time.perf_counter() - started < _START_SECONDS_MAX:
        try:
            with Connection(launch.endpoint) as connection:
                status, _ = connection.exchange(request)
        except OSError:
            time.sleep(_POLL_SECONDS)
            continue
        if status == 200:
            return
    ending = (launch.folder / "log").read_text(errors="replace").strip().splitlines()[-3:]
    raise StartError(f"{launch.name} did not start: " + " | ".join(ending))
