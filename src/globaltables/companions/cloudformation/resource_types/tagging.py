"""Tags of resources that change."""

from collections.abc import Mapping
from typing import Any


def tags_in(given: Any) -> dict[str, str]:
    """Return tags by key, from a list of Key and Value or an object."""
    if not given:
        return {}
    if isinstance(given, dict):
        return {key: str(value) for key, value in given.items()}
    return {tag["Key"]: tag["Value"] for tag in given}


def tag_changes(old: Any, new: Any) -> tuple[dict[str, str], list[str]]:
    """Return the tags to set and the keys to take away."""
    before, after = tags_in(old), tags_in(new)
    return (
        {key: value for key, value in after.items() if before.get(key) != value},
        [key for key in before if key not in after],
    )


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as a list of Key and Value."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
