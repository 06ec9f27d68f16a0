"""AssumeRole: a session of a role, for whom its trust policy lets have one.

Where policies do not decide on requests, callers may take every role; a service never may without the trust policy.

Source: API_AssumeRole; IAM user guide, id_roles_terms-and-concepts (role chaining), id_session-tags.
"""

from typing import Any
from urllib.parse import unquote

from globaltables.companions.service import ServiceCall
from globaltables.companions.sts.sessions import (
    credentials,
    denied,
    invalid,
    packed_size,
    session_policies,
    session_tags,
)
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import STS_CHAINED_SECONDS_MAX, STS_ROLE_SECONDS_DEFAULT
from globaltables.security.global_condition_keys import ServiceKeys
from globaltables.security.policies.denials import denial
from globaltables.security.policies.documents import Policy, PolicyKind
from globaltables.security.policies.evaluation import (
    AppliedPolicies,
    Decision,
    evaluate,
    reach_under,
)
from globaltables.security.policies.matching import AccessRequest
from globaltables.security.policies.parsing import parse
from globaltables.security.principals import Principal


async def assume_role(call: ServiceCall) -> dict[str, Any]:
    """Make a session of a role."""
    request, caller = call.request, call.principal
    arn, name = request["RoleArn"], request["RoleSessionName"]
    enforced = call.node.identities.enforced
    if enforced and caller.kind == "Account":
        raise denied("Roles may not be assumed by root accounts.")
    policies = await session_policies(call)
    tags = session_tags(call)
    inherited = {key: value for key, value in caller.tags if key in caller.transitive_tags}
    account = _account(arn)
    role = await _role(call, arn, account)
    if role is None:
        raise denied(_refused(caller, arn))
    if enforced or caller.service:
        await _check(call, role, account, tags)
    seconds = request.get("DurationSeconds", STS_ROLE_SECONDS_DEFAULT)
    _check_duration(caller, role, seconds)
    role_tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags") or ()}
    principal = Principal(
        account,
        f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/{name}",
        "AssumedRole",
        user_id=f"{role['RoleId']}:{name}",
        role_arn=role["Arn"],
        tags=tuple((role_tags | inherited | tags).items()),
        session_policies=policies,
        issued_ms=call.region.clock.now_ms(),
        source_identity=request.get("SourceIdentity") or caller.source_identity,
        transitive_tags=(*inherited, *(request.get("TransitiveTagKeys") or ())),
    )
    return {
        "Credentials": credentials(call, principal, seconds),
        "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": principal.arn},
        "PackedPolicySize": packed_size(policies),
        "SourceIdentity": principal.source_identity or None,
    }


async def _role(call: ServiceCall, arn: str, account: str) -> dict[str, Any] | None:
    """Return a role as IAM tells it; None when there is none of that ARN."""
    name = arn.rpartition("/")[2]
    try:
        found = await call.services.call(
            "iam", "GetRole", {"RoleName": name}, region=call.region.name, account=account
        )
    except ApiError as error:
        if error.code in ("NoSuchEntity", "ValidationException"):
            return None
        raise
    role: dict[str, Any] = found["Role"]
    return role if role["Arn"] == arn else None


async def _check(
    call: ServiceCall, role: dict[str, Any], account: str, tags: dict[str, str]
) -> None:
    """Check that the caller may have a session of a role, with the tags and the identity that it asks for.

    Raises:
        ApiError: AccessDenied.
    """
    trust = parse(unquote(role["AssumeRolePolicyDocument"]), PolicyKind.TRUST)
    needed = ["sts:AssumeRole"]
    if tags:
        needed.append("sts:TagSession")
    if call.request.get("SourceIdentity"):
        needed.append("sts:SetSourceIdentity")
    for action in needed:
        keys = _keys(call, role, account, tags)
        access = AccessRequest(call.principal, action, role["Arn"], account, keys)
        decision = _decided(call, access, trust)
        if not decision.allowed:
            raise denied(
                denial(access, decision)
                if decision.explicit
                else _refused(call.principal, role["Arn"], action)
            )


def _decided(call: ServiceCall, access: AccessRequest, trust: Policy) -> Decision:
    """Decide under a trust policy and the caller's own policies.

    A role has to trust its callers, of its own account too; where it trusts the account, the caller's policies decide.
    """
    if call.principal.service:
        return evaluate(access, AppliedPolicies(resource=trust))
    own = call.node.identities.grant_of(call.principal)
    decision = own.decide(access, trust)
    if decision.allowed and not reach_under(trust, access):
        return Decision(allowed=False, kind=PolicyKind.TRUST)
    return decision


def _keys(
    call: ServiceCall, role: dict[str, Any], account: str, tags: dict[str, str]
) -> ServiceKeys:
    request = call.request
    own: dict[str, tuple[str, ...]] = {"sts:rolesessionname": (request["RoleSessionName"],)}
    if "ExternalId" in request:
        own["sts:externalid"] = (request["ExternalId"],)
    if request.get("SourceIdentity"):
        own["sts:sourceidentity"] = (request["SourceIdentity"],)
    if request.get("TransitiveTagKeys"):
        own["sts:transitivetagkeys"] = tuple(request["TransitiveTagKeys"])
    return ServiceKeys(
        call.principal,
        call.region.name,
        call.region.clock.now_ms(),
        call.http,
        call.region.settings.vpc_endpoints,
        request,
        account,
        tuple((tag["Key"], tag["Value"]) for tag in role.get("Tags") or ()),
        own,
    )


def _check_duration(caller: Principal, role: dict[str, Any], seconds: int) -> None:
    if caller.kind == "AssumedRole" and seconds > STS_CHAINED_SECONDS_MAX:
        raise invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
            "chaining"
        )
    if seconds > role["MaxSessionDuration"]:
        raise invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )


def _account(arn: str) -> str:
    """Return the account in the ARN of a role.

    Raises:
        ApiError: ValidationError; it is none.
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith("role/"):
        raise invalid(f"{arn} is invalid")
    return parts[4]


def _refused(caller: Principal, arn: str, action: str = "sts:AssumeRole") -> str:
    return f"User: {caller.arn} is not authorized to perform: {action} on resource: {arn}"
