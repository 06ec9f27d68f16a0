"""Tests of target tracking with numbers."""

import pytest

from globaltables.autoscaling.target_tracking import wanted_units
from globaltables.autoscaling.targets import ScalableTarget, Scaling, ScalingPolicy

NOW_MS = 1_700_000_000_000


def policy(target_value: float = 70.0, **members: object) -> ScalingPolicy:
    """Return a policy named p."""
    return ScalingPolicy("p", "id", 0, target_value, **members)  # type: ignore[arg-type]


def target(
    *policies: ScalingPolicy, bounds: tuple[int, int] = (1, 1_000), **members: object
) -> ScalableTarget:
    """Return a target with these policies, with a plain one when there is none."""
    minimum, maximum = bounds
    return ScalableTarget(
        "id",
        0,
        minimum,
        maximum,
        policies=policies or (policy(),),
        **members,  # type: ignore[arg-type]
    )


def units(of: ScalableTarget, minutes: list[float], provisioned: int) -> int | None:
    """Return the wanted units, None for no change."""
    wanted = wanted_units(of, minutes, provisioned, NOW_MS)
    return None if wanted is None else wanted[0]


@pytest.mark.parametrize(
    ("minutes", "provisioned", "wanted"),
    [
        ([211, 211], 5, 6),  # 5 units at 70 percent are 210 a minute
        ([210, 210], 5, None),  # at the target is not above it
        ([210, 211], 5, None),  # one minute is not enough
        ([211], 5, None),  # the minute before is not known
        ([300, 300], 5, 8),  # 5 a second are 70 percent of 7.1
        ([600, 4_200], 5, 100),  # the busier minute counts
        ([6_000_000, 6_000_000], 5, 1_000),  # the maximum
        (
            [6_000_000, 6_000_000],
            2_000,
            None,
        ),  # above the maximum already: never down by an increase
        ([0] * 15, 5, 1),  # nothing was consumed: the minimum
        ([0] * 14, 5, None),  # 14 minutes are not enough
        ([149] * 15, 5, 4),  # below 50 percent of 5 units, which are 150 a minute
        ([150] * 15, 5, None),  # not below
        ([149] * 14 + [150], 5, None),  # every minute counts
        ([150] + [0] * 15, 5, 1),  # the sixteenth does not
        ([0] * 14 + [149], 5, 4),  # the busiest minute counts
        ([0] * 15, 1, None),  # at the minimum already
        ([600] * 15, 100, 15),  # in one step, as far as it goes
    ],
)
def test_units_at_seventy_percent_follow_the_last_minutes(
    minutes: list[float], provisioned: int, wanted: int | None
) -> None:
    """Two minutes above the target increase, fifteen minutes well below it decrease."""
    assert wanted == units(target(), minutes, provisioned)


@pytest.mark.parametrize(
    ("percent", "minutes", "wanted"),
    [
        (75.0, [65.9] * 15, 2),  # measured: below 66 for 2 units at 75 percent
        (75.0, [66.0] * 15, None),
        (90.0, [109.0, 109.0], 3),
        (10.0, [5.9] * 15, 1),
        (10.0, [6.0] * 15, None),
    ],
)
def test_units_of_other_targets_follow_their_thresholds(
    percent: float, minutes: list[float], wanted: int | None
) -> None:
    """The thresholds are those of the target value."""
    found = units(target(policy(percent)), minutes, 2)
    assert (None if wanted == 2 else wanted) == found


def test_units_below_the_minimum_rise_to_it_at_least() -> None:
    """Who scales, scales into the bounds."""
    assert 10 == units(target(bounds=(10, 20)), [211, 211], 5)
    assert 3 == units(target(bounds=(3, 20)), [0] * 15, 5)


def test_units_with_scaling_in_disabled_only_rise() -> None:
    """DisableScaleIn, or a suspension, keeps what is there."""
    only_out = target(policy(disable_scale_in=True))
    assert None is units(only_out, [0] * 15, 5)
    assert 8 == units(only_out, [300, 300], 5)
    assert None is units(target(suspended_in=True), [0] * 15, 5)
    assert None is units(target(suspended_out=True), [300, 300], 5)


def last(seconds_ago: int, before: int, after: int) -> Scaling:
    """Return what was done so many seconds ago."""
    return Scaling(NOW_MS - seconds_ago * 1_000, before, after)


@pytest.mark.parametrize(
    ("done", "minutes", "wanted"),
    [
        (last(59, 5, 10), [600, 600], None),  # 15 are wanted, 5 more: not more than the last time
        (last(59, 5, 10), [672, 672], 16),  # a larger increase is not kept waiting
        (last(60, 5, 10), [600, 600], 15),  # the cooldown has ended
        (last(59, 20, 10), [600, 600], 15),  # no increase waits for a decrease
        (last(119, 20, 10), [0] * 15, None),
        (last(120, 20, 10), [0] * 15, 1),
        (last(1, 5, 10), [0] * 15, 1),  # no decrease waits for an increase
    ],
)
def test_units_during_a_cooldown_wait(
    done: Scaling, minutes: list[float], wanted: int | None
) -> None:
    """A cooldown of 60 seconds after an increase and of 120 after a decrease."""
    cooling = policy(scale_out_cooldown=60, scale_in_cooldown=120)
    assert wanted == units(target(cooling, last=done), [*minutes], 10)


def test_units_without_cooldowns_change_every_minute() -> None:
    """DynamoDB's cooldowns are 0 by default."""
    assert 15 == units(target(last=last(1, 5, 10)), [600, 600], 10)


def test_units_of_several_policies_are_the_most_that_one_wants() -> None:
    """The largest capacity prevails in both directions."""
    both = target(policy(70.0), policy(50.0))
    assert 12 == units(both, [360, 360], 5)
    assert 2 == units(both, [60] * 15, 10)
    assert None is units(target(policy(90.0), policy(20.0)), [60] * 15, 10)


def test_units_without_a_policy_stay() -> None:
    """A target alone scales nothing."""
    assert None is units(ScalableTarget("id", 0, 1, 10), [0] * 15, 5)
