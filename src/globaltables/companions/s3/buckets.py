"""CreateBucket, DeleteBucket, HeadBucket, ListBuckets, GetBucketLocation, GetBucketVersioning, PutBucketVersioning."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from globaltables.buckets.interface import no_such_bucket
from globaltables.buckets.records import Bucket
from globaltables.buckets.store import ObjectStore
from globaltables.companions.s3.asking import changed_settings, seconds
from globaltables.companions.s3.facts import check_acl, checked_tags
from globaltables.companions.s3.owners import owner_of
from globaltables.companions.s3.refusals import (
    invalid_argument,
    malformed_xml,
    not_implemented,
    s3_error,
)
from globaltables.companions.s3.settings import PUBLIC_ACCESS
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import S3_BUCKET_TAGS_MAX, S3_PAGE_MAX
from globaltables.security.region_names import served_regions

_FIRST_REGION = "us-east-1"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
#: Where the old name of a region is still taken.
_REGION_OF: Mapping[str, str] = {"EU": "eu-west-1"}


def create_bucket(call: ServiceCall, store: ObjectStore) -> dict[str, Any]:
    """Make a bucket; its name is taken in every region."""
    request = call.request
    name, region = request["Bucket"], call.region.name
    _check_name(name)
    check_acl(request)
    if request.get("ObjectLockEnabledForBucket"):
        raise not_implemented("Object Lock")
    if request.get("BucketNamespace", "global") != "global":
        raise not_implemented("A namespace of the account's own")
    ownership = request.get("ObjectOwnership", "BucketOwnerEnforced")
    if ownership not in _OWNERSHIPS:
        raise invalid_argument(
            "Invalid x-amz-object-ownership header", "x-amz-object-ownership", ownership
        )
    configuration = request.get("CreateBucketConfiguration") or {}
    constraint = configuration.get("LocationConstraint")
    _check_location(constraint, region)
    tags = checked_tags(configuration.get("Tags") or [], S3_BUCKET_TAGS_MAX)
    settings: dict[str, Any] = {
        "ownership": {"Rules": [{"ObjectOwnership": ownership}]},
        "public_access": dict.fromkeys(PUBLIC_ACCESS, True),
    }
    if tags:
        settings["tags"] = tags
    bucket = Bucket(name, call.account, region, call.region.clock.now_ms(), settings)
    with store.locked():
        try:
            found = store.buckets.find(name)
        except type(no_such_bucket()):
            store.buckets.create(bucket)
        else:
            _check_existing(found, bucket)
    location = f"/{name}"
    if region != _FIRST_REGION:
        location = f"http://{name}.s3.amazonaws.com/"
    return {"Location": location, "BucketArn": f"arn:aws:s3:::{name}"}


def delete_bucket(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Delete an empty bucket."""
    store.delete_bucket(bucket.name)
    return {}


def head_bucket(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Tell that a bucket is there, and where."""
    return {
        "BucketRegion": bucket.region or call.region.name,
        "BucketArn": f"arn:aws:s3:::{bucket.name}",
    }


def list_buckets(call: ServiceCall, store: ObjectStore) -> dict[str, Any]:
    """Return the buckets of an account, and those that nobody owns."""
    request = call.request
    prefix, region = request.get("Prefix", ""), request.get("BucketRegion")
    token = request.get("ContinuationToken")
    after = "" if token is None else _name_in(token)
    limit = request.get("MaxBuckets") or S3_PAGE_MAX * 10
    found = [
        bucket
        for bucket in store.buckets.everything()
        if bucket.account in ("", call.account)
        and bucket.name.startswith(prefix)
        and bucket.name > after
        and (region is None or (bucket.region or call.region.name) == region)
    ]
    page = found[:limit]
    following = None
    if len(found) > limit:
        following = base64.urlsafe_b64encode(page[-1].name.encode()).decode()
    return {
        "Buckets": [
            {
                "Name": bucket.name,
                "CreationDate": seconds(bucket.created_ms),
                "BucketRegion": bucket.region or call.region.name,
            }
            for bucket in page
        ],
        "Owner": owner_of(call.account),
        "ContinuationToken": following,
        "Prefix": request.get("Prefix"),
    }


def get_bucket_location(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return a bucket's region; that of the first one has no name."""
    region = bucket.region or call.region.name
    return {"LocationConstraint": None if region == _FIRST_REGION else region}


def get_bucket_versioning(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return whether versions are kept."""
    return {"Status": bucket.versioning or None}


def put_bucket_versioning(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Keep versions from now on, or no more."""
    asked = call.request["VersioningConfiguration"]
    if asked.get("MFADelete") == "Enabled":
        raise not_implemented("MFA delete")
    status = asked.get("Status")
    if status not in ("Enabled", "Suspended"):
        raise malformed_xml()
    changed_settings(store, call, lambda settings: settings.update(versioning=status))
    return {}


def _check_name(name: str) -> None:
    if (
        _NAME.fullmatch(name) is None
        or ".." in name
        or _ADDRESS.fullmatch(name)
        or name.startswith(_PREFIXES)
        or name.endswith(_SUFFIXES)
    ):
        msg = "The specified bucket is not valid."
        raise s3_error("InvalidBucketName", msg, 400, {"BucketName": name})


def _check_location(constraint: str | None, region: str) -> None:
    """Check that a bucket is asked for where the request arrived."""
    wanted = _REGION_OF.get(constraint or "", constraint)
    if wanted is not None and wanted != _FIRST_REGION and served_regions(())(wanted):
        msg = "The specified location-constraint is not valid"
        raise s3_error("InvalidLocationConstraint", msg, 400, {"LocationConstraint": constraint})
    if wanted is None and region == _FIRST_REGION:
        return
    if wanted == region and region != _FIRST_REGION:
        return
    shown = constraint or "unspecified"
    msg = (
        f"The {shown} location constraint is incompatible for the region specific endpoint "
        "this request was sent to."
    )
    raise s3_error("IllegalLocationConstraintException", msg)


def _check_existing(found: Bucket, wanted: Bucket) -> None:
    """Refuse a name that is taken; in the first region, AWS lets its owner make a bucket again.

    Raises:
        ApiError: BucketAlreadyExists, BucketAlreadyOwnedByYou.
    """
    fields = {"BucketName": found.name}
    if found.account not in ("", wanted.account):
        msg = (
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
            "Please select a different name and try again."
        )
        raise s3_error("BucketAlreadyExists", msg, 409, fields)
    if (found.region or wanted.region) == wanted.region == _FIRST_REGION:
        return
    msg = "Your previous request to create the named bucket succeeded and you already own it."
    raise s3_error("BucketAlreadyOwnedByYou", msg, 409, fields)


def _name_in(token: str) -> str:
    """Return the name behind which a page begins.

    Raises:
        ApiError: InvalidArgument; no page ended with this token.
    """
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        raise s3_error("InvalidArgument", "The continuation token provided is incorrect") from None
