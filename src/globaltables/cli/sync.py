"""`globaltables sync TABLE`: returns when every member has everything that was written before."""

import argparse
from typing import Any

from globaltables.cli.connecting import add_connection_options, connect, print_answer
from globaltables.foundation.limits import SYNC_TIMEOUT_DEFAULT_S


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "sync", help="wait until every member of a global table has everything written before"
    )
    parser.add_argument("table", metavar="TABLE")
    parser.add_argument(
        "--timeout",
        type=int,
        default=SYNC_TIMEOUT_DEFAULT_S,
        metavar="SECONDS",
        help="fail after this time (default: %(default)s)",
    )
    add_connection_options(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Wait, and print how long it took.

    Raises:
        OperationalError: the node cannot be reached, or time is up.
    """
    connection = connect(options)
    answer = connection.call(
        connection.own().sync_table, TableName=options.table, TimeoutSeconds=options.timeout
    )
    if options.json:
        print_answer(answer)
    else:
        regions = ", ".join(answer["RegionNames"])
        print(f"{options.table} is in sync in {regions} ({answer['ElapsedMilliseconds']:g} ms)")
    return 0
