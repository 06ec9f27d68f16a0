"""The attributes in which items of version 2017.11.29 global tables show their version.

The stamp stays what decides; the attributes are its image, made anew with every write of a client, whatever the client
wrote under their names. On AWS the service adds them with a write of its own, which follows the client's: streams show
both (developer guide, global tables versions: "Streams behavior before, during, and after upgrade").
"""

from globaltables.items.values import Item
from globaltables.runtime.clock import COUNTER_BITS, stamp_ms

DELETING = "aws:rep:deleting"
UPDATE_TIME = "aws:rep:updatetime"
UPDATE_REGION = "aws:rep:updateregion"
_COUNTER = (1 << COUNTER_BITS) - 1
_COUNTED_MAX = 999


def with_version(item: Item, stamp: int, region: str) -> Item:
    """Return an item with the attributes that show its version."""
    return {
        **item,
        DELETING: {"BOOL": False},
        UPDATE_REGION: {"S": region},
        UPDATE_TIME: {"N": update_time(stamp)},
    }


def being_deleted(item: Item) -> Item:
    """Return an item as another region's deletion leaves it for a moment."""
    return {**item, DELETING: {"BOOL": True}}


def update_time(stamp: int) -> str:
    """Return a stamp as seconds since 1970: milliseconds, then three digits that count from 001 as on AWS."""
    milliseconds = stamp_ms(stamp)
    count = min((stamp & _COUNTER) + 1, _COUNTED_MAX)
    return f"{milliseconds // 1000}.{milliseconds % 1000:03}{count:03}".rstrip("0")
