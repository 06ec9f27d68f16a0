"""TagResource, UntagResource, ListResourceTags."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from globaltables.companions.kms.changing import change
from globaltables.companions.kms.errors import invalid_state
from globaltables.companions.kms.finding import find_key, page
from globaltables.companions.kms.keys import Key
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError, limit_exceeded
from globaltables.foundation.limits import TAGS_MAX

_Tags = tuple[tuple[str, str], ...]
_PAGE = 50


async def tag_resource(call: ServiceCall) -> dict[str, Any]:
    """Add tags to a key, or change their values."""
    wanted = call.request["Tags"]
    await change(
        call, lambda key: replace(_kept(key), tags=checked_tags(key.tags, wanted)), managed=False
    )
    return {}


async def untag_resource(call: ServiceCall) -> dict[str, Any]:
    """Take tags from a key."""
    names = set(call.request["TagKeys"])

    def alter(key: Key) -> Key:
        kept = tuple(tag for tag in _kept(key).tags if tag[0] not in names)
        return replace(key, tags=kept)

    await change(call, alter)
    return {}


async def list_resource_tags(call: ServiceCall) -> dict[str, Any]:
    """List the tags of a key."""
    key = await find_key(call, call.request["KeyId"], aliases=False)
    tags = ((name, {"TagKey": name, "TagValue": value}) for name, value in sorted(key.tags))
    return page(call, "Tags", tags, _PAGE)


def checked_tags(before: _Tags, wanted: Iterable[Mapping[str, str]]) -> _Tags:
    """Return tags with further ones.

    Raises:
        ApiError: TagException; LimitExceededException when there are too many.
    """
    given = [(tag["TagKey"], tag["TagValue"]) for tag in wanted]
    if len({name for name, _ in given}) < len(given):
        raise ApiError("TagException", "Duplicate tag keys")
    if any(name.lower().startswith("aws:") for name, _ in given):
        raise ApiError("TagException", "Tag keys can not begin with aws:")
    tags = tuple({**dict(before), **dict(given)}.items())
    if len(tags) > TAGS_MAX:
        raise limit_exceeded(f"A key can have at most {TAGS_MAX} tags")
    return tags


def _kept(key: Key) -> Key:
    if key.deletion_ms is not None:
        raise invalid_state(key, "is pending deletion.")
    return key
