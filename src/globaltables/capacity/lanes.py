"""Lanes: what one kind of access to a table or an index goes through: its meter, and its limits when it has any."""

from collections import OrderedDict

import orjson

from globaltables.capacity.buckets import Bucket, GrowingBucket
from globaltables.capacity.throttling import Limit, Refusal
from globaltables.capacity.usage import Kind, Meter
from globaltables.foundation.limits import (
    BURST_SECONDS,
    HOT_KEYS_MAX,
    PARTITION_READ_UNITS_MAX,
    PARTITION_WRITE_UNITS_MAX,
    TABLE_THROUGHPUT_MAX,
)
from globaltables.items.values import Item
from globaltables.tables.capacity_settings import INITIAL_ON_DEMAND
from globaltables.tables.definitions import Index, Table


class Partitions:
    """The limit of every partition key; those that were not used lately are forgotten, which fills them again.

    Args:
        names: the attributes of the partition key.
        rate: units per second.
    """

    def __init__(self, names: tuple[str, ...], rate: int) -> None:
        self._names = names
        self._rate = rate
        self._buckets: OrderedDict[bytes, Bucket] = OrderedDict()

    def bucket(self, key_item: Item, now_ms: int) -> Bucket | None:
        """Return the bucket of an item's partition, None when the item has none."""
        values = [key_item.get(name) for name in self._names]
        if None in values:
            return None
        partition = orjson.dumps(values)
        bucket = self._buckets.get(partition)
        if bucket is None:
            bucket = self._buckets[partition] = Bucket(self._rate, 1, now_ms)
            if len(self._buckets) > HOT_KEYS_MAX:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(partition)
        return bucket


class Lane:
    """One kind of access to a table or to one of its global indexes.

    Args:
        table: the table.
        index: None is the table itself.
        kind: of access.
        consumed: counts the units.
        now_ms: the time.
        before: the lane of an earlier definition, whose unused units stay.
        realistic: whether on-demand tables and partition keys are limited as on AWS.

    Attributes:
        limit: what is exceeded when the bucket is empty.
        bucket: of the whole table or index; None without a limit.
        limited: whether anything can be refused.
    """

    __slots__ = (
        "_partitions",
        "bucket",
        "consumed",
        "index_name",
        "kind",
        "limit",
        "limited",
    )

    def __init__(
        self,
        table: Table,
        index: Index | None,
        kind: Kind,
        consumed: Meter,
        now_ms: int,
        before: "Lane | None",
        *,
        realistic: bool,
    ) -> None:
        self.index_name = None if index is None else index.name
        self.kind = kind
        self.consumed = consumed
        self.limit, rate = _limit_of(table, index, kind, realistic=realistic)
        self.bucket: Bucket | None = None
        if rate:
            kept = before.bucket if before is not None and before.limit == self.limit else None
            self.bucket = _bucket(self.limit, rate, table, now_ms, kept)
        self._partitions: Partitions | None = None
        if realistic:
            schema = table.schema if index is None else index.schema
            names = tuple(attribute.name for attribute in schema.hash)
            most = PARTITION_READ_UNITS_MAX if kind == "read" else PARTITION_WRITE_UNITS_MAX
            self._partitions = Partitions(names, most)
        self.limited = rate > 0 or realistic

    def refusal(self, key_item: Item | None, now_ms: int) -> Refusal | None:
        """Return what stands against a request now."""
        bucket = self.bucket
        if bucket is not None and not bucket.open(now_ms):
            limit = self.limit
            if limit == "KeyRangeThroughputExceeded" and bucket.rate >= TABLE_THROUGHPUT_MAX:
                limit = "AccountLimitExceeded"
            return Refusal(self.index_name, self.kind, limit)
        if self._partitions is not None and key_item is not None:
            bucket = self._partitions.bucket(key_item, now_ms)
            if bucket is not None and not bucket.open(now_ms):
                return Refusal(self.index_name, self.kind, "KeyRangeThroughputExceeded")
        return None

    def take(self, units: float, key_item: Item | None, now_ms: int) -> None:
        """Take units from the buckets; `consumed` is the caller's to count."""
        if self.bucket is not None:
            self.bucket.take(units)
        if self._partitions is not None and key_item is not None:
            bucket = self._partitions.bucket(key_item, now_ms)
            if bucket is not None:
                bucket.take(units)

    def drain(self, units: float, now_ms: int) -> None:
        """Take units for what happens whether there are any or not."""
        if self.bucket is not None:
            self.bucket.open(now_ms)
            self.bucket.drain(units)


def _limit_of(
    table: Table, index: Index | None, kind: Kind, *, realistic: bool
) -> tuple[Limit, float]:
    """Return the limit, and its units per second; 0 is none."""
    owner = table if index is None else index
    reads = kind == "read"
    if table.billing_mode == "PROVISIONED":
        provisioned = owner.throughput
        if provisioned is None:
            return "ProvisionedThroughputExceeded", 0
        units = provisioned.read_units if reads else provisioned.write_units
        return "ProvisionedThroughputExceeded", units
    if owner.on_demand is not None:
        most = owner.on_demand.max_read_units if reads else owner.on_demand.max_write_units
        if most is not None:
            return "MaxOnDemandThroughputExceeded", most
    warm = owner.warm or INITIAL_ON_DEMAND
    units = warm.read_units if reads else warm.write_units
    return "KeyRangeThroughputExceeded", units if realistic else 0


def _bucket(limit: Limit, rate: float, table: Table, now_ms: int, kept: Bucket | None) -> Bucket:
    if limit == "KeyRangeThroughputExceeded":
        if kept is None:
            return GrowingBucket(rate, table.created_ms, now_ms)
        if rate > kept.rate:
            kept.set_rate(rate, 1, now_ms)
        return kept
    if kept is None:
        return Bucket(rate, BURST_SECONDS, now_ms)
    kept.set_rate(rate, BURST_SECONDS, now_ms)
    return kept
