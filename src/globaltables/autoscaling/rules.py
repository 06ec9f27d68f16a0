"""What Application Auto Scaling asks of bounds and policies, in its words."""

from globaltables.foundation.limits import (
    SCALING_TARGET_PERCENT_MAX,
    SCALING_TARGET_PERCENT_MIN,
)

_TARGET_VALUE_MIN = 8.51592e-109
_TARGET_VALUE_MAX = 1.174271e108


def bounds_fault(minimum: int, maximum: int) -> str | None:
    """Return what is wrong with the bounds of a target; None when nothing is."""
    if maximum < minimum:
        return "Maximum capacity cannot be less than minimum capacity"
    return None


def target_value_fault(metric: str, value: float) -> str | None:
    """Return what is wrong with the target value of a policy; None when nothing is.

    Source: measured on AWS, aws-controllers-k8s/dynamodb-controller, docs/api-quirks, DDB-TABLE-253.
    """
    if not _TARGET_VALUE_MIN <= value <= _TARGET_VALUE_MAX:
        return (
            "For target tracking scaling, target value must be between '8.51592E-109' and "
            f"'1.174271E108', but was '{value}'."
        )
    lowest, highest = float(SCALING_TARGET_PERCENT_MIN), float(SCALING_TARGET_PERCENT_MAX)
    if not lowest <= value <= highest:
        return (
            f"For predefined metric type {metric}, target value must be between '{lowest}' and "
            f"'{highest}', but was '{value}'."
        )
    return None
