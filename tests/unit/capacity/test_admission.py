"""Tests of what is let in, what is refused, and what is counted and observed of it."""

from dataclasses import replace
from typing import Any

import pytest

from globaltables.capacity.admission import Admission
from globaltables.capacity.throttling import ThrottledError
from globaltables.foundation.errors import ApiError
from globaltables.items.values import Item
from globaltables.runtime.clock import VirtualClock
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import (
    Index,
    InsightsSetting,
    KeyAttribute,
    KeySchema,
    OnDemandThroughput,
    Table,
    Throughput,
    WarmThroughput,
)

_ARN = "arn:aws:dynamodb:eu-west-1:000000000000:table/orders"
_KEY = KeyAttribute("pk", "S")
_INDEX = Index(
    "by-g", 1, "GLOBAL", KeySchema((KeyAttribute("g", "S"),)), "ALL", throughput=Throughput(1, 1)
)
_LOCAL = Index("by-l", 2, "LOCAL", KeySchema((_KEY,), (KeyAttribute("l", "S"),)), "ALL")
_TABLE = Table(
    name="orders",
    account="000000000000",
    region="eu-west-1",
    number=1,
    table_id="3e8d6d6c-0d6c-4a5e-9c5a-000000000001",
    created_ms=0,
    schema=KeySchema((_KEY,)),
    attributes=(_KEY,),
    throughput=Throughput(2, 1),
    indexes=(_INDEX, _LOCAL),
)
_ON_DEMAND = replace(_TABLE, billing_mode="PAY_PER_REQUEST", indexes=())
_ITEM: Item = {"pk": {"S": "a"}, "g": {"S": "b"}}


class _World:
    """An admission with its clock and one table."""

    def __init__(self, table: Table, *, realistic: bool = False) -> None:
        self.clock = VirtualClock(1_700_000_000_000)
        self.catalog = Catalog([table])
        self.admission = Admission(self.catalog, self.clock, realistic=realistic)
        self.table = table

    def define(self, table: Table) -> None:
        """Change the table."""
        self.catalog.put(table)
        self.table = table

    def write(self, units: float = 1, *index_units: tuple[str, float], item: Item = _ITEM) -> None:
        """Write an item."""
        self.admission.admit_write(self.table, item)
        self.admission.write(self.table, units, index_units, item)

    def read(self, units: float = 1, index: str | None = None, item: Item = _ITEM) -> None:
        """Read an item."""
        self.admission.read(self.table, index, units, item)

    def counts(self, index: str | None = None) -> tuple[float, int]:
        """Return the units written and the writes throttled in all."""
        usage, until = self.admission.usage, self.clock.now_ms() + 1000
        return (
            usage.consumed(1, index, "write", 0, until),
            usage.throttled(1, index, "write", 0, until),
        )


def _refused(call: Any, *arguments: Any) -> dict[str, Any]:
    with pytest.raises(ThrottledError) as caught:
        call(*arguments)
    return caught.value.body()


def test_write_to_a_table_without_units_is_refused_with_its_reason() -> None:
    """After the burst one unit comes every second; what was refused is counted and consumes nothing."""
    world = _World(_TABLE)
    world.write(300)

    body = _refused(world.write)
    world.clock.advance(1000)
    world.write()

    assert {
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": (
            "The level of configured provisioned throughput for the table was exceeded. "
            "Consider increasing your provisioning level with the UpdateTable API."
        ),
        "ThrottlingReasons": [
            {"reason": "TableWriteProvisionedThroughputExceeded", "resource": _ARN}
        ],
    } == body
    assert (301, 1) == world.counts()


def test_write_to_an_index_without_units_is_refused_and_charges_nothing() -> None:
    """The table has units, but an index that the write changes has none: back-pressure."""
    world = _World(_TABLE)
    world.write(1, ("by-g", 300))

    body = _refused(world.write, 1, ("by-g", 1))
    world.write(1)

    assert {
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": (
            "The level of configured provisioned throughput for one or more global secondary "
            "indexes of the table was exceeded. Consider increasing your provisioning level for "
            "the under-provisioned global secondary indexes with the UpdateTable API"
        ),
        "ThrottlingReasons": [
            {
                "reason": "IndexWriteProvisionedThroughputExceeded",
                "resource": f"{_ARN}/index/by-g",
            }
        ],
    } == body
    assert ((2, 0), (300, 1)) == (world.counts(), world.counts("by-g"))


