"""AdvanceClock and `globaltables clock`: time that passes faster."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from globaltables.foundation.errors import OperationalError
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

HOME, EUROPE, ASIA, AFRICA = "us-east-1", "eu-west-1", "ap-southeast-2", "af-south-1"
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def early() -> Iterator[Server]:
    """A server whose clocks nobody else looks at."""
    with Server("--in-memory") as running:
        yield running


def _ahead(server: Server, region: str) -> int:
    connection = Connection(server.endpoint, region)
    milliseconds: int = connection.call(connection.own().describe_clock)["AheadMilliseconds"]
    return milliseconds


def _now(server: Server, region: str) -> datetime:
    connection = Connection(server.endpoint, region)
    moment: datetime = connection.call(connection.own().describe_clock)["DateTime"]
    return moment


def test_clock_advance_moves_every_region_and_those_that_open_later(
    early: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """A region that was used before, one that is asked, and one that is used first afterwards are equally far."""
    before = _ahead(early, EUROPE)
    _ahead(early, HOME)

    assert 0 == main(["clock", "advance", "1d1h", "--endpoint", early.endpoint, "--region", HOME])

    assert f"in {EUROPE}, {HOME}\n" in capsys.readouterr().out
    assert {before + 25 * HOUR_MS} == {_ahead(early, region) for region in (HOME, EUROPE, ASIA)}


def test_clock_advance_in_steps_lets_things_happen_at_their_time(
    early: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """A backup of each hour is of that hour."""
    target = Target(early.endpoint)
    client = target.client(AFRICA)
    client.create_table(
        TableName="hourly",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    target.other("scheduler", AFRICA).create_schedule(
        Name="hourly",
        ScheduleExpression="rate(1 hours)",
        StartDate=_now(early, AFRICA) + timedelta(minutes=30),
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:dynamodb:createBackup",
            "RoleArn": "arn:aws:iam::123456789012:role/scheduler",
            "Input": '{"TableName": "hourly", "BackupName": "hourly"}',
        },
    )
    options = ["--step", "1h", "--only", "--endpoint", early.endpoint, "--region", AFRICA]
    main(["clock", "advance", "3h", *options])

    def backups() -> list[datetime]:
        found = client.list_backups(TableName="hourly")["BackupSummaries"]
        return [one["BackupCreationDateTime"] for one in found]

    assert eventually(lambda: len(backups()) == 3)
    made = sorted(backups())
    assert 3 == capsys.readouterr().out.count("it is ")
    assert [1, 1] == [round((later - one) / timedelta(hours=1)) for one, later in pairwise(made)]


def test_clock_show_tells_the_time_of_the_region(
    early: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """In columns, with the seconds that it is ahead."""
    arguments = ["--endpoint", early.endpoint, "--region", "sa-east-1"]
    main(["clock", "advance", "30s", "--only", *arguments])
    ahead = _ahead(early, "sa-east-1") // 1000
    capsys.readouterr()

    assert 0 == main(["clock", "show", *arguments])

    row = capsys.readouterr().out.splitlines()[1].split()
    assert ["sa-east-1", str(ahead)] == [row[0], row[2]]


def test_advance_clock_expires_items_whose_time_has_come(early: Server) -> None:
    """An item that was to live for another hour goes at once."""
    connection = Connection(early.endpoint, "eu-central-2")
    client = connection.dynamodb()
    client.create_table(
        TableName="sessions",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    specification = {"AttributeName": "until", "Enabled": True}
    client.update_time_to_live(TableName="sessions", TimeToLiveSpecification=specification)
    until = int((_now(early, "eu-central-2") + timedelta(hours=1)).timestamp())
    client.put_item(TableName="sessions", Item={"pk": {"S": "a"}, "until": {"N": str(until)}})
    ahead = _ahead(early, "eu-central-2")

    connection.call(connection.own().advance_clock, AheadMilliseconds=ahead + 2 * HOUR_MS)

    assert eventually(
        lambda: "Item" not in client.get_item(TableName="sessions", Key={"pk": {"S": "a"}})
    )


def test_advance_clock_backwards_is_refused(early: Server) -> None:
    """Because stamps never run backwards; the clock is as it was."""
    connection = Connection(early.endpoint, "ca-west-1")
    ahead = _ahead(early, "ca-west-1") + HOUR_MS
    connection.call(connection.own().advance_clock, AheadMilliseconds=ahead)

    with pytest.raises(OperationalError, match="does not run backwards"):
        connection.call(connection.own().advance_clock, AheadMilliseconds=ahead - 1)

    assert ahead == _ahead(early, "ca-west-1")


def test_advanced_clock_after_a_restart_stays_so(data_server: Callable[..., Server]) -> None:
    """The skew of a fault beside it is in memory and ends; a region that is new is with the others."""
    with data_server() as server:
        connection = Connection(server.endpoint, EUROPE)
        connection.call(connection.own().advance_clock, AheadMilliseconds=HOUR_MS)
        connection.call(connection.own().set_clock_offset, Milliseconds=5_000)
        assert 5_000 == connection.call(connection.own().list_faults)["ClockOffsetMilliseconds"]
        server.kill()
        server.start()
        connection = Connection(server.endpoint, EUROPE)

        assert HOUR_MS == _ahead(server, EUROPE)
        assert 0 == connection.call(connection.own().list_faults)["ClockOffsetMilliseconds"]
        assert HOUR_MS == _ahead(server, ASIA)


def test_clock_advance_reaches_regions_that_are_processes(
    data_server: Callable[..., Server],
) -> None:
    """Each process moves its own clock."""
    regions = f"{HOME},{EUROPE}"
    with data_server("--processes", "--regions", regions) as server:
        arguments = ["--endpoint", server.endpoint, "--region", EUROPE]
        assert 0 == main(["clock", "advance", "24h", *arguments])

        assert [24 * HOUR_MS] * 2 == [_ahead(server, region) for region in (HOME, EUROPE)]
