"""The secret that signs a region's shard iterators: made at the first need, kept with the region's data."""

from globaltables.itemstore.keyspaces import STREAM_SECRETS
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

_KEY = STREAM_SECRETS + b"iterators"


async def iterator_secret(region: Region) -> bytes:
    """Return the region's secret; the first call in a region's life stores it."""
    secret = region.store.reader().get(_KEY)
    if secret is not None:
        return secret
    fresh = (region.randomness.uuid() + region.randomness.uuid()).encode()

    def decide(stage: Stage) -> bytes:
        stored = stage.get(_KEY)
        if stored is None:
            stage.put(_KEY, fresh)
            return fresh
        return stored

    return await region.store.submit(decide)
