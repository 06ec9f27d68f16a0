"""What refused requests leave for CloudWatch, by error."""

from typing import Any

import pytest

from globaltables.capacity.traffic import Event
from globaltables.foundation.errors import ApiError, OperationalError, validation
from globaltables.gateway import measuring
from globaltables.gateway.exchange import Exchange, ModelledOperation, Operation
from globaltables.security.principals import account_root
from tests.support.regions import ACCOUNT, make_region

_ORDERS = {"TableName": "orders"}
_TABLE = (("TableName", "orders"),)
_OPERATION = (("Operation", "PutItem"), *_TABLE)
_ARN = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders"


class _Unchecked:
    """A model that is not asked."""

    def check(self, request: dict[str, Any]) -> None:
        """Find nothing."""


def _exchange(request: dict[str, Any], name: str = "PutItem") -> Exchange:
    exchange = Exchange(b"POST", b"/", {}, b"")
    exchange.request = request
    model: ModelledOperation = _Unchecked()
    exchange.operation = Operation(name, model, lambda _: {}, measured=True, of_database=True)
    exchange.region = make_region().region
    exchange.caller = account_root(ACCOUNT)
    exchange.begun = 1
    return exchange


@pytest.mark.parametrize(
    ("request_", "error", "expected"),
    [
        (_ORDERS, validation("no"), [Event(ACCOUNT, "UserErrors")]),
        (
            {"TableName": _ARN},
            ApiError("ConditionalCheckFailedException", "no"),
            [Event(ACCOUNT, "ConditionalCheckFailedRequests", _TABLE)],
        ),
        (
            _ORDERS,
            ApiError("ProvisionedThroughputExceededException", "no"),
            [Event(ACCOUNT, "ThrottledRequests", _OPERATION)],
        ),
        (
            _ORDERS,
            ApiError("TransactionConflictException", "no"),
            [Event(ACCOUNT, "TransactionConflict", _TABLE), Event(ACCOUNT, "UserErrors")],
        ),
        (_ORDERS, OperationalError("disk"), [Event(ACCOUNT, "SystemErrors", _OPERATION)]),
        (
            {"TransactItems": [{"Put": {"TableName": "a"}}, {"Delete": _ORDERS}]},
            ApiError(
                "TransactionCanceledException",
                "no",
                fields={
                    "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]
                },
            ),
            [
                Event(ACCOUNT, "UserErrors"),
                Event(ACCOUNT, "ConditionalCheckFailedRequests", _TABLE),
            ],
        ),
    ],
)
def test_a_refused_request_is_counted(
    request_: dict[str, Any], error: Exception, expected: list[Event]
) -> None:
    """With the dimensions that AWS's metrics have."""
    exchange = _exchange(request_)
    measuring.failed(exchange, error)
    _, events = exchange.region.traffic.take()
    assert expected == list(events)


def test_a_batch_is_measured_for_each_of_its_tables() -> None:
    """Once, however many of its parts name it."""
    exchange = _exchange({"RequestItems": {"a": [], "b": []}}, "BatchWriteItem")
    measuring.succeeded(exchange)
    durations, _ = exchange.region.traffic.take()
    assert {("BatchWriteItem", ACCOUNT, "a"), ("BatchWriteItem", ACCOUNT, "b")} == set(durations)
