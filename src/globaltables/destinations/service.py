"""The destinations of one region: what runs for each, from the region's opening and after every change of a table."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial

from globaltables.destinations.delivery import Delivery
from globaltables.destinations.kinesis import BotocoreKinesis, Kinesis
from globaltables.destinations.stream_arns import NO_PERMISSION, NOT_ACTIVE, StreamName, stream_of
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import (
    KINESIS_ANSWER_MS_MAX,
    KINESIS_ENABLING_MS_MAX,
    KINESIS_RETRY_MS_MAX,
    KINESIS_RETRY_MS_MIN,
)
from globaltables.itemstore.keyspaces import kinesis_cursor_key
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.tables.definitions import KinesisDestination, Table
from globaltables.tables.kinesis_destinations import changed, due_ms, find, not_enabled, settled

_log = logging.getLogger(__name__)
#: Opens a table's stream by its name.
OpenKinesis = Callable[[Region, Table, str], Kinesis]
_NOBODY = 1 << 63


def start(region: Region) -> None:
    """Go on with every destination of a region that was just opened, on the event loop."""
    region.store.log_floors["kinesis"] = partial(log_floor, region)
    for table in region.catalog.tables():
        if table.destinations:
            match_destinations(region, table)


def match_destinations(
    region: Region, table: Table, open_kinesis: OpenKinesis | None = None
) -> None:
    """Start what a table's destinations need and is not running: a change of status, or a delivery."""
    make = open_kinesis or _open
    for one in table.destinations:
        if due_ms(one, realistic=region.settings.realistic) is not None:
            name = _change_task(region, table, one.stream_arn)
            if not region.tasks.running(name):
                region.tasks.spawn(name, _carry_out(region, table.number, one.stream_arn, make))
        if one.captures and one.status != "ENABLING":
            name = f"{region.name}/kinesis/{table.number}/{one.stream_arn}"
            stream = stream_of(table, one.stream_arn)
            if not region.tasks.running(name) and isinstance(stream, StreamName):
                kinesis = make(region, table, stream.name)
                delivery = Delivery(region, table, one.stream_arn, kinesis)
                region.tasks.spawn(name, delivery.run())


async def change_ended(region: Region, table: Table, stream_arn: str) -> None:
    """Return when a destination's change of status is over, or takes longer than anybody wants to wait for."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(KINESIS_ANSWER_MS_MAX / 1000):
            await region.tasks.ended(_change_task(region, table, stream_arn))


def log_floor(region: Region, table: Table) -> int:
    """Return the lowest log position of a table that is still to be delivered."""
    reader = region.store.reader()
    floor = _NOBODY
    for destination in table.destinations:
        for capture in destination.captures:
            raw = reader.get(kinesis_cursor_key(table.number, capture.started_stamp))
            position = capture.started_stamp if raw is None else int.from_bytes(raw, "big") + 1
            floor = min(floor, position)
    return floor


async def _carry_out(region: Region, number: int, stream_arn: str, make: OpenKinesis) -> None:
    """End changes of a destination's status when their time has come; look at the stream that is being enabled."""
    while (table := region.catalog.by_number(number)) is not None:
        destination = find(table, stream_arn)
        if destination is None:
            return
        due = due_ms(destination, realistic=region.settings.realistic)
        if due is None:
            match_destinations(region, table, make)
            return
        failure = None
        if destination.status == "ENABLING":
            failure = await _failure(region, table, destination, make)
        await region.clock.until(due)
        try:
            await region.store.submit(partial(_end_change, number, destination, failure))
        except OperationalError as error:
            _log.warning("the new status of %s is put off: %s", stream_arn, error)
            await region.clock.until(region.clock.now_ms() + KINESIS_RETRY_MS_MAX)


async def _failure(
    region: Region, table: Table, destination: KinesisDestination, make: OpenKinesis
) -> str | None:
    """Return why a stream cannot be used, None when it can."""
    last_ms = destination.changed_ms + KINESIS_ENABLING_MS_MAX
    stream = stream_of(table, destination.stream_arn)
    if not isinstance(stream, StreamName):
        if stream.late and region.settings.realistic:
            await region.clock.until(last_ms)
        return stream.description
    kinesis, pause_ms = make(region, table, stream.name), KINESIS_RETRY_MS_MIN
    while True:
        try:
            return None if await kinesis.usable() else NO_PERMISSION
        except OperationalError as error:
            if pause_ms == KINESIS_RETRY_MS_MIN:
                _log.warning("%s is not enabled yet: %s", destination.stream_arn, error)
            if region.clock.now_ms() + pause_ms > last_ms:
                return NOT_ACTIVE
        await region.clock.until(region.clock.now_ms() + pause_ms)
        pause_ms *= 2


def _end_change(number: int, before: KinesisDestination, failure: str | None, stage: Stage) -> None:
    """Stage the status that follows, unless another change came in between."""
    table = stage.catalog.by_number(number)
    current = None if table is None else find(table, before.stream_arn)
    if table is None or current is None:
        return
    if (current.status, current.changed_ms) == (before.status, before.changed_ms):
        after = settled(current) if failure is None else not_enabled(current, failure)
        stage.save_table(changed(table, after))


def _change_task(region: Region, table: Table, stream_arn: str) -> str:
    return f"{region.name}/kinesis-change/{table.number}/{stream_arn}"


def _open(region: Region, table: Table, name: str) -> Kinesis:
    return BotocoreKinesis(region.settings.kinesis_endpoint, region.name, table.account, name)
