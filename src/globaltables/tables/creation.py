"""CreateTable: from a request to a definition, with AWS's checks in AWS's order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from globaltables.foundation.errors import invalid_parameters, limit_exceeded
from globaltables.foundation.limits import ACCOUNT_THROUGHPUT_MAX, TABLES_PER_REGION_MAX
from globaltables.runtime.clock import stamp_ms
from globaltables.tables import capacity_settings
from globaltables.tables.definitions import (
    BillingMode,
    Index,
    KeyAttribute,
    KeySchema,
    Table,
    Throughput,
)
from globaltables.tables.encryption import wanted_encryption
from globaltables.tables.indexes import check_together, global_indexes, local_indexes
from globaltables.tables.keys import (
    AttributeTypes,
    attribute_types,
    check_every_attribute_is_used,
    global_index_key_schema,
    simple_key_schema,
)
from globaltables.tables.refusals import refuse_at_creation
from globaltables.tables.stream_setting import stream_at_creation
from globaltables.tables.tags import checked_tags

_NO_UNITS = Throughput(0, 0)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a new table does not take from its request.

    Attributes:
        number: from `Catalog.next_number`.
        stamp: the position of the log at which the table begins; its time is the creation time.
    """

    name: str
    account: str
    region: str
    number: int
    table_id: str
    stamp: int


def created(request: Mapping[str, Any], identity: Identity) -> Table:
    """Return the ACTIVE table that a CreateTable request describes.

    Raises:
        ApiError: AWS would not accept the request, or this version does not do what it asks for.
    """
    billing_mode: BillingMode = request.get("BillingMode", "PROVISIONED")
    wanted = request.get("ProvisionedThroughput")
    _check_billing(billing_mode, wanted)
    capacity_settings.check_bounds(wanted)
    types = attribute_types(request["AttributeDefinitions"])
    schema = simple_key_schema(request["KeySchema"], types)
    indexes = _indexes(request, types, schema, billing_mode, identity.region)
    throughput = None if wanted is None else capacity_settings.provisioned(wanted, identity.region)
    on_demand = capacity_settings.on_demand_at_creation(
        request.get("OnDemandThroughput"), billing_mode, identity.region
    )
    warm = capacity_settings.warm_at_creation(
        request.get("WarmThroughput"), throughput, identity.region
    )
    streams = stream_at_creation(request.get("StreamSpecification"), identity.stamp)
    tags = checked_tags(request.get("Tags") or ())
    wanted_encryption(request.get("SSESpecification"))
    refuse_at_creation(request)
    created_ms = stamp_ms(identity.stamp)
    return Table(
        name=identity.name,
        account=identity.account,
        region=identity.region,
        number=identity.number,
        table_id=identity.table_id,
        created_ms=created_ms,
        schema=schema,
        attributes=tuple(KeyAttribute(name, types[name]) for name in sorted(types)),
        indexes=tuple(
            replace(index, number=number) for number, index in enumerate(indexes, start=1)
        ),
        next_index_number=len(indexes) + 1,
        billing_mode=billing_mode,
        billing_mode_given="BillingMode" in request,
        pay_per_request_since_ms=created_ms if billing_mode == "PAY_PER_REQUEST" else None,
        throughput=throughput or _NO_UNITS,
        on_demand=on_demand,
        warm=warm,
        streams=streams,
        tags=tuple(tags.items()),
        table_class=request.get("TableClass"),
        deletion_protection=request.get("DeletionProtectionEnabled", False),
    )


def answer_to_creation(table: Table, request: Mapping[str, Any]) -> Table:
    """Return a new table as AWS shows it in the answer to CreateTable.

    AWS leaves out what it fills in later: warm throughput that was not asked for, the time of the billing mode.
    """
    warm = table.warm if request.get("WarmThroughput") else None
    indexes = tuple(
        replace(index, status="CREATING", warm=None) if index.kind == "GLOBAL" else index
        for index in table.indexes
    )
    return replace(
        table,
        status="CREATING",
        indexes=indexes,
        warm=None if warm is None else replace(warm, status="UPDATING"),
        pay_per_request_since_ms=None,
    )


