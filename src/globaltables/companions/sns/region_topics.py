"""The topics of a region, loaded at their first use."""

from globaltables.companions.sns.delivering import perform
from globaltables.companions.sns.stored import Topics
from globaltables.itemstore.region import Region


def topics_of(region: Region) -> Topics:
    """Return the topics of a region; what was interrupted on its way goes on."""
    topics: Topics | None = region.companions.get("sns")
    if topics is None:
        topics = region.companions["sns"] = Topics(region, perform)
        topics.deliveries.resume()
    return topics
