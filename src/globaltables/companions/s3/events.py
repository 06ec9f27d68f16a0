"""What happened to objects, as events tell it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from globaltables.buckets.index import Row
from globaltables.buckets.records import Bucket
from globaltables.buckets.store import Deleted
from globaltables.companions.framework.values import moment_text
from globaltables.companions.s3.owners import canonical_id
from globaltables.companions.service import ServiceCall
from globaltables.itemstore.region import Region

#: Where the work of an operation leaves its changes in the answer; `asking` takes them out.
CHANGES = "(changes)"


@dataclass(frozen=True, slots=True)
class Change:
    """One.

    Attributes:
        name: e.g. "ObjectCreated:Put".
        size: None when there is no content.
        version: empty in a bucket without versions.
        sequencer: grows with every change of a key.
        reason: the operation.
        requester: the account that asked.
    """

    name: str
    key: str
    sequencer: str
    reason: str
    requester: str
    size: int | None = None
    etag: str = ""
    version: str = ""
    request_id: str = ""
    source_ip: str = ""


def created(call: ServiceCall, name: str, row: Row) -> Change:
    """Return the change that an object was stored, or that its tags changed."""
    version = "" if row.version == "null" else row.version
    return _change(
        call, name, row.key, size=row.size, etag=row.facts.get("etag", ""), version=version
    )


def deleted(call: ServiceCall, key: str, done: Deleted, *, named: bool) -> Change:
    """Return the change that an object was deleted.

    Args:
        call: which asked for it.
        key: of the object.
        done: what came of it.
        named: whether a version was named, of which no mark is left.
    """
    makes_marker = done.marker and not named
    name = "ObjectRemoved:DeleteMarkerCreated" if makes_marker else "ObjectRemoved:Delete"
    return _change(call, name, key, version=done.version)


def event_record(region: Region, bucket: Bucket, change: Change, rule: str) -> dict[str, Any]:
    """Return the record that queues, topics and functions get."""
    members: dict[str, Any] = {"key": quote_plus(change.key, safe="/*")}
    if change.size is not None:
        members |= {"size": change.size, "eTag": change.etag}
    if change.version:
        members["versionId"] = change.version
    members["sequencer"] = change.sequencer
    owner = {"principalId": canonical_id(bucket.account)}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": region.name,
        "eventTime": moment_text(region.clock.now_ms() / 1000, "iso8601"),
        "eventName": change.name,
        "userIdentity": {"principalId": f"AWS:{change.requester}"},
        "requestParameters": {"sourceIPAddress": change.source_ip},
        "responseElements": {
            "x-amz-request-id": change.request_id,
            "x-amz-id-2": change.request_id,
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": rule,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": owner,
                "arn": f"arn:aws:s3:::{bucket.name}",
            },
            "object": members,
        },
    }


def _change(
    call: ServiceCall,
    name: str,
    key: str,
    *,
    size: int | None = None,
    etag: str = "",
    version: str = "",
) -> Change:
    http = call.http
    return Change(
        name=name,
        key=key,
        sequencer=f"{call.region.hlc.tick():016X}",
        reason=call.operation,
        requester=call.principal.account,
        size=size,
        etag=etag,
        version=version,
        request_id="" if http is None else http.request_id,
        source_ip="127.0.0.1" if http is None else http.source_ip,
    )
