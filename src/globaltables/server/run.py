"""Runs a node until it is told to stop."""

import asyncio
import gc
import logging
import resource
import signal
from collections.abc import Callable
from contextlib import nullcontext

import uvloop

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import CONNECTIONS_MAX
from globaltables.foundation.settings import Settings
from globaltables.server import data_folder
from globaltables.server.assembly import Assembly, build
from globaltables.server.identities import first_root_key
from globaltables.server.listener import Listener

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
#: Files beside connections: the engine's, per region, and the process's own.
_FILES_BESIDE_CONNECTIONS = 20_000
# Requests make no cycles, but one batch alone has more objects than Python's default of 700, and looking for cycles
# among those of all the requests under way cost about an eighth of a BatchWriteItem (measured).
_YOUNG_OBJECTS_MAX = 50_000


def run(
    settings: Settings,
    announce: Callable[[int, int | None], None],
    tell_root_key: Callable[[str, str], None] | None = None,
) -> None:
    """Run a node until SIGTERM or SIGINT; everything acknowledged is then on the disk and the folder is free.

    Args:
        settings: see `Settings`.
        announce: called once requests are answered, with the port of clients and that of other nodes, if there is one.
        tell_root_key: called with the id and the secret of the root's access key when that is made, and never again.

    Raises:
        OperationalError: the address or the data folder cannot be used; the text is for the person who started it.
    """
    logging.basicConfig(format=LOG_FORMAT)
    _allow_files(CONNECTIONS_MAX + _FILES_BESIDE_CONNECTIONS)
    with data_folder.held(settings.data_dir) if settings.data_dir is not None else nullcontext():
        uvloop.run(_serve(settings, announce, tell_root_key))


async def _serve(
    settings: Settings,
    announce: Callable[[int, int | None], None],
    tell_root_key: Callable[[str, str], None] | None,
) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    assembly = build(settings)
    if tell_root_key is not None and (key := await first_root_key(settings, assembly.node)):
        tell_root_key(*key)
    port = await listen(assembly.listener, settings.host, settings.port, "--port")
    assembly.services.endpoint = _endpoint(settings, port)
    peer_port = None
    if assembly.peer_listener is not None and settings.peering is not None:
        peer_port = await listen(
            assembly.peer_listener, settings.host, settings.peering.port, "--peer-port"
        )
    # What exists now stays; looking at it again would stop requests for 17 ms (measured).
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS_MAX)
    announce(port, peer_port)
    try:
        await _open_stored_regions(settings, assembly)
        await stop.wait()
    finally:
        await assembly.stop()


def _endpoint(settings: Settings, port: int) -> str:
    """Return the URL at which clients on this machine reach a node."""
    scheme = "http" if settings.tls is None else "https"
    host = settings.host if settings.host not in ("", "0.0.0.0", "::") else "127.0.0.1"  # noqa: S104 - not bound here
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


async def listen(listener: Listener, host: str, port: int, option: str) -> int:
    """Let a listener take its address, and return the port.

    Raises:
        OperationalError: it is taken; the text names the option that chooses another one.
    """
    try:
        return await listener.start(host, port)
    except OSError as error:
        raise OperationalError(
            f"cannot listen on {host} port {port}: {error.strerror}; "
            f"choose another with {option}, or {option} 0 for a free one"
        ) from error


async def _open_stored_regions(settings: Settings, assembly: Assembly) -> None:
    """Open what a former process left, so that its background readers go on where they stood."""
    if settings.data_dir is not None:
        for name in data_folder.stored_regions(settings.data_dir):
            if name not in assembly.node.remote_peers:
                assembly.node.region(name)
            await asyncio.sleep(0)


def _allow_files(wanted: int) -> None:
    """Raise the limit of open files as far as the system lets an ordinary user."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if most > soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
