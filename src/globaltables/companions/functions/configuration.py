"""The configuration of a function: checked, completed, shown."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from globaltables.companions.functions.names import LATEST, arn_of
from globaltables.companions.functions.refusals import above, invalid_parameter, unsupported
from globaltables.companions.functions.stored import layer_versions_of
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.engine.interface import Reader
from globaltables.foundation.limits import (
    LAMBDA_ENVIRONMENT_BYTES_MAX,
    LAMBDA_LAYERS_MAX,
    LAMBDA_MEMORY_MB_MAX,
    LAMBDA_TIMEOUT_SECONDS_MAX,
)
from globaltables.itemstore.stage import Stage

RUNTIMES = (
    *("python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"),
    *("nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x"),
    *("provided.al2", "provided.al2023"),
)
_ENDED_RUNTIMES = (
    *("nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x"),
    *("nodejs12.x", "nodejs14.x", "nodejs16.x", "python2.7", "python3.6", "python3.7"),
    *("python3.8", "go1.x", "provided", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1"),
    *("dotnetcore3.1", "dotnet6", "ruby2.5", "ruby2.7", "java8"),
)
#: What a function must not set itself.
_RESERVED_VARIABLES = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
#: Members that say something only when they are set to something.
_UNSUPPORTED = (
    "CapacityProviderConfig",
    "CodeSigningConfigArn",
    "DurableConfig",
    "FileSystemConfigs",
    "ImageConfig",
    "KMSKeyArn",
    "TenancyConfig",
)
_DEFAULTS: Mapping[str, Any] = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "TracingConfig": {"Mode": "PassThrough"},
    "PackageType": "Zip",
    "Architectures": ["x86_64"],
    "EphemeralStorage": {"Size": 512},
    "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
}
#: Members that are kept as they are asked for.
_PLAIN = ("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "EphemeralStorage")


def created(call: ServiceCall, stage: Stage) -> Document:
    """Return the configuration of a new function, without its code.

    Raises:
        ApiError: InvalidParameterValueException or ValidationException.
    """
    name = call.request["FunctionName"]
    request = call.request
    if request.get("PackageType", "Zip") != "Zip":
        raise unsupported("PackageType Image")
    if "Runtime" not in request or not request.get("Handler"):
        raise invalid_parameter(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    document: Document = {
        "FunctionName": name,
        "FunctionArn": arn_of(call, name),
        **_DEFAULTS,
        "Architectures": request.get("Architectures", ["x86_64"]),
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
        "Version": LATEST,
        "variables": {},
        "layers": [],
    }
    return changed(call, stage, document)


def _logging(wanted: Mapping[str, str], name: str) -> Document:
    """Return how a function logs.

    Raises:
        ApiError: InvalidParameterValueException; only JSON has levels.
    """
    group = wanted.get("LogGroup", f"/aws/lambda/{name}")
    if wanted.get("LogFormat", "Text") == "Text":
        if wanted.keys() & {"ApplicationLogLevel", "SystemLogLevel"}:
            raise invalid_parameter(
                "ApplicationLogLevel and SystemLogLevel can only be set when LogFormat is JSON."
            )
        return {"LogFormat": "Text", "LogGroup": group}
    return {
        "LogFormat": "JSON",
        "ApplicationLogLevel": wanted.get("ApplicationLogLevel", "INFO"),
        "SystemLogLevel": wanted.get("SystemLogLevel", "INFO"),
        "LogGroup": group,
    }


def changed(call: ServiceCall, stage: Reader | Stage, before: Document) -> Document:
    """Return a configuration with what a request asks for, under a new revision.

    Raises:
        ApiError: InvalidParameterValueException or ValidationException.
    """
    request = call.request
    _check(request)
    document = {**before, **{name: request[name] for name in _PLAIN if name in request}}
    if "Environment" in request:
        document["variables"] = _variables(request["Environment"].get("Variables", {}))
        document.pop("Environment", None)
        if document["variables"]:
            document["Environment"] = {"Variables": document["variables"]}
    if "Layers" in request:
        document["layers"] = _layers(call, stage, request["Layers"])
        document.pop("Layers", None)
        if document["layers"]:
            document["Layers"] = [
                {"Arn": one["arn"], "CodeSize": one["size"]} for one in document["layers"]
            ]
    if "DeadLetterConfig" in request:
        document.pop("DeadLetterConfig", None)
        if request["DeadLetterConfig"].get("TargetArn"):
            document["DeadLetterConfig"] = request["DeadLetterConfig"]
    if "LoggingConfig" in request:
        document["LoggingConfig"] = _logging(request["LoggingConfig"], document["FunctionName"])
    revise(call, document)
    return document


def revise(call: ServiceCall, document: Document) -> None:
    """Give a configuration a new revision, in place."""
    moment = datetime.fromtimestamp(call.region.clock.now_ms() / 1000, UTC)
    document["LastModified"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "+0000")
    document["RevisionId"] = call.region.randomness.uuid()
    region, runtime = call.region.name, document["Runtime"]
    document["RuntimeVersionConfig"] = {
        "RuntimeVersionArn": f"arn:aws:lambda:{region}::runtime:{runtime.replace('.', '')}"
    }
    document["State"] = "Active"
    document["LastUpdateStatus"] = "Successful"


def being_created(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration as the answer to its creation shows it; it is active when somebody asks again."""
    return {
        **configuration,
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
    }


