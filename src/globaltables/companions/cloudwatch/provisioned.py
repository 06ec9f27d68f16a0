"""What tables and accounts may use: the metrics that tell of settings, every five minutes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from globaltables.companions.cloudwatch.series import Dimensions
from globaltables.foundation.limits import ACCOUNT_THROUGHPUT_MAX, TABLE_THROUGHPUT_MAX
from globaltables.tables.definitions import Table


class Gauge(NamedTuple):
    """One value of now."""

    account: str
    name: str
    dimensions: Dimensions
    unit: str
    value: float


def gauges_of(tables: Iterable[Table]) -> Iterator[Gauge]:
    """Return the gauges of tables with provisioned or limited units, and of their accounts.

    Source: Developer guide, metrics-dimensions.
    """
    used: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for table in tables:
        for index_name, reads, writes in _units(table):
            dimensions: Dimensions = (("TableName", table.name),)
            if index_name is not None:
                dimensions = (("GlobalSecondaryIndexName", index_name), *dimensions)
            used[table.account].append((reads, writes))
            for name, units in (("Read", reads), ("Write", writes)):
                yield Gauge(
                    table.account, f"Provisioned{name}CapacityUnits", dimensions, "Count", units
                )
        yield from _on_demand(table)
    for account, provisioned in used.items():
        yield from _of_account(account, provisioned)


def _units(table: Table) -> Iterator[tuple[str | None, int, int]]:
    if table.billing_mode != "PROVISIONED":
        return
    if table.throughput is not None:
        yield None, table.throughput.read_units, table.throughput.write_units
    for index in table.indexes:
        if index.kind == "GLOBAL" and index.throughput is not None:
            yield index.name, index.throughput.read_units, index.throughput.write_units


def _on_demand(table: Table) -> Iterator[Gauge]:
    limits = table.on_demand
    if limits is None or table.billing_mode == "PROVISIONED":
        return
    dimensions: Dimensions = (("TableName", table.name),)
    if limits.max_read_units is not None:
        name = "OnDemandMaxReadRequestUnits"
        yield Gauge(table.account, name, dimensions, "Count", limits.max_read_units)
    if limits.max_write_units is not None:
        name = "OnDemandMaxWriteRequestUnits"
        yield Gauge(table.account, name, dimensions, "Count", limits.max_write_units)


def _of_account(account: str, units: list[tuple[int, int]]) -> Iterator[Gauge]:
    for place, (short, kind) in enumerate((("Reads", "Read"), ("Writes", "Write"))):
        provisioned = [one[place] for one in units]
        share = 100 * sum(provisioned) / ACCOUNT_THROUGHPUT_MAX
        greatest = 100 * max(provisioned) / TABLE_THROUGHPUT_MAX
        yield Gauge(account, f"AccountMax{short}", (), "Count", ACCOUNT_THROUGHPUT_MAX)
        yield Gauge(account, f"AccountMaxTableLevel{short}", (), "Count", TABLE_THROUGHPUT_MAX)
        yield Gauge(account, f"AccountProvisioned{kind}CapacityUtilization", (), "Percent", share)
        name = f"MaxProvisionedTable{kind}CapacityUtilization"
        yield Gauge(account, name, (), "Percent", greatest)
