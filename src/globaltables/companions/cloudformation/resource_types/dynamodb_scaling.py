"""Auto scaling of a global table's capacity, region by region."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.dynamodb_replicas import (
    index_names,
    read_settings,
    replica_of,
    write_settings,
)

_SERVICE = "application-autoscaling"
#: Of a target: resource id and dimension.
_Targets = dict[tuple[str, str], Mapping[str, Any]]


async def apply_scaling(
    work: ResourceWork,
    table: str,
    region: str,
    new: Mapping[str, Any],
    old: Mapping[str, Any],
) -> None:
    """Register what is to be scaled in a region, and take away what is no more."""
    wanted, had = _targets(table, region, new), _targets(table, region, old)
    for target in had:
        if target not in wanted:
            await work.found(_SERVICE, "DeregisterScalableTarget", region=region, **_named(target))
    for target, settings in wanted.items():
        if had.get(target) == settings:
            continue
        await work.call(
            _SERVICE,
            "RegisterScalableTarget",
            region=region,
            MinCapacity=settings["MinCapacity"],
            MaxCapacity=settings["MaxCapacity"],
            **_named(target),
        )
        reads = "Read" in target[1]
        metric = f"DynamoDB{'Read' if reads else 'Write'}CapacityUtilization"
        policy = settings["TargetTrackingScalingPolicyConfiguration"]
        await work.call(
            _SERVICE,
            "PutScalingPolicy",
            region=region,
            PolicyName=f"{metric}:{target[0]}",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                **policy,
                "TargetValue": float(policy["TargetValue"]),
                "PredefinedMetricSpecification": {"PredefinedMetricType": metric},
            },
            **_named(target),
        )


def _named(target: tuple[str, str]) -> dict[str, str]:
    resource, dimension = target
    return {
        "ServiceNamespace": "dynamodb",
        "ResourceId": resource,
        "ScalableDimension": dimension,
    }


def _targets(table: str, region: str, properties: Mapping[str, Any]) -> _Targets:
    """Return the settings by what they are for."""
    if properties.get("BillingMode", "PROVISIONED") != "PROVISIONED":
        return {}
    if not replica_of(properties, region):
        return {}
    found: _Targets = {}
    for index in ("", *index_names(properties)):
        resource = f"table/{table}/index/{index}" if index else f"table/{table}"
        kind = "index" if index else "table"
        reads = read_settings(properties, region, index).get("ReadCapacityAutoScalingSettings")
        writes = write_settings(properties, index).get("WriteCapacityAutoScalingSettings")
        if reads is not None:
            found[resource, f"dynamodb:{kind}:ReadCapacityUnits"] = reads
        if writes is not None:
            found[resource, f"dynamodb:{kind}:WriteCapacityUnits"] = writes
    return found
