"""DescribeScalableTargets: the targets of an account."""

from typing import Any

from tests.support.legacy_tables import refusal
from tests.support.scaling import INDEX, ScaledDimension


def test_describe_targets_shows_all_members(writes: ScaledDimension) -> None:
    """The role is the service's own."""
    arn = writes.register(2, 20)
    (found,) = writes.found()
    assert found.pop("CreationTime")
    assert {
        **writes.names,
        "MinCapacity": 2,
        "MaxCapacity": 20,
        "RoleARN": writes.table.role(),
        "SuspendedState": {
            "DynamicScalingInSuspended": False,
            "DynamicScalingOutSuspended": False,
            "ScheduledScalingSuspended": False,
        },
        "ScalableTargetARN": arn,
    } == found


def test_describe_targets_pages_through_what_is_asked_for(
    writes: ScaledDimension, service: Any
) -> None:
    """By resources and dimension; another namespace has none."""
    dimensions = [
        writes,
        writes.sibling(units="ReadCapacityUnits"),
        writes.sibling(INDEX),
        writes.sibling(INDEX, "ReadCapacityUnits"),
    ]
    for dimension in dimensions:
        dimension.register()
    ids = [writes.names["ResourceId"], dimensions[2].names["ResourceId"]]
    request = {"ServiceNamespace": "dynamodb", "ResourceIds": ids}
    pages = service.get_paginator("describe_scalable_targets").paginate(
        **request, PaginationConfig={"PageSize": 3}
    )
    sizes = [len(page["ScalableTargets"]) for page in pages]
    assert [3, 1] == sizes
    found = service.describe_scalable_targets(**request)["ScalableTargets"]
    assert 4 == len({(one["ResourceId"], one["ScalableDimension"]) for one in found})
    assert [] == service.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]


def test_describe_targets_with_a_wrong_page_is_refused(service: Any) -> None:
    """A token is opaque, and a page has a limit."""
    request = {"ServiceNamespace": "dynamodb"}
    for token in ("?", "eA==", "U2NhbGluZ1BvbGljaWVzOjE="):
        code, _ = refusal(service.describe_scalable_targets, **request, NextToken=token)
        assert "InvalidNextTokenException" == code
    for size in (0, 51):
        code, _ = refusal(service.describe_scalable_targets, **request, MaxResults=size)
        assert "ValidationException" == code
