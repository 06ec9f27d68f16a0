"""Lists in pages: Marker, MaxItems, NextMarker."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from itertools import dropwhile, islice
from typing import Any

from globaltables.companions.functions.refusals import invalid_parameter
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import LAMBDA_LIST_MAX


def page(
    call: ServiceCall,
    found: Iterable[tuple[str, Any]],
    member: str,
    size_max: int = LAMBDA_LIST_MAX,
) -> dict[str, Any]:
    """Return the answer of an operation that lists.

    Args:
        call: its request may have Marker and MaxItems.
        found: everything with its key, in the order of the keys.
        member: of the answer.
        size_max: of a page, whatever the request wants.

    Raises:
        ApiError: InvalidParameterValueException: the marker is none of ours.
    """
    after = _key(call.request.get("Marker"))
    size = min(call.request.get("MaxItems", size_max), size_max)
    rest = found if after is None else dropwhile(lambda one: one[0] <= after, found)
    shown = list(islice(rest, size + 1))
    answer: dict[str, Any] = {member: [value for _, value in shown[:size]]}
    if len(shown) > size:
        answer["NextMarker"] = urlsafe_b64encode(shown[size - 1][0].encode()).decode()
    return answer


def _key(marker: str | None) -> str | None:
    if not marker:
        return None
    try:
        return urlsafe_b64decode(marker).decode()
    except ValueError:
        raise invalid_parameter(f"Invalid Marker: {marker}") from None
