"""The lines of access logs: one for each request, written to another bucket from time to time.

Delivery is best effort, as on AWS: what is not written yet when the process stops is lost.
"""

from datetime import UTC, datetime
from functools import partial

from globaltables.buckets.interface import BucketError
from globaltables.buckets.records import Bucket
from globaltables.companions.s3.owners import canonical_id
from globaltables.companions.s3.places import store_in
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import S3_LOG_DELIVERY_MS
from globaltables.itemstore.region import Region
from globaltables.runtime.threads import in_thread

#: Target bucket and prefix, and the lines that are to go there.
_Waiting = dict[tuple[str, str], list[str]]


def note(call: ServiceCall, bucket: Bucket, error: ApiError | None) -> None:
    """Write a line about a request, on the event loop."""
    enabled = bucket.settings.get("logging")
    if enabled is None:
        return
    region = call.region
    waiting: _Waiting = region.companions.setdefault("s3-logs", {})
    place = (enabled["TargetBucket"], enabled.get("TargetPrefix", ""))
    waiting.setdefault(place, []).append(_line(call, bucket, error))
    name = f"{region.name}/s3-logs"
    if not region.tasks.running(name):
        region.tasks.spawn(name, _deliver(region, waiting))


async def _deliver(region: Region, waiting: _Waiting) -> None:
    await region.clock.until(region.clock.now_ms() + S3_LOG_DELIVERY_MS)
    places = dict(waiting)
    waiting.clear()
    for (target, prefix), lines in places.items():
        try:
            await in_thread(partial(_write, region, target, prefix, lines), "s3")
        except BucketError:
            continue  # the target bucket is gone


def _write(region: Region, target: str, prefix: str, lines: list[str]) -> None:
    store = store_in(region)
    now_ms = region.clock.now_ms()
    moment = datetime.fromtimestamp(now_ms / 1000, UTC)
    unique = region.randomness.uuid().replace("-", "")
    key = f"{prefix}{moment:%Y-%m-%d-%H-%M-%S}-{unique[:16].upper()}"
    file, path = store.temporary()
    try:
        file.write("".join(lines).encode())
        store.finish(file)
        store.put(target, key, path, {"type": "text/plain"}, modified_ms=now_ms, version=unique)
    finally:
        file.close()
        path.unlink(missing_ok=True)


def _line(call: ServiceCall, bucket: Bucket, error: ApiError | None) -> str:
    """Return the line in S3's format; what is not known is a hyphen."""
    http, request = call.http, call.request
    moment = datetime.fromtimestamp(call.region.clock.now_ms() / 1000, UTC)
    kind = "OBJECT" if request.get("Key") is not None else "BUCKET"
    method = "GET" if http is None else http.method.decode("latin-1")
    url = "-" if http is None else f'"{method} {http.url.decode("latin-1")} HTTP/1.1"'
    agent = "-" if http is None or not http.user_agent else f'"{http.user_agent}"'
    host = "-" if http is None else http.headers.get(b"host", b"-").decode("latin-1")
    parts = [
        canonical_id(bucket.account),
        bucket.name,
        f"[{moment:%d/%b/%Y:%H:%M:%S +0000}]",
        "-" if http is None else http.source_ip or "-",
        call.principal.identity_arn,
        "-" if http is None else http.request_id,
        f"REST.{method}.{kind}",
        request.get("Key") or "-",
        url,
        "200" if error is None else str(error.status),
        "-" if error is None else error.code,
        *("-" for _ in range(5)),
        agent,
        request.get("VersionId") or "-",
        "-",
        "SigV4",
        "-",
        "AuthHeader",
        host,
        "-",
        "-",
        "-",
    ]
    return " ".join(parts) + "\n"
