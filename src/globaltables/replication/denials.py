"""Which members of a global table have policies that forbid replication, as far as they can be asked."""

import logging
from collections.abc import Iterable

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.itemstore.node import Node
from globaltables.replication.local_peer import peer_of
from globaltables.replication.peer import key_of
from globaltables.security.replication_access import replication_denied, settings_refusal
from globaltables.tables.definitions import Table

_log = logging.getLogger(__name__)


async def denying_members(
    node: Node, table: Table, regions: Iterable[str], now_ms: int
) -> list[Table]:
    """Return the definitions of the members whose policies deny what replication does there.

    Args:
        node: the regions of this process.
        table: any member's definition.
        regions: of the members to ask; one that cannot be asked counts as one that denies nothing.
        now_ms: policies may have an end.
    """
    members = await _within_reach(node, table, regions)
    return [member for member in members if replication_denied(member, now_ms)]


async def check_settings_allowed(
    node: Node, table: Table, regions: Iterable[str], now_ms: int
) -> None:
    """Check that no member's policies forbid replication, before the members or what they share are changed.

    Args:
        node: the regions of this process.
        table: any member's definition.
        regions: of the members to ask.
        now_ms: policies may have an end.

    Raises:
        ApiError: AccessDeniedException. Source: developer guide, rbac-considerations.
    """
    for member in await _within_reach(node, table, regions):
        text = settings_refusal(member, now_ms)
        if text is not None:
            raise ApiError("AccessDeniedException", text)


async def _within_reach(node: Node, table: Table, regions: Iterable[str]) -> list[Table]:
    key = key_of(table)
    found = []
    for region in regions:
        try:
            member = await peer_of(node, region).table(key)
        except OperationalError as error:
            _log.debug("%s is not asked for its policies: %s", region, error)
            continue
        if member is not None:
            found.append(member)
    return found
