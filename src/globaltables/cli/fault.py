"""`globaltables fault`: disturbs replication on demand, and ends it again."""

import argparse
from typing import Any

from globaltables.cli.connecting import (
    add_connection_options,
    connect,
    print_answer,
    print_rows,
)
from globaltables.client.connection import Connection

_KINDS: tuple[tuple[str, str], ...] = (
    ("pause", "hold links; what is written meanwhile follows later"),
    ("cut", "let links fail as if the network were down; they try again with growing pauses"),
    ("delay", "let changes arrive later"),
    ("drop", "lose batches, which are asked for again"),
    ("duplicate", "deliver batches twice"),
    ("reorder", "deliver the parts of a batch in the wrong order first"),
)


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "fault",
        help="disturb replication: pause, cut, delay, drop, duplicate, reorder, skew a clock, kill a region",
        description="Faults are put on the links that pull into --region; --both puts them on the links out of it too. "
        "They are kept in memory until they are cleared or their time is over.",
    )
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    for kind, what in _KINDS:
        _add_link_fault(kinds, kind, what)
    skew = kinds.add_parser(
        "skew", help="let the region's clock run ahead, or behind with a negative number"
    )
    skew.add_argument("milliseconds", type=int)
    add_connection_options(skew)
    skew.set_defaults(run=_skew)
    kill = kinds.add_parser("kill", help="kill the region's process (globaltables up --processes)")
    add_connection_options(kill)
    kill.set_defaults(run=_kill)
    start = kinds.add_parser("start", help="start the region's process again")
    add_connection_options(start)
    start.set_defaults(run=_start)
    listing = kinds.add_parser("list", help="show the region's faults")
    add_connection_options(listing)
    listing.set_defaults(run=_list)
    clear = kinds.add_parser("clear", help="end a fault of the region, or all of them")
    clear.add_argument("fault", nargs="?", metavar="ID")
    clear.add_argument(
        "--from",
        dest="source",
        metavar="REGION",
        help="in this region too, which --both put faults on",
    )
    add_connection_options(clear)
    clear.set_defaults(run=_clear)


def _add_link_fault(kinds: Any, kind: str, what: str) -> None:
    parser: argparse.ArgumentParser = kinds.add_parser(kind, help=what)
    add = parser.add_argument
    add("--table", help="one table only (default: every table)")
    add(
        "--from",
        dest="source",
        metavar="REGION",
        help="links from this region only (default: every one)",
    )
    add("--both", action="store_true", help="the links from --region to --from as well")
    add(
        "--for",
        dest="seconds",
        type=int,
        metavar="SECONDS",
        help="how long (default: until it is cleared)",
    )
    if kind == "delay":
        add("milliseconds", type=float, help="the delay, or the mean of it")
        add(
            "--distribution",
            choices=("constant", "uniform", "normal", "exponential"),
            default="constant",
            help="(default: %(default)s)",
        )
        add(
            "--spread",
            type=float,
            metavar="MS",
            help="greatest delay of uniform, standard deviation of normal",
        )
    elif kind not in ("pause", "cut"):
        add("--probability", type=float, help="that a batch is concerned (default: 1)")
    add_connection_options(parser)
    parser.set_defaults(run=_put)


def _put(options: argparse.Namespace) -> int:
    """Put a fault; with --both one in each of the two regions."""
    if options.both and options.source is None:
        print("globaltables: --both needs --from REGION")
        return 2
    members: dict[str, Any] = {
        "Kind": options.kind.upper(),
        "TableName": options.table,
        "DurationSeconds": options.seconds,
        "Probability": getattr(options, "probability", None),
    }
    if options.kind == "delay":
        members["DelayMilliseconds"] = options.milliseconds
        members["Distribution"] = options.distribution.upper()
        members["SpreadMilliseconds"] = options.spread
    ends = [(options.region, options.source)]
    if options.both:
        ends.append((options.source, options.region))
    for region, source in ends:
        connection = Connection(options.endpoint, region)
        put = connection.own().put_fault
        answer = connection.call(put, **members, SourceRegionName=source)
        print(f"{answer['FaultId']}: {options.kind} {source or 'every region'} -> {region}")
    return 0


def _skew(options: argparse.Namespace) -> int:
    connection = connect(options)
    set_offset = connection.own().set_clock_offset
    answer = connection.call(set_offset, Milliseconds=options.milliseconds)
    print(f"{options.region} is {answer['ClockOffsetMilliseconds']} ms ahead of the machine")
    return 0


def _kill(options: argparse.Namespace) -> int:
    connection = connect(options)
    connection.call(connection.own().stop_node, RegionName=options.region, Kill=True)
    print(f"{options.region} was killed")
    return 0


def _start(options: argparse.Namespace) -> int:
    connection = connect(options)
    connection.call(connection.own().start_node, RegionName=options.region)
    print(f"{options.region} runs")
    return 0


def _list(options: argparse.Namespace) -> int:
    connection = connect(options)
    answer = connection.call(connection.own().list_faults)
    if options.json:
        print_answer(answer)
        return 0
    print_rows(
        ("FAULT", "KIND", "FROM", "TABLE", "DELAY ms", "ENDS"),
        (
            (
                fault["FaultId"],
                fault["Kind"],
                fault.get("SourceRegionName", "every region"),
                fault.get("TableName", "every table"),
                fault.get("DelayMilliseconds", "-"),
                fault.get("EndDateTime", "-"),
            )
            for fault in answer["Faults"]
        ),
    )
    print(f"clock: {answer['ClockOffsetMilliseconds']} ms ahead of the machine")
    return 0


def _clear(options: argparse.Namespace) -> int:
    regions = [options.region] if options.source is None else [options.region, options.source]
    for region in regions:
        connection = Connection(options.endpoint, region)
        answer = connection.call(connection.own().delete_fault, FaultId=options.fault)
        print(f"{answer['Deleted']} faults ended in {region}")
    return 0
