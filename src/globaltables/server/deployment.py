"""Runs several nodes on one machine behind one endpoint, until it is told to stop."""

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping, Sequence

import uvloop

from globaltables.companions.registry import SERVICES
from globaltables.foundation.settings import Settings
from globaltables.gateway import stages_companions, stages_http
from globaltables.gateway.objects import is_for_objects
from globaltables.gateway.pipeline import Pipeline
from globaltables.runtime.clock import SystemClock
from globaltables.runtime.randomness import SystemRandomness
from globaltables.security.region_names import served_regions
from globaltables.security.sigv4 import Authenticator
from globaltables.server.front_door import Forwarding, node_operations
from globaltables.server.listener import Listener
from globaltables.server.processes import Processes
from globaltables.server.run import LOG_FORMAT, listen
from globaltables.server.spooling import open_spools
from globaltables.server.transport_security import for_clients


def run_deployment(
    settings: Settings,
    commands: Mapping[str, Sequence[str]],
    environment: Mapping[str, str],
    announce: Callable[[int], None],
) -> None:
    """Run nodes and their front door until SIGTERM or SIGINT.

    Args:
        settings: of the front door: address, TLS and who may call.
        commands: see `Processes`.
        environment: see `Processes`.
        announce: called with the port once every node answers.

    Raises:
        OperationalError: the address cannot be used, or a node cannot be started.
    """
    logging.basicConfig(format=LOG_FORMAT)
    uvloop.run(_serve(settings, Processes(commands, environment), announce))


async def _serve(settings: Settings, processes: Processes, announce: Callable[[int], None]) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    clock = SystemClock()
    secrets = dict(settings.access_keys) if settings.auth == "signature" else None
    authenticator = Authenticator(clock, secrets, served_regions(settings.regions))
    forwarding = Forwarding(processes)
    pipeline = Pipeline(
        (
            stages_http.request_ids(SystemRandomness()),
            stages_http.cross_origin,
            stages_companions.health_of_others(SERVICES),
            node_operations(authenticator, processes),
            forwarding.stage,
        )
    )
    tls = None if settings.tls is None else for_clients(settings.tls)
    listener = Listener(pipeline, clock, tls, open_spools(settings, is_for_objects))
    try:
        await processes.start_all()
        announce(await listen(listener, settings.host, settings.port, "--port"))
        await stop.wait()
        await listener.stop()
    finally:
        await forwarding.close()
        await processes.stop_all()
