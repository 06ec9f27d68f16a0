"""The buckets that a node's settings name."""

from globaltables.buckets.interface import Buckets
from globaltables.buckets.s3 import S3Buckets
from globaltables.buckets.shared import SharedBuckets
from globaltables.foundation.settings import Settings


def open_buckets(settings: Settings, region: str, account: str) -> Buckets:
    """Return the buckets that an account sees from a region."""
    if settings.s3_endpoint is not None:
        return S3Buckets(settings.s3_endpoint, region, account)
    return SharedBuckets(settings.buckets_dir, sync=settings.durability == "fsync")
