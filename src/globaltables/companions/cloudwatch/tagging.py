"""Tags of alarms and dashboards."""

from collections.abc import Mapping, Sequence
from typing import Any

from globaltables.companions.cloudwatch.alarms.stored import alarm_named, put_alarm
from globaltables.companions.cloudwatch.dashboard_records import dashboard_named, put_dashboard
from globaltables.companions.cloudwatch.requests import invalid_value
from globaltables.companions.cloudwatch.tags import checked_tags, merged
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.engine.interface import Reader
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.stage import Stage


def list_tags_for_resource(call: ServiceCall) -> dict[str, Any]:
    """Answer ListTagsForResource."""
    _, _, document = _resource(call, call.region.store.reader())
    tags: Mapping[str, str] = document.get("Tags") or {}
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


async def tag_resource(call: ServiceCall) -> dict[str, Any]:
    """Answer TagResource."""
    added = checked_tags(call.request["Tags"])

    def decide(stage: Stage) -> None:
        kind, name, document = _resource(call, stage)
        document["Tags"] = merged(document.get("Tags") or {}, added)
        _put(call, stage, kind, name, document)

    await call.region.store.submit(decide)
    return {}


async def untag_resource(call: ServiceCall) -> dict[str, Any]:
    """Answer UntagResource."""
    keys: Sequence[str] = call.request["TagKeys"]

    def decide(stage: Stage) -> None:
        kind, name, document = _resource(call, stage)
        tags = document.get("Tags") or {}
        document["Tags"] = {key: value for key, value in tags.items() if key not in keys}
        _put(call, stage, kind, name, document)

    await call.region.store.submit(decide)
    return {}


def _resource(call: ServiceCall, reader: Reader | Stage) -> tuple[str, str, Document]:
    """Return kind, name and document of what the request's ARN names.

    Raises:
        ApiError: ResourceNotFoundException, or InvalidParameterValue for what is no such ARN.
    """
    arn: str = call.request["ResourceARN"]
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or parts[2] != "cloudwatch":
        raise invalid_value(f"The value {arn} for parameter ResourceARN is not an ARN.")
    kind, name = parts[5][:5], parts[5].partition(":")[2]
    if parts[5].startswith("dashboard/"):
        kind, name = "dashboard", parts[5].partition("/")[2]
        found = dashboard_named(reader, call.account, name)
    elif parts[5].startswith("alarm:"):
        found = alarm_named(reader, call.account, name)
    else:
        found = None
    if found is None or parts[4] != call.account:
        raise ApiError("ResourceNotFoundException", f"Unknown resource {arn}", status=404)
    return kind, name, found


def _put(call: ServiceCall, stage: Stage, kind: str, name: str, document: Document) -> None:
    put = put_alarm if kind == "alarm" else put_dashboard
    put(stage, call.account, name, document)
