"""Pages of lists: MaxItems and Marker of requests, IsTruncated and Marker of responses."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, TypeVar

from globaltables.companions.iam.stored import invalid
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import IAM_PAGE_DEFAULT

_Entry = TypeVar("_Entry")


def page(
    call: ServiceCall, entries: Iterable[tuple[str, _Entry]]
) -> tuple[list[_Entry], dict[str, Any]]:
    """Return the entries of a page, and what its response says of the rest.

    Args:
        call: the request.
        entries: all of them, each after its name in the list.

    Raises:
        ApiError: ValidationError for a marker that no page had.
    """
    ordered = sorted(entries, key=lambda entry: entry[0])
    begin = 0
    if (marker := call.request.get("Marker")) is not None:
        begin = bisect_right(ordered, _read(marker), key=lambda entry: entry[0])
    end = begin + call.request.get("MaxItems", IAM_PAGE_DEFAULT)
    rest: dict[str, Any] = {"IsTruncated": end < len(ordered)}
    if rest["IsTruncated"]:
        rest["Marker"] = urlsafe_b64encode(ordered[end - 1][0].encode()).decode()
    return [entry for _, entry in ordered[begin:end]], rest


def _read(marker: str) -> str:
    try:
        return urlsafe_b64decode(marker.encode()).decode()
    except (binascii.Error, UnicodeError):
        raise invalid(f"Invalid Marker: {marker}") from None
