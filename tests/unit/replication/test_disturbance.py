"""Faults on links: what a person asks for happens, and nothing is lost, doubled or out of order by it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from globaltables.foundation.errors import OperationalError
from globaltables.itemstore.link_faults import Distribution, Fault
from globaltables.runtime.randomness import SeededRandomness
from globaltables.security.policies.documents import PolicyKind
from globaltables.security.policies.rendering import render
from globaltables.tables.definitions import ResourcePolicy, Table
from tests.support.global_table import ACCOUNT, NAME, World
from tests.support.policies import policy

HERE, THERE = "eu-west-1", "us-east-1"


async def _world() -> World:
    world = World(HERE, THERE)
    await world.replicate()
    world.tick()
    return world


def test_pause_holds_a_link_until_it_is_removed() -> None:
    """The state says why; what was written meanwhile follows."""

    async def check() -> None:
        world = await _world()
        faults = world.region(THERE).faults
        faults.put(Fault("f1", "PAUSE", ACCOUNT))
        await world.put(HERE, "a", "1")
        link = world.link(THERE, HERE)
        step = asyncio.create_task(link.step())
        await asyncio.sleep(0.01)
        assert ("PAUSED", "paused by fault f1") == (link._state.status, link._state.reason)
        assert world.value(THERE, "a") is None

        faults.remove("f1")
        await step

        assert ("RUNNING", "1") == (link._state.status, world.value(THERE, "a"))

    asyncio.run(check())


def test_pause_that_comes_while_the_source_is_waited_for_holds_the_next_change() -> None:
    """A long poll that was under way does not slip through."""

    async def check() -> None:
        world = await _world()
        step = asyncio.create_task(world.link(THERE, HERE).step())
        await asyncio.sleep(0)
        world.region(THERE).faults.put(Fault("f1", "PAUSE", ACCOUNT))
        await world.put(HERE, "a", "1")
        await asyncio.sleep(0.01)
        assert world.value(THERE, "a") is None

        world.region(THERE).faults.remove("f1")
        await step

        assert "1" == world.value(THERE, "a")

    asyncio.run(check())


def test_pause_ends_by_itself() -> None:
    """By the region's clock."""

    async def check() -> None:
        world = await _world()
        until_ms = world.clocks[THERE].now_ms() + 1_000
        world.region(THERE).faults.put(Fault("f1", "PAUSE", ACCOUNT, until_ms=until_ms))
        await world.put(HERE, "a", "1")
        step = asyncio.create_task(world.link(THERE, HERE).step())
        await asyncio.sleep(0.01)
        assert not step.done()

        world.tick(1_000)
        await step

        assert "1" == world.value(THERE, "a")
        assert [] == world.region(THERE).faults.all(ACCOUNT, world.clocks[THERE].now_ms())

    asyncio.run(check())


@pytest.mark.parametrize("kind", ["CUT", "DROP"])
def test_cut_and_drop_fail_as_a_network_does(kind: str) -> None:
    """The link tries again by its own rule, and the cursor stays."""

    async def check() -> None:
        world = await _world()
        world.region(THERE).faults.put(Fault("f1", kind, ACCOUNT))  # type: ignore[arg-type]
        await world.put(HERE, "a", "1")
        link = world.link(THERE, HERE)
        with pytest.raises(OperationalError):
            await link.step()
        assert world.value(THERE, "a") is None

        world.region(THERE).faults.remove("f1")
        await link.step()

        assert "1" == world.value(THERE, "a")

    asyncio.run(check())


def test_delay_lets_changes_arrive_when_they_are_old_enough() -> None:
    """Measured from the commit in the source, so that a backlog is not delayed twice."""

    async def check() -> None:
        world = await _world()
        fault = Fault("f1", "DELAY", ACCOUNT, delay_ms=500.0)
        world.region(THERE).faults.put(fault)
        await world.put(HERE, "a", "1")
        step = asyncio.create_task(world.link(THERE, HERE).step())
        world.tick(499)
        await asyncio.sleep(0.01)
        assert not step.done()

        world.tick(1)
        await step

        assert "1" == world.value(THERE, "a")

    asyncio.run(check())


@pytest.mark.parametrize("kind", ["DUPLICATE", "REORDER"])
def test_duplicates_and_wrong_order_change_nothing(kind: str) -> None:
    """Each change is applied once and in order: the log of the receiver is that of the source."""

    async def check() -> None:
        world = await _world()
        world.region(THERE).faults.put(Fault("f1", kind, ACCOUNT))  # type: ignore[arg-type]
        for number in range(20):
            await world.put(HERE, f"k{number % 3}", str(number))

        await world.heal()

        written = [record.new for record in world.log(HERE)]
        assert written == [record.new for record in world.log(THERE)]
        assert [] == world.conflicts(THERE)

    asyncio.run(check())


