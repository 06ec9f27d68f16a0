"""`globaltables up`: one process that serves every region on one port."""

import argparse
import sys
from functools import partial
from typing import Any

from globaltables.cli.node_options import (
    add_node_options,
    announcement,
    buckets_settled,
    node_arguments,
    node_environment,
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
    parser.add_argument(
        "--processes",
        action="store_true",
        help="one process for each of --regions behind this endpoint, so that a region can be killed on its own",
    )
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Run the node until it is stopped; return the exit code.

    Raises:
        OperationalError: it cannot be started as asked.
    """
    with buckets_settled(node_settings(options, options.regions)) as settings:
        return _run(options, settings)


def _run(options: argparse.Namespace, settings: Settings) -> int:
    if options.processes:
        if not settings.regions:
            options.parser.error("--processes needs --regions A,B,C")
        if settings.auth == "iam":
            options.parser.error("--auth iam is for one process that has every region")
        if settings.vpc_endpoints:
            options.parser.error(
                "--vpc-endpoint is for one process, which sees its clients' addresses"
            )
        # The HTTP client would cost every start of one process a tenth of a second.
        from globaltables.server.deployment import run_deployment  # noqa: PLC0415

        commands = {region: _node_command(settings, region) for region in settings.regions}
        environment = node_environment(settings)
        run_deployment(
            settings, commands, environment, lambda port: _announce(settings, port, None)
        )
        return 0
    run(settings, partial(_announce, settings), _tell_root_key)
    return 0


def _node_command(settings: Settings, region: str) -> list[str]:
    """Return the arguments with which the node of a region is started; the places of ports are filled in later."""
    command = ["serve", "--region", region, "--port", "{port}", "--stop-with-stdin"]
    command += ["--peer-port", f"{{peer_port:{region}}}", *node_arguments(settings, region)]
    for other in settings.regions:
        if other != region:
            command += ["--peer", f"{other}=http://127.0.0.1:{{peer_port:{other}}}"]
    return command


def _tell_root_key(key_id: str, secret: str) -> None:
    print(
        "the access key of the root, which is not shown again:\n\n"
        f"  export AWS_ACCESS_KEY_ID={key_id} AWS_SECRET_ACCESS_KEY={secret}\n",
        file=sys.stderr,
        flush=True,
    )


def _announce(settings: Settings, port: int, _peer_port: int | None) -> None:
    print(announcement(settings, port), flush=True)
