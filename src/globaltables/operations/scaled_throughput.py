"""Provisioned units that auto scaling changes, on the path of UpdateTable."""

import asyncio
from dataclasses import replace
from typing import Any

from globaltables.autoscaling.targets import ScaledResource
from globaltables.autoscaling.tracking import is_scaled
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.operations.control_plane import going_on
from globaltables.replication.members import CURRENT
from globaltables.replication.membership import change_settings
from globaltables.replication.scaled_units import scaled_change, with_others_pinned
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.creation import check_changed_units
from globaltables.tables.definitions import Throughput
from globaltables.tables.settling import updating
from globaltables.tables.updates import updated


async def change_units(node: Node, region: Region, resource: ScaledResource, units: int) -> bool:
    """Change the provisioned units of a dimension, as UpdateTable would; implements `tracking.ChangeUnits`.

    Of a global table, the units of writes are changed in every member, those of reads in this one.

    Raises:
        ApiError: UpdateTable would refuse it: too many decreases today, too many units of the account, or the table
            is in use.
    """
    key = resource.account, resource.table_name
    table = region.catalog.find(*key)
    if table is None or resource.units(table) in (None, units):
        return False

    def decide(stage: Stage) -> bool:
        current = stage.catalog.find(*key)
        if current is None or not is_scaled(current):
            return False
        throughput = resource.throughput(current)
        if throughput is None or resource.units(current) == units:
            return False  # meanwhile the index is gone, or another member was faster
        request, stamp = _request(resource, throughput, units), stage.tick()
        update = updated(current, request, stamp, empty=False)
        changed = update.table
        check_changed_units(stage.catalog.list(current.account), current, changed)
        if region.settings.realistic:
            changed = updating(current, update, request, stamp_ms(stamp))
        if resource.kind == "read":
            changed = with_others_pinned(changed, current, resource.index_name)
        stage.save_table(changed)
        return True

    if table.global_table_version != CURRENT:
        return await going_on(region, region.store.submit(decide))
    changes = scaled_change(resource.index_name, resource.kind)
    spread = change_settings(node, region, table, changes, decide)
    return await going_on(region, asyncio.ensure_future(spread))


def _request(resource: ScaledResource, throughput: Throughput, units: int) -> dict[str, Any]:
    """Return the UpdateTable request that changes one dimension."""
    changed = (
        replace(throughput, read_units=units)
        if resource.kind == "read"
        else replace(throughput, write_units=units)
    )
    wanted = {
        "ReadCapacityUnits": changed.read_units,
        "WriteCapacityUnits": changed.write_units,
    }
    if resource.index_name is None:
        return {"ProvisionedThroughput": wanted}
    update = {"IndexName": resource.index_name, "ProvisionedThroughput": wanted}
    return {"GlobalSecondaryIndexUpdates": [{"Update": update}]}
