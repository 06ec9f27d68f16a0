"""Target tracking: from what was consumed in the last minutes to the units that are wanted.

On AWS a policy has two alarms on the units that were consumed in a minute (measured definitions, for a target of 70
percent and 5 units: above 210 in 2 of 2 minutes, below 150 in 15 of 15 minutes):

    scale out   every one of the last 2 minutes is above the target
    scale in    every one of the last 15 minutes is below the target less 20 percentage points
    how far     as many units as make what was consumed the target's share of them, within the bounds

Sources:
    Developer guide, provisioned-capacity-mode: "when your consumed capacity breaches the configured target utilization
    for two consecutive minutes"; AutoScaling.HowItWorks. Knowledge center, on throttled DynamoDB tables: "a scale-down
    event is initiated when 15 consecutive data points are lower than the target utilization". The alarms' thresholds:
    aws-controllers-k8s/dynamodb-controller, docs/api-quirks, DDB-TABLE-314 and 316;
    aws-solutions/instance-scheduler-on-aws issue 13. Cooldowns: Application Auto Scaling user guide, target tracking,
    "Define cooldown periods": none by default for DynamoDB.
"""

from collections.abc import Sequence
from math import ceil

from globaltables.autoscaling.targets import ScalableTarget, ScalingPolicy
from globaltables.foundation.limits import (
    SCALE_IN_MARGIN_PERCENT,
    SCALE_IN_MINUTES,
    SCALE_OUT_MINUTES,
)

_SECONDS = 60


def wanted_units(
    target: ScalableTarget, minutes: Sequence[float], provisioned: int, now_ms: int
) -> tuple[int, ScalingPolicy] | None:
    """Return the units that a target's policies want, and the policy that wants them; None for no change.

    Of several policies the one that wants most prevails, and scaling in waits for all of them.

    Args:
        target: bounds, policies, and what was done last.
        minutes: units consumed in each of the last minutes, the newest last; fewer when they are not known.
        provisioned: units per second.
        now_ms: the time.

    Source:
        API_PutScalingPolicy: "gives precedence to the policy that provides the largest capacity for both scale out
        and scale in".
    """
    wanted = [(_wanted(target, policy, minutes, provisioned), policy) for policy in target.policies]
    if not wanted:
        return None
    units, policy = max(wanted, key=lambda pair: pair[0])
    if units == provisioned or _is_cooling(target, policy, provisioned, units, now_ms):
        return None
    return units, policy


def _wanted(
    target: ScalableTarget, policy: ScalingPolicy, minutes: Sequence[float], provisioned: int
) -> int:
    """Return the units that one policy wants; the provisioned ones when it wants no change."""
    per_minute = provisioned * _SECONDS / 100
    recent = minutes[-SCALE_OUT_MINUTES:]
    if len(recent) == SCALE_OUT_MINUTES and min(recent) > policy.target_value * per_minute:
        if target.suspended_out:
            return provisioned
        return max(provisioned, _proportional(target, policy, max(recent)))
    earlier = minutes[-SCALE_IN_MINUTES:]
    if len(earlier) == SCALE_IN_MINUTES and max(earlier) < _low_percent(policy) * per_minute:
        if target.suspended_in or policy.disable_scale_in:
            return provisioned
        return min(provisioned, _proportional(target, policy, max(earlier)))
    return provisioned


def _low_percent(policy: ScalingPolicy) -> float:
    """Return the utilization below which is scaled in; for targets below 40 percent it is not known, half is ours."""
    return max(policy.target_value - SCALE_IN_MARGIN_PERCENT, policy.target_value / 2)


def _proportional(target: ScalableTarget, policy: ScalingPolicy, consumed: float) -> int:
    """Return the units of which what was consumed in a minute is the target's share, within the bounds.

    The busiest of the minutes counts: "prioritizes availability" (user guide, target tracking).
    """
    units = ceil(consumed * 100 / (_SECONDS * policy.target_value))
    return min(max(units, target.minimum), target.maximum)


def _is_cooling(
    target: ScalableTarget, policy: ScalingPolicy, provisioned: int, units: int, now_ms: int
) -> bool:
    """Tell whether a change has to wait for the end of a cooldown.

    After an increase the next one waits unless it is larger; after a decrease the next one waits, an increase does not.
    """
    last = target.last
    if last is None:
        return False
    passed_ms = now_ms - last.at_ms
    if units > provisioned:
        increased = last.after - last.before
        cooling = passed_ms < (policy.scale_out_cooldown or 0) * 1000
        return cooling and 0 < increased and units - provisioned <= increased
    cooling = passed_ms < (policy.scale_in_cooldown or 0) * 1000
    return cooling and last.after < last.before
