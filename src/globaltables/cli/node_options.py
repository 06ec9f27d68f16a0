"""The options of a node, shared by the commands that start one, and what they print when it answers."""

import argparse
import ipaddress
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args
from urllib.parse import urlsplit

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.settings import (
    DEFAULT_REGION,
    STRONG_REGIONS,
    AuthMode,
    Durability,
    Settings,
    Tls,
    VpcEndpoint,
)
from globaltables.runtime.randomness import new_secret
from globaltables.security.region_names import served_regions

_PORT_MAX = 65_535
#: What the nodes of a deployment share.
PEER_SECRET_VARIABLE = "GLOBALTABLES_PEER_SECRET"
_KEYS_VARIABLE = "GLOBALTABLES_ACCESS_KEYS"
#: As AWS's own tools call it.
_KINESIS_VARIABLE = "AWS_ENDPOINT_URL_KINESIS"
_S3_VARIABLE = "AWS_ENDPOINT_URL_S3"
_ARCHIVE_INTERVAL_S = 1.0
_ARCHIVE_INTERVAL_S_MIN = 0.1
_ARCHIVE_RETENTION_DAYS = 35


def add_node_options(parser: argparse.ArgumentParser) -> None:
    """Add what every node is told: address, data, durability, who may call, modes."""
    default_dir = default_data_dir()
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=port_number, default=8000, help="0 picks a free one (default: %(default)s)")
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
        "--durability",
        choices=get_args(Durability),
        default="fsync",
        help="what an acknowledged write survives: fsync = a power cut, os = a crash of the process, "
        "memory = neither (default: %(default)s)",
    )
    _add_access_options(parser)
    add(
        "--aws-2026",
        action="store_true",
        help="refuse global tables version 2017.11.29, as AWS does since 2026",
    )
    add(
        "--strong-regions",
        type=region_names,
        default=STRONG_REGIONS,
        metavar="A,B,C",
        help="regions that can be in a global table with MultiRegionConsistency STRONG (default: AWS's)",
    )
    add(
        "--realistic",
        action="store_true",
        help="take the time that AWS takes to create, change and delete, with its cooldowns and partition limits",
    )
    _add_service_options(parser)
    _add_archive_options(parser)
    _add_tls_options(parser)
    parser.set_defaults(parser=parser)


def _add_access_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--auth",
        choices=get_args(AuthMode),
        default="wellformed",
        help="wellformed = any key, the signature is not verified; signature = verified against --access-key and "
        "the keys that IAM issued; iam = and every request needs a policy that allows it (default: %(default)s)",
    )
    add(
        "--access-key",
        type=_access_key,
        action="append",
        default=[],
        metavar="ID:SECRET",
        help="a key for --auth signature, or a root's for --auth iam, may be repeated; an ID of 12 digits is an "
        "account of its own; "
        f"{_KEYS_VARIABLE} in the environment holds further ones, joined by commas, unseen by `ps`",
    )
    add(
        "--vpc-endpoint",
        type=_vpc_endpoint,
        action="append",
        default=[],
        metavar="NETWORK=VPCE[/VPC]",
        help="count requests from these addresses as come through a VPC endpoint, for conditions of policies, e.g. "
        "10.1.0.0/16=vpce-0a1b2c3d/vpc-11223344, may be repeated",
    )
    add(
        "--log-requests",
        action="store_true",
        help="write a line of JSON about every request to the standard error: who, what, which outcome; no secrets",
    )
    add(
        "--allow-insecure",
        action="store_true",
        help="let --host be an address that others reach although signatures are not verified",
    )


def _add_service_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--kinesis-endpoint",
        type=_kinesis_endpoint,
        metavar="URL",
        help="the Kinesis that a table's changes are delivered to when a destination is enabled: a URL, or aws for "
        f"AWS's own (default: {_KINESIS_VARIABLE} in the environment, or none)",
    )
    add(
        "--buckets-dir",
        type=Path,
        metavar="DIR",
        help="where the buckets of S3, exports and imports are: one folder for each, made by S3 or by you "
        "(default: buckets in the data folder; with --in-memory a temporary folder)",
    )
    add(
        "--s3-endpoint",
        type=_s3_endpoint,
        metavar="URL",
        help="the S3 that has the buckets instead of folders: a URL, or aws for AWS's own "
        f"(default: {_S3_VARIABLE} in the environment, or none)",
    )


def _add_archive_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--root-key",
        type=Path,
        metavar="FILE",
        help="the key that everything secret of the key service (KMS) is wrapped with; made when it is missing, with "
        "mode 600 (default: root.key in the data folder)",
    )
    add(
        "--archive",
        type=_archive_url,
        metavar="URL",
        help="ship everything that is applied to another place, from which `globaltables recover` rebuilds regions: "
        "file:///folder on another disk, or s3://bucket/prefix of --s3-endpoint, else of AWS",
    )
    add(
        "--archive-interval",
        type=_seconds,
        default=_ARCHIVE_INTERVAL_S,
        metavar="SECONDS",
        help="how often; so much can be lost with the machine (default: %(default)s)",
    )
    add(
        "--archive-retention-days",
        type=_days,
        default=_ARCHIVE_RETENTION_DAYS,
        metavar="DAYS",
        help="for how long any second can be recovered to (default: %(default)s)",
    )


