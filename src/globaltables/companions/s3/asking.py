"""From a call to the bucket that it is about, and to the thread in which its work is done: every disk may be slow."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from globaltables.buckets.folders import failed
from globaltables.buckets.interface import BucketError
from globaltables.buckets.records import Bucket
from globaltables.buckets.store import ObjectStore
from globaltables.companions.s3.access import check_access
from globaltables.companions.s3.access_lines import note
from globaltables.companions.s3.bodies import check_document
from globaltables.companions.s3.events import CHANGES, Change
from globaltables.companions.s3.places import store_in
from globaltables.companions.s3.refusals import refusal_of, s3_error
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.region import Region
from globaltables.runtime.threads import in_thread

#: Done in a thread.
Work = Callable[[ServiceCall, ObjectStore], dict[str, Any]]
BucketWork = Callable[[ServiceCall, ObjectStore, Bucket], dict[str, Any]]
Handler = Callable[[ServiceCall], Awaitable[dict[str, Any]]]
#: Told of what happened to objects, before the request is answered.
Tell = Callable[[Region, Bucket, list[Change]], Awaitable[None]]

_REGIONLESS = frozenset({"GetBucketLocation"})


async def blocking(call: ServiceCall, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do something in a thread.

    Raises:
        ApiError: what the work raised, or what a bucket refused.
    """
    try:
        return await in_thread(work, "s3")
    except BucketError as error:
        raise refusal_of(error, call.request) from error
    except OSError as error:  # the disk is full, or away
        raise refusal_of(failed(error), call.request) from error


def on_store(work: Work) -> Handler:
    """Return the handler of an operation that is about no bucket, or about one that need not be there."""

    async def handle(call: ServiceCall) -> dict[str, Any]:
        return await blocking(call, partial(work, call, store_in(call.region)))

    return handle


def on_bucket(work: BucketWork, tell: Tell | None = None) -> Handler:
    """Return the handler of an operation on a bucket or its objects; with `tell`, of one that changes objects."""

    async def handle(call: ServiceCall) -> dict[str, Any]:
        store = store_in(call.region)
        found: list[Bucket] = []

        def run() -> dict[str, Any]:
            bucket = bucket_of(call, store)
            found.append(bucket)
            check_document(call)
            return work(call, store, bucket)

        try:
            answer = await blocking(call, run)
        except ApiError as error:
            if found:
                note(call, found[0], error)
            raise
        note(call, found[0], None)
        changes = answer.pop(CHANGES, ())
        if tell is not None and changes:
            await tell(call.region, found[0], changes)
        return answer

    return handle


def bucket_of(call: ServiceCall, store: ObjectStore) -> Bucket:
    """Return the bucket that a call is about, after every check that all operations have in common.

    Raises:
        ApiError: it is in another region, or the caller may not use it.
        BucketError: NoSuchBucket.
    """
    request = call.request
    bucket = store.buckets.find(request["Bucket"])
    if bucket.region not in ("", call.region.name) and call.operation not in _REGIONLESS:
        msg = (
            "The bucket you are attempting to access must be addressed using the specified endpoint. "
            "Please send all future requests to this endpoint."
        )
        raise s3_error(
            "PermanentRedirect",
            msg,
            301,
            {"Endpoint": f"{bucket.name}.s3.{bucket.region}.amazonaws.com", "Bucket": bucket.name},
            headers=(("x-amz-bucket-region", bucket.region),),
        )
    owner = request.get("ExpectedBucketOwner")
    if owner is not None and bucket.account not in ("", owner):
        raise s3_error("AccessDenied", "Access Denied", 403)
    check_access(call, bucket)
    return bucket


def changed_settings(
    store: ObjectStore, call: ServiceCall, change: Callable[[dict[str, Any]], None]
) -> None:
    """Change what is stored of a bucket; one that a person made gets an owner and a region by that."""
    with store.locked():
        bucket = bucket_of(call, store)
        change(bucket.settings)
        store.buckets.save(
            Bucket(
                bucket.name,
                bucket.account or call.account,
                bucket.region or call.region.name,
                bucket.created_ms,
                bucket.settings,
            )
        )


def seconds(milliseconds: int) -> float:
    """Return a time as answers have it."""
    return milliseconds / 1000


def new_version(call: ServiceCall) -> str:
    """Return an id that no version has."""
    return call.region.randomness.uuid().replace("-", "")


def quoted(etag: str) -> str:
    """Return an ETag as headers have it."""
    return f'"{etag}"'
