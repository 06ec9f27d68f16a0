"""`globaltables drill`: kills a region under writes, goes on in another one, heals, and measures RTO and RPO."""

import argparse
import sys
from typing import Any

from globaltables.cli.connecting import print_json, print_rows
from globaltables.client.connection import default_endpoint
from globaltables.client.drill import Drill, Plan, Report


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "drill",
        help="rehearse a failover: kill a region under writes, go on elsewhere, heal, measure RTO and RPO",
        description="Writes items of its own to the table and deletes them at the end. The deployment must run one "
        "process for each region (globaltables up --processes).",
    )
    add = parser.add_argument
    add("--table", required=True)
    add("--fail", required=True, metavar="REGION", help="the region that is killed")
    add("--to", required=True, metavar="REGION", help="the region in which clients go on")
    add(
        "--seconds",
        type=float,
        default=5.0,
        help="how long is written before the kill and after it (default: %(default)s)",
    )
    add("--writers", type=int, default=4, help="clients at the same time (default: %(default)s)")
    add(
        "--give-up-ms",
        type=float,
        default=500.0,
        metavar="MS",
        help="a client changes region when it had no acknowledgement for so long (default: %(default)s)",
    )
    add("--endpoint", default=default_endpoint(), metavar="URL", help="(default: %(default)s)")
    add("--json", action="store_true", help="print the figures as JSON")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Drill and print the figures; the exit code is 1 when a write is lost or members differ after the healing.

    Raises:
        OperationalError: the deployment cannot do it.
    """
    plan = Plan(
        options.table,
        options.fail,
        options.to,
        options.seconds,
        options.writers,
        options.give_up_ms,
    )
    report = Drill(options.endpoint, plan, _tell).run()
    if options.json:
        print_json(report.as_json())
    else:
        _print(report)
    return 0 if report.equal and not report.lost else 1


def _tell(step: str) -> None:
    print(f"drill: {step}", file=sys.stderr, flush=True)


def _print(report: Report) -> None:
    written = ", ".join(f"{count} in {region}" for region, count in report.acknowledged.items())
    print_rows(
        ("MEASURED", "VALUE"),
        (
            ("RTO", f"{report.rto_ms:g} ms"),
            ("RPO", f"{report.rpo_writes} writes, {report.rpo_ms:g} ms"),
            ("acknowledged writes", written),
            ("healing", f"{report.heal_ms:g} ms"),
            ("lost after healing", report.lost),
            ("members equal", "yes" if report.equal else "NO"),
        ),
    )
