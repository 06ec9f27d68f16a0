"""GlobalSecondaryIndexUpdates of UpdateTable: indexes that are created, changed and deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from globaltables.foundation.errors import (
    ApiError,
    invalid_parameters,
    limit_exceeded,
    resource_not_found,
    validation,
)
from globaltables.foundation.limits import GLOBAL_INDEXES_MAX, PROJECTED_ATTRIBUTES_MAX
from globaltables.tables import capacity_settings
from globaltables.tables.capacity_settings import without_cleared
from globaltables.tables.definitions import Index, KeyAttribute, Table, Throughput
from globaltables.tables.in_progress import check_index_ready
from globaltables.tables.indexes import global_index, too_many_projected_attributes
from globaltables.tables.keys import attribute_types, global_index_key_schema

_NO_UNITS = Throughput(0, 0)
_CAPACITY_MEMBERS = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")


class IndexUpdates:
    """Applies the index updates of one request.

    Args:
        table: as it is, with the request's other changes.
        request: passed `check_update`.
        now_ms: the time of the change.
        empty: whether the table has no items; a new index is then complete at once.

    Attributes:
        table: with the updates.
        created: the new index, if there is one.
        dropped: the index that is gone, if there is one.

    Raises:
        ApiError: an update does not fit the table.
    """

    def __init__(
        self, table: Table, request: Mapping[str, Any], now_ms: int, *, empty: bool
    ) -> None:
        self.table = table
        self.created: Index | None = None
        self.dropped: Index | None = None
        self._request = request
        self._now_ms = now_ms
        self._empty = empty
        self._answered: dict[str, Index] = {}
        updates = request["GlobalSecondaryIndexUpdates"]
        _check_one_online_change(table, updates)
        for update in updates:
            if update.get("Create"):
                self._create(update["Create"])
            elif update.get("Delete"):
                self._delete(update["Delete"]["IndexName"])
            else:
                self._update(update["Update"])

    def answered_indexes(self, before: Sequence[Index]) -> tuple[Index, ...]:
        """Return the indexes as the response shows them: old throughputs, and the index that is being deleted."""
        shown = [self._answered.get(index.name, index) for index in before]
        known = {index.name for index in before}
        return tuple(shown) + tuple(
            index for name, index in self._answered.items() if name not in known
        )

    def _create(self, request: Mapping[str, Any]) -> None:
        table, name = self.table, request["IndexName"]
        if table.index(name) is not None:
            raise validation("Attempting to create an index which already exists")
        if not self._request.get("AttributeDefinitions"):
            raise invalid_parameters(f"AttributeDefinitions is not specified for index: {name}")
        count = sum(index.kind == "GLOBAL" for index in table.indexes)
        if count >= GLOBAL_INDEXES_MAX:
            msg = (
                "Subscriber limit exceeded: Number of global secondary indexes exceeds "
                f"per-table limit of {GLOBAL_INDEXES_MAX}"
            )
            raise limit_exceeded(msg)
        types = self._attribute_types()
        schema = global_index_key_schema(request["KeySchema"], types)
        self._check_throughput_of_new(request)
        index = replace(
            global_index(request, schema, table.billing_mode, table.region),
            number=table.next_index_number,
            status="ACTIVE" if self._empty else "CREATING",
            backfilling=not self._empty,
        )
        projected = sum(len(one.non_key_attributes) for one in (*table.indexes, index))
        if projected > PROJECTED_ATTRIBUTES_MAX:
            raise too_many_projected_attributes()
        self.table = replace(
            table,
            indexes=(*table.indexes, index),
            attributes=_attributes((*table.attributes, *schema.attributes)),
            next_index_number=table.next_index_number + 1,
        )
        self.created = index
        self._answered[name] = replace(index, status="CREATING", backfilling=False)

    def _delete(self, name: str) -> None:
        index = self._existing(name, "delete")
        indexes = tuple(one for one in self.table.indexes if one.name != name)
        used = {key for one in indexes for key in one.schema.names} | set(self.table.schema.names)
        self.table = replace(
            self.table,
            indexes=indexes,
            attributes=tuple(one for one in self.table.attributes if one.name in used),
        )
        self.dropped = index
        self._answered[name] = replace(index, status="DELETING", backfilling=False)

    def _update(self, request: Mapping[str, Any]) -> None:
        name = request["IndexName"]
        table = self.table
        wanted = request.get("ProvisionedThroughput")
        if table.index(name) is None:
            capacity_settings.check_unblocked(wanted)
        index = self._existing(name, "update")
        changed = answered = index
        if table.billing_mode == "PAY_PER_REQUEST" and (
            wanted is not None or not any(request.get(member) for member in _CAPACITY_MEMBERS)
        ):
            msg = (
                f"The only Updates for index: {name} when TableThroughputMode is PAY_PER_REQUEST "
                "can be to OnDemandThroughput, WarmThroughput"
            )
            raise invalid_parameters(msg)
        if wanted is not None:
            capacity_settings.check_bounds(wanted, name)
            throughput = capacity_settings.reprovisioned(
                index.throughput or _NO_UNITS,
                capacity_settings.provisioned(wanted, table.region, name),
                self._now_ms,
                name,
            )
            warm = capacity_settings.warm_after(index.warm, throughput)
            changed = replace(changed, throughput=throughput, warm=warm)
        if request.get("OnDemandThroughput"):
            on_demand = capacity_settings.changed_on_demand(
                index.on_demand,
                request["OnDemandThroughput"],
                table.billing_mode,
                table.region,
                name,
            )
            changed = replace(changed, on_demand=without_cleared(on_demand))
            answered = replace(answered, on_demand=on_demand)
        if request.get("WarmThroughput"):
            current = changed.warm or capacity_settings.warm_after(None, changed.throughput)
            warm = capacity_settings.raised_warm(
                current, request["WarmThroughput"], table.region, name
            )
            changed = replace(changed, warm=warm)
            answered = replace(answered, warm=replace(current, status="UPDATING"))
        if changed is index:
            raise _throughput_missing([name])
        self.table = replace(
            table,
            indexes=tuple(changed if one.name == name else one for one in table.indexes),
        )
        self._answered[name] = replace(answered, status="UPDATING")

    def _existing(self, name: str, verb: str) -> Index:
        index = self.table.index(name)
        if index is None:
            msg = f"Requested resource not found: Index {name} for table {self.table.name}"
            raise resource_not_found(msg)
        if index.kind != "GLOBAL":
            raise validation(f"Cannot {verb} an index that is not a GlobalSecondaryIndex: {name}")
        check_index_ready(self.table, index, verb)
        return index

    def _attribute_types(self) -> dict[str, Any]:
        """Return the types that the request declares, and those of the table's keys.

        Raises:
            ApiError: the request gives a key of the table another type; the text is ours.
        """
        declared = attribute_types(self._request["AttributeDefinitions"])
        known = {attribute.name: attribute.type for attribute in self.table.attributes}
        for name, kind in declared.items():
            if known.get(name, kind) != kind:
                msg = f"The type of attribute {name} is {known[name]} and cannot be changed"
                raise invalid_parameters(msg)
        return {**known, **declared}

    def _check_throughput_of_new(self, request: Mapping[str, Any]) -> None:
        name, wanted = request["IndexName"], request.get("ProvisionedThroughput")
        capacity_settings.check_bounds(wanted, name)
        if self.table.billing_mode == "PAY_PER_REQUEST" and wanted is not None:
            msg = (
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: "
                f"{name} when BillingMode is PAY_PER_REQUEST"
            )
            raise invalid_parameters(msg)
        if self.table.billing_mode == "PROVISIONED" and wanted is None:
            msg = (
                f"Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {name}"
            )
            raise invalid_parameters(msg)


def switched_to_provisioned(
    table: Table, throughput: Throughput, updates: Sequence[Mapping[str, Any]]
) -> Table:
    """Return an on-demand table as a provisioned one; every global index needs its throughput in the request.

    Raises:
        ApiError: an index has none.
    """
    wanted = {
        update["Update"]["IndexName"]: update["Update"]
        for update in updates
        if update.get("Update")
    }
    names = [index.name for index in table.indexes if index.kind == "GLOBAL"]
    for name in wanted:
        if name not in names:
            msg = f"Requested resource not found: Index {name} for table {table.name}"
            raise resource_not_found(msg)
    missing = [name for name in names if not wanted.get(name, {}).get("ProvisionedThroughput")]
    if missing:
        raise _throughput_missing(missing)
    indexes = tuple(
        _provisioned_index(index, wanted[index.name], table.region)
        if index.kind == "GLOBAL"
        else index
        for index in table.indexes
    )
    history = replace(
        table.throughput,
        read_units=throughput.read_units,
        write_units=throughput.write_units,
    )
    return replace(
        table,
        billing_mode="PROVISIONED",
        throughput=history,
        on_demand=None,
        warm=capacity_settings.warm_after(table.warm, throughput),
        indexes=indexes,
    )


def _provisioned_index(index: Index, update: Mapping[str, Any], region: str) -> Index:
    wanted = update["ProvisionedThroughput"]
    capacity_settings.check_bounds(wanted, index.name)
    units = capacity_settings.provisioned(wanted, region, index.name)
    throughput = replace(
        index.throughput or _NO_UNITS,
        read_units=units.read_units,
        write_units=units.write_units,
    )
    warm = capacity_settings.warm_after(index.warm, throughput)
    if update.get("WarmThroughput"):
        warm = capacity_settings.raised_warm(warm, update["WarmThroughput"], region, index.name)
    return replace(index, throughput=throughput, on_demand=None, warm=warm)


def _check_one_online_change(table: Table, updates: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a second index that is created or deleted; the one that is being filled may be deleted."""
    changed = [
        (update.get("Create") or update["Delete"])["IndexName"]
        for update in updates
        if update.get("Create") or update.get("Delete")
    ]
    if not changed:
        return
    busy = {index.name for index in table.indexes if index.status in ("CREATING", "DELETING")}
    if len(changed) > 1 or (busy and changed[0] not in busy):
        msg = (
            "Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table"
        )
        raise limit_exceeded(msg)


def _attributes(attributes: Sequence[KeyAttribute]) -> tuple[KeyAttribute, ...]:
    return tuple(sorted(set(attributes), key=lambda attribute: attribute.name))


def _throughput_missing(names: Sequence[str]) -> ApiError:
    return invalid_parameters(
        f"ProvisionedThroughput must be specified for index: {','.join(names)}"
    )
