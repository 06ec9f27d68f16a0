"""GetBucketLogging and PutBucketLogging: whether and where a log of a bucket's requests is written."""

from typing import Any

from globaltables.buckets.interface import BucketError
from globaltables.buckets.records import Bucket
from globaltables.buckets.store import ObjectStore
from globaltables.companions.s3.asking import changed_settings
from globaltables.companions.s3.refusals import s3_error
from globaltables.companions.service import ServiceCall


def get_logging(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return where a bucket's log goes."""
    return {"LoggingEnabled": bucket.settings.get("logging")}


def put_logging(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Write a log from now on, or no more."""
    enabled = call.request["BucketLoggingStatus"].get("LoggingEnabled")
    if enabled is None:
        changed_settings(store, call, lambda settings: settings.pop("logging", None))
        return {}
    if enabled.get("TargetGrants"):
        raise s3_error("AccessControlListNotSupported", "The bucket does not allow ACLs")
    try:
        target = store.buckets.find(enabled["TargetBucket"])
    except BucketError as error:
        msg = "The target bucket for logging does not exist"
        raise s3_error("InvalidTargetBucketForLogging", msg) from error
    if target.account not in ("", call.account) or target.region not in ("", call.region.name):
        msg = (
            "The target bucket for logging must have the owner and the region of the source bucket"
        )
        raise s3_error("InvalidTargetBucketForLogging", msg)
    changed_settings(store, call, lambda settings: settings.update(logging=enabled))
    return {}
