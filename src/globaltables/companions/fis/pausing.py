"""The policies that pause replication of a replica, as AWS's fault injection writes them.

The statements have an end: replication goes on at the time that was asked for, whether or not anybody is there to
remove them then.

Source: FIS user guide, fis-actions-reference: aws:dynamodb:global-table-pause-replication.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from globaltables.foundation.arns import stream_arn, table_arn
from globaltables.security.policies.rendering import render
from globaltables.security.principals import service_linked_role
from globaltables.security.resource_policies import Slot, accepted
from globaltables.tables.definitions import ResourcePolicy, Table

_SID = "DoNotModifyFisDynamoDbPauseReplication"
_SERVICE = "replication.dynamodb.amazonaws.com"
_ROLE = "AWSServiceRoleForDynamoDBReplication"
_DATA = ("ReadDataForReplication", "WriteDataForReplication")
_TABLE = (
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "DescribeTable",
    "UpdateTable",
    "Scan",
    "DescribeTimeToLive",
    "UpdateTimeToLive",
)
_STREAM = ("GetRecords", "DescribeStream", "GetShardIterator")


def paused(table: Table, experiment_id: str, now_ms: int, until_ms: int) -> Table:
    """Return a replica's definition with policies that pause its replication in both directions until a time.

    An end that an action of the same experiment has set before is replaced.

    Raises:
        ApiError: the statements do not fit into the policy.
    """
    changed = resumed(table, experiment_id, now_ms)
    moment = datetime.fromtimestamp(until_ms / 1000, UTC).isoformat(timespec="milliseconds")
    until = {"DateLessThan": {"aws:CurrentTime": moment.replace("+00:00", "Z")}}
    role = service_linked_role(table.account, _SERVICE, _ROLE).role_arn
    by_role = {**until, "ArnEquals": {"aws:PrincipalArn": role}}
    by_service = {"StringEquals": {"aws:PrincipalServiceName": _SERVICE}, **until}
    arn = table_arn(table.region, table.account, table.name)
    sid = _SID + experiment_id
    statements = [
        _statement(f"{sid}ServicePrincipal", _DATA, arn, by_service),
        _statement(sid, _TABLE, arn, by_role),
    ]
    policy = _with(changed.policy, statements, "table", now_ms)
    changed = replace(changed, policy=policy)
    stream = changed.stream
    if stream is not None:
        stream_id = stream_arn(table.region, table.account, table.name, stream.label)
        statement = _statement(sid, _STREAM, stream_id, by_role)
        held = replace(stream, policy=_with(stream.policy, [statement], "stream", now_ms))
        changed = replace(changed, streams=(*changed.streams[:-1], held))
    return changed


def resumed(table: Table, experiment_id: str, now_ms: int) -> Table:
    """Return a replica's definition without the statements of an experiment; the rest of its policies stays."""
    policy = _without(table.policy, experiment_id, now_ms)
    streams = tuple(
        replace(stream, policy=_without(stream.policy, experiment_id, now_ms))
        for stream in table.streams
    )
    return replace(table, policy=policy, streams=streams)


def _statement(
    sid: str, actions: tuple[str, ...], resource: str, condition: dict[str, Any]
) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": [f"dynamodb:{action}" for action in actions],
        "Resource": resource,
        "Condition": condition,
    }


def _with(
    policy: ResourcePolicy | None, statements: list[dict[str, Any]], slot: Slot, now_ms: int
) -> ResourcePolicy:
    document: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
    if policy is not None and policy.document:
        document = orjson.loads(policy.document)
    document["Statement"] += statements
    text = render(accepted(orjson.dumps(document).decode(), slot))
    return _next(policy, text, now_ms)


def _without(
    policy: ResourcePolicy | None, experiment_id: str, now_ms: int
) -> ResourcePolicy | None:
    if policy is None or _SID + experiment_id not in policy.document:
        return policy
    document = orjson.loads(policy.document)
    kept = [
        one
        for one in document["Statement"]
        if not one.get("Sid", "").startswith(_SID + experiment_id)
    ]
    text = orjson.dumps({**document, "Statement": kept}).decode() if kept else ""
    return _next(policy, text, now_ms)


def _next(policy: ResourcePolicy | None, document: str, now_ms: int) -> ResourcePolicy:
    """Return a policy with a revision of its own: its time, and greater than the one before."""
    revision_ms = now_ms if policy is None else max(now_ms, policy.revision_ms + 1)
    return ResourcePolicy(document, revision_ms)
