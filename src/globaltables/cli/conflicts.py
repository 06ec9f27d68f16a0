"""`globaltables conflicts TABLE`: which writes lost, to whom and when, with both images."""

import argparse
import json
from typing import Any

from globaltables.cli.connecting import add_connection_options, connect, print_json


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "conflicts", help="list the writes that lost against another region's, with both images"
    )
    parser.add_argument("table", metavar="TABLE")
    add_connection_options(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Print every conflict that the region found in the last week, oldest first.

    Raises:
        OperationalError: the node cannot be reached or refuses.
    """
    connection = connect(options)
    method = connection.own().list_conflicts
    conflicts: list[dict[str, Any]] = []
    token = None
    while True:
        answer = connection.call(method, TableName=options.table, NextToken=token)
        conflicts += answer["Conflicts"]
        token = answer.get("NextToken")
        if token is None:
            break
    if options.json:
        print_json({"Conflicts": conflicts})
        return 0
    for conflict in conflicts:
        print(f"found {conflict['FoundDateTime'].isoformat(timespec='milliseconds')}")
        for side in ("Winner", "Loser"):
            write = conflict[side]
            item = json.dumps(write["Item"], default=str) if "Item" in write else "deleted"
            at = write["WriteDateTime"].isoformat(timespec="milliseconds")
            print(f"  {side.lower():6}  {write['RegionName']}  {at}  {item}")
    print(f"{len(conflicts)} conflicts in {options.table}, as {options.region} found them")
    return 0
