"""UpdateGlobalTableSettings: capacity and auto scaling of every member of a version 2017.11.29 global table.

The members share nothing: a request is one change of each member's own definition. All are tried before the first is
made, so that a refusal of one member leaves every other one as it was.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_table, going_on
from globaltables.operations.describe_global_table_settings import description, find_members
from globaltables.operations.global_settings import (
    check_form,
    check_members,
    check_provisioned,
    check_rules,
    scaling_changes,
)
from globaltables.operations.replica_scaling import carry_out
from globaltables.replication.members import in_flight
from globaltables.replication.membership import in_use
from globaltables.runtime.clock import stamp_at, stamp_ms
from globaltables.tables.catalog import Catalog
from globaltables.tables.creation import check_changed_units
from globaltables.tables.definitions import Index, Table, Throughput
from globaltables.tables.settling import updating
from globaltables.tables.update_request import check_update
from globaltables.tables.updates import Update, updated

_NO_UNITS = Throughput(0, 0)


async def handle(call: Call) -> Answer:
    """Change the settings of the global table of the request.

    Source: API_UpdateGlobalTableSettings.
    """
    request = call.request
    name = request["GlobalTableName"]
    changes = list(scaling_changes(call.account, name, request))
    check_form(name, request, changes)
    members = await find_members(call, name)
    check_members(
        name,
        request,
        members,
        no_replica="ReplicaNotFoundException",
        no_index="IndexNotFoundException",
    )
    check_provisioned(name, request, members)
    check_rules(call.region, call.account, changes)
    if any(in_flight(table) for table in members.values()):
        raise in_use()
    wanted = {region: _requests(request, table) for region, table in members.items()}
    for region, table in members.items():
        _try(call.node.region(region), table, wanted[region])
    for region, requests in wanted.items():
        if requests:
            await _change(call.node.region(region), call.account, name, requests)
    await carry_out(call.node, members, changes)
    return description(call, name, await find_members(call, name))


def _try(region: Region, table: Table, requests: Sequence[Mapping[str, Any]]) -> None:
    """Find out whether a member refuses its changes.

    Raises:
        ApiError: it does.
    """
    _changed(region, region.catalog, table, requests, stamp_at(region.clock.now_ms()))


async def _change(
    region: Region, account: str, name: str, requests: Sequence[Mapping[str, Any]]
) -> None:
    def decide(stage: Stage) -> None:
        table = find_table(stage.catalog, account, name)
        stage.save_table(_changed(region, stage.catalog, table, requests, stage.tick()))

    await going_on(region, region.store.submit(decide))


def _changed(
    region: Region,
    catalog: Catalog,
    table: Table,
    requests: Sequence[Mapping[str, Any]],
    stamp: int,
) -> Table:
    """Return a member's definition after its UpdateTable requests, or while they take AWS's time.

    Raises:
        ApiError: one is refused.
    """
    done = Update(table, table)
    changes: dict[str, Any] = {}
    for request in requests:
        check_update(request)
        update = updated(done.table, request, stamp, empty=False)
        shown = done.answer if "TableClass" in request else update.answer
        done = Update(update.table, shown)
        changes.update(request)
    check_changed_units(catalog.list(table.account), table, done.table)
    if region.settings.realistic:
        return updating(table, done, changes, stamp_ms(stamp))
    return done.table


def _requests(request: Mapping[str, Any], table: Table) -> list[dict[str, Any]]:
    """Return the UpdateTable requests that a member needs; what is set already is not asked for again."""
    replica: Mapping[str, Any] = next(
        (
            one
            for one in request.get("ReplicaSettingsUpdate", ())
            if one["RegionName"] == table.region
        ),
        {},
    )
    capacity = _capacity(request, replica, table)
    requests = [capacity] if capacity else []
    table_class = replica.get("ReplicaTableClass")
    if table_class is not None and table_class != (table.table_class or "STANDARD"):
        requests.append({"TableClass": table_class})
    return requests


def _capacity(
    request: Mapping[str, Any], replica: Mapping[str, Any], table: Table
) -> dict[str, Any]:
    """Return the UpdateTable request for billing mode and units of a member."""
    changes: dict[str, Any] = {}
    billing_mode = request.get("GlobalTableBillingMode")
    if billing_mode is not None and billing_mode != table.billing_mode:
        changes["BillingMode"] = billing_mode
    units = _units(
        table.throughput,
        replica.get("ReplicaProvisionedReadCapacityUnits"),
        request.get("GlobalTableProvisionedWriteCapacityUnits"),
    )
    if units is not None:
        changes["ProvisionedThroughput"] = units
    indexes = [_index(request, replica, index) for index in table.indexes if index.kind == "GLOBAL"]
    updates = [{"Update": update} for update in indexes if update is not None]
    if updates:
        changes["GlobalSecondaryIndexUpdates"] = updates
    return changes


def _index(
    request: Mapping[str, Any], replica: Mapping[str, Any], index: Index
) -> dict[str, Any] | None:
    writes = _entry(request.get("GlobalTableGlobalSecondaryIndexSettingsUpdate", ()), index)
    reads = _entry(replica.get("ReplicaGlobalSecondaryIndexSettingsUpdate", ()), index)
    units = _units(
        index.throughput or _NO_UNITS,
        reads.get("ProvisionedReadCapacityUnits"),
        writes.get("ProvisionedWriteCapacityUnits"),
    )
    return None if units is None else {"IndexName": index.name, "ProvisionedThroughput": units}


def _entry(updates: Sequence[Mapping[str, Any]], index: Index) -> Mapping[str, Any]:
    return next((one for one in updates if one["IndexName"] == index.name), {})


def _units(current: Throughput, reads: int | None, writes: int | None) -> dict[str, int] | None:
    """Return the units to ask for; None when there are none to change, or one of the two is not known."""
    wanted = (reads or current.read_units, writes or current.write_units)
    if wanted == (current.read_units, current.write_units) or 0 in wanted:
        return None
    return {"ReadCapacityUnits": wanted[0], "WriteCapacityUnits": wanted[1]}