def test_write_of_a_local_index_is_charged_to_the_table() -> None:
    """A local index has no units of its own; it overdraws the table's and is never refused in between."""
    world = _World(_TABLE)

    world.write(300, ("by-l", 2))

    assert (302, 0) == world.counts()
    assert (
        "TableWriteProvisionedThroughputExceeded"
        == (_refused(world.write)["ThrottlingReasons"][0]["reason"])
    )


def test_read_of_an_index_takes_the_units_of_the_index() -> None:
    """The table can be read while its index cannot."""
    world = _World(_TABLE)
    world.read(300, "by-g")

    body = _refused(world.read, 1, "by-g")
    world.read(1)
    world.read(1, "by-l")

    assert [
        "The level of configured provisioned throughput for the index was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API.",
        "IndexReadProvisionedThroughputExceeded",
    ] == [body["message"], body["ThrottlingReasons"][0]["reason"]]


def test_page_that_was_let_in_is_charged_whatever_it_costs() -> None:
    """What is known only after reading may cost more than there is; the next page is refused."""
    world = _World(_TABLE)

    world.admission.admit_read(world.table, None, None)
    world.admission.charge_read(world.table, None, 700, None)

    assert (
        "TableReadProvisionedThroughputExceeded"
        == (
            _refused(world.admission.admit_read, world.table, None, None)["ThrottlingReasons"][0][
                "reason"
            ]
        )
    )


def test_replicated_write_is_never_refused_and_takes_the_units_of_others() -> None:
    """It is counted, and the table's own writers find an empty bucket, without a debt."""
    world = _World(_TABLE)
    for _ in range(5):
        world.admission.absorb_write(world.table, 100, [("by-g", 100)], {"pk": {"S": "a"}})

    _refused(world.write)
    world.clock.advance(1000)
    world.write(1)

    assert ((501, 1), (500, 0)) == (world.counts(), world.counts("by-g"))


def test_throughput_that_is_raised_helps_at_once() -> None:
    """The bucket keeps what it holds and fills faster."""
    world = _World(_TABLE)
    world.write(300)

    world.define(replace(_TABLE, throughput=Throughput(2, 100)))
    _refused(world.write)
    world.clock.advance(1000)
    world.write(99)
    world.write(1)

    _refused(world.write)


def test_request_with_an_older_definition_passes_the_gate_of_the_newest() -> None:
    """What was prepared before an update does not bring the old limits back."""
    world = _World(_TABLE)
    world.write(300)
    world.define(replace(_TABLE, billing_mode="PAY_PER_REQUEST"))
    world.write(1)

    world.admission.admit_write(_TABLE, _ITEM)
    world.admission.write(_TABLE, 1, (), _ITEM)

    assert (302, 0) == world.counts()


def test_index_that_was_made_again_has_full_buckets() -> None:
    """It is another index of the same name."""
    world = _World(_TABLE)
    world.write(1, ("by-g", 300))

    world.define(replace(_TABLE, indexes=(replace(_INDEX, number=3),)))
    world.write(1, ("by-g", 1))

    assert (301, 0) == world.counts("by-g")


def test_table_that_is_gone_is_not_found_and_forgotten() -> None:
    """Its meters go when another table is used first."""
    world = _World(_TABLE)
    world.write(1)
    world.catalog.remove(_TABLE)
    other = replace(_TABLE, number=2)

    with pytest.raises(ApiError, match="ResourceNotFoundException"):
        world.admission.admit_write(replace(_TABLE), _ITEM)
    world.define(other)
    world.write(1)

    assert (0, 0) == world.counts()


def test_on_demand_table_is_not_limited() -> None:
    """Outside of the realistic mode there is no limit that was not set."""
    world = _World(_ON_DEMAND)

    for _ in range(10):
        world.write(1_000_000)
        world.read(1_000_000)

    assert (10_000_000, 0) == world.counts()


def test_on_demand_maximum_refuses_with_throttling_exception() -> None:
    """A maximum that was set is kept like provisioned units; the exception is another."""
    maximum = OnDemandThroughput(None, 10)
    world = _World(replace(_ON_DEMAND, on_demand=maximum))
    world.write(3000)

    body = _refused(world.write)
    world.read(1_000_000)
    world.read(1_000_000)

    assert {
        "__type": "com.amazon.coral.availability#ThrottlingException",
        "message": "Throughput exceeds the maximum OnDemandThroughput configured on table or index",
        "throttlingReasons": [
            {"reason": "TableWriteMaxOnDemandThroughputExceeded", "resource": _ARN}
        ],
    } == body


