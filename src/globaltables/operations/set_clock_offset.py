"""SetClockOffset (ours): lets a region's clock run ahead of the machine's, or behind it."""

from globaltables.operations.context import Answer, Call


def handle(call: Call) -> Answer:
    """Set how far the region's clock is off; 0 brings it back. Stamps never run backwards all the same."""
    clock = call.region.clock
    clock.shift(call.request["Milliseconds"])
    return {"ClockOffsetMilliseconds": clock.offset_ms}
