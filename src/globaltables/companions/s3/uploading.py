"""Multipart uploads: create, upload, list, complete, abort."""

import base64
from collections.abc import Mapping
from typing import Any

from globaltables.buckets.checksums import checksum_of
from globaltables.buckets.records import Bucket
from globaltables.buckets.store import ObjectStore
from globaltables.buckets.uploads import MultipartUpload, Part, Uploads, no_such_upload
from globaltables.companions.s3.asking import new_version, quoted, seconds
from globaltables.companions.s3.bodies import Content, receive
from globaltables.companions.s3.conditions import write_guard
from globaltables.companions.s3.events import CHANGES, created
from globaltables.companions.s3.facts import (
    checksum_members,
    encryption_members,
    facts_of,
    version_of,
)
from globaltables.companions.s3.listing import shown
from globaltables.companions.s3.owners import owner_of
from globaltables.companions.s3.refusals import invalid_argument, malformed_xml, s3_error
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import S3_PAGE_MAX, S3_PART_BYTES_MIN, S3_PARTS_MAX

#: Facts of an upload that are not facts of its object.
_OF_UPLOAD = ("algorithm", "checksum_type")
_CYCLIC = ("CRC32", "CRC32C", "CRC64NVME")


def create_multipart_upload(
    call: ServiceCall, store: ObjectStore, bucket: Bucket
) -> dict[str, Any]:
    """Begin an upload."""
    request = call.request
    facts = facts_of(request, bucket)
    algorithm = request.get("ChecksumAlgorithm")
    if algorithm is not None:
        default = "FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE"
        kind = request.get("ChecksumType", default)
        if (kind == "FULL_OBJECT" and algorithm not in _CYCLIC) or (
            kind == "COMPOSITE" and algorithm == "CRC64NVME"
        ):
            msg = f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
            raise s3_error("InvalidRequest", msg)
        facts |= {"algorithm": algorithm, "checksum_type": kind}
    upload = MultipartUpload(
        new_version(call), bucket.name, request["Key"], call.region.clock.now_ms(), facts
    )
    Uploads(store).begin(upload)
    return {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.id,
        "ChecksumAlgorithm": algorithm,
        "ChecksumType": facts.get("checksum_type"),
        **encryption_members(facts),
    }


