"""PutObject, GetObject, HeadObject, GetObjectAttributes, DeleteObject and DeleteObjects."""

from typing import Any, BinaryIO

from globaltables.buckets.index import Row
from globaltables.buckets.interface import BucketError, no_such_key
from globaltables.buckets.records import Bucket
from globaltables.buckets.store import ObjectStore
from globaltables.companions.framework.response import FileContent
from globaltables.companions.s3.asking import new_version, quoted, seconds
from globaltables.companions.s3.bodies import receive
from globaltables.companions.s3.conditions import check_read, range_of, write_guard
from globaltables.companions.s3.events import CHANGES, Change, created, deleted
from globaltables.companions.s3.facts import (
    checksum_members,
    description,
    encryption_members,
    facts_of,
    version_of,
)
from globaltables.companions.s3.refusals import malformed_xml, refusal_of, s3_error
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import MIB, S3_DELETED_AT_ONCE_MAX, S3_PAGE_MAX

_MARKER_HEADER = ("x-amz-delete-marker", "true")


def put_object(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Store an object."""
    request = call.request
    if request.get("WriteOffsetBytes") is not None:
        msg = "Appending is for directory buckets only"
        raise s3_error("NotImplemented", msg, 501)
    facts, guard = facts_of(request, bucket), write_guard(request)
    content = receive(call, store)
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
            guard=guard,
            version=new_version(call),
        )
    finally:
        content.discard()
    return {
        "ETag": quoted(content.md5),
        "VersionId": version_of(row, bucket),
        **checksum_members(facts),
        **encryption_members(facts),
        CHANGES: [created(call, "ObjectCreated:Put", row)],
    }


def get_object(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return an object or a part of it; a large one as a file."""
    row, file = _opened(call, store, bucket)
    try:
        members, part = _described(call, row, bucket)
        start, length = part or (0, row.size)
        file.seek(start)
        if call.http is None or length <= MIB:
            members["Body"] = file.read(length)
            file.close()
        else:
            members["Body"] = FileContent(file, length)
    except BaseException:
        file.close()
        raise
    return members


def head_object(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Describe an object."""
    row, file = _opened(call, store, bucket)
    file.close()
    return _described(call, row, bucket)[0]


def get_object_attributes(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Tell what was asked for of an object."""
    row, file = _opened(call, store, bucket)
    file.close()
    wanted = {name for one in call.request["ObjectAttributes"] for name in one.split(",")}
    members: dict[str, Any] = {
        "LastModified": seconds(row.modified_ms),
        "VersionId": version_of(row, bucket),
    }
    if "ETag" in wanted:
        members["ETag"] = row.facts["etag"]
    if "Checksum" in wanted:
        members["Checksum"] = checksum_members(row.facts) or None
    if "StorageClass" in wanted:
        members["StorageClass"] = row.facts.get("class", "STANDARD")
    if "ObjectSize" in wanted:
        members["ObjectSize"] = row.size
    if "ObjectParts" in wanted and row.facts.get("parts"):
        members["ObjectParts"] = _attributes_of_parts(call, row)
    return members


def delete_object(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Delete an object, or put a mark of deletion on it."""
    request = call.request
    _check_bypass(call)
    version = request.get("VersionId")
    done = store.delete(
        bucket.name,
        request["Key"],
        version,
        now_ms=call.region.clock.now_ms(),
        marker_version=new_version(call),
        guard=write_guard(request),
    )
    return {
        "VersionId": done.version or None,
        "DeleteMarker": done.marker or None,
        CHANGES: [deleted(call, request["Key"], done, named=version is not None)],
    }


def delete_objects(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Delete several objects; each for itself."""
    _check_bypass(call)
    asked = call.request["Delete"]
    if not 0 < len(asked["Objects"]) <= S3_DELETED_AT_ONCE_MAX:
        raise malformed_xml()
    gone: list[dict[str, Any]] = []
    changes: list[Change] = []
    errors: list[dict[str, Any]] = []
    for one in asked["Objects"]:
        guard = write_guard(
            {
                "Key": one["Key"],
                "IfMatch": one.get("ETag"),
                "IfMatchSize": one.get("Size"),
                "IfMatchLastModifiedTime": one.get("LastModifiedTime"),
            }
        )
        version = one.get("VersionId")
        try:
            done = store.delete(
                bucket.name,
                one["Key"],
                version,
                now_ms=call.region.clock.now_ms(),
                marker_version=new_version(call),
                guard=guard,
            )
        except (ApiError, BucketError) as raised:
            error = refusal_of(raised, one) if isinstance(raised, BucketError) else raised
            members = {"Key": one["Key"], "VersionId": version}
            errors.append({**members, "Code": error.code, "Message": error.message})
            continue
        changes.append(deleted(call, one["Key"], done, named=version is not None))
        gone.append(
            {
                "Key": one["Key"],
                "VersionId": version,
                "DeleteMarker": done.marker or None,
                "DeleteMarkerVersionId": done.version if done.marker else None,
            }
        )
    return {"Deleted": [] if asked.get("Quiet") else gone, "Errors": errors, CHANGES: changes}


def _check_bypass(call: ServiceCall) -> None:
    """Check that no lock is to be passed by: no bucket has any.

    Raises:
        ApiError: InvalidArgument.
    """
    if call.request.get("BypassGovernanceRetention") is not None:
        name = "x-amz-bypass-governance-retention"
        msg = f"{name} is only applicable to Object Lock enabled buckets."
        raise s3_error("InvalidArgument", msg, 400, {"ArgumentName": name})


def readable(
    store: ObjectStore, bucket: Bucket, key: str, version: str | None
) -> tuple[Row, BinaryIO]:
    """Return a version that has content, and its content.

    Raises:
        ApiError: it is a mark of deletion.
        BucketError: there is none.
    """
    row, file = store.open(bucket.name, key, version)
    if file is not None:
        return row, file
    headers = (_MARKER_HEADER, ("x-amz-version-id", row.version))
    if version is None:
        error = no_such_key()
        raise s3_error(error.code, error.text, error.status, {"Key": key}, headers=headers)
    msg = "The specified method is not allowed against this resource."
    fields = {"Method": "GET", "ResourceType": "DeleteMarker"}
    raise s3_error("MethodNotAllowed", msg, 405, fields, headers=headers)


def _opened(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> tuple[Row, BinaryIO]:
    row, file = readable(store, bucket, call.request["Key"], call.request.get("VersionId"))
    try:
        check_read(call.request, row)
    except ApiError:
        file.close()
        raise
    return row, file


def _described(
    call: ServiceCall, row: Row, bucket: Bucket
) -> tuple[dict[str, Any], tuple[int, int] | None]:
    """Return the members that describe an object, and which part of it is asked for."""
    request = call.request
    members = description(row, bucket, request)
    part = range_of(request.get("Range"), row.size)
    number = request.get("PartNumber")
    if number is not None:
        part = _part(row, number)
        if row.facts.get("parts"):
            members["PartsCount"] = len(row.facts["parts"])
    if part is not None:
        start, length = part
        members["ContentRange"] = f"bytes {start}-{start + length - 1}/{row.size}"
    if request.get("ChecksumMode") == "ENABLED":
        if part is None:
            members |= checksum_members(row.facts)
        elif number is not None and row.facts.get("parts"):
            members |= checksum_members(
                {"checksums": row.facts["parts"][number - 1].get("checksums")}
            )
    members["ContentLength"] = row.size if part is None else part[1]
    return members, part


def _part(row: Row, number: int) -> tuple[int, int] | None:
    """Return where a part of a multipart upload is in its object."""
    sizes = [part["size"] for part in row.facts.get("parts") or [{"size": row.size}]]
    if not 0 < number <= len(sizes):
        fields = {"PartNumberRequested": number, "ActualPartCount": len(sizes)}
        raise s3_error(
            "InvalidPartNumber", "The requested partnumber is not satisfiable", 416, fields
        )
    return (sum(sizes[: number - 1]), sizes[number - 1]) if row.size else None


def _attributes_of_parts(call: ServiceCall, row: Row) -> dict[str, Any]:
    parts = row.facts["parts"]
    after = int(call.request.get("PartNumberMarker") or 0)
    limit = min(call.request.get("MaxParts") or S3_PAGE_MAX, S3_PAGE_MAX)
    page = list(enumerate(parts, 1))[after : after + limit]
    members: dict[str, Any] = {
        "TotalPartsCount": len(parts),
        "PartNumberMarker": str(after),
        "MaxParts": limit,
        "IsTruncated": after + limit < len(parts),
    }
    if page:
        members["NextPartNumberMarker"] = str(page[-1][0])
    if row.facts.get("checksums"):
        members["Parts"] = [
            {
                "PartNumber": number,
                "Size": part["size"],
                **{f"Checksum{name}": text for name, text in part.get("checksums", {}).items()},
            }
            for number, part in page
        ]
    return members
