"""Settings of all members of a global table in one request: what is asked for, and AWS's refusals.

The form is that of UpdateGlobalTableSettings. AWS words its refusals of UpdateTableReplicaAutoScaling in the members of
that form too, so the request of the newer operation is read as one of the older.

Source:
    Measured on AWS: aws-controllers-k8s/dynamodb-controller, docs/api-quirks, DDB-TABLE-187, 190, 241, 242, 253, 255,
    291, 323 and 446.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from globaltables.autoscaling.rules import bounds_fault, target_value_fault
from globaltables.autoscaling.targets import ScaledResource, service_role
from globaltables.foundation.errors import ApiError, validation
from globaltables.itemstore.region import Region
from globaltables.tables.definitions import Table

_WRITE = "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate"
_INDEXES = "GlobalTableGlobalSecondaryIndexSettingsUpdate"
_INDEX_WRITE = "ProvisionedWriteCapacityAutoScalingSettingsUpdate"
_REPLICAS = "ReplicaSettingsUpdate"
_READ = "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate"
_REPLICA_INDEXES = "ReplicaGlobalSecondaryIndexSettingsUpdate"
_INDEX_READ = "ProvisionedReadCapacityAutoScalingSettingsUpdate"
#: In AWS's order.
_NEEDED = ("MaximumUnits", "ScalingPolicyUpdate", "MinimumUnits")
_UNITS = (
    "GlobalTableProvisionedWriteCapacityUnits",
    "ProvisionedWriteCapacityUnits",
    "ReplicaProvisionedReadCapacityUnits",
    "ProvisionedReadCapacityUnits",
)


class ScalingChange(NamedTuple):
    """New auto scaling settings of one dimension.

    Attributes:
        region: whose reads they are for; None is every member, for writes.
        settings: an AutoScalingSettingsUpdate.
    """

    resource: ScaledResource
    region: str | None
    settings: Mapping[str, Any]

    @property
    def disables(self) -> bool:
        """Whether auto scaling is to end."""
        return bool(self.settings.get("AutoScalingDisabled"))


def scaling_changes(account: str, name: str, request: Mapping[str, Any]) -> Iterator[ScalingChange]:
    """Return the auto scaling settings of a request in the form of UpdateGlobalTableSettings.

    An index without a name has an empty one here; `check_form` refuses it.
    """
    if request.get(_WRITE) is not None:
        yield ScalingChange(ScaledResource(account, name, None, "write"), None, request[_WRITE])
    for index in request.get(_INDEXES, ()):
        if index.get(_INDEX_WRITE) is not None:
            resource = ScaledResource(account, name, index.get("IndexName", ""), "write")
            yield ScalingChange(resource, None, index[_INDEX_WRITE])
    for replica in request.get(_REPLICAS, ()):
        region = replica["RegionName"]
        if replica.get(_READ) is not None:
            yield ScalingChange(ScaledResource(account, name, None, "read"), region, replica[_READ])
        for index in replica.get(_REPLICA_INDEXES, ()):
            if index.get(_INDEX_READ) is not None:
                resource = ScaledResource(account, name, index.get("IndexName", ""), "read")
                yield ScalingChange(resource, region, index[_INDEX_READ])


def check_form(name: str, request: Mapping[str, Any], changes: Iterable[ScalingChange]) -> None:
    """Check a request by itself.

    Raises:
        ApiError: ValidationException.
    """
    if request.keys() <= {"GlobalTableName"}:
        raise _failed(name, " because at least one update parameter must be specified.")
    replicas = request.get(_REPLICAS, ())
    repeated = _repeated(replica["RegionName"] for replica in replicas)
    if repeated:
        raise _failed(name, f" because the regions: ‘[{repeated}]’ were specified more than once.")  # noqa: RUF001 - AWS's quotes
    for indexes in (
        request.get(_INDEXES, ()),
        *(one.get(_REPLICA_INDEXES, ()) for one in replicas),
    ):
        _check_indexes_form(name, indexes)
    for replica in replicas:
        if replica.keys() <= {"RegionName"}:
            why = "at least one update parameter must be specified for region"
            raise _failed(name, f" because {why}: ‘{replica['RegionName']}’.")  # noqa: RUF001 - AWS's quotes
    for change in changes:
        _check_parameters(name, change)


def _check_indexes_form(name: str, indexes: Sequence[Mapping[str, Any]]) -> None:
    """Check the entries of indexes; what AWS says of these was not measured."""
    for index in indexes:
        if index.get("IndexName") is None:
            raise _failed(name, " because a global secondary index has no name.")
        if index.keys() <= {"IndexName"}:
            why = "at least one update parameter must be specified for global secondary index"
            raise _failed(name, f" because {why}: ‘{index['IndexName']}’.")  # noqa: RUF001 - AWS's quotes
    repeated = _repeated(index["IndexName"] for index in indexes)
    if repeated:
        why = (
            f"the global secondary indexes with names: ‘[{repeated}]’ were specified more than once"  # noqa: RUF001 - AWS's quotes
        )
        raise _failed(name, f" because {why}.")


def _check_parameters(name: str, change: ScalingChange) -> None:
    given = change.settings
    if change.disables:
        extra = [member for member in _NEEDED if given.get(member) is not None]
        if extra:
            raise validation(
                f"Failed to update settings for global table with name ‘{name}’: "  # noqa: RUF001 - AWS's quotes
                f"Parameters {_quoted(extra)} must be left blank when disabling auto scaling."
            )
        return
    missing = [member for member in _NEEDED if given.get(member) is None]
    if missing:
        why = "are required unless auto scaling is being disabled."
        raise _failed(name, f": Parameters {_quoted(missing)} {why}")


def check_members(
    name: str,
    request: Mapping[str, Any],
    tables: Mapping[str, Table],
    *,
    no_replica: str,
    no_index: str,
) -> None:
    """Check that the regions and indexes of a request are those of the global table.

    Args:
        name: the global table.
        request: passed `check_form`.
        tables: the definition in every member, by region.
        no_replica: the code of the error for a region.
        no_index: the code of the error for an index.

    Raises:
        ApiError: one is not.
    """
    replicas = request.get(_REPLICAS, ())
    unknown = [one["RegionName"] for one in replicas if one["RegionName"] not in tables]
    if unknown:
        why = f"a replica does not exist in regions: ‘[{', '.join(unknown)}]’"  # noqa: RUF001 - AWS's quotes
        raise _failed(name, f" because {why}.", no_replica)
    names = [index["IndexName"] for index in request.get(_INDEXES, ())]
    for table in tables.values():
        missing = [index for index in names if not _has_index(table, index)]
        if missing:
            listed = ", ".join(missing)
            why = f"the global secondary indexes with names: ‘[{listed}]’ do not exist"  # noqa: RUF001 - AWS's quotes
            raise _failed(name, f" because {why}.", no_index)
    for replica in replicas:
        region = replica["RegionName"]
        for index in replica.get(_REPLICA_INDEXES, ()):
            if not _has_index(tables[region], index["IndexName"]):
                why = f"a global secondary index with name: ‘{index['IndexName']}’ does not exist"  # noqa: RUF001 - AWS's quotes
                raise _failed(name, f" because {why} in region: ‘{region}’.", no_index)  # noqa: RUF001 - AWS's quotes


def check_provisioned(name: str, request: Mapping[str, Any], tables: Mapping[str, Table]) -> None:
    """Refuse units and bounds for members that are on demand; to end auto scaling is allowed.

    Raises:
        ApiError: ValidationException.
    """
    on_demand = [
        region for region, table in tables.items() if table.billing_mode == "PAY_PER_REQUEST"
    ]
    needing = list(dict.fromkeys(_needing_units(request)))
    if on_demand and needing and request.get("GlobalTableBillingMode") != "PROVISIONED":
        regions = _quoted(region.upper() for region in sorted(on_demand))
        raise validation(
            f"Failed to update global table with name ‘{name}‘. Replicas {regions} "  # noqa: RUF001, S608 - AWS's text
            "BillingMode is PayPerRequest. You must convert table's BillingMode to PROVISIONED "
            f"to set parameters: {_quoted(needing)}."
        )


def check_rules(region: Region, account: str, changes: Iterable[ScalingChange]) -> None:
    """Refuse what Application Auto Scaling refuses; DynamoDB passes its words on.

    Raises:
        ApiError: ValidationException.
    """
    for change in changes:
        if change.disables:
            continue
        settings = change.settings
        tracking = settings["ScalingPolicyUpdate"]["TargetTrackingScalingPolicyConfiguration"]
        fault = bounds_fault(settings["MinimumUnits"], settings["MaximumUnits"])
        fault = fault or _role_fault(region, account, settings.get("AutoScalingRoleArn"))
        fault = fault or target_value_fault(change.resource.metric, tracking["TargetValue"])
        if fault:
            raise validation(
                f"{fault} (Service: AWSApplicationAutoScaling; Status Code: 400; Error Code: "
                f"ValidationException; Request ID: {region.randomness.uuid()}; Proxy: null)"
            )


def _role_fault(region: Region, account: str, role: str | None) -> str | None:
    """Return the refusal of any role but the one that DynamoDB's targets have."""
    if role is None or role == service_role(region.name, account):
        return None
    caller = (
        f"arn:aws:sts::{account}:assumed-role/AWSServiceRoleForDynamoDBReplication/"
        f"{region.randomness.uuid()}"
    )
    return (
        f"User: {caller} is not authorized to perform: iam:PassRole on resource: {role} because "
        "no identity-based policy allows the iam:PassRole action"
    )


