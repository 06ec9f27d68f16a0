"""What is stored of an object beside its content, from the members of requests and back into those of answers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from globaltables.buckets.index import Row
from globaltables.buckets.records import Bucket
from globaltables.companions.s3.asking import quoted, seconds
from globaltables.companions.s3.refusals import invalid_argument, s3_error
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import (
    S3_METADATA_BYTES_MAX,
    S3_OBJECT_TAGS_MAX,
    TAG_KEY_CHARACTERS_MAX,
    TAG_VALUE_CHARACTERS_MAX,
)

DEFAULT_TYPE = "binary/octet-stream"
#: Members that come back as they were sent.
_HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "Expires",
    "WebsiteRedirectLocation",
)
_STORAGE_CLASSES = frozenset(
    {"STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING"}
    | {"GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "EXPRESS_ONEZONE", "OUTPOSTS", "SNOW"}
)
_GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
_PRIVATE = frozenset({"private", "bucket-owner-full-control", "bucket-owner-read"})
_LOCKS = ("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus")


def facts_of(request: Mapping[str, Any], bucket: Bucket) -> dict[str, Any]:
    """Return the facts of an object that a request describes, without those of its content.

    Raises:
        ApiError: something is not taken.
    """
    check_acl(request)
    for member in _LOCKS:
        if request.get(member) is not None:
            raise s3_error("InvalidRequest", "Bucket is missing Object Lock Configuration")
    headers = {name: request[name] for name in _HEADERS if request.get(name) is not None}
    if "ContentEncoding" in headers:
        coded = [part.strip() for part in headers["ContentEncoding"].split(",")]
        kept = ",".join(part for part in coded if part not in ("aws-chunked", ""))
        headers.pop("ContentEncoding")
        if kept:
            headers["ContentEncoding"] = kept
    facts: dict[str, Any] = {"type": request.get("ContentType") or DEFAULT_TYPE}
    if headers:
        facts["headers"] = headers
    metadata = {name.lower(): value for name, value in (request.get("Metadata") or {}).items()}
    if sum(len(name) + len(value.encode()) for name, value in metadata.items()) > (
        S3_METADATA_BYTES_MAX
    ):
        msg = "Your metadata headers exceed the maximum allowed metadata size"
        raise s3_error("MetadataTooLarge", msg)
    if metadata:
        facts["metadata"] = metadata
    if request.get("Tagging"):
        facts["tags"] = tags_of_text(request["Tagging"])
    storage_class = request.get("StorageClass", "STANDARD")
    if storage_class not in _STORAGE_CLASSES:
        raise s3_error("InvalidStorageClass", "The storage class you specified is not valid")
    if storage_class != "STANDARD":
        facts["class"] = storage_class
    facts["encryption"] = encryption_of(request, bucket)
    return facts


def check_acl(request: Mapping[str, Any]) -> None:
    """Check that access lists are not asked for: as in AWS's new buckets, they are switched off.

    Raises:
        ApiError: AccessControlListNotSupported.
    """
    if any(request.get(member) is not None for member in _GRANTS) or (
        request.get("ACL", "private") not in _PRIVATE
    ):
        raise s3_error("AccessControlListNotSupported", "The bucket does not allow ACLs")


def encryption_of(request: Mapping[str, Any], bucket: Bucket) -> dict[str, Any]:
    """Return with what an object is said to be encrypted: as asked for, else as the bucket says."""
    algorithm = request.get("ServerSideEncryption")
    key = request.get("SSEKMSKeyId")
    bucket_key = request.get("BucketKeyEnabled")
    if algorithm is None:
        rules = bucket.settings.get("encryption", {}).get("Rules", [{}])
        default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
        algorithm = default.get("SSEAlgorithm", "AES256")
        key = default.get("KMSMasterKeyID")
        bucket_key = rules[0].get("BucketKeyEnabled")
    elif algorithm not in ("AES256", "aws:kms", "aws:kms:dsse"):
        msg = "The encryption method specified is not supported"
        raise s3_error("InvalidEncryptionAlgorithmError", msg)
    if key is not None and algorithm == "AES256":
        msg = (
            "Server Side Encryption with AWS KMS managed key requires HTTP header "
            "x-amz-server-side-encryption : aws:kms"
        )
        raise invalid_argument(msg, "x-amz-server-side-encryption", algorithm)
    said = {"algorithm": algorithm}
    if algorithm != "AES256":
        said |= {"key": key} if key else {}
        said |= {"bucket_key": True} if bucket_key else {}
    return said


def encryption_members(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an answer that tell of an object's encryption."""
    said = facts.get("encryption") or {}
    if isinstance(said, str):
        return {"ServerSideEncryption": "AES256"}  # an export's
    return {
        "ServerSideEncryption": said.get("algorithm", "AES256"),
        "SSEKMSKeyId": said.get("key"),
        "BucketKeyEnabled": said.get("bucket_key"),
    }


