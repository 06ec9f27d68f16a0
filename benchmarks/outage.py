"""Measures a new replica of a large table, and a region that was away: memory of the other, and how it catches up."""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Sequence

from benchmarks.loading import create_table, load, wait_active
from benchmarks.servers import StartError, nodes, own_folder, running
from benchmarks.target import MeasuringError, Target, require_wrk
from benchmarks.wire import REGION, Client, RefusedError

AWAY = "eu-west-1"
TABLE = "Global"
#: Times the rate at which one region accepts writes at full load.
CATCH_UP_MIN = 5
_COPY_SECONDS_MAX = 1_800
_WRITTEN_ITEMS = 5_000
_POLL_SECONDS = 0.05
_MARK = {"PK": {"S": "mark"}, "SK": {"S": "mark"}}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 when nothing could be measured."""
    options = _options(arguments)
    folder = own_folder("outage")
    try:
        require_wrk()
        print(f"load of the machine before: {os.getloadavg()[0]:.1f}", flush=True)
        launches = nodes(folder, (REGION, AWAY))
        with running(launches[REGION], keep=True) as home:
            with running(launches[AWAY], keep=True):
                _add_replica(home.endpoint, options.items)
            # Twice as many writes as items: one that leaves an item as it is would not be replicated.
            target = Target(home, folder, _WRITTEN_ITEMS, 2 * _WRITTEN_ITEMS, TABLE)
            target.prepare("put")
            before = target.memory_mb()
            run = target.measure("put", options.connections, options.seconds)
            changes = round(run.rate * run.seconds)
            print(f"while {AWAY} was away, {run.rate:,.0f} writes/s; {changes:,} changes wait")
            print(f"memory of {REGION}: {before:.0f} MB before, {target.memory_mb():.0f} MB after")
            with Client(home.endpoint) as client:
                client.call("PutItem", {"TableName": TABLE, "Item": _MARK})
            started = time.perf_counter()
            with running(launches[AWAY], keep=True) as away:
                _wait_for_mark(away.endpoint)
                seconds = time.perf_counter() - started
            # The start takes the same time after an outage of a minute and of a day.
            rate = changes / (seconds - away.start_seconds)
            met = "MET" if rate >= CATCH_UP_MIN * run.rate else "MISSED"
            print(f"caught up {seconds:.1f} s after its start: {changes / seconds:,.0f} changes/s")
            print(
                f"from its first answer on, {away.start_seconds:.1f} s later: {rate:,.0f} changes/s"
            )
            print(f"  {rate / run.rate:.1f} x the write rate: {met}, the budget is {CATCH_UP_MIN}")
            print(f"load of the machine after: {os.getloadavg()[0]:.1f}")
    except (MeasuringError, StartError, RefusedError) as error:
        print(f"outage: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _add_replica(endpoint: str, items: int) -> None:
    with Client(endpoint) as client:
        create_table(client, TABLE)
        seconds = load(endpoint, TABLE, items)
        print(f"{items:,} items written in {seconds:.1f} s: {items / seconds:,.0f}/s", flush=True)
        started = time.perf_counter()
        create = {"ReplicaUpdates": [{"Create": {"RegionName": AWAY}}]}
        client.call("UpdateTable", {"TableName": TABLE, **create})
        wait_active(client, TABLE, _COPY_SECONDS_MAX)
        seconds = time.perf_counter() - started
    print(f"replica active after {seconds:.1f} s: {items / seconds:,.0f} items/s", flush=True)


def _wait_for_mark(endpoint: str) -> None:
    """Return when a region that was started has the last write."""
    end = time.monotonic() + _COPY_SECONDS_MAX
    with Client(endpoint, AWAY) as client:
        while "Item" not in client.call("GetItem", {"TableName": TABLE, "Key": _MARK}):
            if time.monotonic() > end:
                raise RefusedError(f"{AWAY} does not catch up")
            time.sleep(_POLL_SECONDS)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outage", description=__doc__)
    add = parser.add_argument
    add("--items", type=int, default=1_000_000, help="of the table that gets a replica")
    add("--seconds", type=int, default=30, help="of writing while the region is away")
    add("--connections", type=int, default=64)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
