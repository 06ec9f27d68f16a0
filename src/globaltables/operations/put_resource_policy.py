"""PutResourcePolicy: attaches a policy to a table or a stream, or replaces the one that is there."""

from asyncio import Future

from globaltables.foundation.errors import ApiError
from globaltables.itemstore.stage import Stage
from globaltables.operations.attached_policies import (
    Attached,
    Attachment,
    attached,
    attachment_of,
    check_changeable,
    check_revision,
    next_revision_ms,
)
from globaltables.operations.authorization import refusal_of
from globaltables.operations.context import Answer, Call
from globaltables.runtime.clock import stamp_ms
from globaltables.security.policies.rendering import render
from globaltables.security.resource_policies import accepted
from globaltables.tables.definitions import ResourcePolicy


def handle(call: Call) -> "Future[Answer]":
    """Attach the policy of the request; one that says the same as the present one changes nothing.

    Source: API_PutResourcePolicy.
    """
    request = call.request
    attachment = attachment_of(call)
    document = render(accepted(request["Policy"], attachment.slot))

    def decide(stage: Stage) -> Answer:
        present = stage.tick()
        found = attached(call, stage.catalog, attachment, present)
        _check_lockout(call, attachment, found, document)
        policy = found.policy
        check_revision(attachment, request.get("ExpectedRevisionId"), policy)
        if policy is not None and policy.document == document:
            return {"RevisionId": str(policy.revision_ms)}
        check_changeable(call, attachment, found, stamp_ms(present))
        changed = ResourcePolicy(document, next_revision_ms(stage, policy))
        stage.save_table(found.with_policy(changed))
        return {"RevisionId": str(changed.revision_ms)}

    return call.region.store.submit(decide)


def _check_lockout(call: Call, attachment: Attachment, found: Attached, document: str) -> None:
    """Refuse a policy under which the caller could not put another one, unless the request confirms that.

    Raises:
        ApiError: AccessDeniedException.
    """
    if call.request.get("ConfirmRemoveSelfResourceAccess"):
        return
    access = call.access("", call.request)
    if refusal_of(access, attachment.arn, found.table, ResourcePolicy(document, 0)) is not None:
        raise ApiError(
            "AccessDeniedException",
            "The new resource policy will not allow you to update the resource policy in the "
            "future.",
        )
