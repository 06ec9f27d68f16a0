"""The buses and rules of a region: their records, and the rules as they are looked at for each event."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from globaltables.companions.deliveries import Deliveries
from globaltables.companions.event_patterns import EventPattern, parse_pattern
from globaltables.companions.events.names import DEFAULT_BUS, bus_arn, rule_arn
from globaltables.companions.events.refusals import bad_pattern, bad_schedule, no_bus, no_rule
from globaltables.companions.records import Document, Records
from globaltables.companions.schedule_expressions import Rate, parse_schedule
from globaltables.companions.timetable import Key, Timetable
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

BUSES = Records("events", "bus")
RULES = Records("events", "rule")
#: Up to when a rule's schedule was done.
DONE = Records("events", "done")
_Fire = Callable[["Buses", Sequence[tuple[Key, int]]], Awaitable[None]]
_Perform = Callable[["Buses", Document], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        account: whose.
        bus: its bus's name.
        name: its name.
        document: as stored.
        pattern: what it lets through; None for nothing.
    """

    account: str
    bus: str
    name: str
    document: Document
    pattern: EventPattern | None

    @property
    def enabled(self) -> bool:
        """Whether it does something."""
        return bool(self.document["state"] != "DISABLED")

    @property
    def key(self) -> Key:
        """What its records have as account and name."""
        return self.account, f"{self.bus}/{self.name}"

    @property
    def targets(self) -> list[dict[str, Any]]:
        """Its targets, in the order in which they were put."""
        return list(self.document["targets"].values())


class Buses:
    """Everything of EventBridge in a region.

    Args:
        region: which.
        fire: does what schedules have due.
        perform: brings a delivery to its target.

    Attributes:
        region: see there.
        deliveries: what is on its way to targets.
    """

    def __init__(self, region: Region, fire: _Fire, perform: _Perform) -> None:
        self.region = region
        self.deliveries = Deliveries(region, "events", lambda _, one: perform(self, one))
        self._timetable = Timetable(region, "events", lambda due: fire(self, due))
        self._rules: dict[tuple[str, str], dict[str, Rule]] = {}
        self._buses: dict[Key, Document] = {}
        reader = region.store.reader()
        for account, name, document in BUSES.of_everybody(reader):
            self._buses[account, name] = document
        done = {(account, name): one["at"] for account, name, one in DONE.of_everybody(reader)}
        for account, name, document in RULES.of_everybody(reader):
            bus, _, rule_name = name.rpartition("/")
            rule = _rule(account, bus, rule_name, document)
            self._rules.setdefault((account, bus), {})[rule_name] = rule
            self._schedule(rule, max(document["since"], done.get((account, name), 0)))

    # --- buses

    def bus(self, account: str, name: str) -> Document:
        """Return a bus; the default one is always there.

        Raises:
            ApiError: it is not there.
        """
        found = self._buses.get((account, name))
        if found is None:
            if name != DEFAULT_BUS:
                raise no_bus(name)
            return {"policy": [], "tags": {}}
        return found

    def has_bus(self, account: str, name: str) -> bool:
        """Tell whether a bus is there."""
        return name == DEFAULT_BUS or (account, name) in self._buses

    def bus_names(self, account: str) -> list[str]:
        """Return the names of an account's buses."""
        return sorted({DEFAULT_BUS, *(name for owner, name in self._buses if owner == account)})

    def save_bus(self, stage: Stage, account: str, name: str, document: Document | None) -> None:
        """Make, change or delete a bus, in a decision."""
        BUSES.put(stage, account, name, document)
        if document is None:
            del self._buses[account, name]
        else:
            self._buses[account, name] = document

    def bus_arn(self, account: str, name: str) -> str:
        """Return a bus's ARN."""
        return bus_arn(self.region.name, account, name)

    # --- rules

    def rules(self, account: str, bus: str) -> list[Rule]:
        """Return the rules of a bus, by name."""
        found = self._rules.get((account, bus), {})
        return [found[name] for name in sorted(found)]

    def rule(self, account: str, bus: str, name: str) -> Rule:
        """Return a rule.

        Raises:
            ApiError: it is not there.
        """
        self.bus(account, bus)
        rule = self._rules.get((account, bus), {}).get(name)
        if rule is None:
            raise no_rule(name, bus)
        return rule

    def find_rule(self, key: Key) -> Rule | None:
        """Return the rule of a schedule's key."""
        bus, _, name = key[1].rpartition("/")
        return self._rules.get((key[0], bus), {}).get(name)

    def save_rule(
        self, stage: Stage, account: str, bus: str, name: str, document: Document
    ) -> None:
        """Make or change a rule, in a decision."""
        rule = _rule(account, bus, name, document)
        RULES.put(stage, *rule.key, document)
        self._rules.setdefault((account, bus), {})[name] = rule
        done = DONE.get(stage, *rule.key) or {"at": 0}
        self._schedule(rule, max(document["since"], done["at"]))

    def delete_rule(self, stage: Stage, rule: Rule) -> None:
        """Delete a rule, in a decision."""
        RULES.put(stage, *rule.key, None)
        DONE.put(stage, *rule.key, None)
        del self._rules[rule.account, rule.bus][rule.name]
        self._timetable.remove(rule.key)

    def rule_arn(self, rule: Rule) -> str:
        """Return a rule's ARN."""
        return rule_arn(self.region.name, rule.account, rule.bus, rule.name)

    def matching(self, account: str, bus: str, event: Document) -> Iterator[Rule]:
        """Iterate over the rules of a bus that let an event through."""
        for rule in self.rules(account, bus):
            if rule.enabled and rule.pattern is not None and rule.pattern.matches(event):
                yield rule

    def start(self, staged: Sequence[tuple[str, Document]]) -> None:
        """Begin with deliveries that are durable."""
        self.deliveries.start(staged)

    def _schedule(self, rule: Rule, after_ms: int) -> None:
        """Plan a rule whose times up to one are done."""
        text = rule.document.get("schedule")
        if not text or not rule.enabled:
            self._timetable.remove(rule.key)
            return
        expression = parse_schedule(text, bad_schedule, from_ms=rule.document["anchor"])
        if isinstance(expression, Rate):  # first after one period
            anchor = rule.document["anchor"] + expression.period_ms
            expression = Rate(expression.period_ms, anchor)
        self._timetable.put(rule.key, expression, after_ms)


def _rule(account: str, bus: str, name: str, document: Document) -> Rule:
    text = document.get("pattern")
    return Rule(account, bus, name, document, parse_pattern(text, bad_pattern) if text else None)