def being_updated(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration as the answer to its change shows it; the change is made when somebody asks again."""
    return {
        **configuration,
        "LastUpdateStatus": "InProgress",
        "LastUpdateStatusReason": "The function is being created.",
        "LastUpdateStatusReasonCode": "Creating",
    }


def _check(request: Mapping[str, Any]) -> None:
    for name in _UNSUPPORTED:
        if request.get(name):
            raise unsupported(name)
    if any(request.get("VpcConfig", {}).get(one) for one in ("SubnetIds", "SecurityGroupIds")):
        raise unsupported("VpcConfig")
    if request.get("TracingConfig", {}).get("Mode") == "Active":
        raise unsupported("TracingConfig with the mode Active")
    if request.get("SnapStart", {}).get("ApplyOn", "None") != "None":
        raise unsupported("SnapStart")
    runtime = request.get("Runtime")
    if runtime is not None and runtime not in RUNTIMES:
        if runtime in _ENDED_RUNTIMES:
            raise invalid_parameter(
                f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
                "functions. We recommend you use a supported runtime while creating or updating functions."
            )
        raise unsupported(f"The runtime {runtime}")
    if request.get("Timeout", 0) > LAMBDA_TIMEOUT_SECONDS_MAX:
        raise above(request["Timeout"], "timeout", LAMBDA_TIMEOUT_SECONDS_MAX)
    if request.get("MemorySize", 0) > LAMBDA_MEMORY_MB_MAX:
        raise above(request["MemorySize"], "memorySize", LAMBDA_MEMORY_MB_MAX)


def _variables(variables: dict[str, str]) -> dict[str, str]:
    reserved = sorted(_RESERVED_VARIABLES & variables.keys())
    start = "Lambda was unable to configure your environment variables because the environment variables you have"
    if reserved:
        raise invalid_parameter(
            f"{start} provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = orjson.dumps(variables)
    if len(measured) > LAMBDA_ENVIRONMENT_BYTES_MAX:
        raise invalid_parameter(
            f"{start} provided exceeded the 4KB limit. String measured: {measured.decode()}"
        )
    return variables


def _layers(call: ServiceCall, stage: Reader | Stage, arns: Sequence[str]) -> list[Document]:
    if len(arns) > LAMBDA_LAYERS_MAX:
        raise invalid_parameter(
            f"Cannot reference more than {LAMBDA_LAYERS_MAX} layers. Layers: [{', '.join(arns)}]"
        )
    found = []
    for arn in arns:
        region, account, _, name, version = arn.split(":")[3:8]
        layer = None
        if (region, account) == (call.region.name, call.account):
            layer = layer_versions_of(name).get(stage, account, f"{int(version):010d}")
        if layer is None:
            raise invalid_parameter(f"Layer version {arn} does not exist.")
        found.append({"arn": arn, "code": layer["code"], "size": layer["Content"]["CodeSize"]})
    return found
