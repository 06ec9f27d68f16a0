"""Measures the time from the start of a process to its first answer, and its memory before any other request."""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks import peers, processes
from benchmarks.servers import OURS, Launch, ours, own_folder, running

#: The budgets of the measured server.
_START_MS_MAX = 1_000
_IDLE_MB_MAX = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the servers and print a line for each."""
    options = _options(arguments)
    launches: dict[str, Callable[[], Launch]] = {OURS: lambda: ours(own_folder(OURS))}
    for peer in peers.PEERS if options.peers else ():
        try:
            peers.prepare(peer)
        except peers.UnavailableError as error:
            print(f"{peer.name}: skipped: {error}")
        else:
            launches[peer.name] = partial(_launch_peer, peer)
    print(f"{'server':16}{'start ms':>10}{'idle MB':>10}   (median of {options.repetitions})")
    for name, launch in launches.items():
        samples = [_once(launch(), options.settle) for _ in range(options.repetitions)]
        start_ms = statistics.median(start for start, _ in samples)
        idle_mb = statistics.median(memory for _, memory in samples)
        verdict = ""
        if name == OURS:
            kept = start_ms < _START_MS_MAX and idle_mb < _IDLE_MB_MAX
            verdict = f"   {'MET' if kept else 'MISSED'}: < {_START_MS_MAX} ms, < {_IDLE_MB_MAX} MB"
        print(f"{name:16}{start_ms:10.0f}{idle_mb:10.1f}{verdict}", flush=True)
    return 0


def _launch_peer(peer: peers.Peer) -> Launch:
    return peers.launch(peer, own_folder(peer.name))


def _once(launch: Launch, settle_seconds: float) -> tuple[float, float]:
    """Return the milliseconds to the first answer and the megabytes some time later."""
    with running(launch) as server:
        time.sleep(settle_seconds)
        return 1e3 * server.start_seconds, processes.memory_mb(processes.family(server.pid))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    add = parser.add_argument
    add("--peers", action="store_true", help="measure the other servers too")
    add("--repetitions", type=int, default=3)
    add("--settle", type=float, default=2, help="seconds before the memory is read")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
