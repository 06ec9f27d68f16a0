"""CopyObject and UploadPartCopy."""

from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import unquote

from globaltables.buckets.index import Row
from globaltables.buckets.records import Bucket
from globaltables.buckets.store import ObjectStore
from globaltables.companions.s3.access import check_access
from globaltables.companions.s3.asking import new_version, quoted, seconds
from globaltables.companions.s3.bodies import copied
from globaltables.companions.s3.conditions import check_read, range_of, write_guard
from globaltables.companions.s3.events import CHANGES, created
from globaltables.companions.s3.facts import (
    checksum_members,
    encryption_members,
    facts_of,
    version_of,
)
from globaltables.companions.s3.objects import readable
from globaltables.companions.s3.refusals import invalid_argument, s3_error
from globaltables.companions.s3.uploading import keep_part, upload_of
from globaltables.companions.service import ServiceCall

#: What a copy brings along unless it is to be replaced.
_COPIED = ("type", "headers", "metadata")


def copy_object(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Store a copy of an object, with other facts if the request has some."""
    request = call.request
    source_bucket, source, file = _source(call, store)
    with file:
        check_read(request, source, "CopySource")
        facts = _facts(request, bucket, source, source_bucket)
        algorithm = request.get("ChecksumAlgorithm") or next(
            iter(source.facts.get("checksums", ())), None
        )
        content = copied(store, file, source.size, algorithm)
    facts["etag"] = content.md5
    if content.checksums:
        facts["checksums"] = content.checksums
    try:
        row = store.put(
            bucket.name,
            request["Key"],
            content.file,
            facts,
            modified_ms=call.region.clock.now_ms(),
            guard=write_guard(request),
            version=new_version(call),
        )
    finally:
        content.discard()
    return {
        "CopyObjectResult": {
            "ETag": quoted(content.md5),
            "LastModified": seconds(row.modified_ms),
            **checksum_members(facts),
        },
        "CopySourceVersionId": version_of(source, source_bucket),
        "VersionId": version_of(row, bucket),
        **encryption_members(facts),
        CHANGES: [created(call, "ObjectCreated:Copy", row)],
    }


def upload_part_copy(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Store a copy of an object, or of a range of it, as a part."""
    request = call.request
    upload = upload_of(call, store)
    source_bucket, source, file = _source(call, store)
    with file:
        check_read(request, source, "CopySource")
        asked = request.get("CopySourceRange")
        part = range_of(asked, source.size)
        if asked is not None and part is None:
            msg = "The x-amz-copy-source-range value must be of the form bytes=first-last"
            raise invalid_argument(msg, "x-amz-copy-source-range", asked)
        start, length = part or (0, source.size)
        file.seek(start)
        content = copied(store, file, length, upload.facts.get("algorithm"))
    kept = keep_part(call, store, upload, content)
    result = {
        "ETag": quoted(content.md5),
        "LastModified": seconds(kept.modified_ms),
        **{f"Checksum{name}": text for name, text in content.checksums.items()},
    }
    return {
        "CopyPartResult": result,
        "CopySourceVersionId": version_of(source, source_bucket),
        **encryption_members(upload.facts),
    }


def _source(call: ServiceCall, store: ObjectStore) -> tuple[Bucket, Row, BinaryIO]:
    """Return what is copied."""
    text = call.request["CopySource"].removeprefix("/")
    path, _, query = text.partition("?versionId=")
    name, slash, key = unquote(path).partition("/")
    if not slash or not key:
        raise invalid_argument("Invalid copy source object key", "x-amz-copy-source", text)
    bucket = store.buckets.find(name)
    owner = call.request.get("ExpectedSourceBucketOwner")
    if owner is not None and bucket.account not in ("", owner):
        raise s3_error("AccessDenied", "Access Denied", 403)
    version = query or None
    check_access(call, bucket, "GetObject", {"Bucket": name, "Key": key, "VersionId": version})
    row, file = readable(store, bucket, key, version)
    return bucket, row, file


def _facts(
    request: Mapping[str, Any], bucket: Bucket, source: Row, source_bucket: Bucket
) -> dict[str, Any]:
    facts = facts_of(request, bucket)
    replaces = request.get("MetadataDirective", "COPY") == "REPLACE"
    replaces_tags = request.get("TaggingDirective", "COPY") == "REPLACE"
    changes = replaces or any(
        request.get(member) is not None
        for member in ("StorageClass", "ServerSideEncryption", "WebsiteRedirectLocation")
    )
    if source.key == request["Key"] and source_bucket.name == bucket.name and not changes:
        msg = (
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
        raise s3_error("InvalidRequest", msg)
    if not replaces:
        for name in _COPIED:
            facts.pop(name, None)
        facts |= {name: source.facts[name] for name in _COPIED if name in source.facts}
    if not replaces_tags:
        facts.pop("tags", None)
        facts |= {"tags": source.facts["tags"]} if source.facts.get("tags") else {}
    return facts
