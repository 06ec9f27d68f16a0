"""What requests leave with the traffic of their region, for CloudWatch: how long they took, or how they failed.

Source: DynamoDB developer guide, metrics and dimensions.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from globaltables.capacity.traffic import Event
from globaltables.foundation.arns import parse_table_arn
from globaltables.foundation.errors import ApiError
from globaltables.gateway.exchange import Exchange
from globaltables.runtime.stopwatch import monotonic_ns

#: The operations whose successes are measured by table.
MEASURED = frozenset(
    (
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    )
)
_THROTTLED = frozenset(("ProvisionedThroughputExceededException", "ThrottlingException"))
_CONDITION = "ConditionalCheckFailedRequests"
_CONFLICT = "TransactionConflict"
#: Metrics of refusals by table, by code and by the code of a cancelled transaction's reason.
_REFUSALS: Mapping[str, str] = {
    "ConditionalCheckFailedException": _CONDITION,
    "ConditionalCheckFailed": _CONDITION,
    "TransactionConflictException": _CONFLICT,
    "TransactionConflict": _CONFLICT,
}


def succeeded(exchange: Exchange) -> None:
    """Take note of a request that succeeded, whose operation is measured."""
    duration = monotonic_ns() - exchange.begun
    name, account, traffic = (
        exchange.operation.name,
        exchange.caller.account,
        exchange.region.traffic,
    )
    table = exchange.request.get("TableName")
    if table is not None:
        traffic.succeeded(name, account, table, duration)
        return
    for one in set(_tables_of(exchange.request)):
        traffic.succeeded(name, account, one, duration)


def failed(exchange: Exchange, error: BaseException) -> None:
    """Take note of a request that failed after its signer was known."""
    operation, account = exchange.operation, exchange.caller.account
    if not operation.of_database:
        return
    happened = exchange.region.traffic.happened
    request = exchange.request if type(exchange.request) is dict else {}
    by_operation = [
        (("Operation", operation.name), ("TableName", table))
        for table in sorted({_name_of(one) for one in _named_tables(request)})
    ]
    if not isinstance(error, ApiError) or error.status >= 500:
        for dimensions in by_operation:
            happened(Event(account, "SystemErrors", dimensions))
        return
    metric = _REFUSALS.get(error.code)
    if error.code in _THROTTLED:
        for dimensions in by_operation:
            happened(Event(account, "ThrottledRequests", dimensions))
    elif metric is not None:
        for dimensions in by_operation:
            happened(Event(account, metric, dimensions[1:]))
    if metric != _CONDITION and error.code not in _THROTTLED:
        happened(Event(account, "UserErrors"))
    reasons = (error.fields or {}).get("CancellationReasons") or ()
    for reason, table in zip(reasons, _tables_of(request), strict=False):
        metric = _REFUSALS.get(reason.get("Code", ""))
        if metric is not None:
            happened(Event(account, metric, (("TableName", _name_of(table)),)))


def _named_tables(request: Mapping[str, Any]) -> Iterable[str]:
    table = request.get("TableName")
    return [table] if isinstance(table, str) else _tables_of(request)


def _tables_of(request: Mapping[str, Any]) -> Iterable[str]:
    """Return the tables of a batch, or those of the parts of a transaction in their order.

    The request may be one that was refused for its form.
    """
    items = request.get("RequestItems")
    if isinstance(items, dict):
        return list(items)
    parts = request.get("TransactItems")
    parts = parts if isinstance(parts, list) else []
    found = (
        members
        for part in parts
        if isinstance(part, dict)
        for members in part.values()
        if isinstance(members, dict)
    )
    names = (members.get("TableName") for members in found)
    return [name for name in names if isinstance(name, str)]


def _name_of(table: str) -> str:
    arn = parse_table_arn(table) if table.startswith("arn:") else None
    return table if arn is None else arn.table_name
