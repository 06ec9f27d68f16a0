"""Measures how far replicas lag behind under full load, and what replication costs the writer."""

import argparse
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.dataset import key_of
from benchmarks.loading import create_table, load
from benchmarks.report import FOREIGN_CORES_MAX
from benchmarks.servers import Server, StartError, ours, own_folder, running
from benchmarks.target import MeasuringError, Run, Target, require_wrk
from benchmarks.wire import REGION, Client, Connection, RefusedError, Signer, answer

REPLICAS = ("eu-west-1", "ap-northeast-1")
SINGLE, GLOBAL = "Single", "Global"
LAG_MS_MAX = 50
_WORKLOAD = "put"
_WARM_SECONDS = 2
_ACTIVE_SECONDS_MAX = 120
_SEEN_SECONDS_MAX = 120
_PAUSE_SECONDS = 0.02
_COPIES_CHECKED = 200
_QUIET_CORES = 0.1
#: A partition of its own, which the load does not touch.
_PROBE_KEY = {"PK": {"S": "probe"}, "SK": {"S": "probe"}}


@dataclass(frozen=True)
class Sample:
    """One write that was followed.

    Attributes:
        lag_ms: from the answer of the write to the answer of the first read in the replica that has it.
        read_ms: how long that read took; the lag is at least the difference.
    """

    region: str
    lag_ms: float
    read_ms: float


class Probe:
    """Writes an item in one region and asks for it in the others until they have it."""

    def __init__(self, endpoint: str) -> None:
        self._signer = Signer(endpoint)
        self._writer = Connection(endpoint)
        self._readers = {region: Connection(endpoint) for region in REPLICAS}
        read = {"TableName": GLOBAL, "Key": _PROBE_KEY}
        self._reads = {
            region: Signer(endpoint, region).request("GetItem", read) for region in REPLICAS
        }

    def follow(self) -> list[Sample]:
        """Write once, and return when every replica has it.

        Raises:
            RefusedError: a call fails, or a replica does not get the item in time.
        """
        mark = uuid.uuid4().hex
        write = {"TableName": GLOBAL, "Item": {**_PROBE_KEY, "mark": {"S": mark}}}
        request = self._signer.request("PutItem", write)
        answer("PutItem", *self._writer.exchange(request))
        written = time.perf_counter()
        samples: list[Sample] = []
        missing = set(REPLICAS)
        while missing:
            asked = time.perf_counter()
            regions = sorted(missing)
            for region in regions:
                self._readers[region].send(self._reads[region])
            for region in regions:
                status, body = self._readers[region].receive()
                seen = time.perf_counter()
                item = answer("GetItem", status, body).get("Item", {})
                if item.get("mark", {}).get("S") == mark:
                    samples.append(Sample(region, 1e3 * (seen - written), 1e3 * (seen - asked)))
                    missing.discard(region)
            if time.perf_counter() - written > _SEEN_SECONDS_MAX:
                raise RefusedError(f"no replica in {', '.join(missing)} got an item in time")
        return samples

    def close(self) -> None:
        """Close the connections."""
        for connection in (self._writer, *self._readers.values()):
            connection.close()


class Follower(threading.Thread):
    """Probes beside a load, until it is told to end."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(daemon=True)
        self.samples: list[Sample] = []
        self.failure: Exception | None = None
        self._probe = Probe(endpoint)
        self._ending = threading.Event()

    def run(self) -> None:
        """Probe again and again."""
        try:
            while not self._ending.wait(_PAUSE_SECONDS):
                self.samples += self._probe.follow()
        except (RefusedError, OSError) as error:
            self.failure = error
        finally:
            self._probe.close()

    def end(self) -> list[Sample]:
        """Wait for the last write to arrive and return all samples.

        Raises:
            RefusedError: a probe failed.
        """
        self._ending.set()
        self.join()
        if self.failure is not None:
            raise RefusedError(f"a probe failed: {self.failure}")
        return self.samples


@dataclass(frozen=True)
class Loaded:
    """One repetition of writing at full speed to the replicated table.

    Attributes:
        behind_seconds: until the replicas had everything, after the last write.
    """

    run: Run
    samples: list[Sample]
    behind_seconds: float

    @property
    def sustained(self) -> float:
        """Writes per second that arrive everywhere in the time that it takes."""
        return self.run.rate * self.run.seconds / (self.run.seconds + self.behind_seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 when nothing could be measured."""
    options = _options(arguments)
    try:
        require_wrk()
        folder = own_folder("replication")
        with running(ours(folder)) as server:
            _create(server, options.items)
            _measure(server, folder, options)
    except (MeasuringError, StartError, RefusedError) as error:
        print(f"replication: {error}", file=sys.stderr)
        return 1
    return 0


def _create(server: Server, items: int) -> None:
    """Create and fill two tables, and give one of them its replicas."""
    with Client(server.endpoint) as client:
        for table in (SINGLE, GLOBAL):
            create_table(client, table, streams=table == GLOBAL)
            load(server.endpoint, table, items)
        started = time.perf_counter()
        for region in REPLICAS:
            update = {"ReplicaUpdates": [{"Create": {"RegionName": region}}]}
            client.call("UpdateTable", {"TableName": GLOBAL, **update})
            _wait_active(client, started)
    last = {"TableName": GLOBAL, "Key": key_of(items - 1)}
    for region in REPLICAS:
        with Client(server.endpoint, region) as client:
            if "Item" not in client.call("GetItem", last):
                raise RefusedError(f"the replica in {region} lacks the last item")
    seconds = time.perf_counter() - started
    print(f"{items:,} items copied to {len(REPLICAS)} regions in {seconds:.1f} s", flush=True)


