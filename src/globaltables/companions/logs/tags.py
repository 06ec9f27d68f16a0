"""Tags of groups, by the older and the newer operations."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.logs.requests import invalid, name_of_arn, not_found
from globaltables.companions.logs.stored import group_named, put_group
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import LOG_TAGS_MAX
from globaltables.itemstore.stage import Stage


def checked_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags that may be put.

    Raises:
        ApiError: InvalidParameterException.
    """
    if any(key.lower().startswith("aws:") for key in tags):
        raise invalid("aws: prefixed tag key names are not allowed for external use.")
    return dict(tags)


async def tag_resource(call: ServiceCall) -> dict[str, Any]:
    """Answer TagResource and TagLogGroup."""
    added = checked_tags(call.request["tags"])

    def decide(stage: Stage) -> None:
        name = _name(call)
        group = group_named(stage, call.account, name)
        if group is None:
            raise not_found("log group")
        group["tags"] = {**group["tags"], **added}
        if len(group["tags"]) > LOG_TAGS_MAX:
            raise ApiError(
                "TooManyTagsException", f"The number of tags must not exceed {LOG_TAGS_MAX}."
            )
        put_group(stage, call.account, name, group)

    await call.region.store.submit(decide)
    return {}


async def untag_resource(call: ServiceCall) -> dict[str, Any]:
    """Answer UntagResource and UntagLogGroup."""
    keys = call.request.get("tagKeys") or call.request.get("tags") or ()

    def decide(stage: Stage) -> None:
        name = _name(call)
        group = group_named(stage, call.account, name)
        if group is None:
            raise not_found("log group")
        group["tags"] = {key: value for key, value in group["tags"].items() if key not in keys}
        put_group(stage, call.account, name, group)

    await call.region.store.submit(decide)
    return {}


def list_tags(call: ServiceCall) -> dict[str, Any]:
    """Answer ListTagsForResource and ListTagsLogGroup."""
    group = group_named(call.region.store.reader(), call.account, _name(call))
    if group is None:
        raise not_found("log group")
    return {"tags": group["tags"]}


def _name(call: ServiceCall) -> str:
    name: str | None = call.request.get("logGroupName")
    return name_of_arn(call.request["resourceArn"]) if name is None else name