def test_realistic_mode_limits_every_partition_key() -> None:
    """A thousand write units a second for one key; another key has its own."""
    world = _World(_ON_DEMAND, realistic=True)
    world.write(1000)

    body = _refused(world.write)
    world.write(1, item={"pk": {"S": "other"}})
    world.clock.advance(1000)
    world.write(1)

    assert [
        "com.amazon.coral.availability#ThrottlingException",
        [{"reason": "TableWriteKeyRangeThroughputExceeded", "resource": _ARN}],
    ] == [body["__type"], body["throttlingReasons"]]


def test_realistic_mode_limits_partition_keys_of_provisioned_tables_and_indexes() -> None:
    """A hot key is refused with the exception of a provisioned table."""
    index = replace(_INDEX, throughput=Throughput(5000, 5000))
    table = replace(_TABLE, throughput=Throughput(5000, 5000), indexes=(index,))
    world = _World(table, realistic=True)
    world.write(1, ("by-g", 1000))

    body = _refused(world.write, 1, ("by-g", 1))

    assert [
        "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "IndexWriteKeyRangeThroughputExceeded",
    ] == [body["__type"], body["ThrottlingReasons"][0]["reason"]]


def test_realistic_mode_limits_on_demand_tables_to_what_they_are_warm_for() -> None:
    """A new table takes 4,000 write units a second, spread over its keys."""
    world = _World(_ON_DEMAND, realistic=True)
    for number in range(8):
        world.write(500, item={"pk": {"S": str(number)}})

    body = _refused(world.admission.admit_write, world.table, {"pk": {"S": "new"}})

    assert "TableWriteKeyRangeThroughputExceeded" == body["throttlingReasons"][0]["reason"]


def test_realistic_mode_limits_on_demand_tables_to_the_quota_of_the_account() -> None:
    """A table that has grown to 40,000 units a second grows no more, and says so."""
    world = _World(replace(_ON_DEMAND, warm=WarmThroughput(40_000, 40_000)), realistic=True)
    for number in range(40):
        world.write(1000, item={"pk": {"S": str(number)}})

    body = _refused(world.admission.admit_write, world.table, {"pk": {"S": "new"}})

    assert [
        "com.amazonaws.dynamodb.v20120810#RequestLimitExceeded",
        [{"reason": "TableWriteAccountLimitExceeded", "resource": _ARN}],
    ] == [body["__type"], body["ThrottlingReasons"]]


def test_realistic_mode_remembers_a_bounded_number_of_partition_keys() -> None:
    """The keys that were not used for the longest time are forgotten."""
    world = _World(replace(_TABLE, throughput=Throughput(40_000, 40_000)), realistic=True)
    world.write(1000)
    for number in range(1024):
        world.write(1, item={"pk": {"S": str(number)}})

    world.write(1)

    assert (2025, 0) == world.counts()


class _Observer:
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def accessed(
        self, table: Table, index_name: str | None, key_item: Item | None, units: float, kind: str
    ) -> None:
        """Keep an access."""
        self.seen.append((table.name, index_name, key_item, units, kind))

    def throttled(
        self, table: Table, index_name: str | None, key_item: Item | None, kind: str
    ) -> None:
        """Keep a refusal."""
        self.seen.append((table.name, index_name, key_item, kind))


def test_observer_is_shown_accesses_and_refusals_of_tables_with_insights() -> None:
    """Every table and index that took part, with the item's keys; other tables are not shown."""
    watched = replace(_TABLE, insights=(InsightsSetting(0, "ACCESSED_AND_THROTTLED_KEYS", 0, 0),))
    world, other = _World(watched), _World(_TABLE)
    observer = _Observer()
    world.admission.observer = other.admission.observer = observer

    world.read(1, "by-g")
    world.write(300, ("by-g", 2))
    _refused(world.write)
    other.write(1)

    assert [
        ("orders", "by-g", _ITEM, 1, "read"),
        ("orders", None, _ITEM, 300, "write"),
        ("orders", "by-g", _ITEM, 2, "write"),
        ("orders", None, _ITEM, "write"),
    ] == observer.seen
