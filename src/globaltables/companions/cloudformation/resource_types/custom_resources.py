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
#: In place of an answer, when none came.
_SILENT = "SILENT"


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
    # An operation has its own template; the same request is sent once for it, but for what failed.
    which = [kind, work.stack["template"]]
    if asked is None or asked["which"] != which:
        if asked is not None:
            await forget_answers(region, account, asked["token"])
        asked = {"which": which, "token": region.randomness.uuid(), "at": work.now_ms()}
        work.record["asked"] = asked
        if not work.record.get("shadow"):
            await work.ledger.keep(work.record)
    token = asked["token"]
    await expect_answers(region, account, token)
    event = answered(region, token)
    if not answers_to(region, account, token):
        await _send(work, kind, token)
    timeout = int(work.properties.get("ServiceTimeout", 0)) * 1000
    until_ms = asked["at"] + (timeout or CLOUDFORMATION_CUSTOM_RESOURCE_MS)
    while not (answers := answers_to(region, account, token)):
        left_ms = until_ms - work.now_ms()
        if left_ms <= 0:
            answers = [{"Status": _SILENT}]
            break
        await work.pause(left_ms, event)
    if kind == "Delete" or answers[0].get("Status") != "SUCCESS":
        work.record["asked"] = None
        await forget_answers(region, account, token)
    await _take(work, kind, token, answers[0])


async def _take(work: ResourceWork, kind: str, token: str, answer: Document) -> None:
    """Let a resource be what was answered.

    Raises:
        ApiError: it failed.
    """
    status, physical, data = (answer.get(name) for name in ("Status", "PhysicalResourceId", "Data"))
    if status == _SILENT:
        raise ApiError(
            "FailedByResource",
            "CloudFormation did not receive a response from your Custom Resource. Please check your "
            f"logs for requestId [{token}]. If you are using the Python cfn-response module, you may "
            "need to update your Lambda function code so that CloudFormation can attach the updated "
            "version.",
        )
    is_id = isinstance(physical, str) and 0 < len(physical) <= _PHYSICAL_LENGTH_MAX
    if status != "SUCCESS":
        if kind == "Create" and is_id:
            await work.made(str(physical))  # it is asked to remove what it has made so far
        raise ApiError(
            "FailedByResource",
            "Received response status [FAILED] from custom resource. Message returned: "
            f"{answer.get('Reason', '')} (RequestId: {token})",
        )
    if kind == "Delete":
        return
    if not is_id:
        raise ApiError("FailedByResource", "Invalid PhysicalResourceId")
    work.record["attributes"] = data if isinstance(data, dict) else {}
    await work.made(str(physical))


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
