"""UpdateTable: from a definition and a checked request to the next definition, and to what AWS answers meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from globaltables.foundation.errors import ApiError, invalid_parameters
from globaltables.runtime.clock import stamp_ms
from globaltables.tables import capacity_settings
from globaltables.tables.capacity_settings import without_cleared
from globaltables.tables.definitions import Index, Table, Throughput, WarmThroughput
from globaltables.tables.durations import DELETION_PROTECTION_INTERVAL_MS
from globaltables.tables.in_progress import check_ready
from globaltables.tables.index_updates import IndexUpdates, switched_to_provisioned
from globaltables.tables.stream_setting import with_stream, without_stream
from globaltables.tables.table_class import with_table_class
from globaltables.tables.update_request import effective

_NO_UNITS = Throughput(0, 0)


@dataclass(frozen=True, slots=True)
class Update:
    """The outcome of an UpdateTable request.

    Attributes:
        table: the definition to store.
        answer: what the response describes: AWS answers with some values as they were before.
        created: an index that is new, if there is one.
        dropped: an index that is gone, if there is one.
    """

    table: Table
    answer: Table
    created: Index | None = None
    dropped: Index | None = None


def updated(
    table: Table,
    request: Mapping[str, Any],
    stamp: int,
    *,
    empty: bool,
    realistic: bool = False,
) -> Update:
    """Return a table as an UpdateTable request changes it.

    Args:
        table: as it is.
        request: passed `check_update`.
        stamp: the position of the log at which the change happens; its time is the time of the change.
        empty: whether the table has no items; a new index is then complete at once.
        realistic: whether two changes of the deletion protection have to lie apart as on AWS.

    Raises:
        ApiError: the change does not fit the table.
    """
    changes = effective(request)
    check_ready(table, changes)
    if realistic and "DeletionProtectionEnabled" in changes:
        _check_protection_rested(table, stamp_ms(stamp))
    for member, change in _ALONE.items():
        if member in changes and changes.keys() == {member}:
            return change(table, changes[member], stamp)
    update = _with_capacity(table, changes, stamp_ms(stamp))
    updates = changes.get("GlobalSecondaryIndexUpdates")
    if updates:
        update = _with_indexes(update, table, request, stamp_ms(stamp), empty=empty)
    if "StreamSpecification" in changes:
        streams = _stream(update.table, changes["StreamSpecification"], stamp).table.streams
        update = replace(
            update,
            table=replace(update.table, streams=streams),
            answer=replace(update.answer, streams=streams, status="UPDATING"),
        )
    return update


def _deletion_protection(table: Table, enabled: bool, stamp: int) -> Update:  # noqa: FBT001 - a member's value
    changed = table
    if enabled != table.deletion_protection:
        changed = replace(
            table, deletion_protection=enabled, deletion_protection_changed_ms=stamp_ms(stamp)
        )
    return Update(changed, changed)


def _check_protection_rested(table: Table, now_ms: int) -> None:
    changed_ms = table.deletion_protection_changed_ms
    if changed_ms is None or now_ms >= changed_ms + DELETION_PROTECTION_INTERVAL_MS:
        return
    free = datetime.fromtimestamp((changed_ms + DELETION_PROTECTION_INTERVAL_MS) / 1000, UTC)
    raise ApiError(
        "ThrottlingException",
        f"Deletion protection setting for table {table.name} modified within the previous "
        f"{DELETION_PROTECTION_INTERVAL_MS} milliseconds. Please try again after "
        f"{free.replace(tzinfo=None).isoformat(timespec='milliseconds')}",
    )


def _table_class(table: Table, table_class: str, stamp: int) -> Update:
    changed = with_table_class(table, table_class, stamp_ms(stamp))
    return Update(changed, replace(table, status="UPDATING"))


def _warm_throughput(table: Table, wanted: Mapping[str, int], _stamp: int) -> Update:
    current = _warm_of(table)
    warm = capacity_settings.raised_warm(current, wanted, table.region)
    answer = replace(table, warm=replace(current, status="UPDATING"))
    return Update(replace(table, warm=warm), answer)


def _stream(table: Table, request: Mapping[str, Any], stamp: int) -> Update:
    changed = (
        with_stream(table, request["StreamViewType"], stamp)
        if request["StreamEnabled"]
        else without_stream(table, stamp)
    )
    return Update(changed, replace(changed, status="UPDATING"))


_ALONE: Mapping[str, Callable[[Table, Any, int], Update]] = {
    "DeletionProtectionEnabled": _deletion_protection,
    "TableClass": _table_class,
    "WarmThroughput": _warm_throughput,
    "StreamSpecification": _stream,
}


def _with_capacity(table: Table, changes: Mapping[str, Any], now_ms: int) -> Update:
    """Apply BillingMode, ProvisionedThroughput, OnDemandThroughput and WarmThroughput of the table."""
    update = Update(table, table)
    wanted = changes.get("ProvisionedThroughput")
    billing_mode = changes.get("BillingMode", table.billing_mode)
    if billing_mode != table.billing_mode:
        update = _with_billing_mode(table, changes, now_ms)
    elif wanted is not None:
        update = _with_throughput(table, wanted, now_ms)
    elif "BillingMode" in changes:
        update = Update(table, replace(table, status="UPDATING"))
    if "OnDemandThroughput" in changes:
        on_demand = capacity_settings.changed_on_demand(
            update.table.on_demand, changes["OnDemandThroughput"], billing_mode, table.region
        )
        update = replace(
            update,
            table=replace(update.table, on_demand=without_cleared(on_demand)),
            answer=replace(update.answer, on_demand=on_demand),
        )
    if "WarmThroughput" in changes:
        warm = _warm_throughput(update.table, changes["WarmThroughput"], now_ms)
        update = replace(
            update, table=warm.table, answer=replace(update.answer, warm=warm.answer.warm)
        )
    return update


def _with_throughput(table: Table, wanted: Mapping[str, Any], now_ms: int) -> Update:
    if table.billing_mode == "PAY_PER_REQUEST":
        raise _no_units_on_demand()
    throughput = capacity_settings.reprovisioned(
        table.throughput, capacity_settings.provisioned(wanted, table.region), now_ms
    )
    before = table.throughput
    shown = replace(
        throughput,
        read_units=before.read_units,
        write_units=before.write_units,
        decreases_today=capacity_settings.decreases_today(before, now_ms),
    )
    return Update(
        replace(
            table,
            throughput=throughput,
            warm=capacity_settings.warm_after(table.warm, throughput),
        ),
        replace(table, status="UPDATING", throughput=shown),
    )


def _with_billing_mode(table: Table, changes: Mapping[str, Any], now_ms: int) -> Update:
    """Switch the billing mode of a table and its indexes; what was an on-demand maximum is dropped."""
    if changes["BillingMode"] == "PROVISIONED":
        changed = switched_to_provisioned(
            table,
            capacity_settings.provisioned(changes["ProvisionedThroughput"], table.region),
            changes.get("GlobalSecondaryIndexUpdates", ()),
        )
        return Update(changed, replace(changed, status="UPDATING", indexes=_updating(changed)))
    switches = capacity_settings.switches_to_on_demand(table.on_demand_switches_ms, now_ms)
    indexes = tuple(
        index if index.kind == "LOCAL" else _on_demand_index(index, now_ms)
        for index in table.indexes
    )
    throughput = replace(table.throughput, read_units=0, write_units=0)
    changed = replace(
        table,
        billing_mode="PAY_PER_REQUEST",
        billing_mode_given=True,
        pay_per_request_since_ms=now_ms,
        on_demand_switches_ms=switches,
        throughput=throughput,
        warm=capacity_settings.warm_after(table.warm, None),
        indexes=indexes,
    )
    answer = replace(
        changed,
        status="UPDATING",
        pay_per_request_since_ms=table.pay_per_request_since_ms,
        throughput=replace(throughput, last_decrease_ms=now_ms),
        warm=table.warm,
        indexes=_updating(changed),
    )
    return Update(changed, answer)


def _on_demand_index(index: Index, now_ms: int) -> Index:
    current = index.throughput or _NO_UNITS
    throughput = Throughput(
        read_units=0,
        write_units=0,
        last_increase_ms=current.last_increase_ms,
        last_decrease_ms=now_ms,
        decreases_today=capacity_settings.decreases_today(current, now_ms) + 1,
    )
    return replace(
        index, throughput=throughput, warm=capacity_settings.warm_after(index.warm, None)
    )


def _updating(table: Table) -> tuple[Index, ...]:
    return tuple(
        replace(index, status="UPDATING")
        if index.kind == "GLOBAL" and index.status == "ACTIVE"
        else index
        for index in table.indexes
    )


def _with_indexes(
    update: Update, before: Table, request: Mapping[str, Any], now_ms: int, *, empty: bool
) -> Update:
    """Apply GlobalSecondaryIndexUpdates; a switch to PROVISIONED has consumed the throughputs already."""
    if before.billing_mode != "PROVISIONED" and update.table.billing_mode == "PROVISIONED":
        return update
    changes = IndexUpdates(update.table, request, now_ms, empty=empty)
    touched = changes.created is not None or changes.dropped is not None
    status = "UPDATING" if touched else update.answer.status
    return Update(
        table=changes.table,
        answer=replace(
            update.answer,
            status=status,
            indexes=changes.answered_indexes(update.answer.indexes),
            attributes=before.attributes if changes.dropped else changes.table.attributes,
        ),
        created=changes.created,
        dropped=changes.dropped,
    )


def _warm_of(table: Table) -> WarmThroughput:
    on_demand = table.billing_mode == "PAY_PER_REQUEST"
    return table.warm or capacity_settings.warm_after(None, None if on_demand else table.throughput)


def _no_units_on_demand() -> ApiError:
    return invalid_parameters(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
        "when BillingMode is PAY_PER_REQUEST"
    )
