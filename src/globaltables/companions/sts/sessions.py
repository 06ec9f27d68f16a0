"""Temporary credentials, made."""

from typing import Any
from urllib.parse import unquote

from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import (
    STS_POLICIES_MAX,
    STS_POLICY_CHARACTERS_MAX,
    STS_TAGS_MAX,
)
from globaltables.security.policies.documents import PolicyKind
from globaltables.security.policies.parsing import parse
from globaltables.security.principals import Principal
from globaltables.security.session_tokens import TEMPORARY, Session, new_access_key


def credentials(call: ServiceCall, principal: Principal, seconds: int) -> dict[str, Any]:
    """Return the credentials of a session as responses tell them.

    Args:
        call: the request.
        principal: whose session it is.
        seconds: how long it lasts.
    """
    tokens = call.node.identities.tokens
    access_key = new_access_key(TEMPORARY, principal.account)
    end_s = call.region.clock.now_ms() // 1000 + seconds
    return {
        "AccessKeyId": access_key,
        "SecretAccessKey": tokens.secret(access_key),
        "SessionToken": tokens.seal(Session(access_key, end_s * 1000, principal)),
        "Expiration": end_s,
    }


async def session_policies(call: ServiceCall) -> tuple[str, ...] | None:
    """Return the documents of the policies that a request limits a session with; None for none.

    Raises:
        ApiError: MalformedPolicyDocument, ValidationError.
    """
    request = call.request
    named = request.get("PolicyArns") or []
    texts: list[str] = []
    if "Policy" in request:
        parse(request["Policy"], PolicyKind.SESSION)
        texts.append(request["Policy"])
    if len(named) > STS_POLICIES_MAX:
        raise invalid(f"The number of policies exceeds the maximum of {STS_POLICIES_MAX}.")
    texts += [await _document(call, one.get("arn", "")) for one in named]
    if sum(map(len, texts[: "Policy" in request])) > STS_POLICY_CHARACTERS_MAX:
        raise ApiError(
            "PackedPolicyTooLarge",
            "Packed policy consumes more than 100% of allotted space, please use smaller policy.",
        )
    return tuple(texts) if texts else None


def packed_size(policies: tuple[str, ...] | None) -> int | None:
    """Return how much of the room for policies a session's take, in percent."""
    if policies is None:
        return None
    return max(1, min(100, 100 * len(policies[0]) // STS_POLICY_CHARACTERS_MAX))


def session_tags(call: ServiceCall) -> dict[str, str]:
    """Return the tags that a request gives a session.

    Raises:
        ApiError: ValidationError, InvalidParameterValue.
    """
    tags = call.request.get("Tags") or []
    if len(tags) > STS_TAGS_MAX:
        raise invalid(f"The number of session tags exceeds the maximum of {STS_TAGS_MAX}.")
    names = [tag["Key"].lower() for tag in tags]
    if len(set(names)) < len(names):
        raise ApiError(
            "InvalidParameterValue",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        )
    return {tag["Key"]: tag["Value"] for tag in tags}


def invalid(message: str) -> ApiError:
    """Return a ValidationError."""
    return ApiError("ValidationError", message)


def denied(message: str) -> ApiError:
    """Return an AccessDenied."""
    return ApiError("AccessDeniedException", message)


async def _document(call: ServiceCall, arn: str) -> str:
    """Return the document of a managed policy that is in force.

    Raises:
        ApiError: there is no such policy in the account.
    """
    region, account = call.region.name, call.account
    policy = await call.services.call(
        "iam", "GetPolicy", {"PolicyArn": arn}, region=region, account=account
    )
    version = {"PolicyArn": arn, "VersionId": policy["Policy"]["DefaultVersionId"]}
    found = await call.services.call(
        "iam", "GetPolicyVersion", version, region=region, account=account
    )
    return unquote(found["PolicyVersion"]["Document"])
