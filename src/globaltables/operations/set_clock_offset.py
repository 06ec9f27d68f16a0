"""SetClockOffset (ours): lets a region's clock run ahead of the machine's, or behind it."""

from globaltables.itemstore.clock_advance import ahead_ms
from globaltables.operations.context import Answer, Call


def handle(call: Call) -> Answer:
    """Set how far the region's clock is off; 0 brings it back, to where it was advanced.

    Stamps never run backwards all the same.
    """
    offset: int = call.request["Milliseconds"]
    call.region.clock.shift(ahead_ms(call.region.store.reader()) + offset)
    return {"ClockOffsetMilliseconds": offset}
