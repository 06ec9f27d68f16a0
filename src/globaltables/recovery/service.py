"""Recovery of one region: what begins when the region opens."""

from functools import partial

from globaltables.foundation.limits import RECOVERY_SLACK_MS
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.recovery import backups, restores
from globaltables.runtime.clock import stamp_at, stamp_ms
from globaltables.tables.continuous_backups import DAY_MS
from globaltables.tables.definitions import Table

_NOBODY = (1 << 63) - 1


def start(node: Node, region: Region) -> None:
    """Keep the log as far as it is needed, and go on with every restore and backup; on the event loop."""
    region.store.log_floors["recovery"] = partial(log_floor, region)
    backups.resume(region)
    restores.resume(node, region)
    region.tasks.spawn(
        f"{region.name}/restores-forgotten", restores.release_forgotten(node, region)
    )
    region.tasks.spawn(f"{region.name}/backup-expiry", backups.expire(region))


def log_floor(region: Region, table: Table) -> int:
    """Return the lowest log position of a table that somebody may want to get back to, or is getting back to."""
    floors = [one.position + 1 for one in table.holds if one.position >= 0]
    recovery = table.recovery
    if recovery is not None:
        kept_ms = recovery.days * DAY_MS + RECOVERY_SLACK_MS
        oldest = stamp_at(stamp_ms(region.hlc.last) - kept_ms)
        floors.append(max(recovery.since_stamp + 1, oldest))
    return min(floors, default=_NOBODY)
