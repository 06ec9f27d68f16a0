"""The decision on a request under all policies that apply to it.

    1. A Deny that is about the request wins, in whichever policy it stands.
    2. Every level of the organisation's control policies must allow.
    3. Within an account: the principal's own policies, or the resource's, must allow; what the resource's policy grants
       to the user or the session itself is final, any other permission must also be within the permissions boundary
       and the session policies.
    4. Across accounts: the principal's side (own policies, boundary, session) and the resource's policy must allow.

Sources: IAM user guide, reference_policies_evaluation-logic, ..._evaluation-logic-cross-account,
access_policies_boundaries.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from globaltables.security.policies.documents import ADMINISTRATOR, Policy, PolicyKind
from globaltables.security.policies.matching import AccessRequest, Reach, is_about, reach_of


@dataclass(frozen=True, slots=True)
class AppliedPolicies:
    """The policies that apply to a request; None is the absence of a limit, an empty tuple a limit that allows nothing.

    Attributes:
        identity: attached to the principal, inline and managed, its groups' included.
        resource: attached to the resource.
        boundary: the principal's permissions boundary.
        session: given when the session was made.
        service_control: of each level of the principal's organisation, the root first.
        resource_control: of each level of the resource's organisation, the root first.
    """

    identity: tuple[Policy, ...] = ()
    resource: Policy | None = None
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None
    service_control: tuple[tuple[Policy, ...], ...] = ()
    resource_control: tuple[tuple[Policy, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request is allowed, and why not.

    Attributes:
        explicit: refused by a Deny; otherwise by the absence of an Allow.
        kind: the kind of policy with the Deny, or without the Allow; None when the request is allowed.
    """

    allowed: bool
    explicit: bool = False
    kind: PolicyKind | None = None


ALLOWED = Decision(allowed=True)


def root_policies(resource: Policy | None) -> AppliedPolicies:
    """Return the policies of a request by an account's root, whom nothing of its own account limits."""
    return AppliedPolicies(identity=(ADMINISTRATOR,), resource=resource)


def evaluate(request: AccessRequest, policies: AppliedPolicies) -> Decision:
    """Decide on a request."""
    for kind, policy in _every_policy(request, policies):
        if _denies(policy, request, bounded=policies.boundary is not None):
            return Decision(allowed=False, explicit=True, kind=kind)
    lacking = _lacking_control(request, policies)
    if lacking is None:
        same_account = request.principal.account == request.resource_account
        if request.principal.kind in ("AWSService", "Anonymous"):
            lacking = None if reach_under(policies.resource, request) else PolicyKind.RESOURCE
        elif same_account:
            lacking = _lacking_within(request, policies)
        else:
            lacking = _lacking_across(request, policies)
    return ALLOWED if lacking is None else Decision(allowed=False, kind=lacking)


def _every_policy(
    request: AccessRequest, policies: AppliedPolicies
) -> Iterator[tuple[PolicyKind, Policy]]:
    """Yield what may deny, in the order in which a refusal names it."""
    if _controlled(request):
        for level in policies.service_control:
            yield from ((PolicyKind.SERVICE_CONTROL, policy) for policy in level)
        for level in policies.resource_control:
            yield from ((PolicyKind.RESOURCE_CONTROL, policy) for policy in level)
    if policies.resource is not None:
        yield PolicyKind.RESOURCE, policies.resource
    for kind, group in (
        (PolicyKind.IDENTITY, policies.identity),
        (PolicyKind.BOUNDARY, policies.boundary),
        (PolicyKind.SESSION, policies.session),
    ):
        yield from ((kind, policy) for policy in group or ())


def _controlled(request: AccessRequest) -> bool:
    """Tell whether an organisation's control policies apply: not to services and their roles."""
    principal = request.principal
    return principal.kind != "AWSService" and not principal.service_linked


def _denies(policy: Policy, request: AccessRequest, *, bounded: bool) -> bool:
    for statement in policy.statements:
        if statement.effect != "Deny":
            continue
        principals = statement.principals
        # A Deny with NotPrincipal hits every principal that has a permissions boundary (access_policies_boundaries).
        named = principals is None or (principals.negated and bounded)
        if principals is not None and not named:
            named = reach_of(principals, request.principal) is not Reach.NONE
        if named and is_about(statement, request):
            return True
    return False


def _allows(policies: Iterable[Policy], request: AccessRequest) -> bool:
    return any(
        statement.effect == "Allow" and is_about(statement, request)
        for policy in policies
        for statement in policy.statements
    )


def reach_under(policy: Policy | None, request: AccessRequest) -> Reach:
    """Return the closest way in which a resource's policy, or a role's trust policy, allows a request."""
    closest = Reach.NONE
    for statement in () if policy is None else policy.statements:
        if statement.effect == "Allow" and statement.principals is not None:
            reach = reach_of(statement.principals, request.principal)
            if reach > closest and is_about(statement, request):
                closest = reach
    return closest


def _lacking_control(request: AccessRequest, policies: AppliedPolicies) -> PolicyKind | None:
    if not _controlled(request):
        return None
    if not all(_allows(level, request) for level in policies.service_control):
        return PolicyKind.SERVICE_CONTROL
    if not all(_allows(level, request) for level in policies.resource_control):
        return PolicyKind.RESOURCE_CONTROL
    return None


def _lacking_within(request: AccessRequest, policies: AppliedPolicies) -> PolicyKind | None:
    """Return the kind of policy without which a request within an account is refused."""
    reach = reach_under(policies.resource, request)
    if reach is Reach.SELF:
        return None
    if reach is Reach.ROLE or _allows(policies.identity, request):
        return _lacking_limit(request, policies)
    return PolicyKind.IDENTITY


def _lacking_across(request: AccessRequest, policies: AppliedPolicies) -> PolicyKind | None:
    """Return the kind of policy without which a request to another account's resource is refused."""
    if not _allows(policies.identity, request):
        return PolicyKind.IDENTITY
    if not reach_under(policies.resource, request):
        return PolicyKind.RESOURCE
    return _lacking_limit(request, policies)


def _lacking_limit(request: AccessRequest, policies: AppliedPolicies) -> PolicyKind | None:
    if policies.boundary is not None and not _allows(policies.boundary, request):
        return PolicyKind.BOUNDARY
    if policies.session is not None and not _allows(policies.session, request):
        return PolicyKind.SESSION
    return None
