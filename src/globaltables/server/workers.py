"""The background readers that run beside a region from its opening to the node's stop."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from globaltables.autoscaling import tracking
from globaltables.companions.cloudwatch import collection
from globaltables.companions.registry import resume_services
from globaltables.destinations import service as destinations
from globaltables.itemstore.backfill import cancel_stopped
from globaltables.itemstore.index_backfills import start_backfills
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.resealing import start_resealing
from globaltables.itemstore.settlements import start_settlements
from globaltables.operations.agreed import perform_forwarded
from globaltables.operations.item_keys import key_of_item
from globaltables.operations.registry import HANDLERS
from globaltables.operations.scaled_throughput import change_units
from globaltables.recovery import service as recovery
from globaltables.replication import service as replication
from globaltables.replication.strong.registry import StrongTables
from globaltables.streams.trimming import trim_log
from globaltables.transfers import service as transfers
from globaltables.ttl import expiry

Worker = Callable[[Region], Coroutine[Any, Any, None]]

#: Name of the task, and what it runs until it is cancelled.
_WORKERS: tuple[tuple[str, Worker], ...] = (
    ("ttl", expiry.run),
    ("streams-trimming", trim_log),
)


def start_workers(node: Node, region: Region) -> None:
    """Start a region's background readers; called once, when the region opens.

    Args:
        node: the regions of this process, for readers that look into others.
        region: the one that opened; tasks are named after it.
    """
    for name, worker in _WORKERS:
        region.tasks.spawn(f"{region.name}/{name}", worker(region))
    scaling = tracking.run(node, region, change_units)
    region.tasks.spawn(f"{region.name}/autoscaling", scaling)
    region.tasks.spawn(f"{region.name}/metrics", collection.run(node, region))
    region.tasks.spawn(f"{region.name}/backfill-jobs", cancel_stopped(region.store))
    start_backfills(region)
    start_settlements(region)
    start_resealing(region)
    destinations.start(region)
    region.strong = StrongTables(node, region, partial(perform_forwarded, HANDLERS, node))
    recovery.start(node, region)
    transfers.start_exports(region)
    transfers.start_imports(region, key_of_item)
    replication.start(node, region)
    resume_services(region)
