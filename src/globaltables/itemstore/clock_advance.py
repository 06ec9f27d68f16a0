"""How far a region's clock was advanced for good: kept in its store, because stamps never run backwards."""

from collections.abc import Iterable

from globaltables.engine.interface import Engine, Reader
from globaltables.itemstore.keyspaces import CLOCK_AHEAD_KEY, LAST_STAMP_KEY
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.runtime.clock import Clock


def ahead_ms(reader: Reader | Stage) -> int:
    """Return how far the clock was advanced, milliseconds."""
    return int.from_bytes(reader.get(CLOCK_AHEAD_KEY) or b"", "big")


def put_ahead(stage: Stage, milliseconds: int) -> None:
    """Stage how far the clock is advanced."""
    stage.put(CLOCK_AHEAD_KEY, _stored(milliseconds))


def restore_clock(clock: Clock, engine: Engine, others: Iterable[Region]) -> None:
    """Set the clock of a region that opens, before anything else is done with its storage.

    A region that never stored anything goes with the others: had it been there, it had been advanced with them.
    """
    milliseconds = ahead_ms(engine)
    if engine.get(LAST_STAMP_KEY) is None and not milliseconds:
        milliseconds = min((ahead_ms(other.store.reader()) for other in others), default=0)
        if milliseconds:
            engine.apply({CLOCK_AHEAD_KEY: _stored(milliseconds)})
    if milliseconds:
        clock.shift(milliseconds)


def _stored(milliseconds: int) -> bytes:
    return milliseconds.to_bytes(8, "big")
