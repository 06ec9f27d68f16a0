"""`globaltables archive`: how far the shipping of a region to another place is."""

import argparse
from typing import Any

from globaltables.cli.connecting import add_connection_options, connect, print_answer


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "archive",
        help="show how far a region is shipped to its archive",
        description="Shows a region's archive: see `globaltables up --archive` and `globaltables recover`.",
    )
    add_connection_options(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Print the state; the exit code is 1 when the region has no archive, or shipping fails.

    Raises:
        OperationalError: the node cannot be reached or refuses.
    """
    connection = connect(options)
    answer = connection.call(connection.own().describe_archive)
    status: str = answer["Status"]
    if options.json:
        print_answer(answer)
    elif status == "DISABLED":
        print("this node was started without --archive")
    else:
        _print(answer)
    return 1 if status in ("DISABLED", "WAITING") else 0


def _print(answer: dict[str, Any]) -> None:
    print(f"archive:     {answer['Url']}")
    print(f"status:      {answer['Status']}")
    if "GenerationId" in answer:
        begun = answer["GenerationDateTime"].isoformat(timespec="milliseconds")
        print(f"generation:  {answer['GenerationId']}, begun {begun}")
        oldest = answer["EarliestRecoverableDateTime"].isoformat(timespec="milliseconds")
        print(f"recoverable: from {oldest} on")
    shipped = answer.get("LastShippedDateTime")
    text = (
        "nothing since the start" if shipped is None else shipped.isoformat(timespec="milliseconds")
    )
    print(f"shipped:     {text}")
    print(f"lag:         {answer['LagSeconds']:g} seconds, {answer['LagBytes']} bytes")
    if "Error" in answer:
        print(f"error:       {answer['Error']}")
