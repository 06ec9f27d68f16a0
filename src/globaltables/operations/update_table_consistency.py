"""UpdateTable with MultiRegionConsistency: a strongly consistent global table is made, and ended, in one request."""

from collections.abc import Mapping, Sequence
from typing import Any

from globaltables.foundation.errors import validation
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import description
from globaltables.operations.update_table_replicas import (
    check_member,
    check_new_members,
    check_region,
    check_unprotected,
    wanted_replica,
)
from globaltables.replication.local_peer import peer_of
from globaltables.replication.members import in_flight
from globaltables.replication.membership import in_use, make_regional, make_strong
from globaltables.replication.peer import key_of
from globaltables.tables.definitions import Table
from globaltables.tables.refusals import only_as_a_whole
from globaltables.tables.update_request import effective

_REGIONS = 3
_OWN = frozenset(("ReplicaUpdates", "GlobalTableWitnessUpdates", "MultiRegionConsistency"))
_Updates = Sequence[Mapping[str, dict[str, Any]]]


def is_about_consistency(request: Mapping[str, Any], table: Table) -> bool:
    """Tell whether a request on the members of a table concerns a strongly consistent one, or a witness."""
    updates: _Updates = request.get("ReplicaUpdates") or ()
    if table.strong is not None and not all(update.keys() == {"Update"} for update in updates):
        return True
    asked = request.get("MultiRegionConsistency") == "STRONG"
    return asked or bool(request.get("GlobalTableWitnessUpdates"))


async def handle_consistency(call: Call, table: Table) -> Answer:
    """Make a table strongly consistent, or let it be regional again.

    Source: API_UpdateTable; texts and their order: aws-controllers-k8s/dynamodb-controller, docs/api-quirks, measured.
    """
    request = call.request
    if effective(request).keys() - _OWN:
        raise validation(
            "Requests that modify replicas or witnesses must not also modify other fields"
        )
    replicas: _Updates = request.get("ReplicaUpdates") or ()
    witnesses: _Updates = request.get("GlobalTableWitnessUpdates") or ()
    mode = request.get("MultiRegionConsistency")
    ends = table.strong is not None and mode is None and not _all_create(witnesses)
    if witnesses and mode != "STRONG" and not ends:
        raise validation(
            "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates "
            "parameter is present."
        )
    if mode is not None:
        changed = await _make(call, table, mode, replicas, witnesses)
    elif _all_create(replicas):
        raise validation("Cannot add replicas to a global table with strong MultiRegionConsistency")
    else:
        changed = await _end(call, table, replicas, witnesses)
    return {"TableDescription": description(call.region, changed)}


def _all_create(updates: _Updates) -> bool:
    return all("Create" in update for update in updates) and bool(updates)


async def _make(
    call: Call, table: Table, mode: str, replicas: _Updates, witnesses: _Updates
) -> Table:
    if not _all_create([*replicas, *witnesses]):
        raise validation(
            "Only Replica Create actions are supported when MultiRegionConsistency parameter is "
            "provided."
        )
    if mode == "STRONG" and len(replicas) + len(witnesses) != _REGIONS - 1:
        raise validation(
            "Unsupported replica count for global tables with MultiRegionConsistency set to STRONG."
        )
    actions = [update["Create"] for update in replicas]
    names: list[str] = [action["RegionName"] for action in actions]
    witness: str | None = witnesses[0]["Create"]["RegionName"] if witnesses else None
    _check_regions(call, table, names, witness)
    if table.replicated:
        raise validation("MultiRegionConsistency parameter is unsupported on existing global table")
    _check_features(table)
    await check_new_members(call, table, actions)
    wanted = [wanted_replica(table, action) for action in actions]
    return await make_strong(call.node, call.region, table, wanted, witness)


def _check_regions(call: Call, table: Table, names: list[str], witness: str | None) -> None:
    able = call.region.settings.strong_regions
    others = names if witness is None else [*names, witness]
    unable = [name for name in dict.fromkeys((*others, table.region)) if name not in able]
    if unable:
        raise validation(
            "Unsupported Region(s) specified for global tables with MultiRegionConsistency set to "
            f"STRONG: [{', '.join(unable)}]."
        )
    for name in names:
        check_region(call, name)
    if len(set(others)) != len(others):
        raise validation("Cannot target multiple regions with the same action")
    if witness == table.region:
        raise validation(
            "Cannot add a witness in the same region as an existing replica when creating a global "
            "table with MultiRegionConsistency set to STRONG."
        )
    if witness is not None:
        check_region(call, witness)


def _check_features(table: Table) -> None:
    """Refuse a table with what AWS does not have on strongly consistent ones; its words are not documented."""
    has = [
        name
        for name, there in (
            ("local secondary indexes", any(index.kind == "LOCAL" for index in table.indexes)),
            ("time to live", table.ttl is not None and table.ttl.enabled),
        )
        if there
    ]
    if has:
        raise validation(
            f"A table with {' and '.join(has)} cannot become a global table with "
            "MultiRegionConsistency set to STRONG."
        )


async def _end(call: Call, table: Table, replicas: _Updates, witnesses: _Updates) -> Table:
    strong = table.strong
    assert strong is not None, table.name
    if not all("Delete" in update for update in [*replicas, *witnesses]):
        raise validation(
            "Update table operation with more than one type of replica actions not allowed."
        )
    leaving = [update["Delete"]["RegionName"] for update in replicas]
    witness: str | None = witnesses[0]["Delete"]["RegionName"] if witnesses else None
    for name in leaving:
        check_region(call, name)
        check_member(table, name)
    if witness is not None and witness != strong.witness:
        raise validation(
            "Update global table operation failed because one or more witnesses were not part of "
            f"the global table. Please retry the request without these witnesses: [{witness}]."
        )
    if witness != strong.witness:
        raise validation("Update table delete operation does not include all witnesses.")
    if {*leaving} != {replica.region for replica in table.replicas}:
        raise only_as_a_whole()
    if in_flight(table):
        raise in_use()
    for name in leaving:
        copy = await peer_of(call.node, name).table(key_of(table))
        if copy is not None:
            check_unprotected(copy)
    return await make_regional(call.node, call.region, table)
