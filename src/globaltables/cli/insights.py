"""`globaltables insights TABLE`: which keys are accessed and throttled most, with what they consumed."""

import argparse
from typing import Any

from globaltables.cli.connecting import add_connection_options, connect, print_answer, print_rows

_MINUTES_DEFAULT = 180
_COUNT_DEFAULT = 10
#: What a rule ranks, and what its values are.
_RULES: tuple[tuple[str, str, str], ...] = (
    ("PKC", "most accessed partition keys", "consumed units"),
    ("SKC", "most accessed items", "consumed units"),
    ("PKT", "most throttled partition keys", "refusals"),
    ("SKT", "most throttled items", "refusals"),
)


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "insights",
        help="name the keys that are accessed and throttled most, where Contributor Insights are enabled",
        description="Consumed units are 3 x write units + read units, as Contributor Insights of AWS count them.",
    )
    add = parser.add_argument
    add("table", metavar="TABLE")
    add("--index", metavar="INDEX", help="a global index of the table, instead of the table")
    add(
        "--minutes",
        type=int,
        default=_MINUTES_DEFAULT,
        metavar="N",
        help="how far to look back (default: %(default)s, which is all that is kept)",
    )
    add(
        "--count",
        type=int,
        default=_COUNT_DEFAULT,
        metavar="N",
        help="how many keys to name, at most 25 (default: %(default)s)",
    )
    add_connection_options(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Print the report of every rule; return 1 when nothing is counted.

    Raises:
        OperationalError: the node cannot be reached or refuses.
    """
    connection = connect(options)
    answer = connection.call(
        connection.own().get_insights_report,
        TableName=options.table,
        IndexName=options.index,
        Minutes=options.minutes,
        MaxContributorCount=options.count,
    )
    reports = {one["RuleKind"]: one for one in answer["Reports"]}
    if options.json:
        print_answer(answer)
    elif reports:
        for kind, title, unit in _RULES:
            if kind in reports:
                _print_report(reports[kind], title, unit)
    else:
        print(f"Contributor Insights are {answer['ContributorInsightsStatus']}; to enable them:")
        print(f"  {_enabling_command(options)}")
    return 0 if reports else 1


def _print_report(report: dict[str, Any], title: str, unit: str) -> None:
    unique, total = report["ApproximateUniqueCount"], report["AggregateValue"]
    if not unique:
        print(f"{title}: none")
        return
    print(f"{title}: {total:g} {unit}, about {unique} key{'' if unique == 1 else 's'}")
    labels = [label.upper() for label in report["KeyLabels"]]
    rows = [[*one["Keys"], one["ApproximateAggregateValue"]] for one in report["Contributors"]]
    print_rows([*labels, unit.upper()], rows)


def _enabling_command(options: argparse.Namespace) -> str:
    index = "" if options.index is None else f" --index-name {options.index}"
    return (
        "aws dynamodb update-contributor-insights --contributor-insights-action ENABLE "
        f"--table-name {options.table}{index} "
        f"--endpoint-url {options.endpoint} --region {options.region}"
    )
