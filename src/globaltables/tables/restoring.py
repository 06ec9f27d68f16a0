"""The table that a restore makes: what it takes from its source, what it drops, what a request overrides.

Kept are keys, indexes, billing, throughput and encryption. Replicas, streams, expiry, tags, recovery, protection,
policies, insights, destinations and the table class are dropped (measured on AWS).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from globaltables.foundation.errors import ApiError, validation
from globaltables.runtime.clock import stamp_ms
from globaltables.tables import capacity_settings
from globaltables.tables.creation import Identity
from globaltables.tables.definitions import (
    BillingMode,
    Index,
    OnDemandThroughput,
    Restoring,
    Table,
    Throughput,
)
from globaltables.tables.encryption import wanted_encryption
from globaltables.tables.indexes import check_together, projection
from globaltables.tables.keys import global_index_key_schema, simple_key_schema
from globaltables.tables.refusals import not_supported

_NO_UNITS = Throughput(0, 0)


def check_target(existing: Table | None, restoring: Restoring) -> None:
    """Check that the name of the new table is free.

    Raises:
        ApiError: TableAlreadyExistsException, or TableInUseException when a table is just being restored to it.
    """
    if existing is None:
        return
    if existing.restoring is None:
        raise ApiError("TableAlreadyExistsException", f"Table already exists: {existing.name}")
    source = (
        f"table: {restoring.source_arn}"
        if restoring.backup_arn is None
        else f"backup: {restoring.backup_arn}"
    )
    raise ApiError(
        "TableInUseException", f"Table: {existing.name} is already being restored from {source}"
    )


def restored(
    source: Table, request: Mapping[str, Any], identity: Identity, restoring: Restoring
) -> Table:
    """Return the table that a restore makes, closed to clients until it has its items.

    Args:
        source: the definition to restore.
        request: with the overrides.
        identity: what the new table does not take from its source.
        restoring: what it is restored from.

    Raises:
        ApiError: AWS would not accept the overrides, or this version does not do what they ask for.
    """
    if "VectorIndexOverride" in request:
        raise not_supported("VectorIndexOverride")
    wanted_encryption(request.get("SSESpecificationOverride"))
    region = identity.region
    billing_mode = _billing_mode(source, request)
    throughput = _throughput(source, request, billing_mode, region)
    indexes = [
        *_indexes("LOCAL", source, request, billing_mode, region),
        *_indexes("GLOBAL", source, request, billing_mode, region),
    ]
    check_together(indexes)
    used = source.schema.name_set.union(*(index.schema.name_set for index in indexes))
    created_ms = stamp_ms(identity.stamp)
    return Table(
        name=identity.name,
        account=identity.account,
        region=region,
        number=identity.number,
        table_id=identity.table_id,
        created_ms=created_ms,
        schema=source.schema,
        attributes=tuple(one for one in source.attributes if one.name in used),
        indexes=tuple(
            replace(index, number=number) for number, index in enumerate(indexes, start=1)
        ),
        next_index_number=len(indexes) + 1,
        status="CREATING",
        billing_mode=billing_mode,
        billing_mode_given=source.billing_mode_given or "BillingModeOverride" in request,
        pay_per_request_since_ms=created_ms if billing_mode == "PAY_PER_REQUEST" else None,
        throughput=throughput,
        on_demand=_on_demand(source, request, billing_mode, region),
        warm=capacity_settings.warm_at_creation(
            None, None if billing_mode == "PAY_PER_REQUEST" else throughput, region
        ),
        encryption=None if "SSESpecificationOverride" in request else source.encryption,
        restricted=True,
        restoring=restoring,
    )


def opened(table: Table) -> Table:
    """Return a restored table that clients may use."""
    return replace(table, status="ACTIVE", restricted=False, restoring=None)


def _invalid(text: str) -> ApiError:
    return validation(f"Invalid Request: {text}")


def _billing_mode(source: Table, request: Mapping[str, Any]) -> BillingMode:
    billing_mode: BillingMode = request.get("BillingModeOverride", source.billing_mode)
    units = "ProvisionedThroughputOverride" in request
    if billing_mode == "PAY_PER_REQUEST" and units:
        if "BillingModeOverride" in request:
            raise _invalid(
                "Cannot override ProvisionedThroughput if BillingMode is overridden to "
                "PAY_PER_REQUEST"
            )
        raise _invalid("Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED")
    if billing_mode == "PROVISIONED" and source.billing_mode != "PROVISIONED" and not units:
        raise _invalid(
            "Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED"
        )
    if billing_mode == "PROVISIONED" and request.get("OnDemandThroughputOverride"):
        raise _invalid(
            "Cannot override MaxReadRequestUnits for OnDemandThroughput unless "
            "BillingModeOverride is PAY_PER_REQUEST"
        )
    return billing_mode


def _throughput(
    source: Table, request: Mapping[str, Any], billing_mode: BillingMode, region: str
) -> Throughput:
    if billing_mode == "PAY_PER_REQUEST":
        return _NO_UNITS
    wanted = request.get("ProvisionedThroughputOverride")
    if wanted is None:
        return Throughput(source.throughput.read_units, source.throughput.write_units)
    capacity_settings.check_bounds(wanted)
    return capacity_settings.provisioned(wanted, region)


def _on_demand(
    source: Table, request: Mapping[str, Any], billing_mode: BillingMode, region: str
) -> OnDemandThroughput | None:
    if billing_mode == "PROVISIONED":
        return None
    wanted = request.get("OnDemandThroughputOverride")
    if not wanted:
        return capacity_settings.without_cleared(source.on_demand)
    return capacity_settings.on_demand_at_creation(wanted, billing_mode, region)


def _indexes(
    kind: str, source: Table, request: Mapping[str, Any], billing_mode: BillingMode, region: str
) -> list[Index]:
    """Return the indexes of one kind: the source's, or those of them that the request names, perhaps renamed."""
    known = [one for one in source.indexes if one.kind == kind and one.status != "DELETING"]
    member = "LocalSecondaryIndexOverride" if kind == "LOCAL" else "GlobalSecondaryIndexOverride"
    if member not in request:
        return [_kept(index, billing_mode, region) for index in known]
    left = list(known)
    chosen = []
    for wanted in request[member]:
        index = _match(wanted, left, source)
        left.remove(index)
        renamed = replace(index, name=wanted["IndexName"])
        chosen.append(
            _fresh(renamed, index.throughput, index.on_demand, billing_mode, region)
            if kind == "LOCAL"
            else _overridden(renamed, wanted, billing_mode, region)
        )
    return chosen