def checksum_members(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an answer that have an object's checksums."""
    checksums = facts.get("checksums") or {}
    members: dict[str, Any] = {f"Checksum{name}": value for name, value in checksums.items()}
    if members:
        members["ChecksumType"] = facts.get("checksum_type", "FULL_OBJECT")
    return members


def version_of(row: Row, bucket: Bucket) -> str | None:
    """Return the version of an object as answers have it: none where the bucket has never kept any."""
    return row.version if bucket.versioning else None


def description(row: Row, bucket: Bucket, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return what GetObject and HeadObject say of an object, without its content and length."""
    facts = row.facts
    members: dict[str, Any] = {
        "AcceptRanges": "bytes",
        "LastModified": seconds(row.modified_ms),
        "ETag": quoted(facts["etag"]),
        "ContentType": facts.get("type", DEFAULT_TYPE),
        "Metadata": facts.get("metadata", {}),
        "VersionId": version_of(row, bucket),
        "StorageClass": facts.get("class"),
        **facts.get("headers", {}),
        **encryption_members(facts),
    }
    if facts.get("tags"):
        members["TagCount"] = len(facts["tags"])
    for member in ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage"):
        if request.get(f"Response{member}") is not None:
            members[member] = request[f"Response{member}"]
    if request.get("ResponseContentType") is not None:
        members["ContentType"] = request["ResponseContentType"]
    if request.get("ResponseExpires") is not None:
        members["Expires"] = request["ResponseExpires"]
    return members


def tags_of_text(text: str) -> dict[str, str]:
    """Return the tags of a header in the form of a query.

    Raises:
        ApiError: they are not taken.
    """
    return checked_tags(
        [{"Key": key, "Value": value} for key, value in parse_qsl(text, keep_blank_values=True)],
        S3_OBJECT_TAGS_MAX,
    )


def checked_tags(tags: list[dict[str, str]], limit: int) -> dict[str, str]:
    """Return tags by key.

    Raises:
        ApiError: BadRequest, InvalidTag.
    """
    if len(tags) > limit:
        kind = "Object" if limit == S3_OBJECT_TAGS_MAX else "Bucket"
        raise s3_error("BadRequest", f"{kind} tags cannot be greater than {limit}")
    checked: dict[str, str] = {}
    for tag in tags:
        key, value = tag["Key"], tag["Value"]
        if not 0 < len(key) <= TAG_KEY_CHARACTERS_MAX:
            raise _bad_tag("The TagKey you have provided is invalid", key)
        if len(value) > TAG_VALUE_CHARACTERS_MAX:
            raise _bad_tag("The TagValue you have provided is invalid", key)
        if key.lower().startswith("aws:"):
            raise _bad_tag("System tags cannot be added/updated by requester", key)
        if key in checked:
            raise _bad_tag("Cannot provide multiple Tags with the same key", key)
        checked[key] = value
    return checked


def tag_set(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as answers have them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _bad_tag(text: str, key: str) -> ApiError:
    return s3_error("InvalidTag", text, 400, {"TagKey": key})
