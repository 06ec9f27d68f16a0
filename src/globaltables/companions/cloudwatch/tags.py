"""Checks of tags."""

from collections.abc import Mapping, Sequence

from globaltables.companions.cloudwatch.requests import invalid_value
from globaltables.foundation.limits import CLOUDWATCH_TAGS_MAX


def checked_tags(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return tags by key.

    Raises:
        ApiError: InvalidParameterValue: a key comes twice, is AWS's own, or there are too many.
    """
    found = {one["Key"]: one["Value"] for one in tags}
    if len(found) < len(tags):
        raise invalid_value("Duplicate tag keys found.")
    if any(key.lower().startswith("aws:") for key in found):
        raise invalid_value("Tag keys that begin with aws: are reserved for system use.")
    return merged({}, found)


def merged(known: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """Return tags with others added.

    Raises:
        ApiError: InvalidParameterValue: there are too many.
    """
    found = {**known, **added}
    if len(found) > CLOUDWATCH_TAGS_MAX:
        raise invalid_value(f"A resource has at most {CLOUDWATCH_TAGS_MAX} tags.")
    return found
