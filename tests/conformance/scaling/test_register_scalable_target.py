"""RegisterScalableTarget: the bounds of a dimension."""

from typing import Any

import pytest

from tests.support.legacy_tables import refusal
from tests.support.scaling import INDEX, ScaledDimension
from tests.support.target import Target

UNSUPPORTED = "Unsupported service namespace, resource type or scalable dimension"


def test_register_target_brings_units_within_the_bounds(writes: ScaledDimension) -> None:
    """Units below the minimum rise at once, and the activity says why."""
    arn = writes.register(8, 20)
    assert arn.startswith("arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/")
    assert (5, 8) == writes.table.units()
    assert "LastIncreaseDateTime" in writes.table.describe()["ProvisionedThroughput"]
    (activity,) = writes.activities()
    assert "minimum capacity was set to 8" == activity["Cause"]


def test_register_target_of_an_index_changes_the_index(writes: ScaledDimension) -> None:
    """Each dimension for itself."""
    writes.sibling(INDEX, "ReadCapacityUnits").register(1, 3)
    assert (3, 5) == writes.table.index_units()
    assert (5, 5) == writes.table.units()


def test_register_target_again_changes_what_is_given(writes: ScaledDimension, service: Any) -> None:
    """The rest stays, and so does its identity; a RoleARN is ignored."""
    arn = writes.register(1, 20, SuspendedState={"DynamicScalingInSuspended": True})
    again = service.register_scalable_target(
        **writes.names, MaxCapacity=30, RoleARN="arn:aws:iam::123456789012:role/mine"
    )
    assert arn == again["ScalableTargetARN"]
    (found,) = writes.found()
    assert (1, 30, True) == (
        found["MinCapacity"],
        found["MaxCapacity"],
        found["SuspendedState"]["DynamicScalingInSuspended"],
    )


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ({"ServiceNamespace": "ecs"}, UNSUPPORTED),
        ({"ScalableDimension": "ecs:service:DesiredCount"}, UNSUPPORTED),
        ({"ScalableDimension": "dynamodb:index:WriteCapacityUnits"}, UNSUPPORTED),
        ({"ResourceId": "Music"}, UNSUPPORTED),
        (
            {"ResourceId": "table/no-such-table"},
            "DynamoDB table does not exist: table/no-such-table",
        ),
        ({"MinCapacity": 11}, "Maximum capacity cannot be less than minimum capacity"),
        ({"MinCapacity": 0}, "Minimum capacity cannot be less than 1"),
    ],
)
def test_register_target_that_does_not_fit_is_refused(
    writes: ScaledDimension, service: Any, names: dict[str, Any], text: str
) -> None:
    """DynamoDB's tables and indexes alone are scaled here."""
    request = {**writes.names, "MinCapacity": 1, "MaxCapacity": 10, **names}
    assert ("ValidationException", text) == refusal(service.register_scalable_target, **request)


def test_register_target_of_a_missing_index_is_refused(writes: ScaledDimension) -> None:
    """The words as measured on AWS."""
    missing = writes.sibling("none")
    assert (
        "ValidationException",
        f"DynamoDB index does not exist: table/{writes.name}/index/none",
    ) == refusal(missing.register)


def test_register_target_without_bounds_is_refused(writes: ScaledDimension, service: Any) -> None:
    """The first registration needs both."""
    code, _ = refusal(service.register_scalable_target, **writes.names, MinCapacity=1)
    assert "ValidationException" == code


def test_register_target_is_checked_against_the_model(target: Target) -> None:
    """What boto3 would not send is answered with the service's own check."""
    service = target.scaling(validated=False)
    code, text = refusal(service.register_scalable_target, ServiceNamespace="dynamodb")
    assert "ValidationException" == code
    assert "'resourceId' failed to satisfy constraint: Member must not be null" in text
    code, text = refusal(
        service.register_scalable_target,
        ServiceNamespace="music",
        ResourceId="table/t",
        ScalableDimension="dynamodb:table:ReadCapacityUnits",
    )
    assert "ValidationException" == code
    assert "Value 'music' at 'serviceNamespace' failed to satisfy constraint" in text


def test_operations_that_are_not_there_say_so(service: Any) -> None:
    """Scheduled scaling is not built."""
    code, text = refusal(service.describe_scheduled_actions, ServiceNamespace="dynamodb")
    assert "UnknownOperationException" == code
    assert text.startswith("DescribeScheduledActions is not supported by globaltables")
