"""`globaltables up`: one process that serves every region on one port."""

import argparse
import ipaddress
import os
from functools import partial
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.settings import DEFAULT_REGION, AuthMode, Durability, Settings
from globaltables.security.region_names import served_regions
from globaltables.server.run import run

_PORT_MAX = 65_535
_KEYS_VARIABLE = "GLOBALTABLES_ACCESS_KEYS"
#: As AWS's own tools call it.
_KINESIS_VARIABLE = "AWS_ENDPOINT_URL_KINESIS"


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "up",
        help="start a DynamoDB with every region on one port",
        description="Start a DynamoDB that serves every AWS region on one port; a request's region is the one that "
        "it was signed for. Stops cleanly on Ctrl-C and SIGTERM.",
    )
    default_dir = default_data_dir()
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=_port, default=8000, help="0 picks a free one (default: %(default)s)")
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--data-dir",
        type=Path,
        default=default_dir,
        metavar="DIR",
        help=f"where the data is kept (default: {default_dir})",
    )
    place.add_argument("--in-memory", action="store_true", help="keep nothing after the stop")
    add(
        "--regions",
        type=_regions,
        default=(),
        metavar="A,B,C",
        help="serve these regions only (default: every AWS region name)",
    )
    add(
        "--durability",
        choices=get_args(Durability),
        default="fsync",
        help="what an acknowledged write survives: fsync = a power cut, os = a crash of the process, "
        "memory = neither (default: %(default)s)",
    )
    add(
        "--auth",
        choices=get_args(AuthMode),
        default="wellformed",
        help="wellformed = any key, the signature is not verified; signature = verified against --access-key "
        "(default: %(default)s)",
    )
    add(
        "--access-key",
        type=_access_key,
        action="append",
        default=[],
        metavar="ID:SECRET",
        help="a key for --auth signature, may be repeated; an ID of 12 digits is an account of its own; "
        f"{_KEYS_VARIABLE} in the environment holds further ones, joined by commas, unseen by `ps`",
    )
    add(
        "--allow-insecure",
        action="store_true",
        help="let --host be an address that others reach although signatures are not verified",
    )
    add(
        "--aws-2026",
        action="store_true",
        help="refuse global tables version 2017.11.29, as AWS does since 2026",
    )
    add(
        "--realistic",
        action="store_true",
        help="take the time that AWS takes to create, change and delete, with its cooldowns and partition limits",
    )
    _add_kinesis_option(parser)
    parser.set_defaults(parser=parser, run=run_command)


def _add_kinesis_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--kinesis-endpoint",
        type=_kinesis_endpoint,
        metavar="URL",
        help="the Kinesis that a table's changes are delivered to when a destination is enabled: a URL, or aws for "
        f"AWS's own (default: {_KINESIS_VARIABLE} in the environment, or none)",
    )


def run_command(options: argparse.Namespace) -> int:
    """Run the node until it is stopped; return the exit code.

    Raises:
        OperationalError: it cannot be started as asked.
    """
    signature = options.auth == "signature"
    if options.access_key and not signature:
        options.parser.error("--access-key has no effect without --auth signature")
    access_keys = [*options.access_key, *_keys_of_environment()] if signature else []
    if signature and not access_keys:
        options.parser.error(
            f"--auth signature needs at least one --access-key ID:SECRET, or {_KEYS_VARIABLE}"
        )
    settings = Settings(
        host=options.host,
        port=options.port,
        data_dir=None if options.in_memory else options.data_dir.expanduser().absolute(),
        regions=options.regions,
        durability=options.durability,
        auth=options.auth,
        access_keys=tuple(access_keys),
        allow_insecure=options.allow_insecure,
        aws_2026=options.aws_2026,
        realistic=options.realistic,
        kinesis_endpoint=options.kinesis_endpoint or _kinesis_endpoint_of_environment(),
    )
    if not signature and not settings.allow_insecure and not is_loopback(settings.host):
        raise OperationalError(
            f"{settings.host} can be reached by others, and signatures are not verified: "
            "add --auth signature with --access-key ID:SECRET, or --allow-insecure"
        )
    run(settings, partial(_announce, settings))
    return 0


def default_data_dir() -> Path:
    """Return the user's own data folder, as the XDG Base Directory Specification places it."""
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share") / "globaltables"


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def announcement(settings: Settings, port: int) -> str:
    """Return what is printed when requests are answered: the endpoint, lines to copy, where the data lies."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - shown, not bound
    endpoint = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    key, secret = "local", "local"
    if settings.access_keys:
        # Secrets stay out of terminals and logs.
        key, secret = settings.access_keys[0][0], "'the secret of this key'"
    region = DEFAULT_REGION if not settings.regions else settings.regions[0]
    data = (
        "in memory, gone after the stop"
        if settings.data_dir is None
        else f"{settings.data_dir} (durability: {settings.durability})"
    )
    exports = (
        f"export AWS_ENDPOINT_URL={endpoint} AWS_ACCESS_KEY_ID={key} "
        f"AWS_SECRET_ACCESS_KEY={secret} AWS_DEFAULT_REGION={region}"
    )
    return (
        f"globaltables is ready: {endpoint}\n\n  {exports}\n\n"
        f"  regions: {', '.join(settings.regions) or 'every AWS region name'}\n"
        f"  data:    {data}"
    )


def _keys_of_environment() -> list[tuple[str, str]]:
    """Return the keys of the environment.

    Raises:
        OperationalError: one has another form; the text does not repeat it.
    """
    keys = []
    for text in filter(None, os.environ.get(_KEYS_VARIABLE, "").split(",")):
        key, colon, secret = text.strip().partition(":")
        if not (key and colon and secret):
            raise OperationalError(f"{_KEYS_VARIABLE} has a part that is not ID:SECRET")
        keys.append((key, secret))
    return keys


def _kinesis_endpoint_of_environment() -> str | None:
    """Return the Kinesis endpoint of the environment.

    Raises:
        OperationalError: it is no URL; the text does not repeat it.
    """
    text = os.environ.get(_KINESIS_VARIABLE)
    if not text:
        return None
    if not _is_url(text):
        raise OperationalError(f"{_KINESIS_VARIABLE} is no URL such as http://127.0.0.1:4566")
    return text


def _announce(settings: Settings, port: int) -> None:
    print(announcement(settings, port), flush=True)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _PORT_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to {_PORT_MAX}")
    return int(text)


def _regions(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))
    served = served_regions(())
    for name in names:
        if served(name):
            raise argparse.ArgumentTypeError(f"{name!r} is no AWS region name, such as eu-west-1")
    if not names:
        raise argparse.ArgumentTypeError("names no region")
    return names


def _access_key(text: str) -> tuple[str, str]:
    key, _, secret = text.partition(":")
    if not key or not secret or "/" in key:
        # What was typed is not repeated: it may hold a secret.
        raise argparse.ArgumentTypeError("expected ID:SECRET")
    return key, secret


def _kinesis_endpoint(text: str) -> str:
    if text != "aws" and not _is_url(text):
        # What was typed is not repeated: it may hold a secret.
        raise argparse.ArgumentTypeError("expected a URL such as http://127.0.0.1:4566, or aws")
    return text


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
