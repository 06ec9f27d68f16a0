"""What the two restores share: the new table of a plan, its answer, the region of the source."""

from dataclasses import replace
from typing import Any

from globaltables.foundation.errors import validation
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import check_changes_under_way, description
from globaltables.operations.table_encryption import (
    check_key,
    requested_encryption,
    sealed_if_encrypted,
)
from globaltables.recovery.restores import Plan, Source, begin
from globaltables.runtime.clock import stamp_ms
from globaltables.security.region_names import served_regions
from globaltables.tables.creation import Identity, check_account
from globaltables.tables.definitions import Table
from globaltables.tables.durations import RESTORE_ACROSS_REGIONS_MS, RESTORE_MS
from globaltables.tables.refusals import not_supported
from globaltables.tables.restoring import check_target, restored


def source_region(call: Call, name: str) -> Region:
    """Return the region of this node that a source is in.

    Raises:
        ApiError: another region is meant without saying how the new table is encrypted, or one of another node.
    """
    if name == call.region.name:
        return call.region
    if "SSESpecificationOverride" not in call.request:
        raise validation(
            "Invalid Request: sseSpecificationOverride must be provided for cross-region restores"
        )
    if name in call.node.remote_peers:
        raise not_supported("Restoring from a region that another node hosts")
    if served_regions(call.region.settings.regions)(name):
        raise validation(f"1 validation error detected: Invalid AWS region in '{name}'")
    return call.node.region(name)


async def restore(call: Call, source: Region, plan_source: Any) -> Answer:
    """Begin the restore of a request, and answer with the new table.

    Args:
        call: the request.
        source: the region of what is restored.
        plan_source: a decision there that returns it; see `Plan.find`.
    """
    region, request = call.region, call.request
    override = "SSESpecificationOverride" in request
    encryption = await requested_encryption(
        region, call.account, request.get("SSESpecificationOverride")
    )
    name, table_id = request["TargetTableName"], region.randomness.uuid()

    def make(stage: Stage, found: Source) -> Table:
        restoring = found.restoring
        check_target(stage.catalog.find(call.account, name), restoring)
        if region.settings.realistic:
            duration_ms = RESTORE_MS if source is region else RESTORE_ACROSS_REGIONS_MS
            restoring = replace(restoring, due_ms=stamp_ms(stage.tick()) + duration_ms)
        identity = Identity(name, call.account, region.name, 0, table_id, stage.tick())
        table = restored(found.table, request, identity, restoring)
        check_account(stage.catalog.list(call.account), table)
        check_changes_under_way(stage.catalog, call.account)
        if override:
            table = replace(table, encryption=encryption)
        elif table.encryption is not None:
            kept = replace(table.encryption, status="ENABLED", inaccessible_ms=None)
            table = replace(table, encryption=kept)
        check_key(source, found.table)
        return sealed_if_encrypted(region, replace(table, number=stage.catalog.next_number()))

    table = await begin(call.node, source, region, Plan(plan_source, make, table_id))
    return {"TableDescription": description(region, table)}
