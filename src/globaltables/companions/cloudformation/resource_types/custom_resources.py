"""AWS::CloudFormation::CustomResource and Custom::*: resources that a function or a topic's subscriber makes."""

from typing import Any

import orjson

from globaltables.companions.cloudformation.answers import (
    answer_url,
    answered,
    answers_to,
    expect_answers,
    forget_answers,
)
from globaltables.companions.cloudformation.engine.resource_type import ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.templates.parameters import text_of
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import CLOUDFORMATION_CUSTOM_RESOURCE_MS

_PHYSICAL_LENGTH_MAX = 1_024


async def _create(work: ResourceWork) -> None:
    if not work.physical:
        await _ask(work, "Create")


async def _update(work: ResourceWork) -> None:
    if work.changed("ServiceToken"):
        raise ApiError("ValidationError", "Modifying service token is not allowed.")
    await _ask(work, "Update")


async def _delete(work: ResourceWork) -> None:
    await _ask(work, "Delete")


async def _read(work: ResourceWork) -> dict[str, Any] | None:
    return dict(work.record["attributes"])


async def _ask(work: ResourceWork, kind: str) -> None:
    """Send a request and wait for its answer.

    Raises:
        ApiError: it failed, or nobody answered in time.
    """
    region, account = work.ledger.region, work.account
    asked = work.record.get("asked")
    if asked is None or asked["kind"] != kind:
        asked = {"kind": kind, "token": region.randomness.uuid(), "at": work.now_ms()}
        await expect_answers(region, account, asked["token"])
        work.record["asked"] = asked
        if not work.record.get("shadow"):
            await work.ledger.keep(work.record)
    token = asked["token"]
    event = answered(region, token)
    if not answers_to(region, account, token):
        await _send(work, kind, token)
    timeout = int(work.properties.get("ServiceTimeout", 0)) * 1000
    until_ms = asked["at"] + (timeout or CLOUDFORMATION_CUSTOM_RESOURCE_MS)
    while not (answers := answers_to(region, account, token)):
        left_ms = until_ms - work.now_ms()
        if left_ms <= 0:
            work.record["asked"] = None
            await forget_answers(region, account, token)
            raise ApiError(
                "FailedByResource",
                "CloudFormation did not receive a response from your Custom Resource. Please check "
                f"your logs for requestId [{token}]. If you are using the Python cfn-response module, "
                "you may need to update your Lambda function code so that CloudFormation can attach "
                "the updated version.",
            )
        await work.pause(left_ms, event)
    work.record["asked"] = None
    await forget_answers(region, account, token)
    await _take(work, kind, token, answers[0])


async def _take(work: ResourceWork, kind: str, token: str, answer: Document) -> None:
    physical = answer.get("PhysicalResourceId")
    failed = answer.get("Status") != "SUCCESS"
    if kind != "Delete":
        if physical and isinstance(physical, str) and len(physical) <= _PHYSICAL_LENGTH_MAX:
            if kind == "Create" or not failed:
                await work.made(physical)
        elif not failed:
            raise ApiError("FailedByResource", "Invalid PhysicalResourceId")
    if failed:
        reason = answer.get("Reason", "")
        raise ApiError(
            "FailedByResource",
            f"Received response status [FAILED] from custom resource. Message returned: {reason} "
            f"(RequestId: {token})",
        )
    data = answer.get("Data")
    work.record["attributes"] = data if isinstance(data, dict) else {}


async def _send(work: ResourceWork, kind: str, token: str) -> None:
    service_token = str(work.properties["ServiceToken"])
    endpoint: str = work.ledger.region.services.endpoint
    message = {
        "RequestType": kind,
        "ServiceToken": service_token,
        "ResponseURL": answer_url(endpoint, work.region, work.account, token),
        "StackId": work.stack["arn"],
        "RequestId": token,
        "LogicalResourceId": work.logical,
        "ResourceType": work.record["type"],
        "ResourceProperties": _texts(work.properties),
    }
    if kind != "Create":
        message["PhysicalResourceId"] = work.physical
    if kind == "Update":
        message["OldResourceProperties"] = _texts(work.old)
    body = orjson.dumps(message)
    parts = service_token.split(":")
    if len(parts) < 6 or parts[2] not in {"lambda", "sns"}:
        raise ApiError("ValidationError", f"Invalid service token: {service_token}")
    if parts[2] == "lambda":
        await work.call(
            "lambda",
            "Invoke",
            region=parts[3],
            FunctionName=service_token,
            InvocationType="Event",
            Payload=body,
        )
        return
    await work.call(
        "sns",
        "Publish",
        region=parts[3],
        TopicArn=service_token,
        Subject="AWS CloudFormation custom resource request",
        Message=body.decode(),
    )


def _texts(value: Any) -> Any:
    """Return properties with every scalar as a text, as AWS sends them."""
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(inner) for inner in value]
    return value if value is None else text_of(value)


TYPES = (
    ResourceType(
        "AWS::CloudFormation::CustomResource",
        create=_create,
        delete=_delete,
        read=_read,
        update=_update,
        kept_by=("ServiceToken",),
    ),
)
