"""Compares the server with others, one workload after the other, and keeps the history."""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from benchmarks import machine, peers, processes, report
from benchmarks.budgets import BUDGETS, judge
from benchmarks.dataset import ITEMS_PER_PARTITION
from benchmarks.report import Comparison
from benchmarks.servers import OURS, StartError, ours, own_folder, running
from benchmarks.target import MeasuringError, Run, Target, require_wrk
from benchmarks.wire import RefusedError
from benchmarks.workloads import WORKLOADS

#: Before the first repetition, mostly for what compiles while it runs.
_WARM_SECONDS_MAX = 3
_QUIET_CORES = 0.1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; the exit code is 1 when nothing could be measured."""
    options = _options(arguments)
    try:
        require_wrk()
        _compare(options)
    except (MeasuringError, StartError, RefusedError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    return 0


def _compare(options: argparse.Namespace) -> None:
    facts = machine.facts()
    print(
        f"{facts['cores']} processors ({facts['cpu']}), Python {facts['python']}, "
        f"fsync {facts['fsync_us']} us; {options.items:,} items"
    )
    outcomes: list[str] = []
    with ExitStack() as stack:
        targets, absent = _start(stack, options)
        for workload in options.workloads:
            comparison = _measure(workload, targets, absent, options)
            print("\n" + report.table(comparison), flush=True)
            if options.history:
                report.keep(comparison, facts)
            mark = " [disturbed]" if comparison.disturbed else ""
            outcomes += [
                f"{workload}: {report.sentence(each)}{mark}" for each in comparison.outcomes
            ]
    print("\nBudgets\n  " + "\n  ".join(outcomes))


def _start(
    stack: ExitStack, options: argparse.Namespace
) -> tuple[dict[str, Target], dict[str, str]]:
    """Start and fill every server; return those that run, and why the others do not."""
    absent: dict[str, str] = {}
    launches = [ours(own_folder(OURS))]
    for peer in peers.chosen(options.peers):
        try:
            peers.prepare(peer, install=options.install)
        except peers.UnavailableError as error:
            absent[peer.name] = str(error)
        else:
            launches.append(peers.launch(peer, own_folder(peer.name)))
    targets: dict[str, Target] = {}
    for launch in launches:
        try:
            server = stack.enter_context(running(launch))
            target = Target(server, launch.folder, options.items, options.distinct)
            seconds = target.load()
        except (StartError, RefusedError, OSError) as error:
            if launch.name == OURS:
                raise
            absent[launch.name] = str(error)
        else:
            targets[launch.name] = target
            print(f"{launch.name}: {options.items:,} items loaded in {seconds:.1f} s", flush=True)
    for name, why in absent.items():
        print(f"{name}: skipped: {why}", flush=True)
    return targets, absent


def _measure(
    workload: str, targets: dict[str, Target], absent: dict[str, str], options: argparse.Namespace
) -> Comparison:
    """Measure a workload on every server in turn, again and again."""
    refusals = dict(absent)
    runs: dict[str, list[Run]] = {}
    for name, target in targets.items():
        try:
            target.prepare(workload)
        except (RefusedError, OSError) as error:
            refusals[name] = str(error)
        else:
            target.measure(workload, options.connections, min(_WARM_SECONDS_MAX, options.seconds))
            runs[name] = []
    for _ in range(options.repetitions):
        for name, measured in runs.items():
            targets[name].prepare(workload)
            processes.wait_quiet(_QUIET_CORES, options.quiet)
            measured.append(targets[name].measure(workload, options.connections, options.seconds))
    return Comparison(
        workload=workload,
        seconds=options.seconds,
        connections=options.connections,
        items=options.items,
        runs=runs,
        memory_mb={name: targets[name].memory_mb() for name in runs},
        refusals=refusals,
        outcomes=[judge(budget, runs) for budget in BUDGETS[workload]],
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare the server (on disk, fsync, signatures verified) with others (in memory).",
    )
    add = parser.add_argument
    names = [peer.name for peer in peers.PEERS]
    add("--workloads", type=_names(list(WORKLOADS)), default=list(WORKLOADS), metavar="A,B")
    add("--peers", type=_names(names), default=names, metavar="A,B", help=f"of {','.join(names)}")
    add("--seconds", type=int, default=5, help="length of a repetition")
    add("--repetitions", type=int, default=3, help="of which the median is taken")
    add("--connections", type=int, default=64)
    add("--items", type=int, default=10_000, help=f"a multiple of {ITEMS_PER_PARTITION}")
    add("--distinct", type=int, help="different requests of a workload, before they repeat")
    add("--quiet", type=float, default=10, help="seconds to wait, at most, for a quiet machine")
    add("--no-history", dest="history", action="store_false", help="append nothing to the history")
    add("--no-install", dest="install", action="store_false", help="skip peers not installed")
    options = parser.parse_args(arguments)
    if options.items % ITEMS_PER_PARTITION or options.items <= 0:
        parser.error(f"--items has to be a multiple of {ITEMS_PER_PARTITION}")
    if min(options.seconds, options.repetitions, options.connections) < 1:
        parser.error("--seconds, --repetitions and --connections have to be at least 1")
    return options


def _names(known: Sequence[str]) -> Callable[[str], list[str]]:
    """Return a parser of names separated by commas; "none" is no name at all."""

    def parse(text: str) -> list[str]:
        names = [] if text == "none" else text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return names

    return parse
