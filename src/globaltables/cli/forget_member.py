"""`globaltables forget-member TABLE REGION`: a global table goes on without members that will not come back."""

import argparse
from typing import Any

from globaltables.cli import verify
from globaltables.cli.connecting import add_connection_options, connect


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "forget-member",
        help="let a global table go on without members that are lost, and make the others equal",
    )
    parser.add_argument("table", metavar="TABLE")
    parser.add_argument("lost", metavar="LOST_REGION", nargs="+", help="a region that is lost")
    add_connection_options(parser)
    parser.set_defaults(run=run_command, repair=True)


def run_command(options: argparse.Namespace) -> int:
    """Forget the members, then repair what they had not handed over to everybody.

    Raises:
        OperationalError: the node cannot be reached or refuses.
    """
    connection = connect(options)
    answer = connection.call(
        connection.own().forget_member, TableName=options.table, RegionNames=options.lost
    )
    if not options.json:
        print(f"{options.table} has these members: {', '.join(answer['RegionNames'])}\n")
    return verify.run_command(options)
