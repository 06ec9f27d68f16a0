"""AWS::Lambda: what belongs to functions: versions, aliases, permissions, event sources, layers, URLs."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.cloudformation.engine.resource_type import ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.calls import Calls, by_calls, tagger
from globaltables.foundation.errors import ApiError

_SERVICE = "lambda"
_SOURCE_TAGS = tagger(_SERVICE, tag="TagResource", untag="UntagResource", member="Resource")


def _function(work: ResourceWork) -> Any:
    return work.properties["FunctionName"]


async def _create_version(work: ResourceWork) -> None:
    if not work.physical:
        answer = await work.send(_SERVICE, "PublishVersion")
        await work.made(answer["FunctionArn"])
    await _provision(work, work.physical.rpartition(":")[2])


async def _delete_version(work: ResourceWork) -> None:
    function, _, version = work.physical.rpartition(":")
    await work.call(_SERVICE, "DeleteFunction", FunctionName=function, Qualifier=version)


async def _read_version(work: ResourceWork) -> dict[str, Any] | None:
    function, _, version = work.physical.rpartition(":")
    answer = await work.found(
        _SERVICE, "GetFunctionConfiguration", FunctionName=function, Qualifier=version
    )
    return None if answer is None else {"Version": version, "FunctionArn": answer["FunctionArn"]}


async def _provision(work: ResourceWork, qualifier: str) -> None:
    setting = work.properties.get("ProvisionedConcurrencyConfig")
    if setting is not None and setting != work.old.get("ProvisionedConcurrencyConfig"):
        await work.call(
            _SERVICE,
            "PutProvisionedConcurrencyConfig",
            FunctionName=_function(work),
            Qualifier=qualifier,
            ProvisionedConcurrentExecutions=setting["ProvisionedConcurrentExecutions"],
        )


def _routing(work: ResourceWork) -> dict[str, Any]:
    given = work.properties.get("RoutingConfig") or {}
    weights = {
        one["FunctionVersion"]: float(one["FunctionWeight"])
        for one in given.get("AdditionalVersionWeights") or ()
    }
    if not weights and not work.old.get("RoutingConfig"):
        return {"RoutingConfig": None}
    return {"RoutingConfig": {"AdditionalVersionWeights": weights}}


async def _provision_alias(work: ResourceWork) -> None:
    await _provision(work, work.properties["Name"])


async def _create_permission(work: ResourceWork) -> None:
    if not work.physical:
        statement = work.name
        try:
            await work.send(
                _SERVICE,
                "AddPermission",
                StatementId=statement,
                FunctionName=_plain_function(_function(work)),
                Qualifier=_qualifier(_function(work)),
            )
        except ApiError as error:
            # The statement's id is nobody else's: it was added before an interruption.
            if error.code != "ResourceConflictException":
                raise
        await work.made(statement)


async def _delete_permission(work: ResourceWork) -> None:
    await work.call(
        _SERVICE,
        "RemovePermission",
        StatementId=work.physical,
        FunctionName=_plain_function(_function(work)),
        Qualifier=_qualifier(_function(work)),
    )


async def _read_permission(work: ResourceWork) -> dict[str, Any] | None:
    return {"Id": work.physical}


def _plain_function(name: str) -> str:
    """Return a function's name or ARN without its version or alias."""
    parts = name.split(":")
    return ":".join(parts[:7]) if name.startswith("arn:") else parts[0]


def _qualifier(name: str) -> str | None:
    parts = name.split(":")
    if name.startswith("arn:"):
        return parts[7] if len(parts) > 7 else None
    return parts[1] if len(parts) > 1 else None


async def _create_source(work: ResourceWork) -> None:
    if not work.physical:
        answer = await work.send(_SERVICE, "CreateEventSourceMapping")
        await work.made(answer["UUID"])
    await _source_settled(work)


async def _update_source(work: ResourceWork) -> None:
    await work.send(_SERVICE, "UpdateEventSourceMapping", UUID=work.physical)
    if work.changed("Tags"):
        await _SOURCE_TAGS(work, work.record["attributes"]["EventSourceMappingArn"])
    await _source_settled(work)


