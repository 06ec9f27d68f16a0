"""Counts what the admission of requests shows it, for every rule of Contributor Insights in a region."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from globaltables.capacity.usage import Kind
from globaltables.insights.series import Series
from globaltables.items.values import Item
from globaltables.runtime.clock import Clock
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import (
    InsightsSetting,
    KeyAttribute,
    KeySchema,
    Table,
)
from globaltables.tables.insights import RuleKind, enabled_in, rule_kinds

#: Sketches count whole numbers; an item that a Scan reads costs a small part of a unit.
WEIGHT_PER_UNIT = 1_000
#: Source: contributorinsights_HowItWorks, ConsumedThroughputUnits.
_WEIGHTS: Mapping[Kind, int] = MappingProxyType(
    {"read": 1 * WEIGHT_PER_UNIT, "write": 3 * WEIGHT_PER_UNIT}
)
_TextOf = Callable[[Item], str | None]


class Counter:
    """Counts for one table or index.

    Args:
        schema: its keys.
        setting: its setting.

    Attributes:
        setting: its setting.
        series: what each of its rules counted.
    """

    __slots__ = ("_partition_text", "_sort_text", "series", "setting")

    def __init__(self, schema: KeySchema, setting: InsightsSetting) -> None:
        self.setting = setting
        self.series: dict[RuleKind, Series] = {
            kind: Series() for kind in rule_kinds(schema, setting.mode)
        }
        self._partition_text = _text_of(schema.hash)
        self._sort_text = _text_of(schema.range) if schema.range else None

    def continued(self, schema: KeySchema, setting: InsightsSetting) -> "Counter":
        """Return the counter for a changed mode; rules that both modes have go on."""
        counter = Counter(schema, setting)
        kept = {kind: series for kind, series in self.series.items() if kind in counter.series}
        counter.series.update(kept)
        return counter

    def accessed(self, key_item: Item, weight: int, now_ms: int) -> None:
        """Count an access."""
        self._count("PKC", "SKC", key_item, weight, now_ms)

    def throttled(self, key_item: Item, now_ms: int) -> None:
        """Count a refusal."""
        self._count("PKT", "SKT", key_item, 1, now_ms)

    def _count(
        self, of_partitions: RuleKind, of_pairs: RuleKind, key_item: Item, weight: int, now_ms: int
    ) -> None:
        series = self.series.get(of_partitions)
        if series is None or (partition := self._partition_text(key_item)) is None:
            return
        series.add((partition,), weight, now_ms)
        if self._sort_text is not None and (sort := self._sort_text(key_item)) is not None:
            self.series[of_pairs].add((partition, sort), weight, now_ms)


class Counting:
    """The observer of a region's admission (capacity/admission.py, AccessObserver).

    Args:
        catalog: the region's tables.
        clock: the region's clock.
    """

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._now_ms = clock.now_ms
        #: By a table's number: the settings for which the counters are, and the counters by index name. A local index
        #: has its table's, as it uses its table's capacity.
        self._tables: dict[int, tuple[tuple[InsightsSetting, ...], dict[str | None, Counter]]] = {}

    def accessed(
        self, table: Table, index_name: str | None, key_item: Item | None, units: float, kind: Kind
    ) -> None:
        """Take note of units that were consumed."""
        if key_item is None:
            return
        known = self._tables.get(table.number)
        if known is None or known[0] is not table.insights:
            known = self._renewed(table)
        counter = known[1].get(index_name)
        if counter is not None and units:
            weight = round(units * _WEIGHTS[kind]) or 1
            counter.accessed(key_item, weight, self._now_ms())

    def throttled(
        self, table: Table, index_name: str | None, key_item: Item | None, kind: Kind
    ) -> None:
        """Take note of a request that was refused.

        Source: contributorinsights_HowItWorks: a write that an index's capacity refuses is not measured.
        """
        if key_item is None or (index_name is not None and kind == "write"):
            return
        counter = self._renewed(table)[1].get(index_name)
        if counter is not None:
            counter.throttled(key_item, self._now_ms())

    def series(self, table: Table, index_name: str | None) -> Mapping[RuleKind, Series]:
        """Return what the rules of a table or index counted; empty where nothing is counted."""
        counter = self._renewed(table)[1].get(index_name)
        return {} if counter is None else counter.series

    def _renewed(
        self, table: Table
    ) -> tuple[tuple[InsightsSetting, ...], dict[str | None, Counter]]:
        """Bring a table's counters in line with its definition of now; a request may hold an older one."""
        current = self._catalog.by_number(table.number) or table
        known = self._tables.get(table.number)
        if known is not None and known[0] is current.insights:
            return known
        for number in [one for one in self._tables if not self._counts(one)]:
            del self._tables[number]
        before = {} if known is None else known[1]
        counters: dict[str | None, Counter] = {}
        for subject, setting in enabled_in(current):
            counter = before.get(subject.name)
            counters[subject.name] = _counter(counter, subject.schema, setting)
        if None in counters:
            for index in current.indexes:
                if index.kind == "LOCAL":
                    counters[index.name] = counters[None]
        renewed = self._tables[table.number] = (current.insights, counters)
        return renewed

    def _counts(self, table_number: int) -> bool:
        table = self._catalog.by_number(table_number)
        return table is not None and bool(table.insights)


def _counter(before: Counter | None, schema: KeySchema, setting: InsightsSetting) -> Counter:
    if before is None or not _same_rules(before.setting, setting):
        return Counter(schema, setting)
    return before if before.setting is setting else before.continued(schema, setting)


def _same_rules(one: InsightsSetting, other: InsightsSetting) -> bool:
    return (one.index, one.rules_ms) == (other.index, other.rules_ms)


def _text_of(attributes: tuple[KeyAttribute, ...]) -> _TextOf:
    """Return what shows the values of key attributes, or None when an item lacks one.

    Numbers are shown in their canonical form, binary values in Base64; several values with a comma between them.
    """
    if len(attributes) > 1:
        parts = [_text_of((attribute,)) for attribute in attributes]

        def listed(item: Item) -> str | None:
            texts = [text for part in parts if (text := part(item)) is not None]
            return ",".join(texts) if len(texts) == len(parts) else None

        return listed
    name, type_ = attributes[0].name, attributes[0].type

    def text(item: Item) -> str | None:
        value = item.get(name)
        return None if value is None else value[type_]

    return text
