"""`globaltables storage [TABLE]`: what items, indexes, change records and backups take up."""

import argparse
from typing import Any

from globaltables.cli.connecting import add_connection_options, connect, print_answer, print_rows


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "storage", help="show the bytes of items, indexes, change records and backups"
    )
    parser.add_argument("table", nargs="?", metavar="TABLE", help="one table only")
    add_connection_options(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Print what is stored in the region.

    Raises:
        OperationalError: the node cannot be reached or refuses.
    """
    connection = connect(options)
    answer = connection.call(connection.own().describe_storage, TableName=options.table)
    if options.json:
        print_answer(answer)
        return 0
    members = ("TableName", "ItemCount", "ItemBytes", "IndexBytes", "LogRecords", "LogBytes")
    print_rows(
        ("TABLE", "ITEMS", "ITEM BYTES", "INDEX BYTES", "LOG RECORDS", "LOG BYTES"),
        ([table[member] for member in members] for table in answer["Tables"]),
    )
    print(f"backups: {answer['BackupBytes']} bytes")
    return 0