def check_account(tables: Sequence[Table], added: Table) -> None:
    """Check the quotas of an account in a region.

    Args:
        tables: what the account has there, without the new table.
        added: the new table.

    Raises:
        ApiError: LimitExceededException.
    """
    if len(tables) >= TABLES_PER_REGION_MAX:
        msg = (
            "Subscriber limit exceeded: There is a limit of "
            f"{TABLES_PER_REGION_MAX} tables per subscriber"
        )
        raise limit_exceeded(msg)
    check_units(tables, reserved_units([added]), added.region)


def check_units(tables: Sequence[Table], added: tuple[int, int], region: str) -> None:
    """Check the provisioned units of an account in a region.

    Args:
        tables: what the account has there.
        added: read and write units that a request adds; what it takes away is always allowed.
        region: the region's name.

    Raises:
        ApiError: LimitExceededException.
    """
    if max(added) <= 0:
        return
    current = reserved_units(tables)
    pairs = zip(("ReadCapacityUnits", "WriteCapacityUnits"), added, current, strict=True)
    for member, units, reserved in pairs:
        if units > 0 and reserved + units > ACCOUNT_THROUGHPUT_MAX:
            msg = (
                f"This request would have caused the {member} limit to be exceeded for the account "
                f"in {region}. Current {member} reserved by the account: {reserved}. "
                f"Limit: {ACCOUNT_THROUGHPUT_MAX}. Requested: {units}. "
                "Refer to the Amazon DynamoDB Developer Guide for current limits and how to "
                "request higher limits."
            )
            raise limit_exceeded(msg)


def check_changed_units(tables: Sequence[Table], before: Table, after: Table) -> None:
    """Check the provisioned units of an account in a region when one of its tables changes; see `check_units`.

    Raises:
        ApiError: LimitExceededException.
    """
    old, new = reserved_units([before]), reserved_units([after])
    check_units(tables, (new[0] - old[0], new[1] - old[1]), before.region)


def reserved_units(tables: Sequence[Table]) -> tuple[int, int]:
    """Return the provisioned read and write units of tables and their indexes together."""
    throughputs = [table.throughput for table in tables]
    throughputs += [
        index.throughput
        for table in tables
        for index in table.indexes
        if index.throughput is not None
    ]
    return (
        sum(throughput.read_units for throughput in throughputs),
        sum(throughput.write_units for throughput in throughputs),
    )


def _check_billing(billing_mode: BillingMode, wanted: Mapping[str, Any] | None) -> None:
    if billing_mode == "PROVISIONED" and wanted is None:
        msg = (
            "ReadCapacityUnits and WriteCapacityUnits must both be specified "
            "when BillingMode is PROVISIONED"
        )
        raise invalid_parameters(msg)
    if billing_mode == "PAY_PER_REQUEST" and wanted is not None:
        msg = (
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
            "when BillingMode is PAY_PER_REQUEST"
        )
        raise invalid_parameters(msg)


def _indexes(
    request: Mapping[str, Any],
    types: AttributeTypes,
    schema: KeySchema,
    billing_mode: BillingMode,
    region: str,
) -> list[Index]:
    local = request.get("LocalSecondaryIndexes")
    distributed = request.get("GlobalSecondaryIndexes")
    for member, indexes in (
        ("LocalSecondaryIndexes", local),
        ("GlobalSecondaryIndexes", distributed),
    ):
        if indexes is not None and not indexes:
            raise invalid_parameters(f"List of {member} is empty")
    if local and not schema.range:
        msg = (
            "Table KeySchema does not have a range key, "
            "which is required when specifying a LocalSecondaryIndex"
        )
        raise invalid_parameters(msg)
    local_schemas = [simple_key_schema(index["KeySchema"], types) for index in local or ()]
    global_schemas = [
        global_index_key_schema(index["KeySchema"], types) for index in distributed or ()
    ]
    check_every_attribute_is_used(
        types,
        [schema, *local_schemas, *global_schemas],
        with_indexes=bool(local or distributed),
    )
    indexes = [
        *local_indexes(local or (), local_schemas, schema),
        *global_indexes(distributed or (), global_schemas, billing_mode, region),
    ]
    check_together(indexes)
    return indexes