def _match(wanted: Mapping[str, Any], left: Sequence[Index], source: Table) -> Index:
    """Return the index of the source that a request means: the one with its keys and its projection."""
    name = wanted["IndexName"]
    types = {attribute.name: attribute.type for attribute in source.attributes}
    absent = any(key["AttributeName"] not in types for key in wanted["KeySchema"])
    for index in () if absent else left:
        read = simple_key_schema if index.kind == "LOCAL" else global_index_key_schema
        shape = (index.projection, index.non_key_attributes)
        if read(wanted["KeySchema"], types) == index.schema and shape == projection(
            wanted["Projection"]
        ):
            return index
    raise _invalid(
        f"Index {name} does not match a secondary index that existed in the source table and "
        "cannot be created during the restore operation"
    )


def _overridden(
    index: Index, wanted: Mapping[str, Any], billing_mode: BillingMode, region: str
) -> Index:
    units = wanted.get("ProvisionedThroughput")
    if billing_mode == "PROVISIONED" and units is None:
        raise _invalid(f"Must specify provisioned throughput for index {index.name}")
    if billing_mode == "PAY_PER_REQUEST" and units is not None:
        raise _invalid(
            "Cannot override ProvisionedThroughput if BillingMode is overridden to "
            f"PAY_PER_REQUEST for index {index.name}"
        )
    capacity_settings.check_bounds(units, index.name)
    throughput = None if units is None else capacity_settings.provisioned(units, region, index.name)
    on_demand = index.on_demand
    if wanted.get("OnDemandThroughput"):
        on_demand = capacity_settings.on_demand_at_creation(
            wanted["OnDemandThroughput"], billing_mode, region, index.name
        )
    return _fresh(index, throughput, on_demand, billing_mode, region)


def _kept(index: Index, billing_mode: BillingMode, region: str) -> Index:
    """Return an index of the source with the throughput that is recorded of it."""
    throughput = index.throughput
    if index.kind == "GLOBAL" and billing_mode == "PROVISIONED":
        if throughput is None or not throughput.read_units:
            raise _invalid(f"Must specify provisioned throughput for index {index.name}")
        throughput = Throughput(throughput.read_units, throughput.write_units)
    return _fresh(index, throughput, index.on_demand, billing_mode, region)


def _fresh(
    index: Index,
    throughput: Throughput | None,
    on_demand: OnDemandThroughput | None,
    billing_mode: BillingMode,
    region: str,
) -> Index:
    """Return an index of the new table, which is filled with the table."""
    fresh = Index(
        index.name, 0, index.kind, index.schema, index.projection, index.non_key_attributes
    )
    if index.kind == "LOCAL":
        return fresh
    if billing_mode == "PAY_PER_REQUEST":
        return replace(
            fresh,
            throughput=_NO_UNITS,
            on_demand=capacity_settings.without_cleared(on_demand),
            warm=capacity_settings.warm_at_creation(None, None, region, index.name),
        )
    return replace(
        fresh,
        throughput=throughput,
        warm=capacity_settings.warm_at_creation(None, throughput, region, index.name),
    )
