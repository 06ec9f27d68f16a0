"""Settings of global tables whose changes take AWS's time (`--realistic`)."""

from typing import Any

from globaltables.tables import durations
from tests.support.slow_world import NAME, PROVISIONED, REGION, SlowWorld, run

_AWAY = "eu-west-1"
_STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
_READS = "ReplicaProvisionedReadCapacityUnits"


def test_update_settings_keeps_the_members_updating_for_their_time() -> None:
    """Each member shows the old units until its change is complete, whatever changed with them."""

    async def work(world: SlowWorld) -> None:
        for region in (REGION, _AWAY):
            await world.ask("CreateTable", region, **PROVISIONED, StreamSpecification=_STREAM)
        await world.advance(durations.TABLE_CREATION_MS)
        group = [{"RegionName": region} for region in (REGION, _AWAY)]
        await world.ask("CreateGlobalTable", GlobalTableName=NAME, ReplicationGroup=group)
        replica = {
            "RegionName": _AWAY,
            _READS: 7,
            "ReplicaTableClass": "STANDARD_INFREQUENT_ACCESS",
        }
        await world.ask(
            "UpdateGlobalTableSettings",
            GlobalTableName=NAME,
            GlobalTableProvisionedWriteCapacityUnits=9,
            ReplicaSettingsUpdate=[replica],
        )
        assert [("UPDATING", 5, 5)] * 2 == [await shown(region) for region in (REGION, _AWAY)]
        await world.advance(durations.EVERYWHERE_MS)
        assert [("ACTIVE", 5, 9), ("ACTIVE", 7, 9)] == [
            await shown(region) for region in (REGION, _AWAY)
        ]

    async def shown(region: str) -> tuple[Any, ...]:
        table = (await world.ask("DescribeTable", region))["Table"]
        units = table["ProvisionedThroughput"]
        return table["TableStatus"], units["ReadCapacityUnits"], units["WriteCapacityUnits"]

    world = SlowWorld()
    run(world, work(world))
