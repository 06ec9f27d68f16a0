"""What an export's data files are filled with: pages of items or of changes, as lines."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.runtime.clock import COUNTER_MAX, stamp_ms
from globaltables.transfers.changed_items import Change, ChangedItems
from globaltables.transfers.export_filters import Filter, export_filter
from globaltables.transfers.file_task import FileTask
from globaltables.transfers.item_lines import ion_change, ion_item, json_change, json_item
from globaltables.transfers.past_items import PastItems
from globaltables.transfers.records import Export

#: Stages up to which position changes are spooled.
Keep = Callable[[Stage, int], None]


class Contents(Protocol):
    """Fills data files."""

    async def prepare(self) -> None:
        """Do what has to be done before the first page."""

    async def fill(self, file: FileTask, start: bytes, end: bytes) -> tuple[int, bytes | None]:
        """Write a page from a key on, up to another.

        Returns:
            How many items were looked at, and where the next page begins; None at the end.
        """


def contents_of(store: Store, export: Export, spooled: int, keep: Keep) -> Contents:
    """Return what an export is to write.

    Args:
        store: where the table is.
        export: the export.
        spooled: the position up to which changes are spooled.
        keep: see `Keep`.
    """
    if export.after is None:
        return _Items(PastItems(store, export, spooled, keep), export)
    return _Changes(ChangedItems(store, export, spooled, keep), export.members)


class _Items:
    def __init__(self, items: PastItems, export: Export) -> None:
        members = export.members
        self._items = items
        self._line = ion_item if members.get("ExportFormat") == "ION" else json_item
        self._filter = export_filter(members.get("FilterSpecification"), export.schema)

    async def prepare(self) -> None:
        await self._items.catch_up()

    async def fill(self, file: FileTask, start: bytes, end: bytes) -> tuple[int, bytes | None]:
        page = self._items.page(start, end)
        while page is None:
            await self._items.catch_up()
            page = self._items.page(start, end)
        size = sum(size for _, size in page.items)
        await file.add(partial(self._lines, page.items, self._filter), size)
        return len(page.items), page.next

    def _lines(self, items: list[tuple[bytes, int]], chosen: Filter | None) -> list[bytes]:
        line = self._line
        if chosen is None:
            return [line(json) for json, _ in items]
        return [line(kept) for json, _ in items if (kept := chosen.apply(json)) is not None]


class _Changes:
    def __init__(self, changes: ChangedItems, members: Mapping[str, Any]) -> None:
        specification = members["IncrementalExportSpecification"]
        self._changes = changes
        self._with_old = specification["ExportViewType"] == "NEW_AND_OLD_IMAGES"
        self._line = ion_change if members.get("ExportFormat") == "ION" else json_change

    async def prepare(self) -> None:
        await self._changes.catch_up()

    async def fill(self, file: FileTask, start: bytes, end: bytes) -> tuple[int, bytes | None]:
        page = self._changes.page(start, end)
        await file.add(partial(self._lines, page.changes), page.bytes)
        return len(page.changes), page.next

    def _lines(self, changes: list[Change]) -> list[bytes]:
        line, with_old = self._line, self._with_old
        return [
            line(_micros(one.position), one.keys, one.old if with_old else None, one.new)
            for one in changes
        ]


def _micros(position: int) -> int:
    """Return a position as microseconds since 1970; changes of one millisecond keep their order as far as possible."""
    return stamp_ms(position) * 1000 + min(position & COUNTER_MAX, 999)
