"""Settings that all members of a global table share: a change is made here, then in every other member."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from globaltables.foundation.errors import ApiError, OperationalError, validation
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Call
from globaltables.operations.control_plane import find_table, going_on
from globaltables.replication.denials import check_settings_allowed
from globaltables.replication.local_peer import peer_of
from globaltables.replication.members import CURRENT, members_of
from globaltables.replication.membership import change_settings
from globaltables.replication.peer import key_of
from globaltables.tables.definitions import Table
from globaltables.tables.table_class import changes_spent, spent_in_replica

T = TypeVar("T")
_log = logging.getLogger(__name__)
#: Decides on the table as it is here, and stages the change.
Change = Callable[[Table, Stage], T]


async def apply_everywhere(
    call: Call, table: Table, change: Change[T], changes: Mapping[str, Any]
) -> T:
    """Make a change in this region, then in the regions that replicate the table.

    A refusal here leaves the others untouched, and what was accepted here is refused nowhere: the others take over the
    outcome. A stop of the process in between is made good at the next start.

    Args:
        call: the request.
        table: any definition of the table; the change sees the one that is current.
        change: stages the change in this region.
        changes: which shared settings change (replication/shared_settings.py); none when they are this member's own.

    Returns:
        What the change returned.

    Raises:
        ApiError: what the change raised, another change is in flight, or a member's policies deny it.
    """
    region = call.region
    decide = partial(_decide, table.account, table.name, change)
    if table.group:  # the class is each member's own
        changes = {member: value for member, value in changes.items() if member != "TableClass"}
    if changes and table.global_table_version == CURRENT:  # the old version shares nothing
        await check_settings_allowed(call.node, table, members_of(table), region.clock.now_ms())
        spread = change_settings(call.node, region, table, changes, decide)
        return await going_on(region, asyncio.ensure_future(spread))
    return await going_on(region, region.store.submit(decide))


def check_no_replica_is_added(table: Table) -> None:
    """Refuse a change while a member is being added.

    Raises:
        ApiError: ValidationException.
    """
    for replica in table.replicas:
        if replica.status == "CREATING":
            raise _being_added(table.name, replica.region)


async def check_class_changes_left(call: Call, table: Table, regions: Iterable[str]) -> None:
    """Refuse a change of the table class that a replica cannot take over: its changes are counted there (measured).

    A replica that cannot be asked now takes it over later, as every other setting.

    Raises:
        ApiError: LimitExceededException.
    """
    now_ms = call.region.clock.now_ms()
    for region in regions:
        try:
            member = await peer_of(call.node, region).table(key_of(table))
        except OperationalError as error:
            _log.warning("%s is not asked for its table class: %s", region, error)
            continue
        if member is not None and changes_spent(member, now_ms):
            raise spent_in_replica(region)


def _decide(account: str, name: str, change: Change[T], stage: Stage) -> T:
    return change(find_table(stage.catalog, account, name), stage)


def _being_added(name: str, region: str) -> ApiError:
    return validation(
        "Create/Update/Delete of replica is not allowed while the replica is being added "
        f"to table with name: ‘{name}’ in region: ‘{region}’."  # noqa: RUF001 - AWS's quotes
    )