def test_fault_concerns_the_links_that_it_names() -> None:
    """Source, table and account, each or all."""
    fault = Fault("f1", "PAUSE", ACCOUNT, source=HERE, table_name=NAME)

    assert fault.concerns(HERE, ACCOUNT, NAME)
    assert not fault.concerns(THERE, ACCOUNT, NAME)
    assert not fault.concerns(HERE, ACCOUNT, "other")
    assert not fault.concerns(HERE, "111122223333", NAME)


@pytest.mark.parametrize(
    ("distribution", "spread", "mean", "least", "greatest"),
    [
        ("CONSTANT", 0.0, 100.0, 100.0, 100.0),
        ("UNIFORM", 300.0, 200.0, 100.0, 300.0),
        ("NORMAL", 10.0, 100.0, 40.0, 160.0),
        ("EXPONENTIAL", 0.0, 100.0, 0.0, 2_000.0),
    ],
)
def test_delays_are_drawn_from_their_distribution(
    distribution: Distribution, spread: float, mean: float, least: float, greatest: float
) -> None:
    """Mean and bounds of many draws from a seed."""
    fault = Fault(
        "f1", "DELAY", ACCOUNT, distribution=distribution, delay_ms=100.0, spread_ms=spread
    )
    randomness = SeededRandomness(7)

    drawn = [fault.drawn_delay_ms(randomness) for _ in range(5_000)]

    assert mean == pytest.approx(sum(drawn) / len(drawn), rel=0.05)
    assert least <= min(drawn) <= max(drawn) <= greatest


def _attached(world: World, region: str, *, until_ms: int) -> Table:
    """Return a region's table with a policy that denies replication until a time."""
    moment = datetime.fromtimestamp(until_ms / 1000, UTC).isoformat()
    statement = {
        "Effect": "Deny",
        "Action": ["dynamodb:ReadDataForReplication", "dynamodb:WriteDataForReplication"],
        "Condition": {
            "StringEquals": {"aws:PrincipalServiceName": "replication.dynamodb.amazonaws.com"},
            "DateLessThan": {"aws:CurrentTime": moment},
        },
    }
    document = render(policy(statement, kind=PolicyKind.RESOURCE))
    return replace(world.table(region), policy=ResourcePolicy(document, 1))


@pytest.mark.parametrize("denying", [HERE, THERE])
def test_policy_that_denies_replication_pauses_both_directions(denying: str) -> None:
    """Whichever member has it; what was held follows when its time is over."""

    async def check() -> None:
        world = await _world()
        until_ms = world.clocks[HERE].now_ms() + 60_000
        denied = _attached(world, denying, until_ms=until_ms)
        await world.region(denying).store.submit(lambda stage: stage.save_table(denied))
        await world.put(HERE, "a", "1")
        await world.put(THERE, "b", "2")
        links = [world.link(THERE, HERE), world.link(HERE, THERE)]
        steps = [asyncio.create_task(link.step()) for link in links]
        await asyncio.sleep(0.01)
        reason = f"the policies of the table in {denying} deny replication"
        for link in links:
            assert ("PAUSED", reason, denying) == (
                link._state.status,
                link._state.reason,
                link._state.denied_by,
            )
        assert (None, None) == (world.value(THERE, "a"), world.value(HERE, "b"))

        world.tick(60_000)
        await asyncio.gather(*steps)

        assert ("1", "2") == (world.value(THERE, "a"), world.value(HERE, "b"))
        assert ["RUNNING", ""] == [links[0]._state.status, links[0]._state.denied_by]

    asyncio.run(check())


def test_policy_that_comes_while_the_source_is_waited_for_holds_the_next_change() -> None:
    """In the receiver as in the source: a long poll that was under way does not slip through."""

    async def check(denying: str) -> None:
        world = await _world()
        step = asyncio.create_task(world.link(THERE, HERE).step())
        await asyncio.sleep(0)
        denied = _attached(world, denying, until_ms=world.clocks[HERE].now_ms() + 60_000)
        await world.region(denying).store.submit(lambda stage: stage.save_table(denied))
        await world.put(HERE, "a", "1")
        await asyncio.sleep(0.01)
        assert world.value(THERE, "a") is None

        free = replace(denied, policy=None)
        await world.region(denying).store.submit(lambda stage: stage.save_table(free))
        world.tick(1_000)
        await step

        assert "1" == world.value(THERE, "a")

    asyncio.run(check(HERE))
    asyncio.run(check(THERE))
