"""Whether a table's policies stop replication: what AWS's fault injection service does to pause it.

A policy need not allow replication within an account, so only an explicit deny counts. Asked of one replica, it is
about both directions: what comes from there and what goes there.

Source: FIS user guide, fis-actions-reference: aws:dynamodb:global-table-pause-replication denies the role and the
service in the policies of the table and of its stream.
"""

from collections.abc import Iterator

from globaltables.foundation.arns import stream_arn, table_arn
from globaltables.security.condition_keys import RequestKeys
from globaltables.security.policies.denials import denial
from globaltables.security.policies.evaluation import evaluate, root_policies
from globaltables.security.policies.matching import AccessRequest
from globaltables.security.principals import Principal, aws_service, service_linked_role
from globaltables.security.resource_policies import policy_of
from globaltables.tables.definitions import Table

_SERVICE = "replication.dynamodb.amazonaws.com"
_ROLE = "AWSServiceRoleForDynamoDBReplication"
_SERVICE_ACTIONS = ("ReadDataForReplication", "WriteDataForReplication")
_ROLE_ACTIONS = ("PutItem", "UpdateItem", "DeleteItem")
_SETTINGS_ACTIONS = ("UpdateTable", "UpdateTimeToLive")
_STREAM_ACTIONS = ("GetRecords", "GetShardIterator", "DescribeStream")


def replication_denied(table: Table, now_ms: int) -> bool:
    """Tell whether the policies of a replica, or of its stream, deny what replication has to do there."""
    stream = table.stream
    if table.policy is None and (stream is None or stream.policy is None):
        return False
    return any(
        document and _denial(document, table, arn, principal, action, now_ms) is not None
        for document, arn, principal, action in _needed(table, _ROLE_ACTIONS)
    )


def settings_refusal(table: Table, now_ms: int) -> str | None:
    """Return AWS's text when the policies of a replica deny that replication changes settings or items there."""
    for document, arn, principal, action in _needed(table, (*_SETTINGS_ACTIONS, *_ROLE_ACTIONS)):
        text = _denial(document, table, arn, principal, action, now_ms) if document else None
        if text is not None:
            return text
    return None


def _needed(
    table: Table, role_actions: tuple[str, ...]
) -> Iterator[tuple[str, str, Principal, str]]:
    """Yield the policies that matter with the accesses that they may deny."""
    role = service_linked_role(table.account, _SERVICE, _ROLE)
    if table.policy is not None:
        document, arn = table.policy.document, table_arn(table.region, table.account, table.name)
        yield from ((document, arn, role, action) for action in role_actions)
        service = aws_service(_SERVICE, table.account)
        yield from ((document, arn, service, action) for action in _SERVICE_ACTIONS)
    stream = table.stream
    if stream is not None and stream.policy is not None:
        arn = stream_arn(table.region, table.account, table.name, stream.label)
        yield from ((stream.policy.document, arn, role, action) for action in _STREAM_ACTIONS)


def _denial(
    document: str, table: Table, arn: str, principal: Principal, action: str, now_ms: int
) -> str | None:
    """Return AWS's text of an explicit deny, None when there is none."""
    keys = RequestKeys(principal, action, action, {}, {}, table, table.region, now_ms, None)
    request = AccessRequest(principal, f"dynamodb:{action}", arn, table.account, keys)
    decision = evaluate(request, root_policies(policy_of(document)))
    return denial(request, decision) if decision.explicit else None
