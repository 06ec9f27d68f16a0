"""`globaltables recover URL`: rebuilds regions on an empty machine from their archive."""

import argparse
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from globaltables.cli.node_options import region_names
from globaltables.foundation.errors import OperationalError
from globaltables.server.data_folder import held, region_folder, stored_regions

if TYPE_CHECKING:
    from globaltables.archive.place import Place

#: Where regions are built until all are whole.
_UNFINISHED = "recovering"


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "recover",
        help="rebuild regions on an empty machine from their archive, as they were at any second",
        description="Rebuilds what `globaltables up --archive URL` has shipped in an empty data folder. Afterwards "
        "`globaltables up --data-dir DIR` serves it.",
    )
    add = parser.add_argument
    add("url", metavar="URL", help="the archive: file:///folder or s3://bucket/prefix")
    add("--data-dir", type=Path, required=True, metavar="DIR", help="an empty or new folder")
    add(
        "--region",
        type=region_names,
        action="append",
        metavar="R",
        help="a region that is rebuilt, may be repeated (default: all that the archive has)",
    )
    add(
        "--to",
        type=_time_ms,
        metavar="TIME",
        help="leave out what came after this time, e.g. 2026-11-21T12:00:00Z (default: leave out nothing)",
    )
    add(
        "--s3-endpoint",
        default=os.environ.get("AWS_ENDPOINT_URL_S3") or None,
        metavar="URL",
        help="the S3 that has the bucket (default: AWS_ENDPOINT_URL_S3 in the environment, or AWS's own)",
    )
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Rebuild the regions; return the exit code.

    Raises:
        OperationalError: the folder holds data, or the archive cannot be read.
    """
    # Its imports would be part of every command's start.
    from globaltables.archive.place import open_place  # noqa: PLC0415
    from globaltables.archive.recovering import archived_regions  # noqa: PLC0415

    endpoint = None if options.s3_endpoint == "aws" else options.s3_endpoint
    place = open_place(options.url, endpoint)
    named = [name for names in options.region or () for name in names]
    regions = list(dict.fromkeys(named)) or archived_regions(place)
    if not regions:
        raise OperationalError(f"there is no archive in {options.url}")
    data_dir = options.data_dir.expanduser().absolute()
    with held(data_dir):
        if stored := stored_regions(data_dir):
            raise OperationalError(
                f"{data_dir} holds data of {', '.join(stored)}; choose an empty folder"
            )
        unfinished = data_dir / _UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            _rebuild(place, regions, unfinished, options.to)
            for region in regions:
                target = region_folder(data_dir, region)
                target.parent.mkdir(exist_ok=True)
                (unfinished / region).rename(target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    print(f"globaltables up --data-dir {data_dir}")
    return 0


def _rebuild(place: "Place", regions: list[str], folder: Path, to_ms: int | None) -> None:
    from globaltables.archive.recovering import recover, time_text  # noqa: PLC0415 - see run_command
    from globaltables.server.assembly import open_stored  # noqa: PLC0415

    for region in regions:
        done = recover(place, region, folder / region, open_stored, to_ms, _tell)
        print(
            f"{region}: recovered, last change at {time_text(done.last_ms)}: generation {done.generation} "
            f"and {done.batches} batches, {done.bytes >> 20} MiB, in {done.seconds:.1f} s"
        )


def _tell(text: str) -> None:
    print(text, flush=True)


def _time_ms(text: str) -> int:
    """Return the milliseconds since 1970 of a time in ISO 8601; without an offset it is UTC.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time such as 2026-11-21T12:00:00Z"
        ) from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    since = found - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
