"""`globaltables clock`: shows the time of a region, and moves clocks forward."""

import argparse
import re
from collections.abc import Mapping
from typing import Any

from globaltables.cli.connecting import add_connection_options, connect, print_answer, print_rows
from globaltables.client.connection import Connection
from globaltables.runtime.stopwatch import Stopwatch

_UNITS_MS: Mapping[str, int] = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000}
#: Between two steps, for what is due to happen.
_STEP_SECONDS = 0.2
_DURATION = re.compile(r"(?:\d+[dhms])+")


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "clock",
        help="show the time of a region, move clocks forward",
        description="What waits for a time goes on when it is reached: schedules fire, items and messages expire. "
        "A clock that was advanced stays so, over restarts too, because stamps of changes never run backwards.",
    )
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    advance = kinds.add_parser("advance", help="move the clocks of all regions forward")
    advance.add_argument("duration", type=duration_ms, help="e.g. 24h, 7d, 1d12h, 90m, 30s")
    advance.add_argument(
        "--step",
        type=duration_ms,
        metavar="DURATION",
        help="in steps, so that what happens has about the time at which it was due, e.g. 1h (default: at once)",
    )
    advance.add_argument("--only", action="store_true", help="the clock of --region alone")
    add_connection_options(advance)
    advance.set_defaults(run=_advance)
    show = kinds.add_parser("show", help="show what time it is in the region")
    add_connection_options(show)
    show.set_defaults(run=_show)


def duration_ms(text: str) -> int:
    """Return the milliseconds of a duration such as 1d12h.

    Raises:
        ArgumentTypeError: it is none.
    """
    if _DURATION.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 24h, 7d, 1d12h, 90m")
    return sum(int(number) * _UNITS_MS[unit] for number, unit in re.findall(r"(\d+)(\w)", text))


def _advance(options: argparse.Namespace) -> int:
    left: int = options.duration
    step: int = options.step or max(left, 1)
    while True:
        _advance_by(options, min(step, left))
        left -= step
        if left <= 0:
            return 0
        Stopwatch().wait(_STEP_SECONDS)


def _advance_by(options: argparse.Namespace, milliseconds: int) -> None:
    """Advance clocks to the same lead over the machine's, so that a repeated request does nothing twice."""
    connection = connect(options)
    here = connection.call(connection.own().describe_clock)
    if options.only:
        ahead = here["AheadMilliseconds"] + milliseconds
        answer = connection.call(connection.own().advance_clock, AheadMilliseconds=ahead)
        moved = answer["RegionNames"]
    else:
        moved = _advance_all(options, connection, here, milliseconds)
    answer = connection.call(connection.own().describe_clock)
    print(f"it is {answer['DateTime'].isoformat(timespec='seconds')} in {', '.join(sorted(moved))}")


def _advance_all(
    options: argparse.Namespace,
    connection: Connection,
    here: dict[str, Any],
    milliseconds: int,
) -> list[str]:
    elsewhere = {
        region: Connection(options.endpoint, region)
        for region in here["RegionNames"]
        if region != options.region
    }
    others = [one.call(one.own().describe_clock) for one in elsewhere.values()]
    ahead = max(one["AheadMilliseconds"] for one in (here, *others)) + milliseconds
    answer = connection.call(
        connection.own().advance_clock, AheadMilliseconds=ahead, EveryRegion=True
    )
    moved: list[str] = answer["RegionNames"]
    for region, other in elsewhere.items():
        if region not in moved:  # another process hosts it
            other.call(other.own().advance_clock, AheadMilliseconds=ahead)
            moved.append(region)
    return moved


def _show(options: argparse.Namespace) -> int:
    connection = connect(options)
    answer = connection.call(connection.own().describe_clock)
    if options.json:
        print_answer(answer)
        return 0
    ahead = answer["AheadMilliseconds"] // 1000
    now = answer["DateTime"].isoformat(timespec="seconds")
    print_rows(("REGION", "TIME", "AHEAD s"), [(options.region, now, ahead)])
    return 0
