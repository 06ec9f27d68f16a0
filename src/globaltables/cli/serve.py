"""`globaltables serve`: one region in a process of its own, beside nodes that host others."""

import argparse
import os
import signal
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from globaltables.cli.node_options import (
    PEER_SECRET_VARIABLE,
    add_node_options,
    announcement,
    buckets_settled,
    is_loopback,
    node_settings,
    port_number,
    region_names,
)
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import PEER_SECRET_BYTES_MIN
from globaltables.foundation.settings import Peering, Settings
from globaltables.server.run import run

_STDIN = 0


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "serve",
        help="start one region in a process of its own, for several machines or failure drills",
        description="Start a node that hosts one region. Nodes pull each other's changes; every one is told where the "
        "others listen for it, and all share a secret.",
    )
    add_node_options(parser)
    add = parser.add_argument
    add("--region", type=_region, required=True, help="the region that this node hosts")
    add(
        "--peer",
        type=_peer,
        action="append",
        default=[],
        metavar="REGION=URL",
        help="another region and where its node listens for peers, e.g. us-east-1=https://10.0.0.2:8100; repeated",
    )
    add(
        "--peer-port",
        type=port_number,
        default=8100,
        help="where this node listens for its peers; 0 picks a free port (default: %(default)s)",
    )
    add(
        "--peer-secret-file",
        type=Path,
        metavar="FILE",
        help=f"a file with what all nodes share, at least {PEER_SECRET_BYTES_MIN} bytes "
        f"(or {PEER_SECRET_VARIABLE} in the environment)",
    )
    add(
        "--stop-with-stdin",
        action="store_true",
        help="stop when the standard input ends, for a process that starts nodes and must not leave them behind",
    )
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Run the node until it is stopped; return the exit code.

    Raises:
        OperationalError: it cannot be started as asked.
    """
    peers: list[tuple[str, str]] = options.peer
    names = [options.region, *(region for region, _ in peers)]
    if len(set(names)) < len(names):
        options.parser.error("a region is named twice")
    settings = node_settings(options, (options.region,))
    if settings.auth == "iam":
        options.parser.error(
            "--auth iam is for `globaltables up`, one process that has every region"
        )
    if settings.tls is None and not is_loopback(settings.host) and not settings.allow_insecure:
        raise OperationalError(
            "nodes on other machines are reached over TLS: add --tls-cert, --tls-key and --tls-ca, "
            "or --allow-insecure"
        )
    peering = Peering(options.peer_port, _secret(options.peer_secret_file), tuple(peers))
    settings = replace(settings, peering=peering)
    if options.stop_with_stdin:
        threading.Thread(target=_stop_with_stdin, daemon=True).start()
    with buckets_settled(settings) as settled:
        run(settled, partial(_announce, settled))
    return 0


def _secret(file: Path | None) -> bytes:
    """Return what the nodes share.

    Raises:
        OperationalError: it is missing, unreadable or too short; the text does not repeat it.
    """
    if file is None:
        secret = os.environ.get(PEER_SECRET_VARIABLE, "").encode()
        source = PEER_SECRET_VARIABLE
    else:
        try:
            secret = file.read_bytes().strip()
        except OSError as error:
            raise OperationalError(f"cannot read {file}: {error.strerror}") from error
        source = str(file)
    if len(secret) < PEER_SECRET_BYTES_MIN:
        raise OperationalError(
            f"{source} holds no secret of at least {PEER_SECRET_BYTES_MIN} bytes; "
            "give every node the same, e.g. from `openssl rand -hex 32`"
        )
    return secret


def _stop_with_stdin() -> None:
    # Not through sys.stdin, whose lock the end of the process would find taken.
    while os.read(_STDIN, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _announce(settings: Settings, port: int, peer_port: int | None) -> None:
    assert settings.peering is not None
    others = ", ".join(region for region, _ in settings.peering.peers) or "none"
    print(
        f"{announcement(settings, port)}\n  peers:   {others}; listening for them on port {peer_port}",
        flush=True,
    )


def _region(text: str) -> str:
    names = region_names(text)
    if len(names) != 1:
        raise argparse.ArgumentTypeError("a node hosts one region")
    return names[0]


def _peer(text: str) -> tuple[str, str]:
    region, equals, url = text.partition("=")
    parts = urlsplit(url)
    if not equals or parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is not REGION=URL")
    return _region(region), url
