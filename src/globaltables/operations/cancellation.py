"""Cancelled transactions: the reasons, in the order of the actions, and the exception."""

from collections.abc import Mapping, Sequence
from typing import Any

from globaltables.foundation.errors import ApiError

Reason = dict[str, Any]

_CODES: Mapping[str, str] = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ItemCollectionSizeLimitExceededException": "ItemCollectionSizeLimitExceeded",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
    "RequestLimitExceeded": "ThrottlingError",
    "ThrottlingException": "ThrottlingError",
    "TransactionConflictException": "TransactionConflict",
    "ValidationException": "ValidationError",
}


def reason_of(error: ApiError) -> Reason:
    """Return the cancellation reason that stands for an action's error.

    Raises:
        ApiError: the error itself, when it is one of the whole request: the table is gone.
    """
    code = _CODES.get(error.code)
    if code is None:
        raise error
    reason: Reason = {"Code": code, "Message": error.message}
    if error.fields and "Item" in error.fields:
        reason["Item"] = error.fields["Item"]
    return reason


def cancelled(reasons: Sequence[Reason | None]) -> ApiError:
    """Return the TransactionCanceledException of a transaction.

    Args:
        reasons: one for every action, None for those that would have succeeded.

    Source: API_TransactWriteItems; the spelling and the text are AWS's.
    """
    codes = ", ".join("None" if reason is None else reason["Code"] for reason in reasons)
    return ApiError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        fields={
            "CancellationReasons": [
                {"Code": "None"} if reason is None else reason for reason in reasons
            ]
        },
    )
