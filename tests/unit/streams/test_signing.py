"""The secret of a region's iterators."""

import asyncio

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.itemstore.store import Store
from globaltables.streams.signing import iterator_secret
from tests.support.regions import TestRegion, make_region


def restarted(region: TestRegion, engine: MemoryEngine) -> TestRegion:
    """Return another region on the stored bytes of one."""
    again = make_region()
    again.region.randomness = region.region.randomness
    again.region.store = Store("eu-west-1", engine, again.clock)
    return again


def test_iterator_secret_after_a_restart_is_the_same() -> None:
    """Iterators stay valid when the process starts again."""

    async def scenario() -> tuple[bytes, bytes]:
        engine = MemoryEngine()
        region = restarted(make_region(), engine)
        first = await iterator_secret(region.region)
        return first, await iterator_secret(restarted(region, engine).region)

    first, second = asyncio.run(scenario())
    assert first == second


def test_iterator_secret_asked_for_twice_at_once_is_one() -> None:
    """Two first calls agree on the secret."""

    async def scenario() -> tuple[bytes, bytes]:
        region = make_region().region
        return await asyncio.gather(iterator_secret(region), iterator_secret(region))

    first, second = asyncio.run(scenario())
    assert first == second


def test_iterator_secret_is_long() -> None:
    """A secret is two random identifiers long."""
    assert 72 == len(asyncio.run(iterator_secret(make_region().region)))
