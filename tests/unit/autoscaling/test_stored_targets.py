"""Tests of stored targets and activities."""

from collections.abc import Callable
from typing import Any

import pytest

from globaltables.autoscaling.stored_targets import (
    activities,
    activities_key,
    all_activities,
    decode_activities,
    decode_target,
    encode_activities,
    encode_target,
    put_target,
    record_activity,
    target,
    target_count,
    target_key,
    targets,
    trim_activities,
)
from globaltables.autoscaling.targets import (
    Activity,
    ScalableTarget,
    ScaledResource,
    resource_of,
    service_role,
)
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import SCALING_ACTIVITIES_KEPT, SCALING_ACTIVITY_RETENTION_MS
from globaltables.itemstore.stage import Stage
from tests.support.formats import cases
from tests.support.stores import make_store, run

MUSIC = ScaledResource("123456789012", "Music", None, "write")
INDEX = ScaledResource("123456789012", "Music", "by-title", "read")
TARGET = ScalableTarget("1234", 0, 1, 10)


def resource_in(case: dict[str, Any]) -> ScaledResource:
    """Return the dimension of a case."""
    return ScaledResource(case["account"], case["table"], case["index"], case["kind"])


def activity(at_ms: int, failure: str | None = None) -> Activity:
    """Return an activity of one moment."""
    return Activity(f"at {at_ms}", at_ms, at_ms, "why", 5, failure)


def recording(resource: ScaledResource, *done: Activity) -> Callable[[Stage], None]:
    """Return the decision to record activities, one after the other."""

    def decide(stage: Stage) -> None:
        for one in done:
            record_activity(stage, resource, one)

    return decide


def test_targets_are_stored_as_documented() -> None:
    """Both ways: the documented bytes are read, and written again."""
    for case in cases("scaling.md", "Targets"):
        assert bytes.fromhex(case["key"]) == target_key(resource_in(case))
        raw = case["json"].encode()
        assert raw == encode_target(decode_target(raw))


def test_activities_are_stored_as_documented() -> None:
    """Both ways: the documented bytes are read, and written again."""
    for case in cases("scaling.md", "Activities"):
        assert bytes.fromhex(case["key"]) == activities_key(resource_in(case))
        raw = case["json"].encode()
        assert raw == encode_activities(decode_activities(raw))


@pytest.mark.parametrize("raw", [b"x", b"{}", b'{"format":2}', b'{"format":1,"target":{"id":1}}'])
def test_targets_that_are_damaged_are_refused(raw: bytes) -> None:
    """Damaged bytes end in an error of the storage."""
    with pytest.raises(OperationalError):
        decode_target(raw)


@pytest.mark.parametrize("resource", [MUSIC, INDEX])
def test_names_of_a_dimension_are_read_back(resource: ScaledResource) -> None:
    """ResourceId and ScalableDimension name a dimension."""
    assert resource == resource_of(resource.account, resource.resource_id, resource.dimension)


@pytest.mark.parametrize(
    ("resource_id", "dimension"),
    [
        ("table/Music", "dynamodb:index:ReadCapacityUnits"),
        ("table/Music/index/i", "dynamodb:table:ReadCapacityUnits"),
        ("table/Music/index/i/j", "dynamodb:index:ReadCapacityUnits"),
        ("table/Music/indices/i", "dynamodb:index:ReadCapacityUnits"),
        ("service/Music", "ecs:service:DesiredCount"),
        ("table", "dynamodb:table:ReadCapacityUnits"),
        ("", ""),
    ],
)
def test_names_that_do_not_fit_name_nothing(resource_id: str, dimension: str) -> None:
    """A resource and a dimension of another kind are no dimension of DynamoDB."""
    assert None is resource_of("123456789012", resource_id, dimension)


def test_service_role_is_that_of_the_account_and_partition() -> None:
    """One role for all of an account's tables."""
    name = "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
    path = "role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com"
    assert f"arn:aws:iam::1:{path}/{name}" == service_role("eu-west-1", "1")
    assert f"arn:aws-cn:iam::1:{path}/{name}" == service_role("cn-north-1", "1")


def test_targets_of_an_account_are_listed_until_they_end() -> None:
    """Other accounts have their own."""

    async def work() -> None:
        store = make_store()
        other = MUSIC._replace(account="000000000000")

        def decide(stage: Stage) -> None:
            for resource in (MUSIC, INDEX, other):
                put_target(stage, resource, TARGET)

        await store.submit(decide)
        assert [INDEX, MUSIC] == [one for one, _ in targets(store.reader(), MUSIC.account)]
        assert 2 == target_count(store.reader(), MUSIC.account)
        assert [other, INDEX, MUSIC] == [one for one, _ in targets(store.reader())]
        await store.submit(lambda stage: put_target(stage, MUSIC, None))
        assert None is target(store.reader(), MUSIC)
        assert TARGET == target(store.reader(), INDEX)

    run(work)


def test_activities_are_bounded_and_the_newest_first() -> None:
    """The oldest goes when there are too many."""

    async def work() -> None:
        store = make_store()
        done = [activity(at_ms) for at_ms in range(SCALING_ACTIVITIES_KEPT + 3)]
        await store.submit(recording(MUSIC, *done))
        found = activities(store.reader(), MUSIC)
        assert SCALING_ACTIVITIES_KEPT == len(found)
        assert [SCALING_ACTIVITIES_KEPT + 2, 3] == [found[0].ended_ms, found[-1].ended_ms]

    run(work)


def test_activities_that_fail_again_and_again_are_one() -> None:
    """A refused decrease is tried every minute; that must not push out everything else."""

    async def work() -> None:
        store = make_store()
        done = (activity(1), activity(2, "no"), activity(3, "no"), activity(4))
        await store.submit(recording(MUSIC, *done))
        assert [4, 3, 1] == [one.ended_ms for one in activities(store.reader(), MUSIC)]

    run(work)


def test_activities_of_six_weeks_ago_are_forgotten() -> None:
    """What AWS does not describe any more is not kept."""

    async def work() -> None:
        store = make_store()
        now_ms = SCALING_ACTIVITY_RETENTION_MS + 10
        await store.submit(recording(MUSIC, activity(9), activity(10)))
        await store.submit(recording(INDEX, activity(1)))
        await store.submit(lambda stage: trim_activities(stage, now_ms))
        assert [(MUSIC, [activity(10)])] == list(all_activities(store.reader(), MUSIC.account))

    run(work)
