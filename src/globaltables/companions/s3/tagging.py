"""Tags and access lists of buckets and objects."""

from typing import Any

from globaltables.buckets.records import Bucket
from globaltables.buckets.store import ObjectStore
from globaltables.companions.s3.asking import changed_settings
from globaltables.companions.s3.events import CHANGES, created
from globaltables.companions.s3.facts import check_acl, checked_tags, tag_set, version_of
from globaltables.companions.s3.owners import canonical_id, private_acl
from globaltables.companions.s3.refusals import s3_error
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import S3_BUCKET_TAGS_MAX, S3_OBJECT_TAGS_MAX


def get_bucket_tagging(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return a bucket's tags."""
    tags = bucket.settings.get("tags")
    if not tags:
        fields = {"BucketName": bucket.name}
        raise s3_error("NoSuchTagSet", "The TagSet does not exist", 404, fields)
    return {"TagSet": tag_set(tags)}


def put_bucket_tagging(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Replace a bucket's tags."""
    tags = checked_tags(call.request["Tagging"]["TagSet"], S3_BUCKET_TAGS_MAX)
    changed_settings(store, call, lambda settings: settings.update(tags=tags))
    return {}


def delete_bucket_tagging(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Take a bucket's tags away."""
    changed_settings(store, call, lambda settings: settings.update(tags={}))
    return {}


def get_object_tagging(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return an object's tags."""
    row = store.find_content(bucket.name, call.request["Key"], call.request.get("VersionId"))
    return {"VersionId": version_of(row, bucket), "TagSet": tag_set(row.facts.get("tags", {}))}


def put_object_tagging(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Replace an object's tags."""
    tags = checked_tags(call.request["Tagging"]["TagSet"], S3_OBJECT_TAGS_MAX)
    return _set_tags(call, store, bucket, tags)


def delete_object_tagging(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Take an object's tags away."""
    return _set_tags(call, store, bucket, {})


def get_bucket_acl(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return the access list of every bucket: its owner's."""
    return private_acl(bucket.account or call.account)


def put_bucket_acl(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Take the access list that the bucket has."""
    _check_acl(call, bucket)
    return {}


def get_object_acl(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return the access list of every object: its bucket's owner's."""
    store.find_content(bucket.name, call.request["Key"], call.request.get("VersionId"))
    return private_acl(bucket.account or call.account)


def put_object_acl(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Take the access list that the object has."""
    _check_acl(call, bucket)
    store.find_content(bucket.name, call.request["Key"], call.request.get("VersionId"))
    return {}


def _set_tags(
    call: ServiceCall, store: ObjectStore, bucket: Bucket, tags: dict[str, str]
) -> dict[str, Any]:
    row = store.describe(
        bucket.name,
        call.request["Key"],
        call.request.get("VersionId"),
        lambda facts: facts.update(tags=tags),
    )
    name = "ObjectTagging:Put" if tags else "ObjectTagging:Delete"
    return {"VersionId": version_of(row, bucket), CHANGES: [created(call, name, row)]}


def _check_acl(call: ServiceCall, bucket: Bucket) -> None:
    """Check that an access list lets in the owner alone."""
    check_acl(call.request)
    policy = call.request.get("AccessControlPolicy")
    owner = canonical_id(bucket.account or call.account)
    if policy is not None and any(
        grant.get("Grantee", {}).get("ID") != owner or grant.get("Permission") != "FULL_CONTROL"
        for grant in policy.get("Grants") or []
    ):
        raise s3_error("AccessControlListNotSupported", "The bucket does not allow ACLs")