def _needing_units(request: Mapping[str, Any]) -> Iterator[str]:
    """Return the members of a request that provisioned tables alone can have, as AWS names them."""
    for member in ("GlobalTableProvisionedWriteCapacityUnits", _WRITE):
        if _needs_units(request, member):
            yield member
    if any(_needs_units(one, _INDEX_WRITE, *_UNITS) for one in request.get(_INDEXES, ())):
        yield _INDEXES
    for replica in request.get(_REPLICAS, ()):
        for member in ("ReplicaProvisionedReadCapacityUnits", _READ):
            if _needs_units(replica, member):
                yield member
        indexes = replica.get(_REPLICA_INDEXES, ())
        if any(_needs_units(one, _INDEX_READ, *_UNITS) for one in indexes):
            yield _REPLICA_INDEXES


def _needs_units(part: Mapping[str, Any], *members: str) -> bool:
    given = [part[member] for member in members if part.get(member) is not None]
    return any(not isinstance(one, dict) or not one.get("AutoScalingDisabled") for one in given)


def _has_index(table: Table, name: str) -> bool:
    index = table.index(name)
    return (
        index is not None
        and index.kind == "GLOBAL"
        and index.status not in ("CREATING", "DELETING")
    )


def _repeated(names: Iterable[str]) -> str:
    """Return the names that occur more than once, as AWS lists them."""
    counts = Counter(names)
    return ", ".join(name for name, count in counts.items() if count > 1)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _failed(name: str, why: str, code: str = "ValidationException") -> ApiError:
    return ApiError(code, f"Failed to update settings for global table with name: ‘{name}’{why}")  # noqa: RUF001 - AWS's quotes
