"""AWS::SSM parameters, AWS::SecretsManager secrets, and what AWS::ApplicationAutoScaling scales."""

from typing import Any

import orjson

from globaltables.companions.cloudformation.engine.resource_type import Naming, ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.tagging import (
    as_list,
    tag_changes,
    tags_in,
)
from globaltables.foundation.errors import ApiError

_SCALING = "application-autoscaling"


async def _create_parameter(work: ResourceWork) -> None:
    if not work.physical:
        tags = as_list(tags_in(work.properties.get("Tags")))
        await work.send("ssm", "PutParameter", Name=work.name, Tags=tags or None)
        await work.made(work.name)


async def _update_parameter(work: ResourceWork) -> None:
    await work.send("ssm", "PutParameter", Name=work.physical, Overwrite=True, Tags=None)
    added, removed = tag_changes(work.old.get("Tags"), work.properties.get("Tags"))
    which = {"ResourceType": "Parameter", "ResourceId": work.physical}
    if removed:
        await work.call("ssm", "RemoveTagsFromResource", TagKeys=removed, **which)
    if added:
        await work.call("ssm", "AddTagsToResource", Tags=as_list(added), **which)


async def _delete_parameter(work: ResourceWork) -> None:
    await work.call("ssm", "DeleteParameter", Name=work.physical)


async def _read_parameter(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found("ssm", "GetParameter", Name=work.physical)
    if answer is None:
        return None
    found = answer["Parameter"]
    return {"Type": found["Type"], "Value": found["Value"], "Arn": found.get("ARN")}


async def _create_secret(work: ResourceWork) -> None:
    if not work.physical:
        answer = await work.call(
            "secretsmanager",
            "CreateSecret",
            Name=work.name,
            ClientRequestToken=work.token,
            Description=work.properties.get("Description"),
            KmsKeyId=work.properties.get("KmsKeyId"),
            SecretString=await _secret_text(work),
            Tags=as_list(tags_in(work.properties.get("Tags"))) or None,
        )
        await work.made(answer["ARN"])


async def _update_secret(work: ResourceWork) -> None:
    text = None
    if work.changed("SecretString", "GenerateSecretString"):
        text = await _secret_text(work)
    if text is not None or work.changed("Description", "KmsKeyId"):
        await work.call(
            "secretsmanager",
            "UpdateSecret",
            SecretId=work.physical,
            Description=work.properties.get("Description"),
            KmsKeyId=work.properties.get("KmsKeyId"),
            SecretString=text,
        )
    added, removed = tag_changes(work.old.get("Tags"), work.properties.get("Tags"))
    if removed:
        await work.call("secretsmanager", "UntagResource", SecretId=work.physical, TagKeys=removed)
    if added:
        tags = as_list(added)
        await work.call("secretsmanager", "TagResource", SecretId=work.physical, Tags=tags)


async def _secret_text(work: ResourceWork) -> str | None:
    """Return the text of a secret: the one that is given, or one that nobody knows."""
    given: str | None = work.properties.get("SecretString")
    wanted = work.properties.get("GenerateSecretString")
    if given is not None or wanted is None:
        return given
    request = {
        name: value
        for name, value in wanted.items()
        if name not in {"SecretStringTemplate", "GenerateStringKey"}
    }
    answer = await work.send("secretsmanager", "GetRandomPassword", **request)
    password: str = answer["RandomPassword"]
    key = wanted.get("GenerateStringKey")
    if key is None:
        return password
    template = wanted.get("SecretStringTemplate", "{}")
    return _with_password(template, key, password)


def _with_password(template: str, key: str, password: str) -> str:
    try:
        document = orjson.loads(template)
    except orjson.JSONDecodeError:
        raise ApiError("ValidationError", "SecretStringTemplate is not JSON") from None
    return orjson.dumps({**document, key: password}).decode()


async def _delete_secret(work: ResourceWork) -> None:
    await work.call(
        "secretsmanager",
        "DeleteSecret",
        SecretId=work.physical,
        ForceDeleteWithoutRecovery=True,
    )


async def _read_secret(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found("secretsmanager", "DescribeSecret", SecretId=work.physical)
    if answer is None or answer.get("DeletedDate") is not None:
        return None
    return {"Id": work.physical}


def _target(work: ResourceWork) -> dict[str, Any]:
    return dict(
        zip(("ServiceNamespace", "ResourceId", "ScalableDimension"), _parts(work), strict=True)
    )


def _parts(work: ResourceWork) -> tuple[str, str, str]:
    if work.physical and "|" in work.physical:
        resource, dimension, namespace = work.physical.split("|")[-3:]
    else:
        names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
        resource, dimension, namespace = (work.properties.get(name, "") for name in names)
    return namespace, resource, dimension


async def _put_target(work: ResourceWork) -> None:
    if work.properties.get("ScheduledActions"):
        raise ApiError("NotSupported", "ScheduledActions are not supported by globaltables")
    await work.send(_SCALING, "RegisterScalableTarget", Tags=None)
    namespace, resource, dimension = _parts(work)
    await work.made(f"{resource}|{dimension}|{namespace}")


async def _delete_target(work: ResourceWork) -> None:
    await work.call(_SCALING, "DeregisterScalableTarget", **_target(work))


async def _read_target(work: ResourceWork) -> dict[str, Any] | None:
    namespace, resource, dimension = _parts(work)
    answer = await work.call(
        _SCALING,
        "DescribeScalableTargets",
        ServiceNamespace=namespace,
        ResourceIds=[resource],
        ScalableDimension=dimension,
    )
    return {"Id": work.physical} if answer.get("ScalableTargets") else None


async def _put_scaling(work: ResourceWork) -> None:
    answer = await work.send(_SCALING, "PutScalingPolicy", **_scaled(work))
    await work.made(answer["PolicyARN"])


def _scaled(work: ResourceWork) -> dict[str, Any]:
    target = work.properties.get("ScalingTargetId")
    if target is None:
        names = ("ServiceNamespace", "ResourceId", "ScalableDimension")
        return {name: work.properties.get(name) for name in names}
    resource, dimension, namespace = target.split("|")
    return {
        "ServiceNamespace": namespace,
        "ResourceId": resource,
        "ScalableDimension": dimension,
    }


async def _delete_scaling(work: ResourceWork) -> None:
    name = work.properties["PolicyName"]
    await work.call(_SCALING, "DeleteScalingPolicy", PolicyName=name, **_scaled(work))


async def _read_scaling(work: ResourceWork) -> dict[str, Any] | None:
    name = work.properties["PolicyName"]
    answer = await work.call(
        _SCALING, "DescribeScalingPolicies", PolicyNames=[name], **_scaled(work)
    )
    return {"Arn": work.physical} if answer.get("ScalingPolicies") else None


TYPES = (
    ResourceType(
        "AWS::SSM::Parameter",
        create=_create_parameter,
        delete=_delete_parameter,
        read=_read_parameter,
        update=_update_parameter,
        naming=Naming("Name", length_max=1011),
        named=lambda work: work.name,
    ),
    ResourceType(
        "AWS::SecretsManager::Secret",
        create=_create_secret,
        delete=_delete_secret,
        read=_read_secret,
        update=_update_secret,
        naming=Naming("Name", length_max=512),
        unserved=("ReplicaRegions", "Type"),
    ),
    ResourceType(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        create=_put_target,
        delete=_delete_target,
        read=_read_target,
        update=_put_target,
        unserved=("Tags",),
    ),
    ResourceType(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        create=_put_scaling,
        delete=_delete_scaling,
        read=_read_scaling,
        update=_put_scaling,
    ),
)
