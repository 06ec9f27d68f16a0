"""The options with which a command reaches a node, and how it shows what the node answered."""

import argparse
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from globaltables.client.connection import Connection, default_endpoint, default_region


def add_connection_options(parser: argparse.ArgumentParser) -> None:
    """Add --endpoint, --region and --json."""
    add = parser.add_argument
    add(
        "--endpoint",
        default=default_endpoint(),
        metavar="URL",
        help="where the node is (default: AWS_ENDPOINT_URL, now %(default)s)",
    )
    add(
        "--region",
        default=default_region(),
        help="the region that is asked (default: AWS_REGION, now %(default)s)",
    )
    add("--json", action="store_true", help="print the answer as JSON")


def connect(options: argparse.Namespace) -> Connection:
    """Return the connection that the options name."""
    return Connection(options.endpoint, options.region)


def print_json(answer: Any) -> None:
    """Print an answer as JSON; times as ISO 8601."""
    print(json.dumps(answer, indent=2, default=_text))


def print_rows(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows in columns under headings, as wide as they need to be."""
    table = [list(headings), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(headings))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def print_answer(answer: dict[str, Any]) -> None:
    """Print an answer without the protocol's own member."""
    print_json({name: value for name, value in answer.items() if name != "ResponseMetadata"})


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
