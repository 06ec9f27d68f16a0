"""`globaltables outbox`: what SNS would have sent by mail or telephone."""

import argparse
from typing import Any

from globaltables.cli.connecting import add_connection_options, connect, print_answer


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "outbox",
        help="show the mails and texts of SNS, which stay on this machine",
        description="Requests to confirm a subscription are among them, with their link.",
    )
    add_connection_options(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Print the messages, oldest first.

    Raises:
        OperationalError: the node cannot be reached or refuses.
    """
    connection = connect(options)
    answer = connection.call(connection.own().list_outbox)
    if options.json:
        print_answer(answer)
        return 0
    for message in answer["Messages"]:
        moment = message["DateTime"].isoformat(timespec="seconds")
        print(f"{moment}  {message['Protocol']}  to {message['Endpoint']}")
        if "Subject" in message:
            print(f"  {message['Subject']}")
        print(f"  {message['Message']}\n")
    print(f"{len(answer['Messages'])} messages in {options.region}")
    return 0
