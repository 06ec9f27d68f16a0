"""Auto scaling of the members of a global table: how settings take effect, and how they are described."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from globaltables.autoscaling.stored_targets import put_target, target
from globaltables.autoscaling.targets import (
    ScalableTarget,
    ScaledResource,
    ScalingPolicy,
    service_role,
)
from globaltables.autoscaling.tracking import is_scaled, set_units
from globaltables.foundation.errors import validation
from globaltables.foundation.limits import (
    NEW_INDEX_PERCENT,
    NEW_INDEX_UNITS_MAX,
    NEW_INDEX_UNITS_MIN,
)
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.operations.global_settings import ScalingChange
from globaltables.operations.scaled_throughput import change_units
from globaltables.tables.definitions import Table
from globaltables.tables.refusals import not_supported


def members_of(node: Node, table: Table) -> dict[str, Table]:
    """Return the definition of a global table in every member, sorted by region.

    Raises:
        ApiError: another node hosts a member, whose settings are not within reach.
    """
    names = sorted((table.region, *(replica.region for replica in table.replicas)))
    check_hosted(node, names)
    found = {name: node.region(name).catalog.find(table.account, table.name) for name in names}
    return {name: copy for name, copy in found.items() if copy is not None}


def check_hosted(node: Node, names: Iterable[str]) -> None:
    """Refuse regions that other nodes host.

    Raises:
        ApiError: ValidationException.
    """
    if any(name in node.remote_peers for name in names):
        raise not_supported("Auto scaling of a global table with members on several nodes")


async def carry_out(node: Node, members: Iterable[str], changes: Iterable[ScalingChange]) -> bool:
    """Store new settings in the regions that they are for, and bring the units within their bounds.

    Returns:
        Whether units were changed.
    """
    names = list(members)
    changed = False
    for change in changes:
        regions = [node.region(name) for name in ([change.region] if change.region else names)]
        for region in regions:
            await region.store.submit(partial(_store, region, change))
        for region in regions:
            changed |= await keep_bounds(node, region, change.resource)
    return changed


async def keep_bounds(node: Node, region: Region, resource: ScaledResource) -> bool:
    """Bring the units of a dimension within the bounds of its target, as Application Auto Scaling does at once.

    Returns:
        Whether they were changed.

    Source:
        API_RegisterScalableTarget; the activity's cause as measured on AWS (DDB-TABLE-195 and 314).
    """
    known = target(region.store.reader(), resource)
    table = region.catalog.find(resource.account, resource.table_name)
    if known is None or table is None or not is_scaled(table):
        return False
    units = resource.units(table)
    if units is None or known.minimum <= units <= known.maximum:
        return False
    side, bound = (
        ("minimum", known.minimum) if units < known.minimum else ("maximum", known.maximum)
    )
    cause = f"{side} capacity was set to {bound}"
    return await set_units(node, region, resource, bound, cause, change_units)


def check_write_scaling(region: Region, table: Table) -> None:
    """Refuse members of a provisioned table whose writes are not scaled; a target without a policy is not enough.

    Raises:
        ApiError: ValidationException; the text for an index does not name it.

    Source:
        Measured on AWS: DDB-TABLE-188 and 288.
    """
    for resource in write_dimensions(table):
        known = target(region.store.reader(), resource)
        if known is None or not known.policies:
            subject = "Table" if resource.index_name is None else "GSI"
            raise validation(
                f"{subject} write capacity should either be Pay-Per-Request or AutoScaled."
            )


async def mirror_write_targets(node: Node, region: Region, table: Table, replica: str) -> None:
    """Give a region in which a replica is created the targets of the table's writes.

    Source:
        Measured on AWS: the targets of table and indexes are there when the replica is (DDB-TABLE-288).
    """
    check_hosted(node, [replica])
    for resource in write_dimensions(table):
        known = target(region.store.reader(), resource)
        if known is not None:
            destination = node.region(replica)
            copy = _copied(known, destination)
            await destination.store.submit(partial(_put, resource, copy))


def write_dimensions(table: Table) -> list[ScaledResource]:
    """Return the dimension of the table's writes, then those of its global indexes."""
    names = [None, *(index.name for index in table.indexes if index.kind == "GLOBAL")]
    return [ScaledResource(table.account, table.name, name, "write") for name in names]


