"""Members that are given up: lost for ever, or denied replication for too long.

AWS gives a member up after 20 hours in which its policies denied replication, or its KMS key could not be used; it is a
table of its own region then, for good. So it is here. A member that cannot be reached is waited for as long as it
takes, because a node may be switched off for a weekend; a person may say that it is lost (`forget_members`), and the
others release their logs. If it ever comes back, it finds that it is no member any more, and goes on as a table of its
own region.

Source: developer guide, globaltables-security.
"""

import logging
from functools import partial

from globaltables.foundation.errors import OperationalError, validation
from globaltables.foundation.limits import (
    REPLICATION_DENIALS_LOOK_MS,
    REPLICATION_DENIED_MS_MAX,
)
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.replication.departure import without_member
from globaltables.replication.keyspace import decode_stamp, denied_key, encode_stamp
from globaltables.replication.links import match_links
from globaltables.replication.local_peer import peer_of
from globaltables.replication.members import CURRENT, members_of, replica_in
from globaltables.replication.peer import TableKey, key_of
from globaltables.security.replication_access import replication_denied
from globaltables.tables.definitions import Table
from globaltables.tables.encryption import keyless

_log = logging.getLogger(__name__)


async def forget_members(node: Node, table: Table, lost: list[str]) -> list[str]:
    """Let all other members go on without those that will not come back; return who is left.

    What lost members had not handed over to everybody differs between the others until it is repaired.

    Args:
        node: the regions of this process.
        table: any remaining member's definition.
        lost: their regions.

    Raises:
        ApiError: one of them is no member or can be reached, or another member cannot.
    """
    key = key_of(table)
    for region in lost:
        if replica_in(table, region) is None:
            raise validation(f"{region} is no other member of {table.name}")
        if await _answers(node, key, region):
            raise validation(f"{region} can be reached: remove it with UpdateTable")
    remaining = [region for region in members_of(table) if region not in lost]
    away = [region for region in remaining if not await _answers(node, key, region)]
    if away:
        raise validation(
            f"These members cannot be reached either: {', '.join(away)}. "
            "They have to come back first, or are lost too"
        )
    for member in remaining:
        for region in lost:
            await peer_of(node, member).forget_replica(key, region)
    return remaining


async def watch(node: Node, region: Region) -> None:
    """Give a region's own copies up that were denied replication for too long, until cancelled."""
    while True:
        for table in list(region.catalog.tables()):
            if table.replicated and table.global_table_version == CURRENT:
                await look(node, region, table)
        await region.clock.until(region.clock.now_ms() + REPLICATION_DENIALS_LOOK_MS)


async def look(node: Node, region: Region, table: Table) -> None:
    """Note since when a copy is denied replication, and give it up when that is too long ago."""
    now_ms = region.clock.now_ms()
    noted = region.store.reader().get(denied_key(table.number))
    if not (replication_denied(table, now_ms) or (keyless(table) and table.strong is None)):
        if noted is not None:
            await region.store.submit(lambda stage: stage.delete(denied_key(table.number)))
    elif noted is None:
        since = encode_stamp(now_ms)
        await region.store.submit(lambda stage: stage.put(denied_key(table.number), since))
    elif now_ms - decode_stamp(noted) >= REPLICATION_DENIED_MS_MAX:
        await _part(node, region, table)


async def _part(node: Node, region: Region, table: Table) -> None:
    """Make a copy a table of its own region; who cannot be told now finds it out by itself."""
    _log.warning(
        "%s in %s is a table of its own region from now on: its %s for 20 hours",
        table.name,
        region.name,
        "key could not be used" if keyless(table) else "policies denied replication",
    )
    key = key_of(table)
    for replica in table.replicas:
        try:
            await peer_of(node, replica.region).forget_replica(key, region.name)
        except OperationalError as error:
            _log.info("%s is not told: %s", replica.region, error)
    alone = await region.store.submit(partial(_decide, table.number))
    if alone is not None:
        match_links(region, alone, partial(peer_of, node))


def _decide(table_number: int, stage: Stage) -> Table | None:
    table = stage.catalog.by_number(table_number)
    if table is None:
        return None
    for replica in table.replicas:
        table = without_member(stage, table, replica.region)
    stage.delete(denied_key(table_number))
    stage.save_table(table)
    return table


async def _answers(node: Node, key: TableKey, region: str) -> bool:
    try:
        await peer_of(node, region).table(key)
    except OperationalError:
        return False
    return True
