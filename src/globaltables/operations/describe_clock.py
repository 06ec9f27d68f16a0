"""DescribeClock (ours): what time it is in a region."""

from globaltables.itemstore.clock_advance import ahead_ms
from globaltables.operations.context import Answer, Call
from globaltables.tables.description import seconds


def handle(call: Call) -> Answer:
    """Return the time, how far it was advanced, and the regions that are known here."""
    return {
        "DateTime": seconds(call.region.clock.now_ms()),
        "AheadMilliseconds": ahead_ms(call.region.store.reader()),
        "RegionNames": sorted(call.node.known_regions),
    }