async def scale_new_index(node: Node, table: Table, index_name: str) -> None:
    """Give the writes of a new index of a provisioned global table the target that AWS gives them, in every member.

    Source:
        Measured on AWS: 1 to 10 units at 70 percent (DDB-TABLE-322).
    """
    resource = ScaledResource(table.account, table.name, index_name, "write")
    settings = {
        "MinimumUnits": NEW_INDEX_UNITS_MIN,
        "MaximumUnits": NEW_INDEX_UNITS_MAX,
        "ScalingPolicyUpdate": {
            "TargetTrackingScalingPolicyConfiguration": {"TargetValue": NEW_INDEX_PERCENT}
        },
    }
    change = ScalingChange(resource, None, settings)
    for name in members_of(node, table):
        region = node.region(name)
        await region.store.submit(partial(_store, region, change))


def describe(region: Region, table: Table, resource: ScaledResource) -> dict[str, Any]:
    """Return the AutoScalingSettingsDescription of a dimension.

    Source:
        Measured on AWS: a target without a policy is not shown, one of a table on demand is, as disabled
        (DDB-TABLE-189, 195, 237 and 317).
    """
    known = target(region.store.reader(), resource)
    if known is None or not known.policies:
        return {"AutoScalingDisabled": True, "ScalingPolicies": []}
    disabled = {"AutoScalingDisabled": True} if table.billing_mode == "PAY_PER_REQUEST" else {}
    return {
        "MinimumUnits": known.minimum,
        "MaximumUnits": known.maximum,
        **disabled,
        "AutoScalingRoleArn": service_role(region.name, resource.account),
        "ScalingPolicies": [
            {
                "PolicyName": policy.name,
                "TargetTrackingScalingPolicyConfiguration": tracking_members(policy),
            }
            for policy in known.policies
        ],
    }


def tracking_members(policy: ScalingPolicy) -> dict[str, Any]:
    """Return the configuration of a policy with the members that it was given."""
    members: dict[str, Any] = {
        "DisableScaleIn": policy.disable_scale_in,
        "ScaleInCooldown": policy.scale_in_cooldown,
        "ScaleOutCooldown": policy.scale_out_cooldown,
        "TargetValue": policy.target_value,
    }
    return {name: value for name, value in members.items() if value is not None}


def policy_of(
    region: Region, name: str, tracking: Mapping[str, Any], known: Iterable[ScalingPolicy]
) -> ScalingPolicy:
    """Return a policy with a new configuration; one of the same name keeps its identity."""
    now_ms = region.clock.now_ms()
    before = next((policy for policy in known if policy.name == name), None)
    return ScalingPolicy(
        name=name,
        id=region.randomness.uuid() if before is None else before.id,
        created_ms=now_ms if before is None else before.created_ms,
        target_value=float(tracking["TargetValue"]),
        scale_in_cooldown=tracking.get("ScaleInCooldown"),
        scale_out_cooldown=tracking.get("ScaleOutCooldown"),
        disable_scale_in=tracking.get("DisableScaleIn"),
    )


def _store(region: Region, change: ScalingChange, stage: Stage) -> None:
    """Replace the target of a dimension and its policy; a decision.

    A dimension has one policy: another name takes the place of the one before (DDB-TABLE-240).
    """
    resource, settings = change.resource, change.settings
    if change.disables:
        put_target(stage, resource, None)
        return
    known = target(stage, resource) or ScalableTarget(
        region.randomness.uuid(), region.clock.now_ms(), 0, 0
    )
    update = settings["ScalingPolicyUpdate"]
    name = update.get("PolicyName") or resource.policy_name
    tracking = update["TargetTrackingScalingPolicyConfiguration"]
    policy = policy_of(region, name, tracking, known.policies)
    changed = replace(
        known,
        minimum=settings["MinimumUnits"],
        maximum=settings["MaximumUnits"],
        policies=(policy,),
    )
    put_target(stage, resource, changed)


def _put(resource: ScaledResource, known: ScalableTarget, stage: Stage) -> None:
    put_target(stage, resource, known)


def _copied(known: ScalableTarget, destination: Region) -> ScalableTarget:
    """Return a target as another region has it: with an identity of its own."""
    now_ms, randomness = destination.clock.now_ms(), destination.randomness
    policies = (
        replace(policy, id=randomness.uuid(), created_ms=now_ms) for policy in known.policies
    )
    return replace(
        known, id=randomness.uuid(), created_ms=now_ms, policies=tuple(policies), last=None
    )
