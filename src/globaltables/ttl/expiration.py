"""Whether an item has expired: exactly on the parsed item, and cheaply on its stored bytes."""

from math import inf

import orjson

from globaltables.foundation.limits import TTL_PAST_SECONDS_MAX
from globaltables.items.values import Item


def is_expired(item: Item, attribute: str, now: float) -> bool:
    """Tell whether an item's time, a Number of seconds since 1970, has come and is not years ago.

    The five years protect items whose attribute was never meant as a time, as on AWS.
    """
    at = expires_at(item, attribute)
    return now - TTL_PAST_SECONDS_MAX <= at <= now


def expires_at(item: Item, attribute: str) -> float:
    """Return when an item expires, in seconds since 1970; infinity when its attribute is missing or no Number."""
    value = item.get(attribute)
    if value is None or "N" not in value:
        return inf
    return float(value["N"])


def marker_of(attribute: str) -> bytes:
    """Return the bytes that stand before the attribute's number in canonical JSON."""
    return orjson.dumps(attribute) + b':{"N":"'


def earliest_mention(stored: bytes, marker: bytes) -> float:
    """Return the smallest number that follows the marker in stored bytes; infinity when there is none.

    A lower bound of `expires_at` at a tenth of the cost of parsing: a nested attribute of the same name counts too, and
    no JSON string can hold the marker, since a quotation mark inside a string is escaped.
    """
    earliest = inf
    at = stored.find(marker)
    while at >= 0:
        start = at + len(marker)
        end = stored.index(b'"', start)
        earliest = min(earliest, float(stored[start:end]))
        at = stored.find(marker, end)
    return earliest
