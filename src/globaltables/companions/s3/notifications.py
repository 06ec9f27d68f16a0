"""What a bucket tells others of its objects: configuration, events, and their way to queues, topics, functions, buses.

An event is staged before the request is answered, and delivered with retries (`companions.deliveries`).
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote_plus

import orjson

from globaltables.buckets.records import Bucket
from globaltables.companions.deliveries import Deliveries, delivery
from globaltables.companions.framework.values import moment_text
from globaltables.companions.records import Document
from globaltables.companions.s3.asking import blocking, bucket_of, changed_settings
from globaltables.companions.s3.events import Change, event_record
from globaltables.companions.s3.places import store_in
from globaltables.companions.s3.refusals import s3_error
from globaltables.companions.service import ServiceCall
from globaltables.companions.targets import arn_parts, target_calls
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.region import Region

#: Member of the configuration, and the member of it that has the destination.
_DESTINATIONS: Mapping[str, str] = {
    "TopicConfigurations": "TopicArn",
    "QueueConfigurations": "QueueArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}
_EVENTS = (
    *("s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectCreated:Post"),
    *("s3:ObjectCreated:Copy", "s3:ObjectCreated:CompleteMultipartUpload"),
    *("s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"),
    *("s3:LifecycleExpiration:*", "s3:LifecycleExpiration:Delete"),
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    *("s3:ObjectTagging:*", "s3:ObjectTagging:Put", "s3:ObjectTagging:Delete"),
)
_BUS_TYPES: Mapping[str, str] = {
    "ObjectCreated": "Object Created",
    "ObjectRemoved": "Object Deleted",
    "LifecycleExpiration": "Object Deleted",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
}


async def put_configuration(call: ServiceCall) -> dict[str, Any]:
    """Store who is told, after telling each of them that it will be."""
    store = store_in(call.region)
    configuration = call.request["NotificationConfiguration"]

    def check() -> dict[str, Any]:
        return {"bucket": bucket_of(call, store)}

    found: Bucket = (await blocking(call, check))["bucket"]
    document: dict[str, Any] = {}
    for member, arn_member in _DESTINATIONS.items():
        rules = [_rule(call, rule) for rule in configuration.get(member) or []]
        for rule in rules:
            if not call.request.get("SkipDestinationValidation"):
                await _check_destination(call, found, rule[arn_member])
        if rules:
            document[member] = rules
    if configuration.get("EventBridgeConfiguration") is not None:
        document["EventBridgeConfiguration"] = {}

    def save() -> dict[str, Any]:
        changed_settings(store, call, lambda settings: settings.update(notification=document))
        return {}

    return await blocking(call, save)


async def tell_changes(region: Region, bucket: Bucket, changes: list[Change]) -> None:
    """Stage and begin the deliveries that changes of objects cause."""
    if not bucket.settings.get("notification"):
        return
    staged: list[Document] = [
        one for change in changes for one in _deliveries(region, bucket, change)
    ]
    if staged:
        deliveries = deliveries_of(region)
        deliveries.start(
            await region.store.submit(
                lambda stage: [deliveries.stage(stage, document) for document in staged]
            )
        )


def deliveries_of(region: Region) -> Deliveries:
    """Return what delivers a region's events."""
    found: Deliveries | None = region.companions.get("s3-deliveries")
    if found is None:
        found = region.companions["s3-deliveries"] = Deliveries(region, "s3")
    return found


