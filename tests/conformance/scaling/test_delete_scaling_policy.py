"""DeleteScalingPolicy: one policy of a target goes."""

from typing import Any

from tests.support.legacy_tables import refusal
from tests.support.scaling import ScaledDimension


def test_delete_policy_leaves_the_target(writes: ScaledDimension, service: Any) -> None:
    """The bounds stay."""
    writes.register()
    writes.put()
    service.delete_scaling_policy(**writes.names, PolicyName="p")
    assert [] == writes.policies()
    assert 1 == len(writes.found())


def test_delete_policy_that_is_not_there_is_refused(writes: ScaledDimension, service: Any) -> None:
    """With a target and without one."""
    expected = (
        "ObjectNotFoundException",
        "No scaling policy found for service namespace: dynamodb, "
        f"resource ID: table/{writes.name}, "
        "scalable dimension: dynamodb:table:WriteCapacityUnits, policy name: p",
    )
    request = {**writes.names, "PolicyName": "p"}
    assert expected == refusal(service.delete_scaling_policy, **request)
    writes.register()
    assert expected == refusal(service.delete_scaling_policy, **request)
