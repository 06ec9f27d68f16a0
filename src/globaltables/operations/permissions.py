"""Which permissions an operation needs that does not itself ask for them at its tables.

Item operations and statements ask where they find their tables (`Call.table_of`), because what policies may ask for
(keys, attributes, the part of a batch) is known there. All others are asked for here, before they begin.

Source: service authorization reference, Amazon DynamoDB (actions, resource types, dependent actions).
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from globaltables.foundation.arns import parse_table_arn, partition_of, table_arn
from globaltables.operations.authorization import check_resource, check_table_access
from globaltables.operations.context import Answer, Call, Handler

#: What is to be allowed: an action and the ARN that it is done to.
_Need = tuple[str, str]
_Needs = Callable[[Call], Iterable[_Need]]

_DYNAMODB = "DynamoDB_20120810."
#: They ask at each table, with the part of the request that is about it.
ASKING_THEMSELVES = frozenset(
    f"{_DYNAMODB}{name}"
    for name in (
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "ExecuteStatement",
        "ExecuteTransaction",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    )
) | {
    # At the stream, whose iterators tell which it is.
    "DynamoDBStreams_20120810.DescribeStream",
    "DynamoDBStreams_20120810.GetRecords",
    "DynamoDBStreams_20120810.GetShardIterator",
}
#: What restoring a table does to the new one.
_RESTORING = (
    "BatchWriteItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
)
_PREFIXES: Mapping[str, str] = {
    "DynamoDB_20120810": "dynamodb",
    "DynamoDBStreams_20120810": "dynamodb",
    "GlobalTables_20261121": "globaltables",
    "AnyScaleFrontendService": "application-autoscaling",
}


def guarded(handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
    """Return the handlers of operations, each of which asks for its permissions first.

    Args:
        handlers: by target.
    """
    return {
        target: handler if target in ASKING_THEMSELVES else partial(_guard, target, handler)
        for target, handler in handlers.items()
    }


def _guard(target: str, handler: Handler, call: Call) -> Answer | Awaitable[Answer]:
    if call.grant is not None:
        prefix, _, operation = target.partition(".")
        needs = needs_of(target, call)
        for action, arn in needs:
            _check(call, f"{_PREFIXES[prefix]}:{action or operation}", arn)
        if all(_account(call, arn) == call.caller.account for _, arn in needs):
            # From here on only the policies of tables have a say: the caller's own have had theirs.
            call.grant = None
    return handler(call)


def needs_of(target: str, call: Call) -> list[_Need]:
    """Return the permissions that a request needs; an empty action is the operation's own."""
    special = _SPECIAL.get(target)
    if special is not None:
        return list(special(call))
    for member in ("TableName", "ResourceArn", "TableArn", "BackupArn", "ExportArn", "ImportArn"):
        if member in call.request and target.startswith(_DYNAMODB):
            return [("", _arn(call, call.request[member]))]
    if "TableName" in call.request:
        return [("", _arn(call, call.request["TableName"]))]
    return [("", "*")]


def _check(call: Call, action: str, arn: str) -> None:
    """Check one permission under the caller's policies and those of the table, if it is one's.

    Raises:
        ApiError: AccessDeniedException.
    """
    account = _account(call, arn)
    if account != call.caller.account:
        return  # another account's: the operation asks, or refuses as AWS does
    access = replace(call.access("", call.request), action=action.removeprefix("dynamodb:"))
    parsed = parse_table_arn(arn)
    table = None
    if parsed is not None and not parsed.resource and parsed.region == call.region.name:
        table = call.region.catalog.find(account, parsed.table_name)
    if table is None:
        check_resource(access, arn, account)
    else:
        check_table_access(access, table)


def _account(call: Call, arn: str) -> str:
    parsed = parse_table_arn(arn)
    return call.account if parsed is None else parsed.account


def _arn(call: Call, name: str, region: str = "") -> str:
    """Return the ARN of what a member names: a table by its name, or anything by its ARN."""
    if name.startswith("arn:"):
        return name
    return table_arn(region or call.region.name, call.account, name)


def _every_table(call: Call) -> Iterable[_Need]:
    yield "", table_arn(call.region.name, call.account, "*")


def _global_table(call: Call) -> Iterable[_Need]:
    """Yield what operations on version 2017.11.29 need: the global table, and its table."""
    name = call.request["GlobalTableName"]
    partition = partition_of(call.region.name)
    yield "", f"arn:{partition}:dynamodb::{call.account}:global-table/{name}"
    if not call.operation.startswith("Describe"):
        yield "", _arn(call, name)


def _import(call: Call) -> Iterable[_Need]:
    yield "", _arn(call, call.request["TableCreationParameters"]["TableName"])


def _restore_backup(call: Call) -> Iterable[_Need]:
    yield "", call.request["BackupArn"]
    yield from _restored(call)


def _restore_time(call: Call) -> Iterable[_Need]:
    source = call.request.get("SourceTableArn") or call.request.get("SourceTableName")
    if source is not None:
        yield "", _arn(call, source)
    yield from _restored(call)


def _restored(call: Call) -> Iterable[_Need]:
    target = _arn(call, call.request["TargetTableName"])
    for action in ("", *_RESTORING):
        yield action, target


def _update_table(call: Call) -> Iterable[_Need]:
    name = call.request["TableName"]
    yield "", _arn(call, name)
    if name.startswith("arn:"):
        return
    for update in call.request.get("ReplicaUpdates") or ():
        for kind, members in update.items():
            if kind in ("Create", "Delete"):
                yield f"{kind}TableReplica", _arn(call, name, members["RegionName"])


#: What is not told by a member of the usual name.
_SPECIAL: Mapping[str, _Needs] = {
    f"{_DYNAMODB}CreateGlobalTable": _global_table,
    f"{_DYNAMODB}DescribeGlobalTable": _global_table,
    f"{_DYNAMODB}DescribeGlobalTableSettings": _global_table,
    f"{_DYNAMODB}ImportTable": _import,
    # These name a table to choose from a list; there is no table that they are done to.
    f"{_DYNAMODB}ListBackups": lambda _: [("", "*")],
    f"{_DYNAMODB}ListContributorInsights": lambda _: [("", "*")],
    f"{_DYNAMODB}ListExports": lambda _: [("", "*")],
    f"{_DYNAMODB}ListImports": lambda _: [("", "*")],
    f"{_DYNAMODB}ListTables": _every_table,
    f"{_DYNAMODB}RestoreTableFromBackup": _restore_backup,
    f"{_DYNAMODB}RestoreTableToPointInTime": _restore_time,
    f"{_DYNAMODB}UpdateGlobalTable": _global_table,
    f"{_DYNAMODB}UpdateGlobalTableSettings": _global_table,
    f"{_DYNAMODB}UpdateTable": _update_table,
    "DynamoDBStreams_20120810.ListStreams": lambda _: [("", "*")],
    "AnyScaleFrontendService.ListTagsForResource": lambda _: [("", "*")],
}