def upload_part(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Store a part."""
    upload = upload_of(call, store)
    content = receive(call, store)
    keep_part(call, store, upload, content)
    checksums = {f"Checksum{name}": text for name, text in content.checksums.items()}
    return {"ETag": quoted(content.md5), **checksums, **encryption_members(upload.facts)}


def complete_multipart_upload(
    call: ServiceCall, store: ObjectStore, bucket: Bucket
) -> dict[str, Any]:
    """Make an object of the parts."""
    request = call.request
    upload = upload_of(call, store)
    parts = _chosen(request, Uploads(store).parts(upload.id))
    algorithm, kind = upload.facts.get("algorithm"), upload.facts.get("checksum_type")
    whole = Uploads(store).join(upload, parts, algorithm if kind == "FULL_OBJECT" else None)
    try:
        facts = {name: value for name, value in upload.facts.items() if name not in _OF_UPLOAD}
        facts["etag"] = whole.etag
        facts["parts"] = [
            {"size": part.size, "checksums": part.facts.get("checksums", {})} for part in parts
        ]
        if algorithm is not None:
            checksum = whole.checksum if kind == "FULL_OBJECT" else _composite(algorithm, parts)
            given = request.get(f"Checksum{algorithm}")
            if given is not None and given != checksum:
                msg = f"The {algorithm.lower()} you specified did not match what we received."
                raise s3_error("BadDigest", msg)
            facts |= {"checksums": {algorithm: checksum}, "checksum_type": kind}
        size = whole.file.stat().st_size
        if request.get("MpuObjectSize") not in (None, size, str(size)):
            msg = "The provided 'x-amz-mp-object-size' header does not match what was computed."
            raise s3_error("InvalidRequest", msg)
        row = store.put(
            bucket.name,
            upload.key,
            whole.file,
            facts,
            modified_ms=call.region.clock.now_ms(),
            guard=write_guard(request),
            version=new_version(call),
        )
    finally:
        whole.file.unlink(missing_ok=True)
    Uploads(store).end(upload.id)
    return {
        "Location": _location(call, bucket.name, upload.key),
        "Bucket": bucket.name,
        "Key": upload.key,
        "ETag": quoted(whole.etag),
        "VersionId": version_of(row, bucket),
        **checksum_members(facts),
        **encryption_members(facts),
        CHANGES: [created(call, "ObjectCreated:CompleteMultipartUpload", row)],
    }


def abort_multipart_upload(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Forget an upload."""
    Uploads(store).end(upload_of(call, store).id)
    return {}


def list_parts(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return a page of an upload's parts."""
    request = call.request
    upload = upload_of(call, store)
    after = int(request.get("PartNumberMarker") or 0)
    asked = request.get("MaxParts")
    limit = S3_PAGE_MAX if asked is None else min(asked, S3_PAGE_MAX)
    parts = [part for part in Uploads(store).parts(upload.id) if part.number > after]
    page = parts[:limit]
    owner = owner_of(bucket.account or call.account)
    return {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.id,
        "PartNumberMarker": str(after),
        "NextPartNumberMarker": str(page[-1].number if page else 0),
        "MaxParts": limit,
        "IsTruncated": len(parts) > limit,
        "Parts": [
            {
                "PartNumber": part.number,
                "LastModified": seconds(part.modified_ms),
                "ETag": quoted(part.facts["etag"]),
                "Size": part.size,
                **{
                    f"Checksum{name}": text
                    for name, text in part.facts.get("checksums", {}).items()
                },
            }
            for part in page
        ],
        "Initiator": owner,
        "Owner": owner,
        "StorageClass": upload.facts.get("class", "STANDARD"),
        "ChecksumAlgorithm": upload.facts.get("algorithm"),
        "ChecksumType": upload.facts.get("checksum_type"),
    }


def list_multipart_uploads(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return a page of a bucket's uploads."""
    request = call.request
    prefix, delimiter = request.get("Prefix", ""), request.get("Delimiter", "")
    key_marker, id_marker = request.get("KeyMarker", ""), request.get("UploadIdMarker", "")
    asked = request.get("MaxUploads")
    limit = S3_PAGE_MAX if asked is None else min(asked, S3_PAGE_MAX)
    owner = owner_of(bucket.account or call.account)
    found: list[MultipartUpload] = []
    prefixes: dict[str, None] = {}
    truncated, passed = False, False
    for upload in Uploads(store).of_bucket(bucket.name):
        if not upload.key.startswith(prefix) or upload.key.encode() < key_marker.encode():
            continue
        if upload.key == key_marker and not passed:
            # Without an id, what has the marker's key was on the page before; with it, up to that one.
            passed = bool(id_marker) and upload.id == id_marker
            continue
        if len(found) + len(prefixes) >= limit:
            truncated = True
            break
        end = upload.key.find(delimiter, len(prefix)) if delimiter else -1
        if end >= 0:
            prefixes[upload.key[: end + len(delimiter)]] = None
        else:
            found.append(upload)
    return {
        "Bucket": bucket.name,
        "KeyMarker": key_marker,
        "UploadIdMarker": id_marker,
        "NextKeyMarker": found[-1].key if truncated and found else None,
        "NextUploadIdMarker": found[-1].id if truncated and found else None,
        "Prefix": prefix,
        "Delimiter": delimiter or None,
        "MaxUploads": limit,
        "IsTruncated": truncated,
        "EncodingType": request.get("EncodingType"),
        "CommonPrefixes": [{"Prefix": shown(call, one)} for one in prefixes],
        "Uploads": [
            {
                "UploadId": upload.id,
                "Key": shown(call, upload.key),
                "Initiated": seconds(upload.started_ms),
                "StorageClass": upload.facts.get("class", "STANDARD"),
                "Owner": owner,
                "Initiator": owner,
                "ChecksumAlgorithm": upload.facts.get("algorithm"),
                "ChecksumType": upload.facts.get("checksum_type"),
            }
            for upload in found
        ],
    }


def upload_of(call: ServiceCall, store: ObjectStore) -> MultipartUpload:
    """Return the upload that a request names.

    Raises:
        ApiError: NoSuchUpload.
    """
    request = call.request
    try:
        return Uploads(store).find(request["Bucket"], request["Key"], request["UploadId"])
    except type(no_such_upload()) as error:
        fields = {"UploadId": request["UploadId"]}
        raise s3_error(error.code, error.text, error.status, fields) from error


def keep_part(
    call: ServiceCall, store: ObjectStore, upload: MultipartUpload, content: Content
) -> Part:
    """Store content as the part that a request names."""
    number = call.request["PartNumber"]
    if not 1 <= number <= S3_PARTS_MAX:
        content.discard()
        msg = f"Part number must be an integer between 1 and {S3_PARTS_MAX}, inclusive"
        raise invalid_argument(msg, "partNumber", number)
    facts = {"etag": content.md5, "checksums": content.checksums}
    part = Part(number, "", content.size, call.region.clock.now_ms(), facts)
    try:
        Uploads(store).put_part(upload, part, content.file)
    finally:
        content.discard()
    return part


def _chosen(request: Mapping[str, Any], stored: list[Part]) -> list[Part]:
    """Return the parts that an object is made of.

    Raises:
        ApiError: InvalidPart, InvalidPartOrder, EntityTooSmall, MalformedXML.
    """
    named = (request.get("MultipartUpload") or {}).get("Parts") or []
    if not named:
        raise malformed_xml()
    numbers = [one.get("PartNumber", 0) for one in named]
    if numbers != sorted(set(numbers)):
        msg = "The list of parts was not in ascending order. Parts must be ordered by part number."
        raise s3_error("InvalidPartOrder", msg)
    by_number = {part.number: part for part in stored}
    parts = []
    for one in named:
        part = by_number.get(one.get("PartNumber", 0))
        etag = str(one.get("ETag", "")).strip('"')
        if part is None or part.facts["etag"] != etag or _differs(one, part):
            msg = (
                "One or more of the specified parts could not be found.  The part may not have been uploaded, "
                "or the specified entity tag may not match the part's entity tag."
            )
            fields = {
                "UploadId": request["UploadId"],
                "PartNumber": one.get("PartNumber"),
                "ETag": etag,
            }
            raise s3_error("InvalidPart", msg, 400, fields)
        parts.append(part)
    for part in parts[:-1]:
        if part.size < S3_PART_BYTES_MIN:
            msg = "Your proposed upload is smaller than the minimum allowed size"
            fields = {
                "ProposedSize": part.size,
                "MinSizeAllowed": S3_PART_BYTES_MIN,
                "PartNumber": part.number,
                "ETag": part.facts["etag"],
            }
            raise s3_error("EntityTooSmall", msg, 400, fields)
    return parts


def _differs(one: Mapping[str, Any], part: Part) -> bool:
    """Tell whether a part that is named with a checksum has another one."""
    return any(
        one.get(f"Checksum{name}") not in (None, text)
        for name, text in part.facts.get("checksums", {}).items()
    )


def _composite(algorithm: str, parts: list[Part]) -> str:
    """Return the checksum of the parts' checksums.

    Raises:
        ApiError: InvalidRequest.
    """
    texts = [part.facts.get("checksums", {}).get(algorithm) for part in parts]
    if None in texts:
        msg = (
            f"The upload was created using a {algorithm.lower()} checksum. The complete request must include the "
            "checksum for each part."
        )
        raise s3_error("InvalidRequest", msg)
    joined = b"".join(base64.b64decode(text) for text in texts if text is not None)
    return f"{checksum_of(algorithm, joined)}-{len(parts)}"


def _location(call: ServiceCall, bucket: str, key: str) -> str:
    http = call.http
    host = b"" if http is None else http.headers.get(b"host", b"")
    scheme = "https" if http is not None and http.encrypted else "http"
    return f"{scheme}://{host.decode('latin-1')}/{bucket}/{key}"
