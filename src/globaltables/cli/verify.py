"""`globaltables verify TABLE`: proves that the members of a global table are equal, or names what differs."""

import argparse
import json
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
        "verify", help="compare the members of a global table, name the keys that differ, repair"
    )
    parser.add_argument("table", metavar="TABLE")
    parser.add_argument(
        "--repair", action="store_true", help="give every member the latest version of what differs"
    )
    add_connection_options(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Print the outcome; the exit code is 1 when members differ (after a repair: still).

    Raises:
        OperationalError: the node cannot be reached or refuses.
    """
    connection = connect(options)
    answer = connection.call(
        connection.own().verify_table, TableName=options.table, Repair=options.repair
    )
    if options.json:
        print_answer(answer)
    else:
        _print(options.table, answer)
    return 0 if answer["Equal"] else 1


def _print(table: str, answer: dict[str, Any]) -> None:
    print_rows(
        ("REGION", "ITEMS", "HASH"),
        ((one["RegionName"], one["ItemCount"], one["Hash"]) for one in answer["Members"]),
    )
    for difference in answer["Differences"]:
        print(f"\ndiffers: {json.dumps(difference['Key'], default=str)}")
        print_rows(
            ("  REGION", "WRITTEN IN", "AT", "ITEM"),
            (
                (
                    f"  {version['RegionName']}",
                    version["OriginRegionName"],
                    version["WriteDateTime"],
                    json.dumps(version.get("Item", "deleted"), default=str),
                )
                for version in difference["Versions"]
            ),
        )
    count, repaired = answer["DifferenceCount"], answer["Repaired"]
    verdict = "all members are equal" if not count else f"{count} items differ"
    print(f"\n{table}: {verdict}" + (f", {repaired} repaired" if repaired else ""))
