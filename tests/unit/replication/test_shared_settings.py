"""What a member takes over from the one in which a shared setting changed."""

from dataclasses import replace

from globaltables.replication.shared_settings import TIME_TO_LIVE, adopted
from globaltables.tables.definitions import (
    Index,
    KeySchema,
    OnDemandThroughput,
    Replica,
    Table,
    Throughput,
    TimeToLive,
)
from tests.support.global_table import INDEX, INDEX_REQUEST, NAME, SCHEMA
from tests.support.regions import ACCOUNT

A, B = "us-east-1", "eu-west-1"
_UNITS = {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}}


def member(region: str, other: Replica, *indexes: Index) -> Table:
    """Return one of two members of a global table."""
    return Table(
        name=NAME,
        account=ACCOUNT,
        region=region,
        number=1,
        table_id="3e8d6d6c-0d6c-4a5e-9c5a-000000000001",
        created_ms=0,
        schema=SCHEMA,
        attributes=SCHEMA.hash,
        indexes=indexes,
        next_index_number=len(indexes) + 1,
        global_table_version="2019.11.21",
        replicas=(other,),
    )


def here(*indexes: Index, **overrides: int) -> Table:
    """Return the member in which a setting changed."""
    return member(A, Replica(B, "ACTIVE", max_read_units=overrides.get("max_read_units")), *indexes)


def there(*indexes: Index) -> Table:
    """Return the other member."""
    return member(B, Replica(A, "ACTIVE"), *indexes)


def test_adopted_capacity_that_is_there_already_is_no_refusal() -> None:
    """Taking over twice, or what was set there before, leaves the same definition."""
    source = replace(here(), throughput=Throughput(5, 6))
    once = adopted(there(), source, _UNITS, empty=False)
    twice = adopted(once.table, source, _UNITS, empty=False)
    assert Throughput(5, 6) == once.table.throughput
    assert once == twice


def test_adopted_index_of_a_member_with_items_is_to_be_filled_once() -> None:
    """The index gets a number of the member's own; taken over again it stays as it is."""
    once = adopted(
        replace(there(), next_index_number=7), here(INDEX), INDEX_REQUEST, empty=False
    ).table
    twice = adopted(once, here(INDEX), INDEX_REQUEST, empty=False).table
    assert once == twice
    assert (replace(INDEX, number=7, status="CREATING", backfilling=True),) == once.indexes


def test_adopted_index_that_is_gone_or_another_one_is_dropped() -> None:
    """What has the same name but other keys is replaced, what has no counterpart is dropped."""
    other = replace(INDEX, schema=KeySchema(SCHEMA.hash))
    gone = adopted(there(INDEX), here(), INDEX_REQUEST, empty=True)
    replaced = adopted(there(other), here(INDEX), INDEX_REQUEST, empty=True)
    assert ((), (INDEX,)) == (gone.table.indexes, gone.dropped)
    assert ((replace(INDEX, number=2),), (other,)) == (replaced.table.indexes, replaced.dropped)


def test_adopted_maximum_of_writes_leaves_an_overridden_maximum_of_reads() -> None:
    """A member's own maximum stays when only that of writes was set."""
    own = replace(there(), billing_mode="PAY_PER_REQUEST", on_demand=OnDemandThroughput(3))
    source = replace(
        here(max_read_units=3),
        billing_mode="PAY_PER_REQUEST",
        on_demand=OnDemandThroughput(8, 9),
    )
    changes = {"OnDemandThroughput": {"MaxWriteRequestUnits": 9}}
    assert OnDemandThroughput(3, 9) == adopted(own, source, changes, empty=True).table.on_demand


def test_adopted_time_to_live_changes_nothing_else() -> None:
    """Settings that did not change stay the member's."""
    source = replace(here(), ttl=TimeToLive("t", True, 4), throughput=Throughput(9, 9))
    taken = adopted(there(), source, {TIME_TO_LIVE: {}}, empty=True).table
    assert replace(there(), ttl=TimeToLive("t", True, 4)) == taken
