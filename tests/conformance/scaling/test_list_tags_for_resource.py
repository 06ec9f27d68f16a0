"""ListTagsForResource: the tags of a scalable target."""

from typing import Any

from tests.support.legacy_tables import refusal
from tests.support.scaling import ScaledDimension


def test_list_tags_shows_those_of_the_registration(writes: ScaledDimension, service: Any) -> None:
    """A target without tags has an empty list."""
    arn = writes.register(Tags={"team": "a"})
    assert {"team": "a"} == service.list_tags_for_resource(ResourceARN=arn)["Tags"]
    other = writes.sibling(units="ReadCapacityUnits").register()
    assert {} == service.list_tags_for_resource(ResourceARN=other)["Tags"]


def test_list_tags_of_what_is_not_there_is_refused(service: Any) -> None:
    """An ARN of no target."""
    arn = "arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/none"
    code, _ = refusal(service.list_tags_for_resource, ResourceARN=arn)
    assert "ResourceNotFoundException" == code
