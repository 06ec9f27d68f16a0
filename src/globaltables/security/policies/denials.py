"""AWS's texts of refused requests."""

from collections.abc import Mapping

from globaltables.security.policies.documents import PolicyKind
from globaltables.security.policies.evaluation import Decision
from globaltables.security.policies.matching import AccessRequest

_ARTICLES: Mapping[PolicyKind, str] = {PolicyKind.IDENTITY: "an", PolicyKind.TRUST: "the"}


def denial(request: AccessRequest, decision: Decision) -> str:
    """Return AWS's text of a refusal.

    Source: IAM user guide, troubleshoot_access-denied; for DynamoDB measured on AWS (aws-controllers-k8s/dynamodb-
    controller, docs/api-quirks, DDB-TABLE-431).
    """
    kind = decision.kind
    assert kind is not None, "the request is allowed"
    if decision.explicit:
        article = _ARTICLES.get(kind, "a")
        reason = f"with an explicit deny in {article} {kind.value}"
    else:
        reason = f"because no {kind.value} allows the {request.action} action"
    return (
        f"User: {request.principal.arn} is not authorized to perform: {request.action} "
        f"on resource: {request.resource} {reason}"
    )
