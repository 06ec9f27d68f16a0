"""The nodes of one machine as processes: started, watched, started again when they end by themselves, stopped."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import NODE_START_MS_MAX, NODE_STOP_MS_MAX

_log = logging.getLogger(__name__)
_LOOPBACK = "127.0.0.1"
_POLL_S = 0.02
#: Linux gives ports from 32,768 on to outgoing connections, others from 49,152 on.
_PORTS = (20_000, 32_000)


@dataclass
class _Node:
    command: Sequence[str]
    port: int
    process: asyncio.subprocess.Process | None = None
    wanted: bool = False
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)


class Processes:
    """One process for each region.

    Args:
        commands: by region, the arguments after `globaltables`; `{port}` stands for the port of clients and
            `{peer_port:REGION}` for that on which a region's node listens for the others.
        environment: variables that the processes have beside this one's.
    """

    def __init__(
        self, commands: Mapping[str, Sequence[str]], environment: Mapping[str, str]
    ) -> None:
        self._environment = {**os.environ, **environment}
        ports = _free_ports(2 * len(commands))
        peer_ports = dict(zip(commands, ports, strict=False))
        self._nodes = {
            region: _started_with(arguments, port, peer_ports)
            for (region, arguments), port in zip(
                commands.items(), ports[len(commands) :], strict=True
            )
        }
        self._watching: set[asyncio.Task[None]] = set()

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that the nodes host."""
        return tuple(self._nodes)

    def port_of(self, region: str) -> int:
        """Return the port of a region's node; of the first node for a region that nobody hosts."""
        node = self._nodes.get(region) or next(iter(self._nodes.values()))
        return node.port

    async def start_all(self) -> None:
        """Start every node, and return when all answer.

        Raises:
            OperationalError: one does not.
        """
        await asyncio.gather(*map(self.start, self._nodes))

    async def start(self, region: str) -> None:
        """Start a node unless it runs, and return when it answers.

        Raises:
            OperationalError: it does not.
        """
        node = self._nodes[region]
        async with node.changing:
            node.wanted = True
            if node.process is not None:
                return
            node.process = await asyncio.create_subprocess_exec(
                *node.command,
                # It closes when this process ends in whatever way, and the node with it.
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                env=self._environment,
                # Ctrl-C is for the one that started them; it stops them in its own order.
                start_new_session=True,
            )
            watching = asyncio.create_task(self._watch(region, node, node.process))
            self._watching.add(watching)
            watching.add_done_callback(self._watching.discard)
            await _answers(region, node)

    async def stop(self, region: str, *, kill: bool = False) -> None:
        """End a node, and return when it has ended; it stays away until it is started.

        Args:
            region: whose node.
            kill: as a crash would, with SIGKILL.
        """
        node = self._nodes[region]
        async with node.changing:
            node.wanted = False
            process = node.process
            if process is None:
                return
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            try:
                async with asyncio.timeout(NODE_STOP_MS_MAX / 1000):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
            node.process = None

    async def stop_all(self) -> None:
        """End every node."""
        await asyncio.gather(*map(self.stop, self._nodes))

    async def _watch(self, region: str, node: _Node, process: asyncio.subprocess.Process) -> None:
        """Start a node again that ended although it should run."""
        code = await process.wait()
        if not node.wanted or node.process is not process:
            return
        _log.error("the node of %s ended with code %s; it is started again", region, code)
        node.process = None
        with suppress(
            OperationalError
        ):  # it was logged above, and will be again when it ends again
            await self.start(region)


def _started_with(arguments: Sequence[str], port: int, peer_ports: Mapping[str, int]) -> _Node:
    texts = {"{port}": str(port)}
    texts |= {f"{{peer_port:{region}}}": str(peer) for region, peer in peer_ports.items()}
    filled = []
    for argument in arguments:
        for place, text in texts.items():
            argument = argument.replace(place, text)
        filled.append(argument)
    return _Node((sys.executable, "-m", "globaltables.cli.main", *filled), port)


async def _answers(region: str, node: _Node) -> None:
    """Return when a node takes connections.

    Raises:
        OperationalError: it has ended, or takes none in time.
    """
    assert node.process is not None
    try:
        async with asyncio.timeout(NODE_START_MS_MAX / 1000):
            while True:
                try:
                    _, writer = await asyncio.open_connection(_LOOPBACK, node.port)
                except OSError:
                    if node.process.returncode is not None:
                        raise OperationalError(
                            f"the node of {region} ended with code {node.process.returncode}"
                        ) from None
                    await asyncio.sleep(_POLL_S)
                else:
                    writer.close()
                    return
    except TimeoutError:
        raise OperationalError(f"the node of {region} does not answer") from None


def _free_ports(wanted: int) -> list[int]:
    """Return ports that nobody listens on, below those that the system gives to outgoing connections."""
    first = _PORTS[0] + os.getpid() * wanted % (_PORTS[1] - _PORTS[0])
    found: list[int] = []
    for port in (*range(first, _PORTS[1]), *range(_PORTS[0], first)):
        with suppress(OSError), socket.create_server((_LOOPBACK, port)):
            found.append(port)
        if len(found) == wanted:
            return found
    raise OperationalError(f"no {wanted} free ports from {_PORTS[0]} on")
