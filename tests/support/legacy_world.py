"""Regions in memory whose table is a global table of version 2017.11.29."""

from dataclasses import replace

from tests.support.global_table import World
from tests.support.stores import saving


async def make_legacy_world(*names: str) -> World:
    """Return regions that are all members of the table."""
    world = World(*names)
    await world.replicate()
    for name in names:
        table = replace(world.table(name), global_table_version="2017.11.29")
        await world.region(name).store.submit(saving(table))
    return world
