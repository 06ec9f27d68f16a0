"""Where the buckets of a node are."""

from globaltables.buckets.store import ObjectStore
from globaltables.companions.s3.refusals import s3_error
from globaltables.itemstore.region import Region


def store_in(region: Region) -> ObjectStore:
    """Return the buckets of the node that a region is in.

    Raises:
        ApiError: NotImplemented: they are those of another endpoint.
    """
    store: ObjectStore | None = region.companions.get("s3")
    if store is None:
        settings = region.settings
        if settings.s3_endpoint is not None or settings.buckets_dir is None:
            msg = "The buckets of this node are elsewhere: ask the endpoint of --s3-endpoint."
            raise s3_error("NotImplemented", msg, 501)
        try:
            store = ObjectStore(settings.buckets_dir, sync=settings.durability == "fsync")
        except OSError as error:
            msg = f"The folder of the buckets cannot be used: {error.strerror}"
            raise s3_error("InternalError", msg, 500) from error
        region.companions["s3"] = store
    return store
