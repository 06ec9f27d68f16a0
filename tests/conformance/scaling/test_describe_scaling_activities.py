"""DescribeScalingActivities: what was scaled."""

from tests.support.scaling import ScaledDimension


def test_describe_activities_shows_the_newest_first(writes: ScaledDimension) -> None:
    """With AWS's words for what was done and why."""
    writes.register(8, 20)
    writes.register(1, 6)
    newest, oldest = writes.activities()
    for activity in (newest, oldest):
        assert activity.pop("ActivityId")
        assert activity.pop("StartTime") <= activity.pop("EndTime")
    assert {
        **writes.names,
        "Description": "Setting write capacity units to 8.",
        "Cause": "minimum capacity was set to 8",
        "StatusCode": "Successful",
        "StatusMessage": (
            "Successfully set write capacity units to 8. Change successfully fulfilled by dynamodb."
        ),
    } == oldest
    assert "maximum capacity was set to 6" == newest["Cause"]
    assert (5, 6) == writes.table.units()


def test_describe_activities_shows_a_refused_decrease(writes: ScaledDimension) -> None:
    """The fifth decrease of a day is one too many."""
    writes.register(20, 20)
    for units in (10, 9, 8, 7, 6):
        writes.register(1, units)
    assert (5, 7) == writes.table.units()
    newest = writes.activities()[0]
    assert "Failed" == newest["StatusCode"]
    reason = "Failed to set write capacity units to 6. Reason: Subscriber limit exceeded: "
    assert newest["StatusMessage"].startswith(reason)
