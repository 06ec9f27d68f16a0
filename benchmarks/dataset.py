"""The table and the items that every measurement uses."""

import random
import string
from functools import lru_cache
from typing import Any

Item = dict[str, dict[str, Any]]

TABLE = "Bench"
#: Consecutive items share a partition key.
ITEMS_PER_PARTITION = 100
_BODY_CHARACTERS = 228
_TEXT_CHARACTERS = 1 << 20
_STATUSES = ("NEW", "PAID", "SENT", "DONE")
_KEY = (("PK", "HASH"), ("SK", "RANGE"))
_INDEX_KEY = (("G1PK", "HASH"), ("G1SK", "RANGE"))


def key_of(number: int) -> Item:
    """Return the key of an item."""
    partition, place = divmod(number, ITEMS_PER_PARTITION)
    return {"PK": {"S": f"user#{partition:06d}"}, "SK": {"S": f"order#{place:06d}"}}


def item_of(number: int, version: int = 0) -> Item:
    """Return an item of about 400 bytes, as DynamoDB counts them.

    Args:
        number: says which.
        version: gives an item of the same key other values, so that a write changes something.
    """
    # A multiplicative hash (Knuth): neighbours get distant texts, which no compression finds again.
    spread = (number * 2_654_435_761 + version * 40_503) % (1 << 32)
    start = spread % (_TEXT_CHARACTERS - _BODY_CHARACTERS)
    day = 1 + number % 28
    return {
        **key_of(number),
        "status": {"S": _STATUSES[number % 4]},
        "amount": {"N": f"{1 + spread % 999_999}.{10 + number % 90}"},
        "ver": {"N": "1"},
        "cnt": {"N": "0"},
        "created": {"S": f"2026-01-{day:02d}T12:00:00Z"},
        "tags": {"SS": [f"t{number % 7}", f"u{number % 11}", "common"]},
        "addr": {
            "M": {
                "city": {"S": "Springfield"},
                "zip": {"N": str(10_001 + number % 8_999)},
                "ok": {"BOOL": True},
            }
        },
        "G1PK": {"S": f"status#{number % 500:04d}"},
        "G1SK": {"S": f"2026-01-{day:02d}#{number:08d}"},
        "body": {"S": _text()[start : start + _BODY_CHARACTERS]},
    }


def table_definition(table: str, *, streams: bool = False) -> dict[str, Any]:
    """Return CreateTable's parameters: a composite key and one index that has every attribute."""
    names = [name for name, _ in (*_KEY, *_INDEX_KEY)]
    definition: dict[str, Any] = {
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _schema(_KEY),
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "GSI1",
                "KeySchema": _schema(_INDEX_KEY),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    }
    if streams:
        definition["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
    return definition


def _schema(key: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in key]


@lru_cache(maxsize=1)
def _text() -> str:
    """Return the letters from which every item's body is cut."""
    letters = string.ascii_letters + string.digits
    return "".join(random.Random(7).choices(letters, k=_TEXT_CHARACTERS))
