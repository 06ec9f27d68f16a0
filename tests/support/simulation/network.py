"""The network between processes: requests take their time, get lost before or after they are served, come twice."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from globaltables.foundation.errors import OperationalError


@dataclass(slots=True)
class Weather:
    """How a network behaves.

    Attributes:
        delay_ms: of a message, on average.
        loss: how likely a request, or its answer, gets lost.
        repetition: how likely a request is served twice.
    """

    delay_ms: float
    loss: float
    repetition: float


class Network:
    """Connects processes.

    Args:
        chance: of the history.
        weather: how it behaves while it is not calm.

    Attributes:
        calm: whether nothing is lost or repeated any more.
    """

    def __init__(self, chance: Random, weather: Weather) -> None:
        self.calm = False
        self._chance = chance
        self._weather = weather
        self._cut: set[frozenset[int]] = set()
        self._under_way: dict[asyncio.Future[Any], frozenset[int]] = {}

    def cut(self, one: int, other: int) -> None:
        """Cut two processes off from each other; what is under way between them fails."""
        ends = frozenset({one, other})
        self._cut.add(ends)
        self._reset(lambda between: between == ends)

    def mend(self) -> None:
        """Let everything through again."""
        self._cut.clear()

    def reset(self, process: int) -> None:
        """Let everything fail that is under way to or from a process."""
        self._reset(lambda between: process in between)

    async def exchange(
        self, sender: int, receiver: int, serve: Callable[[], "asyncio.Future[bytes]"]
    ) -> bytes:
        """Carry a request and its answer.

        Args:
            sender: a process.
            receiver: another one.
            serve: begins to answer the request.

        Raises:
            OperationalError: the request or its answer was lost, or the receiver is down.
        """
        ends = frozenset({sender, receiver})
        await self._travel(ends)
        if not self.calm and self._chance.random() < self._weather.repetition:
            serve().add_done_callback(_ignore)
        serving = serve()
        answered = self._expect(ends)
        serving.add_done_callback(partial(_pass_on, answered))
        try:
            answer: bytes = await answered
        except asyncio.CancelledError:
            serving.cancel()
            raise
        finally:
            self._under_way.pop(answered, None)
        await self._travel(ends)
        return answer

    async def _travel(self, ends: frozenset[int]) -> None:
        """Return when a message has arrived."""
        arrived = self._expect(ends)
        seconds = self._chance.expovariate(1000 / self._weather.delay_ms)
        arrived.get_loop().call_later(seconds, _arrive, arrived)
        try:
            await arrived
        finally:
            self._under_way.pop(arrived, None)
        if ends in self._cut:
            raise OperationalError("the network is cut")
        if not self.calm and self._chance.random() < self._weather.loss:
            raise OperationalError("the network lost it")

    def _expect(self, ends: frozenset[int]) -> "asyncio.Future[Any]":
        """Return a future that fails when the connection is reset."""
        expected: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._under_way[expected] = ends
        return expected

    def _reset(self, concerned: Callable[[frozenset[int]], bool]) -> None:
        for future, between in list(self._under_way.items()):
            if concerned(between) and not future.done():
                future.set_exception(OperationalError("the connection was reset"))


def _arrive(arrived: "asyncio.Future[Any]") -> None:
    if not arrived.done():
        arrived.set_result(None)


def _pass_on(answered: "asyncio.Future[Any]", served: "asyncio.Future[bytes]") -> None:
    """Tell the sender what the receiver answered; a killed one does not."""
    if served.cancelled():
        if not answered.done():
            answered.set_exception(OperationalError("the connection was closed"))
        return
    error = served.exception()
    if answered.done():
        return
    if error is None:
        answered.set_result(served.result())
    else:
        answered.set_exception(error)


def _ignore(done: "asyncio.Future[bytes]") -> None:
    """Nobody waits for the second answer."""
    if not done.cancelled():
        done.exception()
