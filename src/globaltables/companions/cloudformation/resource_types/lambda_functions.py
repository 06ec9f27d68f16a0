"""AWS::Lambda: functions, their versions, aliases and layers."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from globaltables.companions.cloudformation.engine.resource_type import Naming, ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.calls import tagger
from globaltables.foundation.errors import ApiError

_CONFIGURATION = (
    *("DeadLetterConfig", "Description", "Environment", "EphemeralStorage", "FileSystemConfigs"),
    *("Handler", "ImageConfig", "KmsKeyArn", "Layers", "LoggingConfig", "MemorySize", "Role"),
    *("Runtime", "SnapStart", "Timeout", "TracingConfig", "VpcConfig"),
)
_UNSERVED = (
    *("CapacityProviderConfig", "DurableConfig", "FunctionScalingConfig", "TenancyConfig"),
    *("CodeSigningConfigArn", "PublishToLatestPublished", "RuntimeManagementConfig"),
    "RecursiveLoop",
)
_TAGS = tagger("lambda", tag="TagResource", untag="UntagResource", member="Resource")
#: Every file of an inline package has this time, so that the same text makes the same package.
_PACKED = (1980, 1, 1, 0, 0, 0)
_INLINE_MODULES: Mapping[str, str] = {"python": "py", "nodejs": "js"}


async def _create(work: ResourceWork) -> None:
    properties = work.properties
    if not work.physical:
        code = _code(properties)
        await work.send("lambda", "CreateFunction", FunctionName=work.name, Code=code)
        await work.made(work.name)
    await _settled(work)
    await _concurrency(work)


async def _update(work: ResourceWork) -> None:
    properties = work.properties
    if work.changed("Code", "Architectures"):
        await work.call(
            "lambda",
            "UpdateFunctionCode",
            FunctionName=work.physical,
            Architectures=properties.get("Architectures"),
            **_code(properties),
        )
        await _settled(work)
    if work.changed(*_CONFIGURATION):
        defaults: dict[str, Any] = {
            "Description": "",
            "Environment": {"Variables": {}},
            "Layers": [],
            "MemorySize": 128,
            "Timeout": 3,
            "KmsKeyArn": None,
        }
        gone = {name: value for name, value in defaults.items() if name not in properties}
        changed = {name: value for name, value in gone.items() if name in work.old}
        await work.send(
            "lambda", "UpdateFunctionConfiguration", FunctionName=work.physical, **changed
        )
        await _settled(work)
    await _concurrency(work)
    if work.changed("Tags"):
        await _TAGS(work, work.record["attributes"]["Arn"])


async def _concurrency(work: ResourceWork) -> None:
    name = "ReservedConcurrentExecutions"
    if not work.changed(name):
        return
    if name in work.properties:
        await work.call(
            "lambda",
            "PutFunctionConcurrency",
            FunctionName=work.physical,
            ReservedConcurrentExecutions=work.properties[name],
        )
    else:
        await work.call("lambda", "DeleteFunctionConcurrency", FunctionName=work.physical)


async def _settled(work: ResourceWork) -> None:
    since_ms = work.now_ms()
    while True:
        found = await work.call("lambda", "GetFunctionConfiguration", FunctionName=work.physical)
        if "Failed" in {found.get("State"), found.get("LastUpdateStatus")}:
            reason = found.get("StateReason") or found.get("LastUpdateStatusReason")
            raise ApiError("FailedByResource", f"Function failed: {reason}")
        if found.get("State", "Active") != "Pending" and (
            found.get("LastUpdateStatus") != "InProgress"
        ):
            return
        await work.keep_waiting(since_ms)


async def _delete(work: ResourceWork) -> None:
    await work.call("lambda", "DeleteFunction", FunctionName=work.physical)


async def _read(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found("lambda", "GetFunctionConfiguration", FunctionName=work.physical)
    return None if answer is None else {"Arn": answer["FunctionArn"]}


def _code(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the code as the API takes it; a text becomes a package with one file."""
    given = properties["Code"]
    if "ZipFile" not in given:
        names = ("S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri")
        return {name: given[name] for name in names if name in given}
    runtime = properties.get("Runtime", "")
    kind = next((kind for kind in _INLINE_MODULES if runtime.startswith(kind)), None)
    if kind is None:
        raise ApiError(
            "ValidationError", f"ZipFile can only be used with Node.js and Python, not {runtime}"
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        entry = zipfile.ZipInfo(f"index.{_INLINE_MODULES[kind]}", _PACKED)
        entry.external_attr = 0o644 << 16
        package.writestr(entry, given["ZipFile"])
        module = "cfnresponse.py" if kind == "python" else "cfn-response.js"
        package.writestr(zipfile.ZipInfo(module, _PACKED), responder(kind))
    return {"ZipFile": packed.getvalue()}


def responder(kind: str) -> str:
    """Return the module with which inline functions answer for custom resources (AWS puts one there too)."""
    return _PYTHON_RESPONDER if kind == "python" else _NODE_RESPONDER


_PYTHON_RESPONDER = '''"""Answers CloudFormation for a custom resource."""
import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    body = json.dumps({
        "Status": responseStatus,
        "Reason": reason or "See the details in CloudWatch Log Stream: " + context.log_stream_name,
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }).encode()
    request = urllib.request.Request(event["ResponseURL"], data=body, method="PUT", headers={"content-type": ""})
    with urllib.request.urlopen(request) as answer:
        print("Status code:", answer.status)
'''
_NODE_RESPONDER = """// Answers CloudFormation for a custom resource.
exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";
exports.send = function (event, context, responseStatus, responseData, physicalResourceId, noEcho) {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({
      Status: responseStatus,
      Reason: "See the details in CloudWatch Log Stream: " + context.logStreamName,
      PhysicalResourceId: physicalResourceId || context.logStreamName,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
      NoEcho: noEcho || false,
      Data: responseData,
    });
    const url = new URL(event.ResponseURL);
    const client = require(url.protocol === "http:" ? "http" : "https");
    const options = { method: "PUT", headers: { "content-type": "", "content-length": Buffer.byteLength(body) } };
    const request = client.request(url, options, (response) => {
      response.resume();
      response.on("end", () => { resolve(); context.done(); });
    });
    request.on("error", (error) => { reject(error); context.done(error); });
    request.end(body);
  });
};
"""

TYPES = (
    ResourceType(
        "AWS::Lambda::Function",
        create=_create,
        delete=_delete,
        read=_read,
        update=_update,
        naming=Naming("FunctionName", length_max=64),
        named=lambda work: work.name,
        unserved=_UNSERVED,
    ),
)
