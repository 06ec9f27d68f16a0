"""rate(), cron() and at(): when schedules of EventBridge and its Scheduler are due.

Cron expressions are AWS's, six fields; croniter evaluates them. It is asked in the local time of the schedule's zone,
so that a time that is skipped in spring does not come, and one that comes twice in autumn comes once, as on AWS.
Everything is in milliseconds since 1970 and accurate to the minute for cron, to the second for rate and at.

Source: EventBridge Scheduler user guide, "Schedule types"; EventBridge user guide, "Cron expressions reference".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, CroniterError, croniter

from globaltables.foundation.errors import ApiError

#: Makes the refusal of an expression that is none.
Refuse = Callable[[], ApiError]

_RATE = re.compile(r"rate\((\d{1,9}) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\(([^()]+)\)")
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
_UNIT_MS = MappingProxyType({"minute": 60_000, "hour": 3_600_000, "day": 86_400_000})
_DAYS: Mapping[str, int] = MappingProxyType(
    {name: day for day, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))}
)
_FIELDS = 6
#: One field of six, in AWS's words: numbers, names, and what stands between them.
_FIELD = re.compile(r"[0-9A-Z*?,/#\-]+")
_DAY_OF_WEEK = re.compile(r"([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)")
_NO_DAY = re.compile(r"[089]")


class Expression(Protocol):
    """Times that a schedule is due at."""

    def after(self, time_ms: int) -> int | None:
        """Return the first time after another, None when there is none."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so many milliseconds from a time on, at that time too."""

    period_ms: int
    from_ms: int

    def after(self, time_ms: int) -> int | None:
        """Return the first time after another."""
        if time_ms < self.from_ms:
            return self.from_ms
        return time_ms + self.period_ms - (time_ms - self.from_ms) % self.period_ms


@dataclass(frozen=True, slots=True)
class Once:
    """One time."""

    time_ms: int

    def after(self, time_ms: int) -> int | None:
        """Return it while it has not come."""
        return self.time_ms if time_ms < self.time_ms else None


@dataclass(frozen=True, slots=True)
class Cron:
    """The minutes that six fields describe, in a zone; `text` is in croniter's words."""

    text: str
    zone: ZoneInfo

    def after(self, time_ms: int) -> int | None:
        """Return the first time after another."""
        local = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(self.zone)
        times = croniter(self.text, local.replace(tzinfo=None))
        while True:
            try:
                found = times.get_next(datetime)
            except CroniterBadDateError:
                return None
            moment = found.replace(tzinfo=self.zone)
            instant = moment.astimezone(UTC)
            if instant.astimezone(self.zone).replace(tzinfo=None) != found:
                continue  # skipped when summer time begins
            due_ms = int(instant.timestamp()) * 1000
            if due_ms > time_ms:
                return due_ms


def parse_schedule(
    text: str,
    refuse: Refuse,
    *,
    from_ms: int,
    zone: str = "UTC",
    strict_units: bool = True,
    once: bool = False,
) -> Expression:
    """Return the expression of a text.

    Args:
        text: rate(...), cron(...) or at(...).
        refuse: makes the refusal of what is none.
        from_ms: when a rate is due first.
        zone: in which cron and at are to be read, e.g. "Europe/Berlin".
        strict_units: whether "1 minutes" and "5 minute" are refused.
        once: whether at() is accepted.

    Raises:
        ApiError: it is none.
    """
    found = _RATE.fullmatch(text)
    if found is not None:
        number, unit, plural = int(found[1]), found[2], bool(found[3])
        if not number or (strict_units and plural == (number == 1)):
            raise refuse()
        return Rate(number * _UNIT_MS[unit], from_ms)
    found = _AT.fullmatch(text)
    if found is not None and once:
        try:
            moment = datetime.fromisoformat(found[1]).replace(tzinfo=ZoneInfo(zone))
        except ValueError:
            raise refuse() from None
        return Once(int(moment.timestamp()) * 1000)
    found = _CRON.fullmatch(text)
    if found is None:
        raise refuse()
    cron = Cron(_for_croniter(found[1], refuse), ZoneInfo(zone))
    try:
        croniter(cron.text)
    except CroniterError:
        raise refuse() from None
    return cron


def _for_croniter(text: str, refuse: Refuse) -> str:
    """Return AWS's six fields as croniter's seven: with seconds, and days of the week from 0.

    Raises:
        ApiError: they are not AWS's.
    """
    fields = text.split()
    if len(fields) != _FIELDS or any(_FIELD.fullmatch(field) is None for field in fields):
        raise refuse()
    minute, hour, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?") or "?" in minute + hour + month + year:
        raise refuse()  # of the two days exactly one is left open
    if "#" in minute + hour + day + month + year:
        raise refuse()
    day = "*" if day == "?" else day
    weekday = "*" if weekday == "?" else _weekdays(weekday, refuse)
    return f"{minute} {hour} {day} {month} {weekday} 0 {year}"


def _weekdays(field: str, refuse: Refuse) -> str:
    """Return a field of days of the week, which AWS counts from 1 to 7 and whose last one it writes 6L.

    Raises:
        ApiError: there is no such day.
    """
    if field == "L":
        return str(_DAYS["SAT"])
    step = ""
    if "/" in field:
        field, _, step = field.partition("/")
        step = f"/{step}"
    last = field.endswith("L")
    rest, nth, which = field.removesuffix("L").partition("#")
    if _NO_DAY.search(rest) is not None:
        raise refuse()
    numbered = _DAY_OF_WEEK.sub(lambda day: str(_number(day[1])), rest)
    return f"{'L' if last else ''}{numbered}{nth}{which}{step}"


def _number(day: str) -> int:
    return int(day) - 1 if day.isdigit() else _DAYS[day]
