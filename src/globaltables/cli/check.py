"""`globaltables check TABLE`: looks at a deployed global table, region by region, here or on AWS."""

import argparse
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from globaltables.cli.connecting import print_rows
from globaltables.client.checks.findings import Finding
from globaltables.client.checks.running import check_deployment
from globaltables.client.connection import default_region

_WORDS: Mapping[str, str] = {"pass": "ok", "fail": "FINDING", "none": "not checked"}


def add_command(commands: Any) -> None:
    """Add the command and its options to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "check",
        help="check a deployed global table: replicas, keys, recovery, backups, insights, alarms, policies, tags",
        description="Checks a deployed global table on any endpoint, AWS's included. Exits with 1 for a finding.",
    )
    parser.add_argument("table", metavar="TABLE")
    parser.add_argument(
        "--endpoint",
        metavar="URL",
        help="where it is (default: what the profile says, without one AWS_ENDPOINT_URL, else AWS itself)",
    )
    parser.add_argument(
        "--profile", help="of the AWS configuration; its endpoint is AWS unless it says otherwise"
    )
    parser.add_argument(
        "--region", default=default_region(), help="asked first (default: %(default)s)"
    )
    parser.add_argument(
        "--regions",
        type=lambda text: tuple(text.split(",")),
        default=(),
        metavar="R,R,...",
        help="where the table has to be (default: where its replicas are)",
    )
    parser.add_argument(
        "--tag",
        action="append",
        default=[],
        type=_tag,
        metavar="KEY=VALUE",
        help="that it has to have",
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="CHECK",
        help='a check that does not count, e.g. "cache"',
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Print what was found; the exit code is 1 when a check failed.

    Raises:
        OperationalError: the table is not there, or nobody answers.
    """
    findings = [
        finding
        for finding in check_deployment(
            options.table, options.region, options.regions, dict(options.tag), _clients(options)
        )
        if finding.check not in options.ignore
    ]
    failed = sum(finding.outcome == "fail" for finding in findings)
    if options.json:
        report = {
            "Table": options.table,
            "Findings": failed,
            "Checks": [asdict(finding) for finding in findings],
        }
        print(json.dumps(report, indent=2))
    else:
        _print(options.table, findings, failed)
    return 1 if failed else 0


def _print(table: str, findings: list[Finding], failed: int) -> None:
    print_rows(
        ("CHECK", "REGION", "OUTCOME", "SEEN"),
        ((one.check, one.region, _WORDS[one.outcome], one.detail) for one in findings),
    )
    passed = sum(finding.outcome == "pass" for finding in findings)
    print(f"\n{table}: {passed} of {len(findings)} checks ok, {failed} findings")


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        msg = f"{text!r} is not of the form KEY=VALUE"
        raise argparse.ArgumentTypeError(msg)
    return key, value


def _clients(options: argparse.Namespace) -> Callable[[str, str], Any]:
    """Return what makes clients, each once."""
    from botocore.session import Session  # noqa: PLC0415 - costs a tenth of a second

    if options.profile:
        # A profile says where it is; the environment of a shell that works with a node would win over it.
        os.environ.pop("AWS_ENDPOINT_URL", None)
    session: Any = Session(profile=options.profile)
    if "AWS_ENDPOINT_URL" in os.environ and session.get_credentials() is None:
        session.set_credentials("local", "local")

    @lru_cache
    def client(service: str, region: str) -> Any:
        return session.create_client(service, region_name=region, endpoint_url=options.endpoint)

    return client
