"""Queries of Logs Insights: commands, expressions, and their running."""

import asyncio
import json
from typing import Any

import pytest

from globaltables.companions.logs.insights.commands import Record, parse_query
from globaltables.companions.logs.insights.expressions import Moment, QueryError
from globaltables.foundation.errors import ApiError
from tests.support.watched import BEGIN_S, Watched, watched

_RECORDS: list[dict[str, Any]] = [
    {"@timestamp": 60_000, "@message": "ERROR took 120 ms", "kind": "put", "ms": 120},
    {"@timestamp": 90_000, "@message": "INFO took 40 ms", "kind": "get", "ms": 40},
    {"@timestamp": 150_000, "@message": "ERROR took 20 ms", "kind": "get", "ms": 20},
]


def _rows(text: str) -> list[list[str]]:
    records: list[Record] = [
        {**record, "@timestamp": Moment(record["@timestamp"])} for record in _RECORDS
    ]
    return [[one["value"] for one in row] for row in parse_query(text).rows(records)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fields kind, ms | filter ms > 30", [["put", "120"], ["get", "40"]]),
        ("fields kind | filter @message like /^ERR/ and kind = 'get'", [["get"]]),
        ('fields ms | filter @message not like "ERROR"', [["40"]]),
        ('fields ms | filter kind in ["put", "other"]', [["120"]]),
        ("fields ms | filter not (kind = 'get')", [["120"]]),
        ("fields ms / 2 + 1 as half | sort half desc | limit 1", [["61"]]),
        ("fields toupper(kind) as k, strlen(kind) as n | limit 1", [["PUT", "3"]]),
        ("fields ms | filter ispresent(nothing)", []),
        (
            'parse @message "* took * ms" as level, took | display level, took | limit 1',
            [["ERROR", "120"]],
        ),
        ("parse @message /took (?<took>\\d+)/ | fields took | limit 1", [["120"]]),
        ("stats count(*) by kind | sort kind", [["get", "2"], ["put", "1"]]),
        ("stats sum(ms) as s, avg(ms), max(ms), pct(ms, 50)", [["180", "60", "120", "40"]]),
        ("stats count_distinct(kind) as kinds", [["2"]]),
        (
            "stats count(*) as n by bin(1m)",
            [["1970-01-01 00:01:00.000", "2"], ["1970-01-01 00:02:00.000", "1"]],
        ),
        ("filter ms < 30", [["1970-01-01 00:02:30.000", "ERROR took 20 ms"]]),
        ("# a remark\nfields ms\n| limit 1", [["120"]]),
    ],
)
def test_a_query_makes_rows(text: str, expected: list[list[str]]) -> None:
    """In the order of its commands; fields without a value are left out."""
    assert expected == _rows(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("unmask @message", "the command unmask is not supported by globaltables"),
        ("stats stddev(ms)", "the aggregate stddev(ms) is not supported by globaltables"),
        ("fields what(ms)", "the function what is not supported by globaltables"),
        ("limit many", "limit takes a number"),
        ("filter ms >", "unexpected end or character at position 4"),
        ("filter ms > 1 2", "unexpected text at position 6 of filter"),
        ('parse @message "* *" as one', "parse has 2 places and 1 names"),
        ("filter @message like /(/", "invalid regular expression ("),
        ("stats ms", "stats takes functions such as count(*)"),
    ],
)
def test_a_query_that_cannot_be_read_says_why(text: str, reason: str) -> None:
    """The reason is for the caller."""
    with pytest.raises(QueryError) as refusal:
        parse_query(text)
    assert reason == refusal.value.text


async def _results(world: Watched, text: str) -> dict[str, Any]:
    started = await world.ask_logs(
        "StartQuery",
        logGroupName="orders",
        startTime=BEGIN_S - 60,
        endTime=BEGIN_S + 60,
        queryString=text,
    )
    while True:
        answer = await world.ask_logs("GetQueryResults", queryId=started["queryId"])
        if answer["status"] != "Running":
            return answer
        await asyncio.sleep(0)


def test_a_query_runs_over_the_events_of_a_group() -> None:
    """The latest first; members of JSON are fields."""

    async def check(world: Watched) -> None:
        await world.ask_logs("CreateLogGroup", logGroupName="orders")
        await world.ask_logs("CreateLogStream", logGroupName="orders", logStreamName="s")
        events = [
            {"timestamp": BEGIN_S * 1000 + n, "message": json.dumps({"n": n, "who": {"id": n * 2}})}
            for n in range(3)
        ]
        await world.ask_logs(
            "PutLogEvents", logGroupName="orders", logStreamName="s", logEvents=events
        )
        answer = await _results(world, "fields n, who.id as id | filter n > 0")
        assert "Complete" == answer["status"]
        assert [["2", "4"], ["1", "2"]] == [
            [one["value"] for one in row] for row in answer["results"]
        ]
        assert 3.0 == answer["statistics"]["recordsScanned"]
        queries = (await world.ask_logs("DescribeQueries", logGroupName="orders"))["queries"]
        assert ["Complete"] == [one["status"] for one in queries]
        with pytest.raises(ApiError) as refusal:
            await _results(world, "unmask @message")
        assert "MalformedQueryException" == refusal.value.code

    watched(check)
