"""ListObjects, ListObjectsV2, ListObjectVersions: pages of keys, with what is below a delimiter as one entry."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from globaltables.buckets.index import Row
from globaltables.buckets.records import Bucket
from globaltables.buckets.store import ObjectStore
from globaltables.buckets.walking import AFTER_ALL
from globaltables.companions.s3.asking import quoted, seconds
from globaltables.companions.s3.owners import owner_of
from globaltables.companions.s3.refusals import invalid_argument
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import S3_PAGE_MAX

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Page(Generic[T]):
    """A page of a list.

    Attributes:
        last: the last key or common prefix on it.
    """

    found: list[T]
    prefixes: list[str]
    truncated: bool
    last: str


def list_objects(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return a page of objects in the older form."""
    request = call.request
    page = _objects_page(call, store, bucket, request.get("Marker", ""))
    marker = page.last if page.truncated and request.get("Delimiter") else None
    return {
        **_page_members(call, bucket, page),
        "Contents": [_content(call, bucket, row, owner=True) for row in page.found],
        "Marker": shown(call, request.get("Marker", "")),
        "NextMarker": None if marker is None else shown(call, marker),
    }


def list_objects_v2(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return a page of objects."""
    request = call.request
    token = request.get("ContinuationToken")
    after = request.get("StartAfter", "") if token is None else _of_token(token)
    page = _objects_page(call, store, bucket, after)
    owner = bool(request.get("FetchOwner"))
    started = request.get("StartAfter")
    return {
        **_page_members(call, bucket, page),
        "Contents": [_content(call, bucket, row, owner=owner) for row in page.found],
        "KeyCount": len(page.found) + len(page.prefixes),
        "ContinuationToken": token,
        "NextContinuationToken": _token(page.last) if page.truncated else None,
        "StartAfter": None if started is None else shown(call, started),
    }


def list_object_versions(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return a page of versions and marks of deletion."""
    request = call.request
    prefix = request.get("Prefix", "")
    key_marker = request.get("KeyMarker", "")
    version_marker = request.get("VersionIdMarker", "")
    if version_marker and not key_marker:
        msg = "A version-id marker cannot be specified without a key marker."
        raise invalid_argument(msg, "version-id-marker", version_marker)

    def found_after(after: bytes) -> Iterator[tuple[str, tuple[Row, bool]]]:
        if version_marker and after == key_marker.encode():
            rows = store.versions(bucket.name, key_marker).in_order
            ids = [row.version for row in rows]
            if version_marker in ids:
                for row in rows[ids.index(version_marker) + 1 :]:
                    yield row.key, (row, False)
        for raw, rows in store.listed_versions(bucket.name, prefix, after):
            for row in rows:
                yield raw.decode(), (row, row is rows[0])

    page = _page(call, found_after, key_marker)
    last_version = page.found[-1][0].version if page.found else None
    if page.found and page.last != page.found[-1][0].key:
        last_version = None  # the page ends with a common prefix
    return {
        **_page_members(call, bucket, page),
        "Versions": [
            _version(call, bucket, row, latest=latest)
            for row, latest in page.found
            if not row.marker
        ],
        "DeleteMarkers": [
            {
                "Key": shown(call, row.key),
                "VersionId": row.version,
                "IsLatest": latest,
                "LastModified": seconds(row.modified_ms),
                "Owner": owner_of(bucket.account or call.account),
            }
            for row, latest in page.found
            if row.marker
        ],
        "KeyMarker": shown(call, key_marker),
        "VersionIdMarker": version_marker,
        "NextKeyMarker": shown(call, page.last) if page.truncated else None,
        "NextVersionIdMarker": last_version if page.truncated else None,
    }


def _objects_page(call: ServiceCall, store: ObjectStore, bucket: Bucket, after: str) -> _Page[Row]:
    prefix = call.request.get("Prefix", "")

    def found_after(start: bytes) -> Iterator[tuple[str, Row]]:
        for row in store.listed(bucket.name, prefix, start):
            yield row.key, row

    return _page(call, found_after, after)


def _page(
    call: ServiceCall, found_after: Callable[[bytes], Iterator[tuple[str, T]]], after: str
) -> _Page[T]:
    """Return a page of what comes after a key, in the order of keys.

    Args:
        call: with prefix, delimiter and limit.
        found_after: lists what comes after a key in UTF-8; asked again behind every common prefix.
        after: the key, or common prefix, behind which the page begins.
    """
    prefix, delimiter = call.request.get("Prefix", ""), call.request.get("Delimiter", "")
    limit = limit_of(call, "MaxKeys", "max-keys")
    found: list[T] = []
    prefixes: list[str] = []
    last = ""
    start = after.encode()
    if delimiter and after.startswith(prefix) and delimiter in after[len(prefix) :]:
        group = _group(after, prefix, delimiter)
        if group is not None:
            start = group.encode() + AFTER_ALL
    entries = found_after(start)
    while limit and (entry := next(entries, None)) is not None:
        key, one = entry
        if len(found) + len(prefixes) >= limit:
            return _Page(found, prefixes, True, last)
        group = _group(key, prefix, delimiter)
        if group is None:
            found.append(one)
            last = key
        else:
            prefixes.append(group)
            last = group
            entries = found_after(group.encode() + AFTER_ALL)
    return _Page(found, prefixes, False, last)


def _group(key: str, prefix: str, delimiter: str) -> str | None:
    """Return the common prefix that a key is shown as, None when it is shown itself."""
    if not delimiter:
        return None
    end = key.find(delimiter, len(prefix))
    return None if end < 0 else key[: end + len(delimiter)]


def limit_of(call: ServiceCall, member: str, name: str) -> int:
    """Return how much a page may hold.

    Raises:
        ApiError: InvalidArgument.
    """
    limit = call.request.get(member)
    if limit is not None and limit < 0:
        msg = f"Argument {name} must be an integer between 0 and 2147483647"
        raise invalid_argument(msg, name, limit)
    return S3_PAGE_MAX if limit is None else min(limit, S3_PAGE_MAX)


def _page_members(call: ServiceCall, bucket: Bucket, page: _Page[Any]) -> dict[str, Any]:
    request = call.request
    delimiter = request.get("Delimiter")
    return {
        "Name": bucket.name,
        "Prefix": shown(call, request.get("Prefix", "")),
        "Delimiter": shown(call, delimiter) if delimiter else None,
        "MaxKeys": limit_of(call, "MaxKeys", "max-keys"),
        "EncodingType": request.get("EncodingType"),
        "IsTruncated": page.truncated,
        "CommonPrefixes": [{"Prefix": shown(call, one)} for one in page.prefixes],
    }


def _content(call: ServiceCall, bucket: Bucket, row: Row, *, owner: bool) -> dict[str, Any]:
    members: dict[str, Any] = {
        "Key": shown(call, row.key),
        "LastModified": seconds(row.modified_ms),
        "ETag": quoted(row.facts["etag"]),
        "Size": row.size,
        "StorageClass": row.facts.get("class", "STANDARD"),
    }
    checksums = row.facts.get("checksums")
    if checksums:
        members["ChecksumAlgorithm"] = list(checksums)
        members["ChecksumType"] = row.facts.get("checksum_type", "FULL_OBJECT")
    if owner:
        members["Owner"] = owner_of(bucket.account or call.account)
    return members


def _version(call: ServiceCall, bucket: Bucket, row: Row, *, latest: bool) -> dict[str, Any]:
    members = _content(call, bucket, row, owner=True)
    return {**members, "VersionId": row.version, "IsLatest": latest}


def shown(call: ServiceCall, text: str) -> str:
    """Return a key as the request wants it: XML cannot carry every character."""
    return quote(text, safe="/-_.*") if call.request.get("EncodingType") == "url" else text


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _of_token(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        msg = "The continuation token provided is incorrect"
        raise invalid_argument(msg, "continuation-token", token) from None
