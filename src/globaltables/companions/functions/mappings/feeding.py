"""The mappings of a region at work: one task each, which goes on after a stop of the process."""

import asyncio
import logging
from collections.abc import Sequence

from globaltables.companions.functions.mappings.filtering import filters_of
from globaltables.companions.functions.mappings.queue_lane import QueueLane
from globaltables.companions.functions.mappings.source import Feeding, Told
from globaltables.companions.functions.mappings.stream_lane import StreamLane
from globaltables.companions.functions.racing import first_of
from globaltables.companions.functions.stored import MAPPINGS, SERVICE
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import LAMBDA_QUEUE_LANES
from globaltables.itemstore.region import Region
from globaltables.streams.descriptions import find_stream

_log = logging.getLogger(__name__)
_PAUSE_MS = 1_000
_COMPANION = f"{SERVICE}-mappings"


class _Mapping:
    """One mapping.

    Args:
        region: where it is.
        account: whose it is.
        uuid: names it.
    """

    def __init__(self, region: Region, account: str, uuid: str) -> None:
        self.changed = asyncio.Event()
        self.told = Told()
        self._region = region
        self._account = account
        self._uuid = uuid

    async def run(self) -> None:
        """Work until it is disabled or deleted."""
        clock = self._region.clock
        while (record := self._record()) is not None:
            self.changed.clear()
            if not await self._feed(self._lanes(record)):
                await first_of(clock.until(clock.now_ms() + _PAUSE_MS), self.changed.wait())
            elif not self.changed.is_set():
                await self.changed.wait()  # the source is gone or has ended

    async def _feed(self, lanes: Sequence[StreamLane | QueueLane]) -> bool:
        """Let lanes work until they end; False when this region could not write and it has to be begun again."""
        ended = True
        try:
            async with asyncio.TaskGroup() as group:
                for lane in lanes:
                    group.create_task(lane.run())
        except* OperationalError as errors:
            # The cursor could not be moved: from where it is, all of it comes again.
            _log.warning("the mapping %s waits: %s", self._uuid, errors.exceptions[0])
            ended = False
        return ended

    def _record(self) -> Document | None:
        found = MAPPINGS.get(self._region.store.reader(), self._account, self._uuid)
        return found if found is not None and found["enabled"] else None

    def _lanes(self, record: Document) -> Sequence[StreamLane | QueueLane]:
        mapping = record["mapping"]
        feeding = Feeding(
            self._region,
            self._account,
            self._uuid,
            record,
            filters_of(mapping.get("FilterCriteria", {})),
            self.changed,
            self.told,
        )
        arn = mapping["EventSourceArn"]
        if arn.split(":")[2] == "sqs":
            most = mapping.get("ScalingConfig", {}).get("MaximumConcurrency", LAMBDA_QUEUE_LANES)
            return [QueueLane(feeding) for _ in range(min(most, LAMBDA_QUEUE_LANES))]
        region = self._region
        try:
            present = region.hlc.tick()
            table, stream = find_stream(region.catalog, self._account, region.name, arn, present)
        except ApiError as error:
            self.told.result = f"PROBLEM: {error.code}"
            return []
        count = mapping["ParallelizationFactor"]
        return [StreamLane(feeding, table, stream, index, count) for index in range(count)]


class Mappings:
    """The mappings of a region.

    Args:
        region: whose.
    """

    def __init__(self, region: Region) -> None:
        self._region = region
        self._mappings: dict[tuple[str, str], _Mapping] = {}

    def follow(self, account: str, uuid: str) -> None:
        """Have the work follow what is stored of a mapping now."""
        mapping = self._mappings.setdefault((account, uuid), _Mapping(self._region, account, uuid))
        mapping.changed.set()
        name = f"{self._region.name}/{SERVICE}/mappings/{uuid}"
        if MAPPINGS.get(self._region.store.reader(), account, uuid) is None:
            del self._mappings[account, uuid]
        elif not self._region.tasks.running(name):
            self._region.tasks.spawn(name, mapping.run())

    def result(self, account: str, uuid: str) -> str:
        """Return what has become of a mapping's last batch."""
        found = self._mappings.get((account, uuid))
        return Told().result if found is None else found.told.result


def mappings_of(region: Region) -> Mappings:
    """Return the mappings of a region at work."""
    found = region.companions.get(_COMPANION)
    if found is None:
        found = region.companions[_COMPANION] = Mappings(region)
    assert isinstance(found, Mappings)
    return found


def resume_mappings(region: Region) -> None:
    """Go on with the mappings of a region that was just opened."""
    for account, uuid, _ in MAPPINGS.of_everybody(region.store.reader()):
        mappings_of(region).follow(account, uuid)
