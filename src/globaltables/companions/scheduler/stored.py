"""The schedules and groups of a region: their records, and when each is due."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from globaltables.companions.deliveries import Deliveries
from globaltables.companions.records import Document, Records
from globaltables.companions.scheduler.expressions import expression_of
from globaltables.companions.scheduler.refusals import no_group, no_schedule
from globaltables.companions.timetable import Key, Timetable
from globaltables.foundation.arns import partition_of
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

DEFAULT_GROUP = "default"
GROUPS = Records("scheduler", "group")
SCHEDULES = Records("scheduler", "schedule")
#: Up to when a schedule was done.
DONE = Records("scheduler", "done")
_Fire = Callable[["Schedules", Sequence[tuple[Key, int]]], Awaitable[None]]


class Schedules:
    """Everything of the Scheduler in a region.

    Args:
        region: which.
        fire: does what is due.

    Attributes:
        region: see there.
        deliveries: what is on its way to targets.
    """

    def __init__(self, region: Region, fire: _Fire) -> None:
        self.region = region
        self.deliveries = Deliveries(region, "scheduler")
        self._timetable = Timetable(region, "scheduler", lambda due: fire(self, due))
        self._schedules: dict[Key, Document] = {}
        self._groups: dict[Key, Document] = {}
        reader = region.store.reader()
        for account, name, document in GROUPS.of_everybody(reader):
            self._groups[account, name] = document
        done = {(account, name): one["at"] for account, name, one in DONE.of_everybody(reader)}
        for account, name, document in SCHEDULES.of_everybody(reader):
            self._schedules[account, name] = document
            self._plan((account, name), document, done.get((account, name), 0))

    # --- groups

    def group(self, account: str, name: str) -> Document:
        """Return a group; the default one is always there.

        Raises:
            ApiError: it is not there.
        """
        found = self._groups.get((account, name))
        if found is None:
            if name != DEFAULT_GROUP:
                raise no_group(name)
            return {"tags": {}}
        return found

    def find_group(self, account: str, name: str) -> Document | None:
        """Return a group that somebody made."""
        return self._groups.get((account, name))

    def group_names(self, account: str) -> list[str]:
        """Return the names of an account's groups."""
        return sorted({DEFAULT_GROUP, *(name for owner, name in self._groups if owner == account)})

    def save_group(self, stage: Stage, account: str, name: str, document: Document | None) -> None:
        """Make, change or delete a group, in a decision; its schedules go with it."""
        GROUPS.put(stage, account, name, document)
        if document is not None:
            self._groups[account, name] = document
            return
        del self._groups[account, name]
        for key in [key for key, _ in self.of_account(account) if key[1].startswith(f"{name}/")]:
            self.delete(stage, key)

    # --- schedules

    def get(self, account: str, group: str, name: str) -> Document:
        """Return a schedule.

        Raises:
            ApiError: it is not there.
        """
        self.group(account, group)
        document = self._schedules.get((account, f"{group}/{name}"))
        if document is None:
            raise no_schedule(name)
        return document

    def find(self, key: Key) -> Document | None:
        """Return a schedule by account, and group and name."""
        return self._schedules.get(key)

    def of_account(self, account: str) -> list[tuple[Key, Document]]:
        """Return the schedules of an account, by group and name."""
        found = [(key, one) for key, one in self._schedules.items() if key[0] == account]
        return sorted(found, key=lambda one: one[0])

    def save(self, stage: Stage, key: Key, document: Document) -> None:
        """Make or change a schedule, in a decision."""
        SCHEDULES.put(stage, *key, document)
        DONE.put(stage, *key, None)
        self._schedules[key] = document
        self._plan(key, document, 0)

    def delete(self, stage: Stage, key: Key) -> None:
        """Delete a schedule, in a decision."""
        SCHEDULES.put(stage, *key, None)
        DONE.put(stage, *key, None)
        del self._schedules[key]
        self._timetable.remove(key)

    def arn(self, kind: str, account: str, path: str) -> str:
        """Return the ARN of a schedule or group."""
        region = self.region.name
        return f"arn:{partition_of(region)}:scheduler:{region}:{account}:{kind}/{path}"

    def start(self, staged: Sequence[tuple[str, Any]]) -> None:
        """Begin with deliveries that are durable."""
        self.deliveries.start(staged)

    def _plan(self, key: Key, document: Document, done_ms: int) -> None:
        if document["state"] == "DISABLED":
            self._timetable.remove(key)
            return
        after_ms = max(done_ms, document["since"] - 1)
        self._timetable.put(key, expression_of(document), after_ms)
