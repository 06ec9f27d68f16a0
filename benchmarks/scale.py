"""Measures what a request costs when the table has few and many items."""

import argparse
import shutil
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import processes
from benchmarks.dataset import ITEMS_PER_PARTITION
from benchmarks.report import FOREIGN_CORES_MAX
from benchmarks.servers import RUN, Server, StartError, ours, running
from benchmarks.target import MeasuringError, Run, Target, require_wrk
from benchmarks.wire import RefusedError

WORKLOADS = ("get", "put", "query")
#: Cost with the most items / cost with the fewest.
RATIO_MAX = 1.5
_WARM_SECONDS = 2
_QUIET_CORES = 0.1
_COMPACTION_SECONDS_MAX = 300
_LOADED = "loaded"


def main(arguments: Sequence[str] | None = None) -> int:
    """Load, measure and print; the exit code is 1 when nothing could be measured."""
    options = _options(arguments)
    try:
        require_wrk()
        _scale(options)
    except (MeasuringError, StartError, RefusedError) as error:
        print(f"scale: {error}", file=sys.stderr)
        return 1
    return 0


def _scale(options: argparse.Namespace) -> None:
    with ExitStack() as stack:
        targets: dict[int, Target] = {}
        for items in options.items:
            folder = RUN / f"scale-{items}"
            if not (folder / _LOADED).exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
            server = stack.enter_context(running(ours(folder), keep=options.keep))
            targets[items] = _load(server, folder, items, options.distinct)
        for workload in WORKLOADS:
            runs = _measure(workload, targets, options)
            _print(workload, runs)


def _load(server: Server, folder: Path, items: int, distinct: int) -> Target:
    """Fill a server, unless its folder is filled already, and let it finish its own work."""
    target = Target(server, folder, items, min(distinct, items))
    loaded = folder / _LOADED
    if loaded.exists():
        print(f"{items:,} items: loaded by an earlier run", flush=True)
    else:
        seconds = target.load()
        print(f"{items:,} items: loaded in {seconds:.1f} s, {items / seconds:,.0f}/s", flush=True)
        loaded.touch()
    if not processes.wait_quiet(_QUIET_CORES, _COMPACTION_SECONDS_MAX, server.pid):
        print(f"{items:,} items: the server is still busy with itself")
    disk = sum(path.stat().st_size for path in (folder / "data").rglob("*") if path.is_file())
    print(f"  {target.memory_mb():.0f} MB of memory, {disk / 1e6:,.0f} MB on the disk", flush=True)
    return target


def _measure(
    workload: str, targets: dict[int, Target], options: argparse.Namespace
) -> dict[int, list[Run]]:
    """Measure a workload on every table in turn, again and again."""
    for target in targets.values():
        target.prepare(workload)
        target.measure(workload, options.connections, _WARM_SECONDS)
    runs: dict[int, list[Run]] = {items: [] for items in targets}
    for _ in range(options.repetitions):
        for items, target in targets.items():
            target.prepare(workload)
            processes.wait_quiet(_QUIET_CORES, options.quiet)
            runs[items].append(target.measure(workload, options.connections, options.seconds))
    return runs


def _print(workload: str, runs: dict[int, list[Run]]) -> None:
    print(f"\n{workload}")
    print(
        f"  {'items':>12}{'CPU us/req':>12}{'req/s':>12}{'p99 ms':>10}{'non-2xx':>10}{'ratio':>8}"
    )
    cost = {
        items: 1e3 * statistics.median(run.cpu_ms for run in each) for items, each in runs.items()
    }
    fewest = min(runs)
    for items, each in runs.items():
        rate = statistics.median(run.rate for run in each)
        p99 = statistics.median(run.p99_ms for run in each)
        wrong = sum(run.refused + run.broken for run in each)
        ratio = cost[items] / cost[fewest]
        print(f"  {items:12,}{cost[items]:12.1f}{rate:12,.0f}{p99:10.2f}{wrong:10}{ratio:8.2f}")
    ratio = cost[max(runs)] / cost[fewest]
    print(f"  {'MET' if ratio <= RATIO_MAX else 'MISSED'}: the budget is <= {RATIO_MAX}")
    foreign = max(run.foreign_cores for each in runs.values() for run in each)
    if foreign > FOREIGN_CORES_MAX:
        print(f"  DISTURBED: other processes used up to {foreign:.1f} processors")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    add = parser.add_argument
    add("--items", type=_sizes, default=[10_000, 1_000_000], metavar="N,M", help="sizes of tables")
    add("--seconds", type=int, default=5)
    add("--repetitions", type=int, default=3)
    add("--connections", type=int, default=64)
    add("--distinct", type=int, default=30_000, help="different keys that are asked for")
    add("--quiet", type=float, default=10, help="seconds to wait, at most, for a quiet machine")
    add("--keep", action="store_true", help="keep the loaded tables for the next run")
    return parser.parse_args(arguments)


def _sizes(text: str) -> list[int]:
    sizes = sorted({int(size.replace("_", "")) for size in text.split(",")})
    if any(size <= 0 or size % ITEMS_PER_PARTITION for size in sizes):
        raise argparse.ArgumentTypeError(f"sizes are multiples of {ITEMS_PER_PARTITION}")
    return sizes


if __name__ == "__main__":
    sys.exit(main())