def _wait_active(client: Client, started: float) -> None:
    while True:
        table: dict[str, Any] = client.call("DescribeTable", {"TableName": GLOBAL})["Table"]
        states = {table["TableStatus"], *(each["ReplicaStatus"] for each in table["Replicas"])}
        if states == {"ACTIVE"}:
            return
        if time.perf_counter() - started > _ACTIVE_SECONDS_MAX:
            raise RefusedError(f"the table and its replicas are still {', '.join(sorted(states))}")
        time.sleep(0.02)


def _measure(server: Server, folder: Path, options: argparse.Namespace) -> None:
    single, replicated = (
        Target(server, folder, options.items, options.distinct, table) for table in (SINGLE, GLOBAL)
    )
    _print_lags("without load", _without_load(server.endpoint, options.probes))
    for target in (single, replicated):
        target.prepare(_WORKLOAD)
        target.measure(_WORKLOAD, options.connections, _WARM_SECONDS)
    alone: list[Run] = []
    loaded: list[Loaded] = []
    for _ in range(options.repetitions):
        for target in (single, replicated):
            target.prepare(_WORKLOAD)
            processes.wait_quiet(_QUIET_CORES, options.quiet)
            if target is single:
                alone.append(target.measure(_WORKLOAD, options.connections, options.seconds))
            else:
                loaded.append(_with_load(target, options))
    _print_lags("at full load", [sample for each in loaded for sample in each.samples])
    _print_rates(alone, loaded)


def _without_load(endpoint: str, count: int) -> list[Sample]:
    probe = Probe(endpoint)
    samples: list[Sample] = []
    for _ in range(count):
        samples += probe.follow()
        time.sleep(_PAUSE_SECONDS)
    probe.close()
    return samples


def _with_load(target: Target, options: argparse.Namespace) -> Loaded:
    # Changes arrive in order: when a write is there, everything written before it is.
    last = Probe(target.server.endpoint)
    last.follow()
    follower = Follower(target.server.endpoint)
    follower.start()
    run = target.measure(_WORKLOAD, options.connections, options.seconds)
    ended = time.perf_counter()
    samples = follower.end()
    last.follow()
    last.close()
    behind = time.perf_counter() - ended
    _check_copies(target.server.endpoint, options.items)
    return Loaded(run, samples, behind)


def _check_copies(endpoint: str, items: int) -> None:
    """Compare some items in all regions.

    Raises:
        RefusedError: a replica has something else than the region that was written.
    """
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(endpoint, name)) for name in (REGION, *REPLICAS)]
        for number in range(0, items, max(1, items // _COPIES_CHECKED)):
            get = {"TableName": GLOBAL, "Key": key_of(number), "ConsistentRead": True}
            first, *others = (client.call("GetItem", get).get("Item") for client in clients)
            if first is None or any(other != first for other in others):
                raise RefusedError(f"item {number} differs between the regions after the load")


def _print_lags(title: str, samples: Sequence[Sample]) -> None:
    print(f"\nlag {title}, ms: from the answer of a write to the answer of a read that has it")
    print(
        f"  {'region':16}{'writes':>8}{'p50':>10}{'p99':>10}{'max':>10}{'the read itself, p50':>24}"
    )
    for region in REPLICAS:
        lags = sorted(sample.lag_ms for sample in samples if sample.region == region)
        if not lags:
            print(f"  {region:16}{0:8}")
            continue
        read = statistics.median(sample.read_ms for sample in samples if sample.region == region)
        p50, p99 = statistics.median(lags), lags[min(len(lags) - 1, int(len(lags) * 0.99))]
        print(f"  {region:16}{len(lags):8}{p50:10.2f}{p99:10.2f}{lags[-1]:10.2f}{read:24.2f}")
    median = statistics.median([sample.lag_ms for sample in samples] or [float("inf")])
    print(
        f"  {'MET' if median < LAG_MS_MAX else 'MISSED'}: the budget is a median < {LAG_MS_MAX} ms"
    )


def _print_rates(alone: Sequence[Run], loaded: Sequence[Loaded]) -> None:
    one = statistics.median(run.rate for run in alone)
    one_us = 1e3 * statistics.median(run.cpu_ms for run in alone)
    accepted = statistics.median(each.run.rate for each in loaded)
    three_us = 1e3 * statistics.median(each.run.cpu_ms for each in loaded)
    sustained = statistics.median(each.sustained for each in loaded)
    behind = statistics.median(each.behind_seconds for each in loaded)
    runs = [*alone, *(each.run for each in loaded)]
    print("\nPutItem, on one server that does the work of all regions")
    print(f"  {'':28}{'req/s':>10}{'CPU us/req':>12}")
    print(f"  {'one region':28}{one:10,.0f}{one_us:12.1f}")
    print(f"  {'three regions, accepted':28}{accepted:10,.0f}{three_us:12.1f}")
    print(f"  {'three regions, sustained':28}{sustained:10,.0f}")
    print(f"  {sustained / one:.2f} of one region; replicas done {behind:.2f} s after the load")
    wrong = sum(run.refused + run.broken for run in runs)
    print(f"  {wrong} requests were not answered as they should")
    foreign = max(run.foreign_cores for run in runs)
    if foreign > FOREIGN_CORES_MAX:
        print(f"  DISTURBED: other processes used up to {foreign:.1f} processors")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replication", description=__doc__)
    add = parser.add_argument
    add("--items", type=int, default=10_000)
    add("--seconds", type=int, default=10)
    add("--repetitions", type=int, default=3)
    add("--connections", type=int, default=64)
    add("--distinct", type=int, default=5_000, help="different writes, before they repeat")
    add("--probes", type=int, default=100, help="writes that are followed without load")
    add("--quiet", type=float, default=10, help="seconds to wait, at most, for a quiet machine")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
