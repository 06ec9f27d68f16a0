"""AWS::CloudFormation: nested stacks, and what stacks wait for; AWS::CDK::Metadata."""

from typing import Any

import orjson

from globaltables.companions.cloudformation.answers import (
    answer_url,
    answered,
    answers_to,
    expect_answers,
    forget_answers,
)
from globaltables.companions.cloudformation.engine.ledger import Ledger
from globaltables.companions.cloudformation.engine.resource_type import ResourceType, no_attributes
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.engine.statuses import IN_PROGRESS
from globaltables.companions.cloudformation.stored import id_in
from globaltables.companions.cloudformation.templates.parameters import text_of
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError

_SERVICE = "cloudformation"
_NO_UPDATES = "No updates are to be performed."


async def _create_stack(work: ResourceWork) -> None:
    if not work.physical:
        properties = work.properties
        keeps = work.stack["on_failure"] == "DO_NOTHING"
        answer = await work.call(
            _SERVICE,
            "CreateStack",
            StackName=work.name,
            ClientRequestToken=work.token,
            OnFailure="DO_NOTHING" if keeps else "ROLLBACK",
            TimeoutInMinutes=properties.get("TimeoutInMinutes"),
            NotificationARNs=properties.get("NotificationARNs"),
            RoleARN=work.stack["role"],
            **_template(work),
        )
        child = Ledger(work.ledger.region, work.account, id_in(answer["StackId"]))
        root = work.stack["root"] or work.stack["arn"]
        await child.change(parent=work.stack["arn"], root=root)
        await work.made(answer["StackId"])
    stack = await _ended(work)
    if stack["status"] != "CREATE_COMPLETE":
        reason = stack["failure"] or stack["status"]
        raise ApiError(
            "FailedByResource",
            f"Embedded stack {work.physical} was not successfully created: {reason}",
        )


async def _update_stack(work: ResourceWork) -> None:
    try:
        await work.call(
            _SERVICE,
            "UpdateStack",
            StackName=work.physical,
            NotificationARNs=work.properties.get("NotificationARNs"),
            **_template(work),
        )
    except ApiError as error:
        if error.message != _NO_UPDATES:
            raise
    stack = await _ended(work)
    if stack["status"] not in {"UPDATE_COMPLETE", "CREATE_COMPLETE"}:
        raise ApiError(
            "FailedByResource",
            f"Embedded stack {work.physical} was not successfully updated. "
            f"Currently in {stack['status']} with reason: {stack['failure']}",
        )


async def _delete_stack(work: ResourceWork) -> None:
    await work.call(_SERVICE, "DeleteStack", StackName=work.physical)
    stack = await _ended(work)
    if stack["status"] == "DELETE_FAILED":
        raise ApiError("FailedByResource", f"Stack {work.physical} {stack['reason']}")


async def _read_stack(work: ResourceWork) -> dict[str, Any] | None:
    stack = _child(work).stack()
    if stack["deleted"] is not None:
        return None
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["outputs"]}
    return {"StackId": stack["arn"], "Outputs": outputs}


def _template(work: ResourceWork) -> dict[str, Any]:
    given = work.properties.get("Parameters") or {}
    return {
        "TemplateURL": work.properties["TemplateURL"],
        "Capabilities": work.stack["capabilities"],
        "Tags": work.properties.get("Tags") or [],
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": _parameter(value)}
            for name, value in given.items()
        ],
    }


def _parameter(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(text_of(one) for one in value)
    return text_of(value)


def _child(work: ResourceWork) -> Ledger:
    return Ledger(work.ledger.region, work.account, id_in(work.physical))


async def _ended(work: ResourceWork) -> Document:
    """Return the nested stack when nothing is under way with it."""
    region, child = work.ledger.region, _child(work)
    while (stack := child.stack())["status"] in IN_PROGRESS:
        name = f"{region.name}/{_SERVICE}/{child.stack_id}"
        if region.tasks.running(name):
            await region.tasks.ended(name)
        else:  # after a start of the process it goes on in a moment
            await work.pause()
    return stack


async def _create_handle(work: ResourceWork) -> None:
    if not work.physical:
        await expect_answers(work.ledger.region, work.account, work.token)
        endpoint: str = work.ledger.region.services.endpoint
        await work.made(answer_url(endpoint, work.region, work.account, work.token))


async def _delete_handle(work: ResourceWork) -> None:
    await forget_answers(work.ledger.region, work.account, id_in(work.physical))


async def _create_condition(work: ResourceWork) -> None:
    if not work.physical:
        await work.made(f"{work.stack['arn']}/{work.logical}")
    properties = work.properties
    if "Handle" not in properties:
        raise ApiError("ValidationError", "WaitCondition needs a Handle")
    region, token = work.ledger.region, id_in(properties["Handle"])
    count = int(properties.get("Count", 1))
    until_ms = work.record["updated"] + int(properties.get("Timeout", 0)) * 1000
    while True:
        event = answered(region, token)
        answers = answers_to(region, work.account, token)
        failed = [one for one in answers if one.get("Status") != "SUCCESS"]
        if failed:
            reason, unique = failed[0].get("Reason"), failed[0].get("UniqueId")
            raise ApiError(
                "FailedByResource",
                f"WaitCondition received failed message: '{reason}' for uniqueId: {unique}",
            )
        if len(answers) >= count:
            data = {str(one.get("UniqueId")): one.get("Data", "") for one in answers}
            work.record["attributes"] = {"Data": orjson.dumps(data).decode()}
            return
        left_ms = until_ms - work.now_ms()
        if left_ms <= 0:
            raise ApiError(
                "FailedByResource",
                f"WaitCondition timed out. Received {len(answers)} conditions when expecting {count}",
            )
        await work.pause(left_ms, event)


async def _read_condition(work: ResourceWork) -> dict[str, Any] | None:
    return dict(work.record["attributes"])


async def _make(work: ResourceWork) -> None:
    """Make something that is nothing but a name."""
    await work.made(work.physical or work.name)


async def _leave(work: ResourceWork) -> None:
    """Change something that is nothing but a name."""


TYPES = (
    ResourceType(
        "AWS::CloudFormation::Stack",
        create=_create_stack,
        delete=_delete_stack,
        read=_read_stack,
        update=_update_stack,
    ),
    ResourceType(
        "AWS::CloudFormation::WaitConditionHandle",
        create=_create_handle,
        delete=_delete_handle,
        read=no_attributes,
        update=_leave,
    ),
    ResourceType(
        "AWS::CloudFormation::WaitCondition",
        create=_create_condition,
        delete=_leave,
        read=_read_condition,
        update=_leave,
    ),
    ResourceType(
        "AWS::CDK::Metadata", create=_make, delete=_leave, read=no_attributes, update=_leave
    ),
)