def _add_tls_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--tls-cert",
        type=Path,
        metavar="FILE",
        help="serve HTTPS with this certificate (PEM, with its chain)",
    )
    add("--tls-key", type=Path, metavar="FILE", help="the certificate's private key")
    add(
        "--tls-ca",
        type=Path,
        metavar="FILE",
        help="whose signature the certificates of other nodes must have, which are then asked for theirs (mutual TLS)",
    )


def node_settings(options: argparse.Namespace, regions: tuple[str, ...]) -> Settings:
    """Return the settings that the options name.

    Args:
        options: parsed; `parser` among them ends the process for options that contradict each other.
        regions: names that are served; empty serves every AWS region name.

    Raises:
        OperationalError: the node cannot be started as asked.
    """
    verified = options.auth != "wellformed"
    if options.access_key and not verified:
        options.parser.error("--access-key has no effect without --auth signature or --auth iam")
    access_keys = [*options.access_key, *_keys_of_environment()] if verified else []
    if options.auth == "signature" and not access_keys:
        options.parser.error(
            f"--auth signature needs at least one --access-key ID:SECRET, or {_KEYS_VARIABLE}"
        )
    if (options.tls_cert is None) != (options.tls_key is None):
        options.parser.error("--tls-cert and --tls-key go together")
    if options.buckets_dir is not None and options.s3_endpoint is not None:
        options.parser.error("--buckets-dir and --s3-endpoint are two places for the same buckets")
    if options.tls_ca is not None and options.tls_cert is None:
        options.parser.error("--tls-ca needs --tls-cert and --tls-key")
    if options.archive is not None and options.in_memory:
        options.parser.error(
            "--archive ships what is on the disk; it has no effect with --in-memory"
        )
    settings = Settings(
        host=options.host,
        port=options.port,
        data_dir=None if options.in_memory else options.data_dir.expanduser().absolute(),
        regions=regions,
        durability=options.durability,
        auth=options.auth,
        access_keys=tuple(access_keys),
        vpc_endpoints=tuple(options.vpc_endpoint),
        log_requests=options.log_requests,
        allow_insecure=options.allow_insecure,
        aws_2026=options.aws_2026,
        strong_regions=options.strong_regions,
        realistic=options.realistic,
        kinesis_endpoint=options.kinesis_endpoint or _endpoint_of_environment(_KINESIS_VARIABLE),
        buckets_dir=_buckets_dir(options),
        s3_endpoint=None
        if options.buckets_dir is not None
        else options.s3_endpoint or _endpoint_of_environment(_S3_VARIABLE),
        root_key=None if options.root_key is None else options.root_key.expanduser().absolute(),
        archive=options.archive,
        archive_interval_ms=int(options.archive_interval * 1000),
        archive_retention_days=options.archive_retention_days,
        tls=None
        if options.tls_cert is None
        else Tls(options.tls_cert, options.tls_key, options.tls_ca),
    )
    if not verified and not settings.allow_insecure and not is_loopback(settings.host):
        raise OperationalError(
            f"{settings.host} can be reached by others, and signatures are not verified: "
            "add --auth signature with --access-key ID:SECRET, or --allow-insecure"
        )
    return settings


def node_arguments(settings: Settings, region: str) -> list[str]:
    """Return the options with which a node of this machine that hosts one region is like the given settings.

    What they share with the outside (address, TLS) is not theirs: somebody else stands before them.
    """
    arguments = ["--durability", settings.durability, "--auth", settings.auth]
    if settings.data_dir is None:
        arguments.append("--in-memory")
    else:
        arguments += ["--data-dir", str(settings.data_dir / "nodes" / region)]
    if settings.aws_2026:
        arguments.append("--aws-2026")
    if settings.strong_regions != STRONG_REGIONS:
        arguments += ["--strong-regions", ",".join(settings.strong_regions)]
    if settings.realistic:
        arguments.append("--realistic")
    if settings.log_requests:
        arguments.append("--log-requests")
    if settings.root_key is not None:
        arguments += ["--root-key", str(settings.root_key)]
    if settings.archive is not None:
        arguments += ["--archive", settings.archive]
        arguments += ["--archive-interval", str(settings.archive_interval_ms / 1000)]
        arguments += ["--archive-retention-days", str(settings.archive_retention_days)]
    if settings.kinesis_endpoint == "aws":
        arguments += ["--kinesis-endpoint", "aws"]
    if settings.s3_endpoint == "aws":
        arguments += ["--s3-endpoint", "aws"]
    elif settings.s3_endpoint is None:
        arguments += ["--buckets-dir", str(settings.buckets_dir)]
    return arguments


