"""A program of its own: starts AWS's client for Python handlers under a clock that is ahead of the machine's.

A region's clock can be. Handlers that ask what time it is have to be told the region's: what they compare it with was
dated by that. Functions of Lambda are started with the text of this module, which imports nothing of ours. Requests are
signed with the machine's time: that is what signatures are checked by.
"""

from __future__ import annotations

import datetime as dt
import os
import runpy
import sys
import time
from typing import Any

_UTC = dt.timezone.utc  # noqa: UP017 - a function's interpreter may be older than ours
_VARIABLE = "GLOBALTABLES_CLOCK_AHEAD_MS"


def shift(ahead_ms: int) -> None:
    """Let this process's clock be ahead; what imports it afterwards sees nothing else."""
    real_datetime = dt.datetime
    _shift_time(ahead_ms)
    _shift_datetime()
    _sign_with(real_datetime)


def _shift_time(ahead_ms: int) -> None:
    real_time_ns = time.time_ns
    real_gmtime, real_localtime, real_strftime = time.gmtime, time.localtime, time.strftime

    def now_ns() -> int:
        return real_time_ns() + ahead_ms * 1_000_000

    def now() -> float:
        return now_ns() / 1_000_000_000

    def gmtime(seconds: float | None = None) -> time.struct_time:
        return real_gmtime(now() if seconds is None else seconds)

    def localtime(seconds: float | None = None) -> time.struct_time:
        return real_localtime(now() if seconds is None else seconds)

    def strftime(form: str, moment: Any = None) -> str:
        return real_strftime(form, localtime() if moment is None else moment)

    patched: Any = time
    patched.time, patched.time_ns = now, now_ns
    patched.gmtime, patched.localtime, patched.strftime = gmtime, localtime, strftime


def _shift_datetime() -> None:
    real_datetime, real_date = dt.datetime, dt.date

    class OfAllDatetimes(type):
        """What is a datetime made by whomever is one of these."""

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, real_datetime)

    class ShiftedDatetime(dt.datetime, metaclass=OfAllDatetimes):
        """A datetime whose present is the shifted one."""

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> ShiftedDatetime:
            return cls.fromtimestamp(time.time(), tz)

        @classmethod
        def today(cls) -> ShiftedDatetime:
            return cls.fromtimestamp(time.time())

        @classmethod
        def utcnow(cls) -> ShiftedDatetime:
            return cls.fromtimestamp(time.time(), _UTC).replace(tzinfo=None)

    class OfAllDates(type):
        """What is a date made by whomever is one of these."""

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, real_date)

    class ShiftedDate(dt.date, metaclass=OfAllDates):
        """A date whose present is the shifted one."""

        @classmethod
        def today(cls) -> ShiftedDate:
            return cls.fromtimestamp(time.time())

    patched: Any = dt
    for shifted, name in ((ShiftedDatetime, "datetime"), (ShiftedDate, "date")):
        shifted.__name__ = shifted.__qualname__ = name
        shifted.__module__ = "datetime"
        setattr(patched, name, shifted)


def _sign_with(real_datetime: type[dt.datetime]) -> None:
    try:
        import botocore.compat  # noqa: PLC0415 - after the clock was shifted
    except ImportError:
        return

    def get_current_datetime(remove_tzinfo: bool = True) -> dt.datetime:  # noqa: FBT001, FBT002 - botocore's
        moment = real_datetime.now(_UTC)
        return moment.replace(tzinfo=None) if remove_tzinfo else moment

    patched: Any = botocore.compat
    patched.get_current_datetime = get_current_datetime


if __name__ == "__main__":
    shift(int(os.environ[_VARIABLE]))
    sys.argv[0] = "awslambdaric"
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
