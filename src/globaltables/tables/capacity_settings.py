"""Provisioned, on-demand and warm throughput of tables and indexes: AWS's checks and bookkeeping."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from globaltables.foundation.errors import invalid_parameters, limit_exceeded, validation
from globaltables.foundation.limits import (
    ON_DEMAND_INITIAL_READ_UNITS,
    ON_DEMAND_INITIAL_WRITE_UNITS,
    ON_DEMAND_SWITCHES_PER_DAY,
    TABLE_THROUGHPUT_MAX,
    THROUGHPUT_DECREASE_INTERVAL_MS,
    THROUGHPUT_DECREASES_PER_DAY,
    THROUGHPUT_VALUE_MAX,
)
from globaltables.tables.definitions import (
    BillingMode,
    OnDemandThroughput,
    Throughput,
    WarmThroughput,
)

_DAY_MS = 24 * 3600 * 1000
_CLEARED = -1
_GUIDE = (
    "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher "
    "limits."
)
_INITIAL_THROUGHPUT_PAGE = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
    "on-demand-capacity-mode.html#on-demand-capacity-mode-initial"
)
INITIAL_ON_DEMAND = WarmThroughput(ON_DEMAND_INITIAL_READ_UNITS, ON_DEMAND_INITIAL_WRITE_UNITS)


def check_bounds(wanted: Mapping[str, Any] | None, index_name: str | None = None) -> None:
    """Refuse numbers that no table can have.

    Raises:
        ApiError: ValidationException.
    """
    where = f" for index {index_name}" if index_name else ""
    for member in ("ReadCapacityUnits", "WriteCapacityUnits"):
        if wanted is not None and wanted[member] > THROUGHPUT_VALUE_MAX:
            raise validation(f"Given value {wanted[member]} for {member} is out of bounds{where}")


def check_unblocked(wanted: Mapping[str, Any] | None) -> None:
    """Refuse numbers that no index can have, for an index that is not there: AWS has a text of its own for that.

    Raises:
        ApiError: ValidationException.
    """
    if wanted is not None and max(wanted.values()) > THROUGHPUT_VALUE_MAX:
        raise validation(
            "This operation cannot be performed with given input values. "
            "Please contact DynamoDB service team for more info: Action Blocked: IndexUpdate"
        )


def provisioned(
    wanted: Mapping[str, Any], region: str, index_name: str | None = None
) -> Throughput:
    """Return the throughput that a request gives.

    Raises:
        ApiError: LimitExceededException when it is more than a table may have.
    """
    for member in ("ReadCapacityUnits", "WriteCapacityUnits"):
        if wanted[member] > TABLE_THROUGHPUT_MAX:
            kind = "index" if index_name else "table"
            where = f" for index {index_name}" if index_name else ""
            msg = (
                f"The requested {member}{where}, {wanted[member]}, is above the per {kind} maximum "
                f"for the account in {region}. Per {kind} maximum: {TABLE_THROUGHPUT_MAX}. {_GUIDE}"
            )
            raise limit_exceeded(msg)
    return Throughput(wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"])


def reprovisioned(
    current: Throughput, wanted: Throughput, now_ms: int, index_name: str | None = None
) -> Throughput:
    """Return a provisioned throughput changed to other units, with its history.

    Raises:
        ApiError: nothing would change, or it would be one decrease too many today.
    """
    change = (wanted.read_units - current.read_units, wanted.write_units - current.write_units)
    if change == (0, 0):
        raise _unchanged(current, index_name)
    decreases = decreases_today(current, now_ms)
    last_increase_ms, last_decrease_ms = current.last_increase_ms, current.last_decrease_ms
    if min(change) < 0:
        _check_decrease(current, decreases, now_ms)
        decreases, last_decrease_ms = decreases + 1, now_ms
    if max(change) > 0:
        last_increase_ms = now_ms
    return Throughput(
        wanted.read_units, wanted.write_units, last_increase_ms, last_decrease_ms, decreases
    )


def decreases_today(throughput: Throughput, now_ms: int) -> int:
    """Return how often it was decreased since midnight UTC."""
    last_ms = throughput.last_decrease_ms
    if last_ms is None or last_ms // _DAY_MS != now_ms // _DAY_MS:
        return 0
    return throughput.decreases_today


def switches_to_on_demand(earlier: tuple[int, ...], now_ms: int) -> tuple[int, ...]:
    """Return when a table was switched to on-demand within 24 hours, now included; back it may go at any time.

    Raises:
        ApiError: LimitExceededException, it was switched too often.
    """
    recent = tuple(switched_ms for switched_ms in earlier if now_ms - switched_ms < _DAY_MS)
    if len(recent) >= ON_DEMAND_SWITCHES_PER_DAY:
        msg = (
            "Subscriber limit exceeded: Update to PayPerRequest mode are limited to "
            f"{ON_DEMAND_SWITCHES_PER_DAY} times in 1 day(s). Last update at "
            f"{_short_time(recent[-1])}. Next update can be made at "
            f"{_short_time(recent[0] + _DAY_MS)}"
        )
        raise limit_exceeded(msg)
    return (*recent, now_ms)


def on_demand_at_creation(
    wanted: Mapping[str, int] | None,
    billing_mode: BillingMode,
    region: str,
    index_name: str | None = None,
) -> OnDemandThroughput | None:
    """Return the on-demand maximum of a new table or index.

    Raises:
        ApiError: the billing mode is PROVISIONED, or a number is out of range.
    """
    if not wanted:
        return None
    for member, value in wanted.items():
        if billing_mode == "PROVISIONED":
            where = f" for index: {index_name}" if index_name else ""
            msg = (
                f"{member} for OnDemandThroughput{where} cannot be specified when "
                "table BillingMode is PROVISIONED."
            )
            raise invalid_parameters(msg)
        _check_on_demand(member, value, region, index_name)
    return OnDemandThroughput(wanted.get("MaxReadRequestUnits"), wanted.get("MaxWriteRequestUnits"))


def changed_on_demand(
    current: OnDemandThroughput | None,
    wanted: Mapping[str, int],
    billing_mode: BillingMode,
    region: str,
    index_name: str | None = None,
) -> OnDemandThroughput:
    """Return the on-demand maximum after an update, where -1 stands for a member that is cleared.

    `without_cleared` gives what is kept; AWS's answer to the update shows the -1.

    Raises:
        ApiError: the billing mode is PROVISIONED, or a number is out of range.
    """
    for member, value in wanted.items():
        if billing_mode == "PROVISIONED":
            where = f" for index : {index_name}" if index_name else ""
            msg = (
                f"{member} for OnDemandThroughput{where} cannot be specified when "
                "the table BillingMode is PROVISIONED"
            )
            raise invalid_parameters(msg)
        if value != _CLEARED:
            _check_on_demand(member, value, region, index_name)
    known = current or OnDemandThroughput()
    return OnDemandThroughput(
        wanted.get("MaxReadRequestUnits", known.max_read_units),
        wanted.get("MaxWriteRequestUnits", known.max_write_units),
    )


def without_cleared(on_demand: OnDemandThroughput | None) -> OnDemandThroughput | None:
    """Return the maximum without the members that an update cleared, None when nothing is left."""
    if on_demand is None:
        return None
    read, write = (
        None if units == _CLEARED else units
        for units in (on_demand.max_read_units, on_demand.max_write_units)
    )
    return None if read is None and write is None else OnDemandThroughput(read, write)


def warm_at_creation(
    wanted: Mapping[str, int] | None,
    throughput: Throughput | None,
    region: str,
    index_name: str | None = None,
) -> WarmThroughput:
    """Return the warm throughput of a new table or index; `throughput` None is on-demand.

    Raises:
        ApiError: less is asked for than every such table has, or too much.
    """
    least = INITIAL_ON_DEMAND
    if throughput is not None:
        least = WarmThroughput(throughput.read_units, throughput.write_units)
    pairs = (
        ("ReadUnitsPerSecond", least.read_units, "ReadCapacityUnits"),
        ("WriteUnitsPerSecond", least.write_units, "WriteCapacityUnits"),
    )
    for member, units, capacity_member in pairs:
        value = (wanted or {}).get(member, units)
        if value < units:
            reason = (
                f"initial throughput for OnDemand. See: {_INITIAL_THROUGHPUT_PAGE}"
                if throughput is None
                else f"{capacity_member} of ProvisionedThroughput"
            )
            msg = (
                f"Requested {member} for WarmThroughput for {_subject(index_name)} "
                f"is lower than {reason}"
            )
            raise invalid_parameters(msg)
    return _warm(wanted or {}, least, region, index_name)


def raised_warm(
    current: WarmThroughput, wanted: Mapping[str, int], region: str, index_name: str | None = None
) -> WarmThroughput:
    """Return a warm throughput after an update.

    Raises:
        ApiError: it would be lowered, or is too much.
    """
    pairs = (
        ("ReadUnitsPerSecond", current.read_units),
        ("WriteUnitsPerSecond", current.write_units),
    )
    for member, units in pairs:
        if wanted.get(member, units) < units:
            msg = (
                f"Requested {member} for WarmThroughput for {_subject(index_name)} is lower than "
                "current WarmThroughput, decreasing WarmThroughput is not supported"
            )
            raise invalid_parameters(msg)
    return _warm(wanted, current, region, index_name)


def warm_after(current: WarmThroughput | None, throughput: Throughput | None) -> WarmThroughput:
    """Return the warm throughput after a change of capacity: it follows upwards and never falls.

    Args:
        current: the one before.
        throughput: the provisioned one; None after a change to on-demand.
    """
    least = INITIAL_ON_DEMAND
    if throughput is not None:
        least = WarmThroughput(throughput.read_units, throughput.write_units)
    if current is None:
        return least
    return replace(
        current,
        read_units=max(current.read_units, least.read_units),
        write_units=max(current.write_units, least.write_units),
    )


def _warm(
    wanted: Mapping[str, int], known: WarmThroughput, region: str, index_name: str | None
) -> WarmThroughput:
    pairs = (
        ("ReadUnitsPerSecond", "TableMaxReadCapacityUnits"),
        ("WriteUnitsPerSecond", "TableMaxWriteCapacityUnits"),
    )
    for member, quota in pairs:
        if wanted.get(member, 0) > TABLE_THROUGHPUT_MAX:
            msg = (
                f"Subscriber limit exceeded: Requested {member} for WarmThroughput for "
                f"{_subject(index_name)} exceeds {quota} of the account in region {region}"
            )
            raise limit_exceeded(msg)
    return WarmThroughput(
        wanted.get("ReadUnitsPerSecond", known.read_units),
        wanted.get("WriteUnitsPerSecond", known.write_units),
    )


def _check_on_demand(member: str, value: int, region: str, index_name: str | None) -> None:
    subject = f"for index : {index_name}" if index_name else "for table"
    if value <= 0:
        msg = f"Requested {member} for OnDemandThroughput {subject} is outside of valid range"
        raise invalid_parameters(msg)
    if value > TABLE_THROUGHPUT_MAX:
        quota = "Read" if member == "MaxReadRequestUnits" else "Write"
        msg = (
            f"Subscriber limit exceeded: Requested {member} for OnDemandThroughput {subject} "
            f"exceeds TableMax{quota}CapacityUnits of the account in region {region}"
        )
        raise limit_exceeded(msg)


def _check_decrease(current: Throughput, decreases: int, now_ms: int) -> None:
    last_ms = current.last_decrease_ms
    if decreases < THROUGHPUT_DECREASES_PER_DAY or last_ms is None:
        return
    midnight_ms = (now_ms // _DAY_MS + 1) * _DAY_MS
    next_ms = min(last_ms + THROUGHPUT_DECREASE_INTERVAL_MS, midnight_ms)
    if now_ms >= next_ms:
        return
    msg = (
        "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given "
        f"UTC day. After the first {THROUGHPUT_DECREASES_PER_DAY} decreases, each subsequent "
        "decrease in the same UTC day can be performed at most once every "
        f"{THROUGHPUT_DECREASE_INTERVAL_MS // 1000} seconds. Number of decreases today: "
        f"{decreases}. Last decrease at {_long_time(last_ms)}. "
        f"Next decrease can be made at {_long_time(next_ms)}"
    )
    raise limit_exceeded(msg)


def _unchanged(current: Throughput, index_name: str | None) -> Exception:
    subject = f"the index {index_name}" if index_name else "the table"
    where = f"index {index_name}" if index_name else "the table"
    read, write = current.read_units, current.write_units
    return validation(
        f"The provisioned throughput for {subject} will not change. "
        "The requested value equals the current value. "
        f"Current ReadCapacityUnits provisioned for {where}: {read}. "
        f"Requested ReadCapacityUnits: {read}. "
        f"Current WriteCapacityUnits provisioned for {where}: {write}. "
        f"Requested WriteCapacityUnits: {write}. {_GUIDE}"
    )


def _subject(index_name: str | None) -> str:
    return f"index {index_name}" if index_name else "table"


def _short_time(milliseconds: int) -> str:
    """Return a time as AWS writes it in other texts: Sat Feb 23 03:07:45 UTC 2019."""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%a %b %d %H:%M:%S UTC %Y}"


def _long_time(milliseconds: int) -> str:
    """Return a time as AWS writes it: Friday, October 9, 2026 at 1:21:34 AM Coordinated Universal Time."""
    time = datetime.fromtimestamp(milliseconds / 1000, UTC)
    hour = time.hour % 12 or 12
    return (
        f"{time:%A}, {time:%B} {time.day}, {time.year} at {hour}:{time:%M:%S} {time:%p} "
        "Coordinated Universal Time"
    )
