"""Measures how far replicas lag behind under full load, and what replication costs: one process, or one per region."""

import argparse
import os
import shutil
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks import processes
from benchmarks.dataset import key_of
from benchmarks.loading import create_table, load, wait_active
from benchmarks.report import FOREIGN_CORES_MAX
from benchmarks.servers import Server, StartError, nodes, ours, own_folder, running
from benchmarks.target import MeasuringError, Run, Target, require_wrk
from benchmarks.wire import REGION, Client, Connection, RefusedError, Signer, answer

REPLICAS = ("eu-west-1", "ap-northeast-1")
SINGLE, GLOBAL = "Single", "Global"
#: p50 and p99 of the lag at full load of one region.
LAG_MS_MAX: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"one process": (20, 100), "processes": (50, 250)}
)
#: Throughput per processor with three regions, as a share of that of one region alone.
SHARE_MIN = 0.6
#: By region, which server hosts it.
Servers = Mapping[str, Server]
_WORKLOAD = "put"
_WARM_SECONDS = 2
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

    def __init__(self, servers: Servers) -> None:
        endpoint = servers[REGION].endpoint
        self._signer = Signer(endpoint)
        self._writer = Connection(endpoint)
        self._readers = {region: Connection(servers[region].endpoint) for region in REPLICAS}
        read = {"TableName": GLOBAL, "Key": _PROBE_KEY}
        self._reads = {
            region: Signer(servers[region].endpoint, region).request("GetItem", read)
            for region in REPLICAS
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

    def __init__(self, servers: Servers) -> None:
        super().__init__(daemon=True)
        self.samples: list[Sample] = []
        self.failure: Exception | None = None
        self._probe = Probe(servers)
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
        receiving_us: processor time of the busiest receiving process per write; 0 within one process.
    """

    run: Run
    samples: list[Sample]
    behind_seconds: float
    receiving_us: float

    @property
    def sustained(self) -> float:
        """Writes per second that arrive everywhere in the time that it takes."""
        return self.run.rate * self.run.seconds / (self.run.seconds + self.behind_seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 when nothing could be measured."""
    options = _options(arguments)
    try:
        require_wrk()
        with ExitStack() as stack:
            folder = own_folder("replication")
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            servers = _start(stack, folder, processes_apart=options.processes)
            load_before = os.getloadavg()[0]
            print(f"load of the machine before: {load_before:.1f}", flush=True)
            _create(servers, options.items)
            _measure(servers, folder, options)
    except (MeasuringError, StartError, RefusedError) as error:
        print(f"replication: {error}", file=sys.stderr)
        return 1
    return 0


def _start(stack: ExitStack, folder: Path, *, processes_apart: bool) -> Servers:
    """Start one server for all regions, or one for each."""
    if not processes_apart:
        server = stack.enter_context(running(ours(folder)))
        return dict.fromkeys((REGION, *REPLICAS), server)
    launches = nodes(folder, (REGION, *REPLICAS))
    return {region: stack.enter_context(running(launch)) for region, launch in launches.items()}


def _create(servers: Servers, items: int) -> None:
    """Create and fill two tables, and give one of them its replicas."""
    endpoint = servers[REGION].endpoint
    with Client(endpoint) as client:
        for table in (SINGLE, GLOBAL):
            create_table(client, table, streams=table == GLOBAL)
            load(endpoint, table, items)
        started = time.perf_counter()
        for region in REPLICAS:
            update = {"ReplicaUpdates": [{"Create": {"RegionName": region}}]}
            client.call("UpdateTable", {"TableName": GLOBAL, **update})
            wait_active(client, GLOBAL)
    seconds = time.perf_counter() - started
    last = {"TableName": GLOBAL, "Key": key_of(items - 1)}
    for region in REPLICAS:
        with Client(servers[region].endpoint, region) as client:
            if "Item" not in client.call("GetItem", last):
                raise RefusedError(f"the replica in {region} lacks the last item")
    print(f"{items:,} items copied to {len(REPLICAS)} regions in {seconds:.1f} s", flush=True)


def _measure(servers: Servers, folder: Path, options: argparse.Namespace) -> None:
    # Twice as many writes as items: one that leaves an item as it is would not be replicated.
    single, replicated = (
        Target(servers[REGION], folder, options.items, 2 * options.items, table)
        for table in (SINGLE, GLOBAL)
    )
    _print_lags("without load", _without_load(servers, options.probes), options)
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
                loaded.append(_with_load(target, servers, options))
    _print_lags("at full load", [sample for each in loaded for sample in each.samples], options)
    _print_rates(alone, loaded, options)


def _without_load(servers: Servers, count: int) -> list[Sample]:
    probe = Probe(servers)
    samples: list[Sample] = []
    for _ in range(count):
        samples += probe.follow()
        time.sleep(_PAUSE_SECONDS)
    probe.close()
    return samples


def _with_load(target: Target, servers: Servers, options: argparse.Namespace) -> Loaded:
    # Changes arrive in order: when a write is there, everything written before it is.
    last = Probe(servers)
    last.follow()
    receiving = {servers[region].pid for region in REPLICAS} - {servers[REGION].pid}
    before = {pid: processes.cpu_seconds([pid]) for pid in receiving}
    follower = Follower(servers)
    follower.start()
    run = target.measure(_WORKLOAD, options.connections, options.seconds)
    ended = time.perf_counter()
    samples = follower.end()
    last.follow()
    last.close()
    behind = time.perf_counter() - ended
    used = [processes.cpu_seconds([pid]) - before[pid] for pid in receiving]
    _check_copies(servers, options.items)
    writes = run.rate * run.seconds
    return Loaded(run, samples, behind, 1e6 * max(used, default=0.0) / writes)


def _check_copies(servers: Servers, items: int) -> None:
    """Compare some items in all regions.

    Raises:
        RefusedError: a replica has something else than the region that was written.
    """
    with ExitStack() as stack:
        clients = [
            stack.enter_context(Client(servers[name].endpoint, name))
            for name in (REGION, *REPLICAS)
        ]
        for number in range(0, items, max(1, items // _COPIES_CHECKED)):
            get = {"TableName": GLOBAL, "Key": key_of(number), "ConsistentRead": True}
            first, *others = (client.call("GetItem", get).get("Item") for client in clients)
            if first is None or any(other != first for other in others):
                raise RefusedError(f"item {number} differs between the regions after the load")


def _print_lags(title: str, samples: Sequence[Sample], options: argparse.Namespace) -> None:
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
        p50, p99 = statistics.median(lags), _p99(lags)
        print(f"  {region:16}{len(lags):8}{p50:10.2f}{p99:10.2f}{lags[-1]:10.2f}{read:24.2f}")
    lags = sorted(sample.lag_ms for sample in samples) or [float("inf")]
    p50_max, p99_max = LAG_MS_MAX["processes" if options.processes else "one process"]
    met = statistics.median(lags) < p50_max and _p99(lags) < p99_max
    print(f"  {'MET' if met else 'MISSED'}: the budget is p50 < {p50_max} ms, p99 < {p99_max} ms")


def _p99(ordered: Sequence[float]) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def _print_rates(
    alone: Sequence[Run], loaded: Sequence[Loaded], options: argparse.Namespace
) -> None:
    one = statistics.median(run.rate for run in alone)
    one_us = 1e3 * statistics.median(run.cpu_ms for run in alone)
    accepted = statistics.median(each.run.rate for each in loaded)
    three_us = 1e3 * statistics.median(each.run.cpu_ms for each in loaded)
    receiving_us = statistics.median(each.receiving_us for each in loaded)
    sustained = statistics.median(each.sustained for each in loaded)
    behind = statistics.median(each.behind_seconds for each in loaded)
    runs = [*alone, *(each.run for each in loaded)]
    where = "one process for each region" if options.processes else "one process for all regions"
    print(f"\nPutItem, {where}")
    print(f"  {'':28}{'req/s':>10}{'CPU us/req':>12}")
    print(f"  {'one region':28}{one:10,.0f}{one_us:12.1f}")
    print(f"  {'three regions, accepted':28}{accepted:10,.0f}{three_us:12.1f}")
    print(f"  {'three regions, sustained':28}{sustained:10,.0f}")
    if options.processes:
        print(f"  {'the busiest receiver':28}{'':10}{receiving_us:12.1f}")
        share = one_us / max(three_us, receiving_us)
    else:
        share = len((REGION, *REPLICAS)) * one_us / three_us
    print(f"  {sustained / one:.2f} of one region; replicas done {behind:.2f} s after the load")
    met = "MET" if share >= SHARE_MIN else "MISSED"
    print(f"  {share:.2f} of one region per processor and region: {met}, the budget is {SHARE_MIN}")
    wrong = sum(run.refused + run.broken for run in runs)
    print(f"  {wrong} requests were not answered as they should")
    foreign = max(run.foreign_cores for run in runs)
    if foreign > FOREIGN_CORES_MAX and not options.processes:
        print(f"  DISTURBED: other processes used up to {foreign:.1f} processors")
    print(f"  load of the machine after: {os.getloadavg()[0]:.1f}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replication", description=__doc__)
    add = parser.add_argument
    add("--processes", action="store_true", help="one process for each region")
    add("--items", type=int, default=10_000)
    add("--seconds", type=int, default=10)
    add("--repetitions", type=int, default=3)
    add("--connections", type=int, default=64)
    add("--probes", type=int, default=100, help="writes that are followed without load")
    add("--quiet", type=float, default=10, help="seconds to wait, at most, for a quiet machine")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