async def _source_settled(work: ResourceWork) -> None:
    since_ms = work.now_ms()
    while True:
        answer = await work.call(_SERVICE, "GetEventSourceMapping", UUID=work.physical)
        if answer["State"] in {"Enabled", "Disabled"}:
            return
        await work.keep_waiting(since_ms)


async def _delete_source(work: ResourceWork) -> None:
    await work.call(_SERVICE, "DeleteEventSourceMapping", UUID=work.physical)
    since_ms = work.now_ms()
    while await work.found(_SERVICE, "GetEventSourceMapping", UUID=work.physical) is not None:
        await work.keep_waiting(since_ms)


async def _read_source(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found(_SERVICE, "GetEventSourceMapping", UUID=work.physical)
    if answer is None:
        return None
    return {"Id": answer["UUID"], "EventSourceMappingArn": answer.get("EventSourceMappingArn")}


async def _create_layer(work: ResourceWork) -> None:
    if not work.physical:
        answer = await work.send(_SERVICE, "PublishLayerVersion", LayerName=work.name)
        await work.made(answer["LayerVersionArn"])


async def _delete_layer(work: ResourceWork) -> None:
    layer, _, version = work.physical.rpartition(":")
    await work.call(_SERVICE, "DeleteLayerVersion", LayerName=layer, VersionNumber=int(version))


async def _read_layer(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found(_SERVICE, "GetLayerVersionByArn", Arn=work.physical)
    return None if answer is None else {"LayerVersionArn": work.physical}


def _alias_arn(work: ResourceWork, answer: Mapping[str, Any]) -> str:
    return str(answer["AliasArn"])


def _qualified(work: ResourceWork, answer: Mapping[str, Any]) -> str:
    return f"{_function(work)}|{work.properties['Qualifier']}"


def _url_owner(work: ResourceWork, answer: Mapping[str, Any]) -> str:
    return str(answer["FunctionArn"])


def _alias_found(work: ResourceWork, answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"AliasArn": answer["AliasArn"]}


def _url_found(work: ResourceWork, answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"FunctionUrl": answer["FunctionUrl"], "FunctionArn": answer["FunctionArn"]}


TYPES = (
    ResourceType(
        "AWS::Lambda::Version",
        create=_create_version,
        delete=_delete_version,
        read=_read_version,
        unserved=("RuntimePolicy", "FunctionScalingConfig"),
    ),
    by_calls(
        Calls(
            "AWS::Lambda::Alias",
            _SERVICE,
            create="CreateAlias",
            update="UpdateAlias",
            delete="DeleteAlias",
            read="GetAlias",
            keys=lambda work: {"FunctionName": _function(work), "Name": work.properties["Name"]},
            made=_alias_arn,
            found=_alias_found,
            members=_routing,
            adjust=_provision_alias,
        )
    ),
    ResourceType(
        "AWS::Lambda::Permission",
        create=_create_permission,
        delete=_delete_permission,
        read=_read_permission,
    ),
    ResourceType(
        "AWS::Lambda::EventSourceMapping",
        create=_create_source,
        delete=_delete_source,
        read=_read_source,
        update=_update_source,
    ),
    ResourceType(
        "AWS::Lambda::LayerVersion",
        create=_create_layer,
        delete=_delete_layer,
        read=_read_layer,
    ),
    by_calls(
        Calls(
            "AWS::Lambda::EventInvokeConfig",
            _SERVICE,
            create="PutFunctionEventInvokeConfig",
            update="PutFunctionEventInvokeConfig",
            delete="DeleteFunctionEventInvokeConfig",
            read="GetFunctionEventInvokeConfig",
            keys=lambda work: {
                "FunctionName": _function(work),
                "Qualifier": work.properties["Qualifier"],
            },
            made=_qualified,
        )
    ),
    by_calls(
        Calls(
            "AWS::Lambda::Url",
            _SERVICE,
            create="CreateFunctionUrlConfig",
            update="UpdateFunctionUrlConfig",
            delete="DeleteFunctionUrlConfig",
            read="GetFunctionUrlConfig",
            keys=lambda work: {
                "FunctionName": work.properties["TargetFunctionArn"],
                "Qualifier": work.properties.get("Qualifier"),
            },
            members=lambda work: {"FunctionName": work.properties["TargetFunctionArn"]},
            made=_url_owner,
            found=_url_found,
        )
    ),
)
