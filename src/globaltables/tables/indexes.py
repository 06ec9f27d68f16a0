"""Secondary indexes of requests: AWS's checks of names, keys, projections and throughput."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from globaltables.foundation.errors import ApiError, invalid_parameters
from globaltables.foundation.limits import (
    GLOBAL_INDEXES_MAX,
    LOCAL_INDEXES_MAX,
    PROJECTED_ATTRIBUTES_MAX,
)
from globaltables.tables import capacity_settings
from globaltables.tables.definitions import (
    BillingMode,
    Index,
    KeySchema,
    ProjectionType,
    Throughput,
    WarmThroughput,
)

_NO_UNITS = Throughput(0, 0)


def local_indexes(
    requests: Sequence[Mapping[str, Any]], schemas: Sequence[KeySchema], table_schema: KeySchema
) -> list[Index]:
    """Return the local indexes of a new table, not yet numbered.

    Raises:
        ApiError: AWS would not accept them.
    """
    indexes = []
    for request, schema in zip(requests, schemas, strict=True):
        name = request["IndexName"]
        if not schema.range:
            msg = f"Index KeySchema does not have a range key for index: {name}"
            raise invalid_parameters(msg)
        if schema.hash != table_schema.hash:
            msg = (
                "Index KeySchema does not have the same leading hash key as table KeySchema for "
                f"index: {name}. index hash key: {schema.hash[0].name}, "
                f"table hash key: {table_schema.hash[0].name}"
            )
            raise invalid_parameters(msg)
        kind, attributes = projection(request["Projection"])
        indexes.append(Index(name, 0, "LOCAL", schema, kind, attributes))
        _check_names(indexes)
    if len(indexes) > LOCAL_INDEXES_MAX:
        msg = f"Number of LocalSecondaryIndexes exceeds per-table limit of {LOCAL_INDEXES_MAX}"
        raise invalid_parameters(msg)
    return indexes


def global_indexes(
    requests: Sequence[Mapping[str, Any]],
    schemas: Sequence[KeySchema],
    billing_mode: BillingMode,
    region: str,
) -> list[Index]:
    """Return the global indexes of a new table, not yet numbered.

    Raises:
        ApiError: AWS would not accept them.
    """
    indexes = []
    for request, schema in zip(requests, schemas, strict=True):
        name = request["IndexName"]
        wanted = request.get("ProvisionedThroughput")
        capacity_settings.check_bounds(wanted, name)
        if billing_mode == "PAY_PER_REQUEST" and wanted is not None:
            msg = (
                f"ProvisionedThroughput should not be specified for index: {name} "
                "when BillingMode is PAY_PER_REQUEST"
            )
            raise invalid_parameters(msg)
        if billing_mode == "PROVISIONED" and wanted is None:
            raise invalid_parameters(f"ProvisionedThroughput is not specified for index: {name}")
        indexes.append(global_index(request, schema, billing_mode, region))
        _check_names(indexes)
    if len(indexes) > GLOBAL_INDEXES_MAX:
        msg = f"GlobalSecondaryIndex count exceeds the per-table limit of {GLOBAL_INDEXES_MAX}"
        raise invalid_parameters(msg)
    return indexes


def global_index(
    request: Mapping[str, Any], schema: KeySchema, billing_mode: BillingMode, region: str
) -> Index:
    """Return one new global index, not yet numbered; its throughput fits the billing mode.

    Raises:
        ApiError: AWS would not accept it.
    """
    name = request["IndexName"]
    kind, attributes = projection(request["Projection"])
    wanted = request.get("ProvisionedThroughput")
    throughput = None if wanted is None else capacity_settings.provisioned(wanted, region, name)
    return Index(
        name=name,
        number=0,
        kind="GLOBAL",
        schema=schema,
        projection=kind,
        non_key_attributes=attributes,
        throughput=throughput or _NO_UNITS,
        on_demand=capacity_settings.on_demand_at_creation(
            request.get("OnDemandThroughput"), billing_mode, region, name
        ),
        warm=_warm(request, throughput, region),
    )


def projection(request: Mapping[str, Any]) -> tuple[ProjectionType, tuple[str, ...]]:
    """Return a projection's type and its sorted non-key attributes.

    Raises:
        ApiError: type and attributes do not fit each other.
    """
    kind: ProjectionType | None = request.get("ProjectionType")
    attributes = request.get("NonKeyAttributes")
    if kind is None:
        raise invalid_parameters("Unknown ProjectionType: null")
    if kind != "INCLUDE":
        if attributes is not None:
            msg = f"ProjectionType is {kind}, but NonKeyAttributes is specified"
            raise invalid_parameters(msg)
        return kind, ()
    if attributes is None:
        msg = "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"
        raise invalid_parameters(msg)
    seen: set[str] = set()
    for name in attributes:
        if name in seen:
            raise invalid_parameters(f"Duplicate element in NonKeyAttributes: {name}")
        seen.add(name)
    return kind, tuple(sorted(attributes))


def check_together(indexes: Sequence[Index]) -> None:
    """Check what holds over all indexes of a table: distinct names, the number of projected attributes.

    An attribute that two indexes project counts twice (developer guide, Constraints).

    Raises:
        ApiError: AWS would not accept them.
    """
    _check_names(indexes)
    if sum(len(index.non_key_attributes) for index in indexes) > PROJECTED_ATTRIBUTES_MAX:
        raise too_many_projected_attributes()


def too_many_projected_attributes() -> ApiError:
    """Return the refusal of more projected attributes than a table may have; its text is ours."""
    return invalid_parameters(
        "Number of attributes projected into all secondary indexes exceeds the per-table limit "
        f"of {PROJECTED_ATTRIBUTES_MAX}"
    )


def _check_names(indexes: Iterable[Index]) -> None:
    seen: set[str] = set()
    for index in indexes:
        if index.name in seen:
            raise invalid_parameters(f"Duplicate index name: {index.name}")
        seen.add(index.name)


def _warm(request: Mapping[str, Any], throughput: Throughput | None, region: str) -> WarmThroughput:
    return capacity_settings.warm_at_creation(
        request.get("WarmThroughput"), throughput, region, request["IndexName"]
    )
