"""When schedules are due: AWS's own examples, and what it refuses."""

from datetime import UTC, datetime

import pytest

from globaltables.companions.schedule_expressions import parse_schedule
from globaltables.foundation.errors import ApiError, validation

START = "2026-11-21T17:00"  # a Saturday


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def _refuse() -> ApiError:
    return validation("Parameter ScheduleExpression is not valid.")


def _due(text: str, start: str, times: int, zone: str = "UTC") -> list[str]:
    expression = parse_schedule(text, _refuse, from_ms=_ms(start), zone=zone, once=True)
    found: list[str] = []
    time_ms: int | None = _ms(start)
    while len(found) < times and time_ms is not None:
        time_ms = expression.after(time_ms)
        if time_ms is not None:
            moment = datetime.fromtimestamp(time_ms / 1000, UTC)
            found.append(moment.strftime("%Y-%m-%dT%H:%M"))
    return found


@pytest.mark.parametrize(
    ("text", "due"),
    [
        # The examples of the EventBridge user guide.
        ("cron(0 10 * * ? *)", ["2026-11-22T10:00", "2026-11-23T10:00"]),
        ("cron(15 12 * * ? *)", ["2026-11-22T12:15", "2026-11-23T12:15"]),
        ("cron(0 18 ? * MON-FRI *)", ["2026-11-23T18:00", "2026-11-24T18:00"]),
        ("cron(0 8 1 * ? *)", ["2026-12-01T08:00", "2027-01-01T08:00"]),
        ("cron(0/15 * * * ? *)", ["2026-11-21T17:15", "2026-11-21T17:30"]),
        ("cron(0/10 * ? * MON-FRI *)", ["2026-11-23T00:00", "2026-11-23T00:10"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", ["2026-11-23T08:00", "2026-11-23T08:05"]),
        ("cron(0/30 20-2 ? * MON-FRI *)", ["2026-11-23T00:00", "2026-11-23T00:30"]),
        ("cron(0 9 ? * 2#1 *)", ["2026-12-07T09:00", "2027-01-04T09:00"]),
        # The user guide of the Scheduler.
        ("cron(15 10 ? * 6L 2022-2027)", ["2026-11-27T10:15", "2026-12-25T10:15"]),
        # What the reference says of the wildcards.
        ("cron(0 2 * * ? *)", ["2026-11-22T02:00", "2026-11-23T02:00"]),
        ("cron(0 9 L * ? *)", ["2026-11-30T09:00", "2026-12-31T09:00"]),
        ("cron(0 9 ? * L *)", ["2026-11-28T09:00", "2026-12-05T09:00"]),
        ("cron(0 9 15W 11,8 ? *)", ["2027-08-16T09:00", "2027-11-15T09:00"]),
        ("cron(0 9 3W * ? *)", ["2026-12-03T09:00", "2027-01-04T09:00"]),
        ("cron(0 9 ? * TUE#5 *)", ["2026-12-29T09:00", "2027-03-30T09:00"]),
        ("cron(0 9 ? * 1,7 *)", ["2026-11-22T09:00", "2026-11-28T09:00"]),
        ("cron(0 9 1 JAN,JUL ? *)", ["2027-01-01T09:00", "2027-07-01T09:00"]),
        ("cron(0 9 1 1 ? 2028/2)", ["2028-01-01T09:00", "2030-01-01T09:00"]),
        ("cron(0 9 1 1 ? 2025)", []),
        ("cron(0 9 31 2 ? *)", []),
        ("rate(5 minutes)", ["2026-11-21T17:05", "2026-11-21T17:10"]),
        ("rate(1 hour)", ["2026-11-21T18:00", "2026-11-21T19:00"]),
        ("rate(7 days)", ["2026-11-28T17:00", "2026-12-05T17:00"]),
        ("at(2026-11-22T08:30:00)", ["2026-11-22T08:30"]),
        ("at(2026-11-20T08:30:00)", []),
    ],
)
def test_schedule_is_due_when_aws_says(text: str, due: list[str]) -> None:
    """Each next time is that after the one before."""
    assert due == _due(text, START, 2)


@pytest.mark.parametrize(
    "text",
    [
        "cron(0 9 * * * *)",
        "cron(0 9 ? * ? *)",
        "cron(0 9 * * ?)",
        "cron(0 0 9 * * ? *)",
        "cron(60 9 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 9 32 * ? *)",
        "cron(0 9 ? * 8 *)",
        "cron(0 9 ? * 0 *)",
        "cron(? 9 * * ? *)",
        "cron(0 9 * * ? 1969)",
        "cron(0 9 * * ? 2100)",
        "cron(@daily)",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(5 seconds)",
        "rate(-1 minutes)",
        "at(2026-13-01T00:00:00)",
        "at(tomorrow)",
        "5 minutes",
        "",
    ],
)
def test_schedule_that_is_none_is_refused(text: str) -> None:
    """With what the service says of it."""
    with pytest.raises(ApiError, match="not valid"):
        _due(text, START, 1)


def test_rate_of_the_scheduler_takes_any_plural() -> None:
    """Only rules of EventBridge insist on it."""
    expression = parse_schedule("rate(1 minutes)", _refuse, from_ms=5, strict_units=False)

    assert (5, 60_005) == (expression.after(4), expression.after(5))


@pytest.mark.parametrize(
    ("text", "start", "due"),
    [
        # 02:30 is skipped on 28 March 2027 in Berlin.
        ("cron(30 2 * * ? *)", "2027-03-27T12:00", ["2027-03-29T00:30", "2027-03-30T00:30"]),
        # 02:30 comes twice on 31 October 2027, and is due once.
        ("cron(30 2 * * ? *)", "2027-10-30T12:00", ["2027-10-31T00:30", "2027-11-01T01:30"]),
        ("cron(0 9 * * ? *)", "2027-03-27T00:00", ["2027-03-27T08:00", "2027-03-28T07:00"]),
        ("at(2027-07-01T12:00:00)", "2027-03-27T00:00", ["2027-07-01T10:00"]),
    ],
)
def test_schedule_in_a_zone_follows_its_summer_time(text: str, start: str, due: list[str]) -> None:
    """The clock on the wall counts."""
    assert due == _due(text, start, 2, "Europe/Berlin")
