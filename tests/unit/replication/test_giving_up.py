"""Members that are given up: by their policies after 20 hours, or by a person because they are lost."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import REPLICATION_DENIED_MS_MAX
from globaltables.replication.giving_up import forget_members, look
from globaltables.replication.keyspace import denied_key
from globaltables.replication.local_peer import LocalPeer
from globaltables.replication.members import members_of
from globaltables.replication.peer import NOT_A_MEMBER
from globaltables.replication.remote.remote_peer import RemotePeer
from globaltables.replication.service import log_floor
from globaltables.security.policies.documents import PolicyKind
from globaltables.security.policies.rendering import render
from globaltables.tables.definitions import Encryption, ResourcePolicy
from tests.support.global_table import KEY, World
from tests.support.policies import policy

HERE, THERE, FAR = "eu-west-1", "us-east-1", "ap-northeast-1"
_SERVICE = {"StringEquals": {"aws:PrincipalServiceName": "replication.dynamodb.amazonaws.com"}}


async def _send(verb: str, body: bytes) -> bytes:
    """Reach nobody."""
    raise OperationalError(f"{verb} cannot be sent")


async def _world() -> World:
    world = World(HERE, THERE, FAR)
    await world.replicate()
    world.tick()
    return world


def _lose(world: World, *regions: str) -> None:
    """Let regions be on nodes that nobody reaches."""
    world.node.remote_peers = {region: RemotePeer(region, _send) for region in regions}


async def _deny(world: World, region: str, *, denied: bool = True) -> None:
    statement: dict[str, Any] = {
        "Effect": "Deny",
        "Action": "dynamodb:ReadDataForReplication",
        "Condition": _SERVICE,
    }
    document = render(policy(statement, kind=PolicyKind.RESOURCE))
    attached = ResourcePolicy(document, 1) if denied else None
    changed = replace(world.table(region), policy=attached)
    await world.region(region).store.submit(lambda stage: stage.save_table(changed))


async def _look(world: World) -> None:
    for name in world.names:
        await look(world.node, world.region(name), world.table(name))


def test_member_that_is_denied_for_20_hours_is_a_table_of_its_own() -> None:
    """The others go on without it; its policy may change then, that brings nothing back."""

    async def check() -> None:
        world = await _world()
        await _deny(world, THERE)
        await _look(world)
        world.tick(REPLICATION_DENIED_MS_MAX - 1)
        await _look(world)
        assert [THERE, HERE, FAR] == members_of(world.table(THERE))
        world.tick()
        await _look(world)

        alone = world.table(THERE)
        assert ((), None, "ACTIVE") == (alone.replicas, alone.global_table_version, alone.status)
        assert [HERE, FAR] == members_of(world.table(HERE))
        assert [FAR, HERE] == members_of(world.table(FAR))
        stored = world.region(THERE).store.reader()
        assert stored.get(denied_key(alone.number)) is None

    asyncio.run(check())


def test_member_whose_key_is_away_for_20_hours_is_a_table_of_its_own() -> None:
    """It is as closed as before; the others go on without it."""

    async def check() -> None:
        world = await _world()
        key = Encryption("KMS", "arn:aws:kms:us-east-1:1:key/1", inaccessible_ms=1)
        changed = replace(world.table(THERE), encryption=key)
        await world.region(THERE).store.submit(lambda stage: stage.save_table(changed))
        await _look(world)
        world.tick(REPLICATION_DENIED_MS_MAX - 1)
        await _look(world)
        assert [THERE, HERE, FAR] == members_of(world.table(THERE))
        world.tick()
        await _look(world)
        alone = world.table(THERE)
        assert ((), None, key) == (alone.replicas, alone.global_table_version, alone.encryption)
        assert [HERE, FAR] == members_of(world.table(HERE))

    asyncio.run(check())


def test_denial_that_ends_begins_anew() -> None:
    """Twice nineteen hours are no twenty."""

    async def check() -> None:
        world = await _world()
        for _ in range(2):
            await _deny(world, THERE)
            await _look(world)
            world.tick(REPLICATION_DENIED_MS_MAX - 1)
            await _look(world)
            await _deny(world, THERE, denied=False)
            await _look(world)

        assert [THERE, HERE, FAR] == members_of(world.table(THERE))

    asyncio.run(check())


def test_forget_member_releases_the_logs_of_the_others() -> None:
    """What only the lost member had not pulled need not be kept."""

    async def check() -> None:
        world = await _world()
        await world.put(HERE, "a", "1")
        await world.put(HERE, "b", "2")
        for _ in range(3):  # a cursor is confirmed by the batch after it
            await world.pull(FAR, HERE)
            await world.put(HERE, "c", "3")
        before = log_floor(world.node, HERE, world.table(HERE))
        _lose(world, THERE)

        remaining = await forget_members(world.node, world.table(HERE), [THERE])

        assert [HERE, FAR] == remaining
        assert [HERE, FAR] == members_of(world.table(HERE))
        assert [FAR, HERE] == members_of(world.table(FAR))
        assert log_floor(world.node, HERE, world.table(HERE)) > before

    asyncio.run(check())


def test_forget_member_that_answers_is_refused() -> None:
    """It can be removed like any other one."""

    async def check() -> None:
        world = await _world()
        with pytest.raises(ApiError, match=f"{THERE} can be reached"):
            await forget_members(world.node, world.table(HERE), [THERE])
        with pytest.raises(ApiError, match="mars is no other member"):
            await forget_members(world.node, world.table(HERE), ["mars"])

    asyncio.run(check())


def test_forget_member_while_another_one_is_away_is_refused() -> None:
    """Both may be named; else the one that comes back would still believe in the lost one."""

    async def check() -> None:
        world = await _world()
        _lose(world, THERE, FAR)
        with pytest.raises(ApiError, match=f"cannot be reached either: {FAR}"):
            await forget_members(world.node, world.table(HERE), [THERE])

        assert [HERE] == await forget_members(world.node, world.table(HERE), [THERE, FAR])
        assert world.table(HERE).global_table_version is None

    asyncio.run(check())


def test_member_that_comes_back_after_it_was_forgotten_goes_on_alone() -> None:
    """It keeps its items; nobody feeds it, and it feeds nobody."""

    async def check() -> None:
        world = await _world()
        await world.put(THERE, "mine", "1")
        _lose(world, THERE)
        await forget_members(world.node, world.table(HERE), [THERE])
        _lose(world)
        with pytest.raises(ApiError) as refused:
            await LocalPeer(world.node, HERE).feed(KEY, 0, THERE, 0)
        assert NOT_A_MEMBER == refused.value.code

        for source in (HERE, FAR):
            await asyncio.wait_for(world.link(THERE, source).run(), 5)

        alone = world.table(THERE)
        assert ((), None) == (alone.replicas, alone.global_table_version)
        assert ("1", None) == (world.value(THERE, "mine"), world.value(HERE, "mine"))

    asyncio.run(check())