def _rule(call: ServiceCall, rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule with an id.

    Raises:
        ApiError: InvalidArgument.
    """
    for event in rule["Events"]:
        if event not in _EVENTS:
            msg = "A specified event is not supported for notifications."
            raise s3_error(
                "InvalidArgument", msg, 400, {"ArgumentName": "Event", "ArgumentValue": event}
            )
    filters = ((rule.get("Filter") or {}).get("Key") or {}).get("FilterRules") or []
    for one in filters:
        if str(one.get("Name")).lower() not in ("prefix", "suffix"):
            msg = "filter rule name must be either prefix or suffix"
            raise s3_error("InvalidArgument", msg)
    return {"Id": call.region.randomness.uuid(), **rule}


async def _check_destination(call: ServiceCall, bucket: Bucket, arn: str) -> None:
    """Send a first message to where events are to go.

    Raises:
        ApiError: InvalidArgument: it is not there, or does not take it.
    """
    test = {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": moment_text(call.region.clock.now_ms() / 1000, "iso8601"),
        "Bucket": bucket.name,
    }
    try:
        parts = arn_parts(arn)
        region, service, operation, request = target_calls(
            arn, orjson.dumps(test).decode(), group=None, stream="", now_ms=0
        )[0]
        if parts[2] == "lambda":
            operation, request = "GetFunction", {"FunctionName": arn}
        if region != call.region.name:
            raise s3_error("InvalidArgument", "The notification destination is in another region")
        await call.services.call(
            service, operation, request, region=region, account=bucket.account or call.account
        )
    except ApiError as error:
        msg = "Unable to validate the following destination configurations"
        fields = {"ArgumentName": arn, "ArgumentValue": error.message or error.code}
        raise s3_error("InvalidArgument", msg, 400, fields) from error


def _deliveries(region: Region, bucket: Bucket, change: Change) -> Iterator[Document]:
    configuration = bucket.settings["notification"]
    now_ms = region.clock.now_ms()
    for member, arn_member in _DESTINATIONS.items():
        for rule in configuration.get(member, []):
            if not _is_about(rule, change):
                continue
            record = event_record(region, bucket, change, rule["Id"])
            payload = orjson.dumps({"Records": [record]}).decode()
            arn = rule[arn_member]
            calls = target_calls(arn, payload, group=None, stream="", now_ms=now_ms)
            lane = f"{bucket.name}/{rule['Id']}"
            account = bucket.account
            yield delivery(lane, account, calls, began_ms=now_ms, body=payload, target={})
    if "EventBridgeConfiguration" in configuration:
        entry = _bus_entry(bucket, change, now_ms)
        calls = [(region.name, "events", "PutEvents", {"Entries": [entry]})]
        lane = f"{bucket.name}/events"
        body = entry["Detail"]
        yield delivery(lane, bucket.account, calls, began_ms=now_ms, body=body, target={})


def _is_about(rule: Mapping[str, Any], change: Change) -> bool:
    kind = change.name.partition(":")[0]
    if not {f"s3:{change.name}", f"s3:{kind}:*"} & set(rule["Events"]):
        return False
    key = quote_plus(change.key, safe="/*")
    filters = ((rule.get("Filter") or {}).get("Key") or {}).get("FilterRules") or []
    return all(
        (change.key.startswith(one["Value"]) or key.startswith(one["Value"]))
        if one["Name"].lower() == "prefix"
        else (change.key.endswith(one["Value"]) or key.endswith(one["Value"]))
        for one in filters
    )


def _bus_entry(bucket: Bucket, change: Change, now_ms: int) -> dict[str, Any]:
    kind = change.name.partition(":")[0]
    members: dict[str, Any] = {"key": change.key, "sequencer": change.sequencer}
    if change.size is not None:
        members |= {"size": change.size, "etag": change.etag}
    if change.version:
        members["version-id"] = change.version
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": members,
        "request-id": change.request_id,
        "requester": change.requester,
        "source-ip-address": change.source_ip,
        "reason": change.reason,
    }
    if kind in ("ObjectRemoved", "LifecycleExpiration"):
        is_marker = change.name.endswith("DeleteMarkerCreated")
        detail["deletion-type"] = "Delete Marker Created" if is_marker else "Permanently Deleted"
    return {
        "Source": "aws.s3",
        "DetailType": _BUS_TYPES.get(change.name) or _BUS_TYPES[kind],
        "Detail": orjson.dumps(detail).decode(),
        "Resources": [f"arn:aws:s3:::{bucket.name}"],
        "Time": now_ms / 1000,
    }
