"""What the batch operations have in common: their entries, and what is told of each."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from globaltables.companions.service import ServiceCall
from globaltables.companions.sqs.refusals import wire_code
from globaltables.foundation.errors import ApiError
from globaltables.foundation.message_limits import SQS_BATCH_MAX

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def batch_entries(call: ServiceCall) -> Sequence[dict[str, Any]]:
    """Return the entries of a batch.

    Raises:
        ApiError: there are none, or too many, or their ids are wrong.
    """
    entries: Sequence[dict[str, Any]] = call.request["Entries"]
    if not entries:
        raise ApiError(
            "EmptyBatchRequest",
            f"There should be at least one {call.operation}RequestEntry in the request.",
        )
    if len(entries) > SQS_BATCH_MAX:
        raise ApiError(
            "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {SQS_BATCH_MAX}. You have sent {len(entries)}.",
        )
    seen = set()
    for entry in entries:
        identity: str = entry["Id"]
        if _ID.fullmatch(identity) is None:
            raise ApiError(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.",
            )
        if identity in seen:
            raise ApiError("BatchEntryIdsNotDistinct", f"Id {identity} repeated.")
        seen.add(identity)
    return entries


def failed(entry: Mapping[str, Any], error: ApiError) -> dict[str, Any]:
    """Return what is told of an entry that is refused."""
    return {
        "Id": entry["Id"],
        "SenderFault": True,
        "Code": wire_code(error),
        "Message": error.message,
    }


def outcome(
    successful: Sequence[dict[str, Any]], refused: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return the answer to a batch."""
    answer: dict[str, Any] = {"Successful": list(successful)}
    if refused:
        answer["Failed"] = list(refused)
    return answer
