"""Builds a node from its settings: the only place that picks implementations."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from globaltables.api.model import load_models, with_own_operations
from globaltables.api.scaling_model import ModelsWithScaling
from globaltables.companions.framework.services import Services
from globaltables.companions.registry import dispatchers
from globaltables.engine.embedded.engine import EmbeddedEngine
from globaltables.engine.interface import Engine
from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.errors import limit_exceeded
from globaltables.foundation.limits import REGIONS_OPEN_MAX
from globaltables.foundation.settings import Settings
from globaltables.gateway import stages_companions
from globaltables.gateway.callers import callers
from globaltables.gateway.database_calls import database_calls
from globaltables.gateway.objects import SERVICE, Objects, is_for_objects
from globaltables.gateway.pipeline import Pipeline, stages
from globaltables.gateway.request_log import LoggedPipeline
from globaltables.insights.counting import Counting
from globaltables.itemstore.clock_advance import restore_clock
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.store import Store
from globaltables.operations.permissions import guarded
from globaltables.operations.registry import HANDLERS
from globaltables.runtime.clock import Clock, SystemClock
from globaltables.runtime.randomness import SystemRandomness
from globaltables.runtime.tasks import Tasks
from globaltables.security.authorization import DYNAMODB_SERVICES
from globaltables.security.region_names import served_regions
from globaltables.security.sigv4 import OBJECTS, USUAL, Authenticator, Dialect
from globaltables.server.data_folder import region_folder
from globaltables.server.identities import build_identities
from globaltables.server.keys import NodeKeys
from globaltables.server.listener import Listener
from globaltables.server.spooling import open_spools
from globaltables.server.transport_security import for_clients
from globaltables.server.workers import start_workers

if TYPE_CHECKING:
    from globaltables.server.peers import Peers


@dataclass(frozen=True, slots=True)
class Assembly:
    """What a process runs, and stops in this order: listeners, tasks, connections to other nodes, node."""

    listener: Listener
    tasks: Tasks
    node: Node
    peers: "Peers | None"
    peer_listener: Listener | None
    services: Services

    async def stop(self) -> None:
        """Answer what was asked, end the background readers, make everything durable, release the files."""
        for stop_early in self.services.at_stop:
            stop_early()
        await self.listener.stop()
        if self.peers is not None:
            self.peers.stop_serving()
        if self.peer_listener is not None:
            await self.peer_listener.stop()
        await self.tasks.stop()
        if self.peers is not None:
            await self.peers.close()
        await self.node.close()


def build(settings: Settings) -> Assembly:
    """Return a node that is ready to listen; its regions open at their first use, on the running event loop."""
    clock = SystemClock()
    randomness = SystemRandomness()
    tasks = Tasks()
    keys = NodeKeys(settings)

    def open_region(name: str) -> Region:
        region = _open_region(name, settings, node, keys, tasks)
        region.services = services
        keys.equip(region)
        _start_archive(region)
        region.admission.observer = Counting(region.catalog, region.clock)
        start_workers(node, region)
        return region

    peering = _peering(settings, clock)
    identities = build_identities(settings, clock, keys, lambda: node)
    node = Node(open_region, None if peering is None else peering.peers, identities)
    served = served_regions(settings.regions)

    def authenticator(
        served: Callable[[str], str], *services: str, dialect: Dialect = USUAL
    ) -> Authenticator:
        secrets = None if settings.auth == "wellformed" else identities
        made = Authenticator(clock, secrets, served, services or DYNAMODB_SERVICES, dialect)
        identities.watch(made.forget)
        return made

    handlers = guarded(HANDLERS) if identities.enforced else HANDLERS
    known = callers(settings.auth, identities)
    models = ModelsWithScaling(with_own_operations(load_models()))
    services = Services(
        dispatchers(settings.data_dir),
        node,
        settings.home_region,
        database_calls(models, handlers, node),
    )
    others = stages_companions.companions(
        services,
        {
            name: authenticator(_anywhere if dispatcher.service.home else served, name)
            for name, dispatcher in services.dispatchers.items()
        },
        known,
        Objects(services, authenticator(served, SERVICE, dialect=OBJECTS), known, settings),
    )
    steps = stages(authenticator(served), models, handlers, node, randomness, others, known)
    pipeline = (
        LoggedPipeline(steps, clock, sys.stderr.write) if settings.log_requests else Pipeline(steps)
    )
    tls = None if settings.tls is None else for_clients(settings.tls)
    return Assembly(
        Listener(pipeline, clock, tls, open_spools(settings, is_for_objects)),
        tasks,
        node,
        peering,
        None if peering is None else peering.listener(node, randomness),
        services,
    )


def _open_region(name: str, settings: Settings, node: Node, keys: NodeKeys, tasks: Tasks) -> Region:
    """Return a region with what is stored of it; nothing runs in it yet.

    Raises:
        ApiError: there are too many.
    """
    if len(node.open_regions) >= REGIONS_OPEN_MAX:
        raise limit_exceeded(f"A node serves at most {REGIONS_OPEN_MAX} regions.")
    clock = SystemClock()  # its own, because regions have clocks of their own that may be skewed
    engine = _engine(settings, name)
    restore_clock(clock, engine, node.open_regions)
    store = Store(name, engine, clock, keys.unwrap)
    return Region(
        name=name,
        settings=settings,
        store=store,
        catalog=store.catalog,
        hlc=store.hlc,
        clock=clock,
        randomness=SystemRandomness(),
        tasks=tasks,
    )


def _anywhere(region: str) -> str:
    """Serve every region name: a service without regions is the same in all of them."""
    return ""


def _peering(settings: Settings, clock: Clock) -> "Peers | None":
    if settings.peering is None:
        return None
    # The HTTP client would cost every start a tenth of a second and ten megabytes.
    from globaltables.server.peers import Peers  # noqa: PLC0415

    return Peers(settings, settings.peering, clock)


def open_stored(folder: Path) -> Engine:
    """Return the engine that has a region in a folder, for those who work on a region without a node.

    Raises:
        OperationalError: the folder cannot be opened.
    """
    return EmbeddedEngine(folder)


def _start_archive(region: Region) -> None:
    if region.settings.archive is not None:
        # Its formats need an import that nobody else does.
        from globaltables.archive import service  # noqa: PLC0415

        service.start(region)


def _engine(settings: Settings, region: str) -> Engine:
    data_dir: Path | None = settings.data_dir
    if data_dir is None:
        return MemoryEngine()
    return EmbeddedEngine(region_folder(data_dir, region), settings.durability)
