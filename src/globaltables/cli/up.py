"""`globaltables up`: one process that serves every region on one port."""

import argparse
from functools import partial
from typing import Any

from globaltables.cli.node_options import (
    add_node_options,
    announcement,
    node_settings,
    region_names,
)
from globaltables.foundation.settings import Settings
from globaltables.server.run import run


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "up",
        help="start a DynamoDB with every region on one port",
        description="Start a DynamoDB that serves every AWS region on one port; a request's region is the one that "
        "it was signed for. Stops cleanly on Ctrl-C and SIGTERM.",
    )
    add_node_options(parser)
    parser.add_argument(
        "--regions",
        type=region_names,
        default=(),
        metavar="A,B,C",
        help="serve these regions only (default: every AWS region name)",
    )
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Run the node until it is stopped; return the exit code.

    Raises:
        OperationalError: it cannot be started as asked.
    """
    settings = node_settings(options, options.regions)
    run(settings, partial(_announce, settings))
    return 0


def _announce(settings: Settings, port: int, _peer_port: int | None) -> None:
    print(announcement(settings, port), flush=True)
