"""DeleteResourcePolicy: removes the policy of a table or a stream; removing none is no mistake."""

from asyncio import Future

from globaltables.itemstore.stage import Stage
from globaltables.operations.attached_policies import (
    attached,
    attachment_of,
    check_changeable,
    check_revision,
    next_revision_ms,
)
from globaltables.operations.context import Answer, Call
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.definitions import ResourcePolicy


def handle(call: Call) -> "Future[Answer]":
    """Remove the policy of the resource of the request.

    The answer names the removed policy's revision; where it was removed before, that of the removal; where there never
    was one, none.

    Source: API_DeleteResourcePolicy; measured on AWS (DDB-TABLE-205).
    """
    attachment = attachment_of(call)

    def decide(stage: Stage) -> Answer:
        present = stage.tick()
        found = attached(call, stage.catalog, attachment, present)
        policy = found.policy
        check_revision(attachment, call.request.get("ExpectedRevisionId"), policy)
        if policy is None:
            return {}
        if policy.document:
            check_changeable(call, attachment, found, stamp_ms(present))
            removed = ResourcePolicy("", next_revision_ms(stage, policy))
            stage.save_table(found.with_policy(removed))
        return {"RevisionId": str(policy.revision_ms)}

    return call.region.store.submit(decide)