def node_environment(settings: Settings) -> dict[str, str]:
    """Return the variables that such nodes are started with: what `ps` must not show."""
    keys = ",".join(f"{key}:{secret}" for key, secret in settings.access_keys)
    environment = {_KEYS_VARIABLE: keys, PEER_SECRET_VARIABLE: new_secret()}
    if settings.kinesis_endpoint not in (None, "aws"):
        environment[_KINESIS_VARIABLE] = settings.kinesis_endpoint
    if settings.s3_endpoint not in (None, "aws"):
        environment[_S3_VARIABLE] = settings.s3_endpoint
    return environment


@contextmanager
def buckets_settled(settings: Settings) -> Iterator[Settings]:
    """Give a node in memory a folder for buckets that lasts as long as it, when it has no other place for them."""
    if settings.buckets_dir is not None or settings.s3_endpoint is not None:
        yield settings
        return
    with TemporaryDirectory(prefix="globaltables-buckets-", ignore_cleanup_errors=True) as path:
        yield replace(settings, buckets_dir=Path(path))


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
    scheme = "http" if settings.tls is None else "https"
    endpoint = f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
    key, secret = "local", "local"
    if settings.auth == "iam":
        key, secret = "'the id of your key'", "'its secret'"
    if settings.access_keys:
        # Secrets stay out of terminals and logs.
        key, secret = settings.access_keys[0][0], "'the secret of this key'"
    region = DEFAULT_REGION if not settings.regions else settings.regions[0]
    data = (
        "in memory, gone after the stop"
        if settings.data_dir is None
        else f"{settings.data_dir} (durability: {settings.durability})"
    )
    buckets = str(settings.buckets_dir) if settings.s3_endpoint is None else "of an S3 endpoint"
    exports = (
        f"export AWS_ENDPOINT_URL={endpoint} AWS_ACCESS_KEY_ID={key} "
        f"AWS_SECRET_ACCESS_KEY={secret} AWS_DEFAULT_REGION={region}"
    )
    return (
        f"globaltables is ready: {endpoint}\n\n  {exports}\n\n"
        f"  regions: {', '.join(settings.regions) or 'every AWS region name'}\n"
        f"  data:    {data}\n"
        f"  buckets: {buckets}"
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


def _endpoint_of_environment(variable: str) -> str | None:
    """Return the endpoint of a variable of the environment.

    Raises:
        OperationalError: it is no URL; the text does not repeat it.
    """
    text = os.environ.get(variable)
    if not text:
        return None
    if not _is_url(text):
        raise OperationalError(f"{variable} is no URL such as http://127.0.0.1:4566")
    return text


def _buckets_dir(options: argparse.Namespace) -> Path | None:
    """Return the folder of buckets that the options name, None when it is to be a temporary one."""
    if options.buckets_dir is not None:
        path: Path = options.buckets_dir.expanduser().absolute()
        return path
    return None if options.in_memory else options.data_dir.expanduser().absolute() / "buckets"


def port_number(text: str) -> int:
    """Return a port.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not (text.isascii() and text.isdigit() and int(text) <= _PORT_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to {_PORT_MAX}")
    return int(text)


def _archive_url(text: str) -> str:
    parts = urlsplit(text)
    in_folder = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
    in_bucket = parts.scheme == "s3" and parts.netloc and "@" not in parts.netloc
    if not (in_folder or in_bucket) or parts.query:
        # What was typed is not repeated: it may hold a secret.
        raise argparse.ArgumentTypeError("name file:///folder or s3://bucket/prefix")
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not _ARCHIVE_INTERVAL_S_MIN <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not {_ARCHIVE_INTERVAL_S_MIN} seconds or more"
        )
    return seconds


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days")
    return int(text)


def region_names(text: str) -> tuple[str, ...]:
    """Return region names that were joined by commas.

    Raises:
        argparse.ArgumentTypeError: one is no AWS region name.
    """
    names = tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))
    served = served_regions(())
    for name in names:
        if served(name):
            raise argparse.ArgumentTypeError(f"{name!r} is no AWS region name, such as eu-west-1")
    if not names:
        raise argparse.ArgumentTypeError("names no region")
    return names


def _vpc_endpoint(text: str) -> VpcEndpoint:
    network, _, names = text.partition("=")
    endpoint, _, vpc = names.partition("/")
    try:
        network = str(ipaddress.ip_network(network, strict=False))
    except ValueError:
        endpoint = ""
    if not endpoint.startswith("vpce-") or not (vpc.startswith("vpc-") or not vpc):
        raise argparse.ArgumentTypeError(f"{text!r} is not like 10.1.0.0/16=vpce-0a1b/vpc-1122")
    return VpcEndpoint(network, endpoint, vpc)


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


def _s3_endpoint(text: str) -> str:
    if text != "aws" and not _is_url(text):
        # What was typed is not repeated: it may hold a secret.
        raise argparse.ArgumentTypeError("expected a URL such as http://127.0.0.1:9000, or aws")
    return text


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
