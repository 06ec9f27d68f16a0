"""What a function's answer says of the batch that it was given."""

from collections.abc import Sequence

import orjson


def failed_items(payload: bytes, identifiers: Sequence[str]) -> list[str] | None:
    """Return the identifiers of a batch's items that failed; None when the whole batch did.

    Args:
        payload: the answer of a function that reports batch item failures.
        identifiers: of the batch.

    Source:
        Lambda developer guide, "Configuring partial batch response": what is success, and what complete failure.
    """
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(answer, dict):
        return []
    failures = answer.get("batchItemFailures")
    if not failures:
        return []
    if not isinstance(failures, list):
        return None
    known = set(identifiers)
    failed = []
    for one in failures:
        identifier = one.get("itemIdentifier") if isinstance(one, dict) else None
        if not isinstance(identifier, str) or identifier not in known:
            return None
        failed.append(identifier)
    return failed
