"""GetResourcePolicy: the policy of a table or a stream, in canonical form."""

from globaltables.operations.attached_policies import attached, attachment_of, policy_not_found
from globaltables.operations.context import Answer, Call
from globaltables.security.policies.documents import DEFAULT_VERSION
from globaltables.security.policies.rendering import render
from globaltables.security.resource_policies import policy_of


def handle(call: Call) -> Answer:
    """Return the policy of the resource of the request.

    Source: API_GetResourcePolicy.
    """
    attachment = attachment_of(call)
    catalog = call.region.catalog
    if attachment.label and catalog.find(call.account, attachment.table_name) is None:
        raise policy_not_found(
            attachment.arn
        )  # AWS tells a stream's table that is gone from a stream that is
    found = attached(call, catalog, attachment, call.region.hlc.tick())
    policy = found.policy
    if policy is None or not policy.document:
        raise policy_not_found(attachment.arn)
    text = render(policy_of(policy.document), DEFAULT_VERSION)
    return {"Policy": text, "RevisionId": str(policy.revision_ms)}
