"""Subscription filters: events that fit a pattern are handed to a function, outside of the writer's request."""

import gzip
import logging
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import orjson

from globaltables.companions.logs.groups import existing
from globaltables.companions.logs.patterns.pattern import parse_pattern
from globaltables.companions.logs.requests import (
    invalid,
    matcher_of,
    not_found,
    page,
    too_many,
    unsupported,
)
from globaltables.companions.logs.stored import Event, put_group
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import LOG_SUBSCRIPTION_FILTERS_MAX
from globaltables.itemstore.stage import Stage
from globaltables.security.principals import Principal

_log = logging.getLogger(__name__)


async def put_subscription_filter(call: ServiceCall) -> dict[str, Any]:
    """Answer PutSubscriptionFilter; the destination is a function that is there."""
    request = call.request
    for name in ("applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFields"):
        if request.get(name):
            raise unsupported(name)
    matcher_of(request["filterPattern"])
    destination = request["destinationArn"]
    parts = destination.split(":")
    if len(parts) < 7 or parts[2] != "lambda":
        raise unsupported(f"The destination {destination}")
    try:
        await call.services.call(
            "lambda",
            "GetFunctionConfiguration",
            {"FunctionName": destination},
            region=parts[3],
            account=parts[4],
        )
    except ApiError:
        raise invalid(
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs "
            "permission to execute your function."
        ) from None
    name = request["filterName"]
    stored = {
        **{member: request[member] for member in ("roleArn",) if member in request},
        "filterName": name,
        "logGroupName": request["logGroupName"],
        "filterPattern": request["filterPattern"],
        "destinationArn": destination,
        "distribution": request.get("distribution", "ByLogStream"),
        "creationTime": call.region.clock.now_ms(),
    }

    def decide(stage: Stage) -> None:
        group = existing(stage, call.account, request["logGroupName"])
        group["subscription_filters"][name] = stored
        if len(group["subscription_filters"]) > LOG_SUBSCRIPTION_FILTERS_MAX:
            raise too_many()
        put_group(stage, call.account, request["logGroupName"], group)

    await call.region.store.submit(decide)
    return {}


async def delete_subscription_filter(call: ServiceCall) -> dict[str, Any]:
    """Answer DeleteSubscriptionFilter."""
    request = call.request

    def decide(stage: Stage) -> None:
        group = existing(stage, call.account, request["logGroupName"])
        if group["subscription_filters"].pop(request["filterName"], None) is None:
            raise not_found("subscription filter")
        put_group(stage, call.account, request["logGroupName"], group)

    await call.region.store.submit(decide)
    return {}


def describe_subscription_filters(call: ServiceCall) -> dict[str, Any]:
    """Answer DescribeSubscriptionFilters."""
    request = call.request
    group = existing(call.region.store.reader(), call.account, request["logGroupName"])
    found = [
        one
        for name, one in sorted(group["subscription_filters"].items())
        if name.startswith(request.get("filterNamePrefix", ""))
    ]
    shown, token = page(request, found)
    answer: dict[str, Any] = {"subscriptionFilters": shown}
    return answer if token is None else {**answer, "nextToken": token}


def pass_on(call: ServiceCall, group_of: str, group: Document, events: Sequence[Event]) -> None:
    """Begin to hand events to the functions that a group's subscription filters name."""
    for one in group["subscription_filters"].values():
        match = parse_pattern(one["filterPattern"])
        found = [
            (event, values) for event in events if (values := match(event.message)) is not None
        ]
        if not found:
            continue
        data = {
            "messageType": "DATA_MESSAGE",
            "owner": call.account,
            "logGroup": group_of,
            "logStream": events[0].stream,
            "subscriptionFilters": [one["filterName"]],
            "logEvents": [
                {
                    "id": event.event_id,
                    "timestamp": event.time_ms,
                    "message": event.message,
                    **({"extractedFields": _plain(values)} if values else {}),
                }
                for event, values in found
            ],
        }
        task = f"{call.region.name}/logs-subscription/{call.region.randomness.uuid()}"
        call.region.tasks.spawn(task, _invoke(call, one["destinationArn"], data))


async def _invoke(call: ServiceCall, destination: str, data: dict[str, Any]) -> None:
    packed = b64encode(gzip.compress(orjson.dumps(data))).decode("ascii")
    parts = destination.split(":")
    caller = Principal("", "", "AWSService", service="logs.amazonaws.com")
    request = {
        "FunctionName": destination,
        "InvocationType": "Event",
        "Payload": orjson.dumps({"awslogs": {"data": packed}}),
    }
    try:
        await call.services.call(
            "lambda", "Invoke", request, region=parts[3], account=parts[4], principal=caller
        )
    except (ApiError, OperationalError) as error:
        # As on AWS nobody is told; the events are in their group.
        _log.warning("events could not be handed to %s: %s", destination, error)


def _plain(values: Any) -> dict[str, str]:
    return {name.removeprefix("$").removeprefix("."): value for name, value in values.items()}
