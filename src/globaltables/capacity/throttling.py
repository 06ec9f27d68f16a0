"""The refusals of throttled requests: AWS's exceptions, texts and reasons."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from globaltables.capacity.usage import Kind
from globaltables.foundation.arns import index_arn, table_arn
from globaltables.foundation.errors import ApiError
from globaltables.tables.definitions import Table

Limit = Literal[
    "ProvisionedThroughputExceeded",
    "MaxOnDemandThroughputExceeded",
    "KeyRangeThroughputExceeded",
    "AccountLimitExceeded",
]

_HOT_KEY_PAGE = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
)
_ABOVE_MAXIMUM = "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
_ABOVE_QUOTA = "Throughput exceeds the current throughput quota for your account"
_PROVISIONED: Mapping[tuple[bool, Kind], str] = {
    (False, "read"): (
        "The level of configured provisioned throughput for the table was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API."
    ),
    (False, "write"): (
        "The level of configured provisioned throughput for the table was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API."
    ),
    (True, "read"): (
        "The level of configured provisioned throughput for the index was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API."
    ),
    (True, "write"): (
        "The level of configured provisioned throughput for one or more global secondary indexes "
        "of the table was exceeded. Consider increasing your provisioning level for the "
        "under-provisioned global secondary indexes with the UpdateTable API"
    ),
}
_SCALING: Mapping[tuple[bool, Kind], str] = {
    (True, "write"): (
        "Throughput exceeds the current capacity for one or more global secondary indexes. "
        "DynamoDB is automatically scaling your index so please try again shortly."
    ),
}
_SCALING_ELSE = (
    "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically "
    "scaling your table or index so please try again shortly. If exceptions persist, check if you "
    f"have a hot key: {_HOT_KEY_PAGE}"
)


class Refusal(NamedTuple):
    """What a request met: an index's name (None is the table), the kind of access, and the limit."""

    index_name: str | None
    kind: Kind
    limit: Limit


class ThrottledError(ApiError):
    """A request that is refused for the capacity of a table or an index.

    Args:
        table: whose capacity it is.
        refusals: at least one; the first decides on exception and text.

    Source:
        Developer guide, "Diagnosing throttling" (exceptions, reasons); API_TransactWriteItems (texts); botocore's
        model, in which ThrottlingException alone writes its reasons with a small letter.
    """

    def __init__(self, table: Table, refusals: Sequence[Refusal]) -> None:
        code, message = _exception(table, refusals[0])
        member = "throttlingReasons" if code == "ThrottlingException" else "ThrottlingReasons"
        reasons = [
            {"reason": _reason(refusal), "resource": _resource(table, refusal.index_name)}
            for refusal in refusals
        ]
        super().__init__(code, message, fields={member: reasons})


def _exception(table: Table, refusal: Refusal) -> tuple[str, str]:
    of_index = refusal.index_name is not None
    if refusal.limit == "MaxOnDemandThroughputExceeded":
        return "ThrottlingException", _ABOVE_MAXIMUM
    if refusal.limit == "AccountLimitExceeded":
        return "RequestLimitExceeded", _ABOVE_QUOTA
    if table.billing_mode == "PROVISIONED":
        return "ProvisionedThroughputExceededException", _PROVISIONED[of_index, refusal.kind]
    return "ThrottlingException", _SCALING.get((of_index, refusal.kind), _SCALING_ELSE)


def _reason(refusal: Refusal) -> str:
    resource = "Table" if refusal.index_name is None else "Index"
    return f"{resource}{refusal.kind.capitalize()}{refusal.limit}"


def _resource(table: Table, index_name: str | None) -> str:
    if index_name is None:
        return table_arn(table.region, table.account, table.name)
    return index_arn(table.region, table.account, table.name, index_name)
