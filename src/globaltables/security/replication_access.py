"""Whether a table's policies stop replication: what AWS's fault injection service does to pause it.

A policy need not allow replication within an account, so only an explicit deny counts. Asked of one replica, it is
about both directions: what comes from there and what goes there.

Source: FIS user guide, fis-actions-reference: aws:dynamodb:global-table-pause-replication denies the role and the
service in the policies of the table and of its stream.
"""

from collections.abc import Iterable, Iterator

from globaltables.foundation.arns import stream_arn, table_arn
from globaltables.security.condition_keys import RequestKeys
from globaltables.security.policies.denials import denial
from globaltables.security.policies.evaluation import evaluate, root_policies
from globaltables.security.policies.matching import AccessRequest
from globaltables.security.principals import (
    Principal,
    account_root,
    aws_service,
    service_linked_role,
)
from globaltables.security.resource_policies import policy_of
from globaltables.tables.definitions import Table

_SERVICE = "replication.dynamodb.amazonaws.com"
_ROLE = "AWSServiceRoleForDynamoDBReplication"
_SERVICE_ACTIONS = ("ReadDataForReplication", "WriteDataForReplication")
_ROLE_ACTIONS = ("PutItem", "UpdateItem", "DeleteItem")
_SETTINGS_ACTIONS = ("UpdateTable", "UpdateTimeToLive")
_STREAM_ACTIONS = ("GetRecords", "GetShardIterator", "DescribeStream")


def replication_denied(table: Table, now_ms: int) -> bool:
    """Tell whether the policies of a replica, or of its stream, deny what replication has to do there.

    Among several accounts what they do not allow is denied.
    """
    if table.group and replication_refusal(table, now_ms, _SERVICE_ACTIONS) is not None:
        return True
    stream = table.stream
    if table.policy is None and (stream is None or stream.policy is None):
        return False
    return any(
        document and _denial(document, table, arn, principal, action, now_ms) is not None
        for document, arn, principal, action in _needed(table, _ROLE_ACTIONS)
    )


def settings_refusal(table: Table, now_ms: int) -> str | None:
    """Return AWS's text when the policies of a replica deny that replication changes settings or items there."""
    if table.group and (refusal := replication_refusal(table, now_ms)) is not None:
        return refusal
    for document, arn, principal, action in _needed(table, (*_SETTINGS_ACTIONS, *_ROLE_ACTIONS)):
        text = _denial(document, table, arn, principal, action, now_ms) if document else None
        if text is not None:
            return text
    return None


def replication_refusal(
    table: Table, now_ms: int, actions: Iterable[str] = (*_SERVICE_ACTIONS, "ReplicateSettings")
) -> str | None:
    """Return AWS's text when a replica does not let the service act there for each of the other accounts.

    Source: developer guide, globaltables_MA_security.
    """
    for replica in table.replicas:
        other = table_arn(replica.region, replica.account, table.name)
        principal = aws_service(_SERVICE, replica.account, other)
        for action in actions:
            text = _refusal(table, principal, action, now_ms)
            if text is not None:
                return text
    return None


def association_refusal(table: Table, account: str, now_ms: int) -> str | None:
    """Return AWS's text when a member does not let another account join."""
    return _refusal(table, account_root(account), "AssociateTableReplica", now_ms)


def _refusal(table: Table, principal: Principal, action: str, now_ms: int) -> str | None:
    """Return AWS's text of an access that a table's policy does not allow."""
    document = "" if table.policy is None else table.policy.document
    arn = table_arn(table.region, table.account, table.name)
    keys = RequestKeys(principal, action, action, {}, {}, table, table.region, now_ms, None)
    request = AccessRequest(principal, f"dynamodb:{action}", arn, table.account, keys)
    policies = root_policies(policy_of(document) if document else None)
    decision = evaluate(request, policies)
    return None if decision.allowed else denial(request, decision)


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
