"""A region on the disk that is shipped to an archive, step by step on a virtual clock."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from globaltables.archive.generations import Generation, generations
from globaltables.archive.journal import Journal
from globaltables.archive.place import Place, open_place
from globaltables.archive.recovering import Recovered, recover
from globaltables.archive.shipping import Shipper
from globaltables.engine.embedded.engine import EmbeddedEngine
from globaltables.foundation.settings import Settings
from globaltables.itemstore.keyspaces import LAST_STAMP_KEY
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.runtime.clock import VirtualClock
from globaltables.runtime.randomness import SeededRandomness
from globaltables.runtime.tasks import Tasks

T = TypeVar("T")
REGION = "eu-west-1"
State = dict[bytes, bytes]


def state_of(folder: Path) -> State:
    """Return every key and value of a stored region but its last stamp."""
    engine = EmbeddedEngine(folder)
    found = dict(engine.range(b"", b"\xff" * 8))
    engine.close()
    found.pop(LAST_STAMP_KEY, None)
    return found


@dataclass
class Archived:
    """The region, what ships it, and short ways to change it."""

    path: Path
    clock: VirtualClock
    region: Region
    journal: Journal
    shipper: Shipper
    place: Callable[[], Place]

    async def put(self, key: str, value: str = "v") -> int:
        """Store a key in a batch of its own and return its time in milliseconds."""
        self.clock.advance(1)

        def decide(stage: Stage) -> None:
            stage.tick()
            stage.put(key.encode(), value.encode())

        await self.region.store.submit(decide)
        return self.clock.now_ms()

    async def ship(self) -> None:
        """Ship what was applied, and let a generation that is due become complete."""
        await self.shipper.ship()
        await self.region.tasks.ended(f"{REGION}/archive-generation")

    def generations(self) -> list[Generation]:
        """Return the complete generations."""
        return generations(self.place(), REGION)

    def segments(self) -> list[str]:
        """Return the names of the shipped segments."""
        return list(self.place().names(f"{REGION}/segments/"))

    def recover(self, name: str, to_ms: int | None = None) -> tuple[State, Recovered]:
        """Rebuild the region in a new folder and return what is in it."""
        folder = self.path / name
        done = recover(self.place(), REGION, folder, EmbeddedEngine, to_ms, lambda _: None)
        return state_of(folder), done

    async def close(self) -> None:
        """Stop without shipping what is left."""
        await self.region.tasks.stop()
        await self.region.store.close()


def open_archived(
    path: Path,
    *,
    clock: VirtualClock | None = None,
    url: str = "",
    s3_endpoint: str | None = None,
    segment_bytes_max: int = 8 << 20,
    waiting_bytes_max: int = 1 << 30,
) -> Archived:
    """Open the region of a folder; on the event loop.

    Args:
        path: for everything.
        clock: of the region.
        url: of the archive; a folder in `path` unless told otherwise.
        s3_endpoint: of an archive in S3.
        segment_bytes_max: see `Journal`.
        waiting_bytes_max: see `Journal`.
    """
    clock = clock or VirtualClock()
    if not url:
        (path / "archive").mkdir(exist_ok=True)
        url = f"file://{path}/archive"
    store = Store(REGION, EmbeddedEngine(path / "data" / REGION, "os"), clock)
    settings = Settings(data_dir=path, archive=url, s3_endpoint=s3_endpoint)
    region = Region(
        name=REGION,
        settings=settings,
        store=store,
        catalog=store.catalog,
        hlc=store.hlc,
        clock=clock,
        randomness=SeededRandomness(clock.now_ms()),
        tasks=Tasks(),
    )
    journal = Journal(path / "journal", REGION, url, segment_bytes_max, waiting_bytes_max)
    journal.resume(store.applied_position)
    store.journal = journal

    def place() -> Place:
        return open_place(url, s3_endpoint)

    shipper = Shipper(region, place, journal, path / "checkpoint")
    return Archived(path, clock, region, journal, shipper, place)


def run(path: Path, work: Callable[[Archived], Awaitable[T]]) -> T:
    """Run a test on the archived region of a folder."""

    async def whole() -> T:
        archived = open_archived(path)
        try:
            return await work(archived)
        finally:
            await archived.close()

    return asyncio.run(whole())
