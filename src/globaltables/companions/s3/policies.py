"""Bucket policies: stored, checked as AWS does, and told whether they let everybody in."""

from typing import Any

import orjson

from globaltables.buckets.records import Bucket
from globaltables.buckets.store import ObjectStore
from globaltables.companions.s3.access import read_policy
from globaltables.companions.s3.asking import changed_settings
from globaltables.companions.s3.refusals import s3_error
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import S3_POLICY_BYTES_MAX
from globaltables.security.policies.documents import Policy
from globaltables.security.resource_policies import is_public


def get_bucket_policy(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return the policy as it was stored."""
    return {"Policy": _text(bucket)}


def get_bucket_policy_status(
    call: ServiceCall, store: ObjectStore, bucket: Bucket
) -> dict[str, Any]:
    """Tell whether the policy lets everybody in."""
    return {"PolicyStatus": {"IsPublic": is_public(read_policy(_text(bucket)))}}


def put_bucket_policy(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Store a policy."""
    text = call.request["Policy"]
    if len(text.encode()) > S3_POLICY_BYTES_MAX:
        raise s3_error("PolicyTooLarge", "Policy exceeds the maximum allowed document size.")
    policy = read_policy(text)
    _check(policy, bucket)
    blocked = bucket.settings.get("public_access") or {}
    if blocked.get("BlockPublicPolicy") and is_public(policy):
        raise s3_error("AccessDenied", "Access Denied", 403)
    compact = orjson.dumps(orjson.loads(text)).decode()
    changed_settings(store, call, lambda settings: settings.update(policy=compact))
    return {}


def delete_bucket_policy(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Take the policy away."""
    changed_settings(store, call, lambda settings: settings.pop("policy", None))
    return {}


def _text(bucket: Bucket) -> str:
    text: str | None = bucket.settings.get("policy")
    if text is None:
        fields = {"BucketName": bucket.name}
        raise s3_error("NoSuchBucketPolicy", "The bucket policy does not exist", 404, fields)
    return text


def _check(policy: Policy, bucket: Bucket) -> None:
    """Check what S3 asks of a policy beside IAM's rules.

    Raises:
        ApiError: MalformedPolicy.
    """
    arn = f"arn:aws:s3:::{bucket.name}"
    for statement in policy.statements:
        if not all(
            action == "*" or action.lower().startswith("s3:") for action in statement.actions
        ):
            raise s3_error("MalformedPolicy", "Policy has invalid action")
        for resource in statement.resources:
            if resource != arn and not resource.startswith(f"{arn}/"):
                raise s3_error("MalformedPolicy", "Policy has invalid resource")
