"""`globaltables jobs [TABLE]`: restores, backups, exports, imports, backfills, and their progress."""

import argparse
from typing import Any

from globaltables.cli.connecting import (
    add_connection_options,
    connect,
    print_answer,
    print_rows,
)


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "jobs", help="list long work (restores, backups, exports, imports, backfills): progress"
    )
    parser.add_argument("table", nargs="?", metavar="TABLE", help="one table only")
    parser.add_argument("--running", action="store_true", help="only what has not ended")
    add_connection_options(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Print the jobs of the region, the newest first; the exit code is 1 when one of them failed.

    Raises:
        OperationalError: the node cannot be reached or refuses.
    """
    connection = connect(options)
    status = "RUNNING" if options.running else None
    answer = connection.call(connection.own().list_jobs, TableName=options.table, Status=status)
    jobs: list[dict[str, Any]] = answer["Jobs"]
    if options.json:
        print_answer(answer)
    elif not jobs:
        print("no jobs in this region")
    else:
        _print(jobs)
    return 1 if any(job["Status"] == "FAILED" for job in jobs) else 0


def _print(jobs: list[dict[str, Any]]) -> None:
    print_rows(
        ("STARTED", "KIND", "STATUS", "TABLE", "DONE", "%", "PER SECOND", "RESOURCE", "ERROR"),
        (
            (
                job["StartDateTime"],
                job["Kind"],
                job["Status"],
                job["TableName"],
                f"{job['Done']} {job['Unit']}",
                job.get("Percent", "?"),
                job.get("UnitsPerSecond", "-"),
                job["ResourceArn"],
                job.get("Error", ""),
            )
            for job in jobs
        ),
    )
