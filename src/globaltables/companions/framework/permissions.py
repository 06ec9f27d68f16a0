"""Whether a caller may do what is asked of a service: the one place for all of them.

Only where policies decide on requests; elsewhere nothing here is called.
"""

from collections.abc import Mapping

from globaltables.companions.framework.action_names import actions_of, passed_roles
from globaltables.companions.service import Implementation, Service, ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.security.global_condition_keys import ServiceKeys
from globaltables.security.identities import Grant
from globaltables.security.policies.denials import denial
from globaltables.security.policies.documents import PolicyKind
from globaltables.security.policies.evaluation import Decision, reach_under
from globaltables.security.policies.matching import AccessRequest
from globaltables.security.resource_policies import policy_of

_ACCOUNT_DIGITS = 12
#: What every caller may do, whatever policies say (API_GetCallerIdentity, API_GetSessionToken).
_FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})


def check_unknown(service: Service, operation: str, call: ServiceCall) -> None:
    """Check an operation of a service of which no more than the name is known.

    Raises:
        ApiError: AccessDeniedException.
    """
    if not call.principal.service:
        grant = call.node.identities.grant_of(call.principal)
        _check(grant, call, f"{service.action_prefix}:{operation}", "*", "", {})


def check_permissions(service: Service, implementation: Implementation, call: ServiceCall) -> None:
    """Check that the caller may do what a call does to each of its resources.

    A service that acts by itself is let in: what it may do is decided where it was told to.

    Raises:
        ApiError: AccessDeniedException, which the protocols write in the word of the service.
    """
    if call.principal.service:
        return
    grant = call.node.identities.grant_of(call.principal)
    actions = actions_of(service.action_prefix, call.operation, call.request)
    own: Mapping[str, tuple[str, ...]] | None = None
    for action in actions:
        if action in _FREE:
            continue
        for arn in implementation.resources(call):
            if (action, arn) in grant.settled:
                continue
            if own is None:
                own = implementation.condition_keys(call)
            policy = implementation.policy_of(call, arn)
            _check(grant, call, action, arn, policy, own, decides=implementation.policy_decides)
    for arn, passed_to in passed_roles(service.name, call.operation, call.request):
        keys = {"iam:passedtoservice": (passed_to,)}
        _check(grant, call, "iam:PassRole", arn, "", keys)


def _check(
    grant: Grant,
    call: ServiceCall,
    action: str,
    arn: str,
    policy: str,
    own: Mapping[str, tuple[str, ...]],
    *,
    decides: bool = False,
) -> None:
    account = _account(arn) or call.account
    keys = ServiceKeys(
        call.principal,
        call.region.name,
        call.region.clock.now_ms(),
        call.http,
        call.region.settings.vpc_endpoints,
        call.request,
        account,
        own=own,
    )
    request = AccessRequest(call.principal, action, arn, account, keys)
    document = policy_of(policy) if policy else None
    decision = grant.decide(request, document)
    if decision.allowed and document is not None and decides and not reach_under(document, request):
        decision = Decision(allowed=False, kind=PolicyKind.RESOURCE)
    if not decision.allowed:
        raise ApiError("AccessDeniedException", denial(request, decision))
    if not policy and not keys.asked:
        grant.settle((action, arn))


def _account(arn: str) -> str:
    """Return the account in an ARN; empty when it has none."""
    parts = arn.split(":", 5)
    found = parts[4] if len(parts) > 4 else ""
    return found if len(found) == _ACCOUNT_DIGITS and found.isdigit() else ""
