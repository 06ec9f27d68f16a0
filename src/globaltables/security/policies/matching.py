"""Whether a statement is about a request."""

from dataclasses import dataclass
from enum import IntEnum

from globaltables.security.policies.conditions import holds
from globaltables.security.policies.documents import Principals, Statement
from globaltables.security.policies.patterns import Context, matches_arn, names_action
from globaltables.security.principals import Principal


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """What is to be decided.

    Attributes:
        principal: who asks.
        action: e.g. "dynamodb:PutItem".
        resource: its ARN, or "*" for an action that has none.
        resource_account: who owns the resource.
        context: the condition keys.
    """

    principal: Principal
    action: str
    resource: str
    resource_account: str
    context: Context


class Reach(IntEnum):
    """How closely a resource's policy names a principal; the closer, the less can limit what it grants."""

    NONE = 0
    #: Its account, which may then hand the permission on to it.
    ACCOUNT = 1
    #: The role of its session, or everybody.
    ROLE = 2
    #: Itself: the user, the session, the root, the service.
    SELF = 3


def is_about(statement: Statement, request: AccessRequest) -> bool:
    """Tell whether action, resource and conditions of a statement fit a request, whoever makes it."""
    if names_action(statement.actions, request.action) is statement.actions_negated:
        return False
    if not _covers(statement, request):
        return False
    context, variables = request.context, statement.variables
    return all(holds(one, context, variables=variables) for one in statement.conditions)


def _covers(statement: Statement, request: AccessRequest) -> bool:
    if not statement.resources:
        return True
    variables = request.context if statement.variables else None
    found = any(
        matches_arn(pattern, request.resource, variables) for pattern in statement.resources
    )
    return found is not statement.resources_negated


def reach_of(principals: Principals, principal: Principal) -> Reach:
    """Return how closely a Principal element names a principal.

    NotPrincipal reaches all but those whom it names themselves: AWS's examples name the account beside its user, and
    only the user is spared (reference_policies_elements_notprincipal).
    """
    reach = _named(principals, principal)
    if not principals.negated:
        return reach
    return Reach.NONE if reach >= Reach.ROLE else Reach.ROLE


def _named(principals: Principals, principal: Principal) -> Reach:
    names = principals.of("AWS")
    if (
        principal.arn in names
        or (principal.service and principal.service in principals.of("Service"))
        or (principal.provider and principal.provider in principals.of("Federated"))
        or (principal.canonical_user and principal.canonical_user in principals.of("CanonicalUser"))
    ):
        return Reach.SELF
    if principals.anyone or "*" in names or (principal.role_arn and principal.role_arn in names):
        return Reach.ROLE
    if principal.account and principal.kind != "AWSService":
        root = f":iam::{principal.account}:root"
        if any(name.endswith(root) for name in names):
            return Reach.ACCOUNT
    return Reach.NONE
