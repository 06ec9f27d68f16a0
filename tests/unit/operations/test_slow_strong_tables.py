"""Strongly consistent tables that come and go in AWS's time (`--realistic`), on a clock that the test moves."""

from functools import partial
from typing import Any

from globaltables.itemstore.region import Region
from globaltables.operations.agreed import perform_forwarded
from globaltables.operations.registry import HANDLERS
from globaltables.replication.strong.registry import StrongTables
from globaltables.tables import durations
from tests.support.slow_world import TABLE, SlowWorld, run

OHIO, OREGON = "us-east-2", "us-west-2"
_MAKE: dict[str, Any] = {
    "MultiRegionConsistency": "STRONG",
    "ReplicaUpdates": [{"Create": {"RegionName": OHIO}}],
    "GlobalTableWitnessUpdates": [{"Create": {"RegionName": OREGON}}],
}
_END: dict[str, Any] = {
    "ReplicaUpdates": [{"Delete": {"RegionName": OHIO}}],
    "GlobalTableWitnessUpdates": [{"Delete": {"RegionName": OREGON}}],
}
_BUSY = "ResourceInUseException: The resource which you are attempting to change is in use."


class _World(SlowWorld):
    """A slow world whose regions vote."""

    def _open(self, name: str) -> Region:
        region = super()._open(name)
        perform = partial(perform_forwarded, HANDLERS, self.node)
        region.strong = StrongTables(self.node, region, perform)
        return region


async def _states(world: SlowWorld) -> tuple[str, list[str], list[str]]:
    table = await world.described()
    replicas = [one["ReplicaStatus"] for one in table.get("Replicas", [])]
    witnesses = [one["WitnessStatus"] for one in table.get("GlobalTableWitnesses", [])]
    return table["TableStatus"], replicas, witnesses


def test_strong_table_is_made_and_ended_in_awss_time() -> None:
    """Members are listed after a while, CREATING, and ACTIVE together; at the end they are DELETING only briefly."""
    world = _World()

    async def work() -> None:
        await world.ask("CreateTable", **TABLE)
        await world.advance(durations.TABLE_CREATION_MS)
        await world.ask("UpdateTable", **_MAKE)
        assert ("UPDATING", [], []) == await _states(world)
        await world.advance(durations.REPLICA_LISTED_MS)
        assert ("UPDATING", ["CREATING"], ["CREATING"]) == await _states(world)
        assert _BUSY == await world.refused("UpdateTable", **_END)
        left_ms = durations.STRONG_WITNESSED_CREATION_MS - durations.REPLICA_LISTED_MS
        await world.advance(left_ms - 1)
        assert ("UPDATING", ["CREATING"], ["CREATING"]) == await _states(world)
        await world.advance(1)
        assert ("ACTIVE", ["ACTIVE"], ["ACTIVE"]) == await _states(world)

        await world.ask("UpdateTable", **_END)
        assert ("UPDATING", ["ACTIVE"], ["ACTIVE"]) == await _states(world)
        await world.advance(durations.STRONG_DISSOLUTION_UPDATING_MS)
        assert ("UPDATING", ["DELETING"], ["DELETING"]) == await _states(world)
        lasts_ms = durations.STRONG_DISSOLUTION_MS - durations.STRONG_DISSOLUTION_UPDATING_MS
        await world.advance(lasts_ms)
        assert ("ACTIVE", [], []) == await _states(world)
        assert {} == await world.described(OHIO)

    run(world, work())
