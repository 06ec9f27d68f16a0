"""`globaltables status`: regions, links, lag and conflicts of global tables."""

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
        "status", help="show the members and links of global tables: state, lag, conflicts"
    )
    parser.add_argument("table", nargs="?", metavar="TABLE", help="one table only")
    add_connection_options(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Print the status; the exit code is 1 when a link does not run.

    Raises:
        OperationalError: the node cannot be reached or refuses.
    """
    connection = connect(options)
    answer = connection.call(connection.own().describe_replication, TableName=options.table)
    tables: list[dict[str, Any]] = answer["Tables"]
    links = [(table["TableName"], link) for table in tables for link in table["Links"]]
    if options.json:
        print_answer(answer)
    else:
        _print(tables, links)
    return 0 if all(link["Status"] == "RUNNING" for _, link in links) else 1


def _print(tables: list[dict[str, Any]], links: list[tuple[str, dict[str, Any]]]) -> None:
    if not tables:
        print("no global table has a copy in this region")
        return
    print_rows(
        ("TABLE", "REGION", "STATUS", "ITEMS", "CONFLICTS"),
        (
            (
                table["TableName"],
                member["RegionName"],
                member["Status"],
                member["ItemCount"],
                member["Conflicts"],
            )
            for table in tables
            for member in table["Members"]
        ),
    )
    print()
    print_rows(
        ("TABLE", "FROM", "TO", "LINK", "LAG ms", "LAG records", "LATENCY ms", "REASON"),
        (
            (
                name,
                link["SourceRegion"],
                link["ReceivingRegion"],
                link["Status"],
                link.get("LagMilliseconds", "?"),
                link.get("LagRecords", "?"),
                link.get("LastLatencyMilliseconds", "-"),
                link.get("Reason", ""),
            )
            for name, link in links
        ),
    )
