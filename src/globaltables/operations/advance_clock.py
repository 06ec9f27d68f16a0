"""AdvanceClock (ours): moves clocks forward for good, with everything that waits for a time."""

from globaltables.foundation.errors import validation
from globaltables.itemstore.clock_advance import ahead_ms, put_ahead
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call


async def handle(call: Call) -> Answer:
    """Let the region's clock, or those of all regions of this node, be ahead of the machine's by so much.

    It is durable before it is seen, so that a restart does not bring it back.

    Raises:
        ApiError: the clock is further ahead already; nothing was changed.
    """
    wanted: int = call.request["AheadMilliseconds"]
    regions = call.node.open_regions if call.request.get("EveryRegion") else [call.region]
    for region in regions:
        if ahead_ms(region.store.reader()) > wanted:
            raise validation(f"The clock of {region.name} does not run backwards")
    stored = [region.store.submit(lambda stage: _advance(stage, wanted)) for region in regions]
    added = [await one for one in stored]
    for region, milliseconds in zip(regions, added, strict=True):
        region.clock.shift(region.clock.offset_ms + milliseconds)
    return {"RegionNames": [region.name for region in regions]}


def skew_ms(region: Region) -> int:
    """Return how far a region's clock is off from where it was advanced to."""
    return region.clock.offset_ms - ahead_ms(region.store.reader())


def _advance(stage: Stage, wanted: int) -> int:
    """Stage the advance, and return what it adds to the one before."""
    before = ahead_ms(stage)
    if wanted <= before:
        return 0
    put_ahead(stage, wanted)
    return wanted - before
