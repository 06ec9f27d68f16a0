"""Measures what a request costs on a sealed table, and on one that is not sealed but lies beside it."""

import argparse
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks import processes
from benchmarks.report import FOREIGN_CORES_MAX
from benchmarks.servers import OURS, Server, StartError, ours, own_folder, running
from benchmarks.target import MeasuringError, Run, Target, require_wrk
from benchmarks.wire import Client, RefusedError

WORKLOADS = ("put", "update", "batchwrite", "get", "query", "scan")
_WRITES = ("put", "update", "batchwrite")
#: Write throughput of the sealed table / that of a table in a region where nothing is sealed.
RATIO_MIN = 0.85
_ALONE, _BESIDE, _SEALED = "alone", "beside", "sealed"
_REGIONS = {_ALONE: "us-east-1", _BESIDE: "eu-west-1", _SEALED: "eu-west-1"}
_WARM_SECONDS = 2
_QUIET_CORES = 0.1


def main(arguments: Sequence[str] | None = None) -> int:
    """Load, measure in turns and print; the exit code is 1 when nothing could be measured."""
    options = _options(arguments)
    try:
        require_wrk()
        folder = own_folder(OURS)
        with ExitStack() as stack:
            server = stack.enter_context(running(ours(folder)))
            targets = {
                name: Target(server, folder, options.items, table=name, region=region)
                for name, region in _REGIONS.items()
            }
            for name, target in targets.items():
                target.load()
                if name == _SEALED:
                    _seal(server)
            for workload in options.workloads:
                _print(workload, _measure(workload, targets, options))
    except (MeasuringError, StartError, RefusedError) as error:
        print(f"sealing: {error}", file=sys.stderr)
        return 1
    return 0


def _seal(server: Server) -> None:
    """Seal the table and wait until every row was moved."""
    with Client(server.endpoint, _REGIONS[_SEALED]) as client:
        specification = {"TableName": _SEALED, "SSESpecification": {"Enabled": True}}
        client.call("UpdateTable", specification)
        while True:
            table = client.call("DescribeTable", {"TableName": _SEALED})["Table"]
            if table["SSEDescription"]["Status"] == "ENABLED":
                return


def _measure(
    workload: str, targets: dict[str, Target], options: argparse.Namespace
) -> dict[str, list[Run]]:
    """Measure a workload on every table in turn, again and again."""
    for target in targets.values():
        target.prepare(workload)
        target.measure(workload, options.connections, _WARM_SECONDS)
    runs: dict[str, list[Run]] = {name: [] for name in targets}
    for _ in range(options.repetitions):
        for name, target in targets.items():
            target.prepare(workload)
            processes.wait_quiet(_QUIET_CORES, options.quiet)
            runs[name].append(target.measure(workload, options.connections, options.seconds))
    return runs


def _print(workload: str, runs: dict[str, list[Run]]) -> None:
    print(f"\n{workload}")
    print(
        f"  {'table':>8}{'CPU us/req':>12}{'req/s':>12}{'non-2xx':>10}{'rate ratio':>12}{'CPU':>8}"
    )
    for name, each in runs.items():
        rate = statistics.median(run.rate for run in each)
        cost = 1e3 * statistics.median(run.cpu_ms for run in each)
        wrong = sum(run.refused + run.broken for run in each)
        pairs = list(zip(each, runs[_ALONE], strict=True))
        ratio = statistics.median(run.rate / alone.rate for run, alone in pairs)
        cpu = statistics.median(run.cpu_ms / alone.cpu_ms for run, alone in pairs)
        print(f"  {name:>8}{cost:12.1f}{rate:12,.0f}{wrong:10}{ratio:12.3f}{cpu:8.3f}")
        if name == _SEALED and workload in _WRITES:
            verdict = "MET" if ratio >= RATIO_MIN else "MISSED"
            print(f"  {verdict}: the budget is >= {RATIO_MIN} of the rate")
    foreign = max(run.foreign_cores for each in runs.values() for run in each)
    if foreign > FOREIGN_CORES_MAX:
        print(f"  DISTURBED: other processes used up to {foreign:.1f} processors")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sealing", description=__doc__)
    add = parser.add_argument
    add("--workloads", type=lambda text: text.split(","), default=list(WORKLOADS), metavar="A,B")
    add("--items", type=int, default=10_000)
    add("--seconds", type=int, default=4)
    add("--repetitions", type=int, default=5)
    add("--connections", type=int, default=64)
    add("--quiet", type=float, default=5, help="seconds to wait, at most, for a quiet machine")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
