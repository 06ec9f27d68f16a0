"""Removes resources: of a stack that goes, that an update leaves over, or whose creation is taken back."""

from collections.abc import Callable, Iterable

from globaltables.companions.cloudformation.engine.ledger import Ledger
from globaltables.companions.cloudformation.engine.resource_steps import (
    ResourceSteps,
    make_obsolete,
)
from globaltables.companions.cloudformation.engine.resource_work import Signals
from globaltables.companions.cloudformation.engine.waves import in_waves
from globaltables.companions.cloudformation.resource_types.registry import type_of
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError


class Removal:
    """Resources on their way out, in the reverse of the order in which they were made.

    Args:
        ledger: of the stack.
        keeps: tells whether a resource stays though it leaves the stack.
    """

    def __init__(self, ledger: Ledger, keeps: Callable[[Document], bool]) -> None:
        self._ledger = ledger
        self._keeps = keeps
        self._steps = ResourceSteps(ledger, Signals())
        self._records: dict[str, Document] = {}

    async def run(self, records: Iterable[Document]) -> dict[str, ApiError]:
        """Remove resources and return what failed by logical id."""
        self._records = {
            record["logical"]: record
            for record in records
            if record["status"] not in {"DELETE_COMPLETE", "DELETE_SKIPPED"}
        }
        # What needs another goes before it.
        needed: dict[str, set[str]] = {name: set() for name in self._records}
        for name, record in self._records.items():
            for other in record["depends"]:
                if other in needed:
                    needed[other].add(name)
        return await in_waves(needed, self._remove, None)

    async def _remove(self, logical: str) -> None:
        record = self._records[logical]
        if record["physical"] and self._keeps(record):
            await self._ledger.put(record, "DELETE_SKIPPED")
            return
        source = type_of(record["type"])
        make_obsolete(record)  # what an update that failed had replaced
        if source is not None:
            await self._steps.delete_obsolete(record, source)
        await self._steps.delete(record, source)


def keeps_on_delete(record: Document) -> bool:
    """Tell whether a resource stays when its stack goes, or an update takes it out."""
    return record["deletion"] in {"Retain", "RetainExceptOnCreate", "Snapshot"}


def keeps_on_rollback(record: Document) -> bool:
    """Tell whether a resource stays when its creation is taken back."""
    return bool(record["deletion"] == "Retain")
