"""The command line: `globaltables COMMAND`, one module for each command."""

import argparse
import sys
from collections.abc import Sequence

from globaltables import __version__
from globaltables.cli import (
    archive,
    check,
    clock,
    conflicts,
    drill,
    fault,
    forget_member,
    insights,
    jobs,
    outbox,
    recover,
    serve,
    status,
    storage,
    sync,
    up,
    verify,
)
from globaltables.foundation.errors import OperationalError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="globaltables",
        description="Amazon DynamoDB with Global Tables, on your own machines.",
    )
    parser.add_argument("--version", action="version", version=f"globaltables {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (
        up,
        serve,
        status,
        sync,
        verify,
        check,
        conflicts,
        drill,
        fault,
        clock,
        forget_member,
        insights,
        jobs,
        outbox,
        storage,
        archive,
        recover,
    ):
        command.add_command(commands)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except OperationalError as error:
        print(f"globaltables: {error}", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
