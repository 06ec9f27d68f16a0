"""Who may use a bucket: its account; what the bucket's policy lets in or keeps out."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from globaltables.buckets.records import Bucket
from globaltables.companions.framework.action_names import actions_of
from globaltables.companions.s3.refusals import s3_error
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import POLICIES_CACHED_MAX
from globaltables.security.global_condition_keys import ServiceKeys
from globaltables.security.policies.documents import Policy, PolicyKind
from globaltables.security.policies.evaluation import evaluate, root_policies
from globaltables.security.policies.matching import AccessRequest
from globaltables.security.policies.parsing import parse
from globaltables.security.resource_policies import is_public

#: The condition keys of S3 itself, and the member that each of them is about.
_CONDITION_KEYS: Mapping[str, str] = {
    "s3:delimiter": "Delimiter",
    "s3:max-keys": "MaxKeys",
    "s3:prefix": "Prefix",
    "s3:versionid": "VersionId",
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-copy-source": "CopySource",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-storage-class": "StorageClass",
}
#: An owner can always take a policy away that keeps it out.
_ALWAYS_THE_OWNERS = frozenset({"DeleteBucketPolicy", "GetBucketPolicy", "PutBucketPolicy"})


def resources_of(call: ServiceCall) -> tuple[str, ...]:
    """Return the ARNs that a call is about; at a bucket `check_access` asks, which knows it."""
    if "Bucket" in call.request and call.operation != "CreateBucket":
        return ()
    return _resources(call.operation, call.request)


def _resources(operation: str, request: Mapping[str, Any]) -> tuple[str, ...]:
    bucket = request.get("Bucket")
    if bucket is None:
        return ("arn:aws:s3:::*",)
    arn = f"arn:aws:s3:::{bucket}"
    key = request.get("Key")
    if key is not None:
        return (f"{arn}/{key}",)
    if operation == "DeleteObjects":
        return tuple(f"{arn}/{one['Key']}" for one in request["Delete"]["Objects"])
    return (arn,)


def check_access(
    call: ServiceCall,
    bucket: Bucket,
    operation: str = "",
    request: Mapping[str, Any] | None = None,
) -> None:
    """Check that the bucket's owner or its policy lets the caller do something.

    Args:
        call: who asks.
        bucket: which.
        operation: what; what was called when it is not given.
        request: with which bucket and key; that of the call when it is not given.

    Raises:
        ApiError: AccessDenied.
    """
    operation, request = operation or call.operation, request or call.request
    owner = bucket.account or call.account
    text = bucket.settings.get("policy")
    same_account = call.principal.account == owner
    grant = None
    is_known = not call.principal.service and call.principal.kind != "Anonymous"
    if is_known and call.node.identities.enforced:
        grant = call.node.identities.grant_of(call.principal)
    elif same_account and (text is None or operation in _ALWAYS_THE_OWNERS):
        return
    policy = None if text is None else read_policy(text)
    restricted = (bucket.settings.get("public_access") or {}).get("RestrictPublicBuckets")
    is_stranger = not same_account and call.principal.kind != "AWSService"
    if restricted and is_stranger and policy is not None and is_public(policy):
        raise access_denied()
    (action,) = actions_of("s3", operation, request)
    keys = keys_of(call, owner)
    if not call.node.identities.enforced and _is_of_this_machine(call):
        # Buckets of the CDK keep requests out that others could read; nobody else hears these.
        keys.own = {**condition_keys(call), "aws:securetransport": ("true",)}
    for arn in _resources(operation, request):
        access = AccessRequest(call.principal, action, arn, owner, keys)
        if grant is None:
            decision = evaluate(access, root_policies(policy))
        else:
            own = same_account and operation in _ALWAYS_THE_OWNERS
            decision = grant.decide(access, None if own else policy)
        if not decision.allowed:
            raise access_denied()


def _is_of_this_machine(call: ServiceCall) -> bool:
    source = "" if call.http is None else call.http.source_ip
    return bool(source) and ip_address(source).is_loopback


def condition_keys(call: ServiceCall) -> dict[str, tuple[str, ...]]:
    """Return the condition keys that only S3 has."""
    return {
        key: (str(call.request[member]),)
        for key, member in _CONDITION_KEYS.items()
        if call.request.get(member) is not None
    }


def keys_of(call: ServiceCall, owner: str) -> ServiceKeys:
    """Return the condition keys of a call."""
    return ServiceKeys(
        caller=call.principal,
        region=call.region.name,
        now_ms=call.region.clock.now_ms(),
        origin=call.http,
        vpc_endpoints=call.region.settings.vpc_endpoints,
        members=call.request,
        resource_account=owner,
        own=condition_keys(call),
    )


@lru_cache(POLICIES_CACHED_MAX)
def read_policy(text: str) -> Policy:
    """Return the policy of a document.

    Raises:
        ApiError: MalformedPolicy.
    """
    try:
        return parse(text, PolicyKind.RESOURCE)
    except ApiError as error:
        raise s3_error("MalformedPolicy", error.message or "") from error


def access_denied() -> ApiError:
    """Return the refusal of a caller."""
    return s3_error("AccessDenied", "Access Denied", 403)
