"""AWS::StepFunctions: state machines, which the CDK's providers have; they are kept and cannot be started."""

from typing import Any

import orjson

from globaltables.companions.cloudformation.engine.resource_type import Naming, ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.calls import tagger
from globaltables.foundation.errors import ApiError

_SERVICE = "states"
_TAGS = tagger(_SERVICE, tag="TagResource", untag="UntagResource", member="resourceArn")


async def _create(work: ResourceWork) -> None:
    if work.physical:
        return
    answer = await work.call(
        _SERVICE,
        "CreateStateMachine",
        name=work.name,
        definition=_definition(work),
        roleArn=work.properties["RoleArn"],
        type=work.properties.get("StateMachineType", "STANDARD"),
    )
    await work.made(answer["stateMachineArn"])
    await _TAGS(work, work.physical)


async def _update(work: ResourceWork) -> None:
    await work.call(
        _SERVICE,
        "UpdateStateMachine",
        stateMachineArn=work.physical,
        definition=_definition(work),
        roleArn=work.properties["RoleArn"],
    )
    await _TAGS(work, work.physical)


def _definition(work: ResourceWork) -> str:
    """Return the definition as text.

    Raises:
        ApiError: it is in a bucket, or missing.
    """
    text = work.properties.get("DefinitionString")
    if text is None and "Definition" in work.properties:
        text = orjson.dumps(work.properties["Definition"]).decode()
    if text is None:
        raise ApiError("ValidationError", "A state machine needs DefinitionString or Definition")
    for name, value in (work.properties.get("DefinitionSubstitutions") or {}).items():
        text = text.replace("${" + name + "}", str(value))
    return str(text)


async def _delete(work: ResourceWork) -> None:
    await work.found(_SERVICE, "DeleteStateMachine", stateMachineArn=work.physical)


async def _read(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found(_SERVICE, "DescribeStateMachine", stateMachineArn=work.physical)
    if answer is None:
        return None
    return {"Arn": answer["stateMachineArn"], "Name": answer["name"]}


TYPES = (
    ResourceType(
        "AWS::StepFunctions::StateMachine",
        create=_create,
        delete=_delete,
        read=_read,
        update=_update,
        naming=Naming("StateMachineName", 80),
        unserved=("DefinitionS3Location", "EncryptionConfiguration"),
    ),
)
