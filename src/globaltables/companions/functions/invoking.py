"""Invocations of functions by clients."""

from base64 import b64decode, b64encode
from typing import Any

import orjson

from globaltables.companions.functions.execution.invocation import Invocation
from globaltables.companions.functions.names import Reference, referenced
from globaltables.companions.functions.refusals import unsupported
from globaltables.companions.functions.running import running
from globaltables.companions.functions.stored import Resolved, resolved
from globaltables.companions.functions.waiting_events import accept
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import (
    LAMBDA_CLIENT_CONTEXT_BYTES_MAX,
    LAMBDA_EVENT_BYTES_MAX,
    LAMBDA_PAYLOAD_BYTES_MAX,
)


async def invoke(call: ServiceCall) -> dict[str, Any]:
    """Run a function and return what it answers, or have it run later, or only see whether it could be run."""
    request = call.request
    for member in ("TenantId", "DurableExecutionName"):
        if member in request:
            raise unsupported(member)
    found = referenced(call)
    target = resolved(call.region, call.account, found.name, found.qualifier)
    kind = request.get("InvocationType", "RequestResponse")
    payload: bytes = request.get("Payload") or b"{}"
    _check_payload(payload, kind)
    match kind:
        case "DryRun":
            return {"StatusCode": 204}
        case "Event":
            await _accept(call, found, payload)
            return {"StatusCode": 202, "Payload": b""}
        case _:
            return await _run(call, target, payload)


async def invoke_async(call: ServiceCall) -> dict[str, Any]:
    """Have a function run later: the old operation for it."""
    found = referenced(call)
    resolved(call.region, call.account, found.name, "")
    payload: bytes = call.request["InvokeArgs"]
    _check_payload(payload, "Event")
    await _accept(call, found, payload)
    return {"Status": 202}


async def _run(call: ServiceCall, target: Resolved, payload: bytes) -> dict[str, Any]:
    context = call.request.get("ClientContext", "")
    if len(context) > LAMBDA_CLIENT_CONTEXT_BYTES_MAX:
        raise ApiError(
            "RequestTooLargeException",
            f"Client context must be at most {LAMBDA_CLIENT_CONTEXT_BYTES_MAX} bytes",
            status=413,
        )
    request_id = call.region.randomness.uuid()
    invocation = Invocation(request_id, payload, target.arn, _decoded(context))
    outcome = await running(call.region).invoke(call.account, target, invocation)
    answer = {
        "StatusCode": 200,
        "Payload": outcome.payload,
        "ExecutedVersion": target.version,
    }
    if outcome.error_type:
        answer["FunctionError"] = "Unhandled"
    if call.request.get("LogType") == "Tail":
        answer["LogResult"] = b64encode(outcome.log_tail).decode()
    return answer


async def _accept(call: ServiceCall, found: Reference, payload: bytes) -> None:
    await accept(call.region, call.account, found, payload)


def _check_payload(payload: bytes, kind: str) -> None:
    most = LAMBDA_EVENT_BYTES_MAX if kind == "Event" else LAMBDA_PAYLOAD_BYTES_MAX
    if len(payload) > most:
        raise ApiError(
            "RequestTooLargeException",
            f"{len(payload)} byte payload is too large for the {kind} invocation type (limit {most} bytes)",
            status=413,
        )
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise ApiError(
            "InvalidRequestContentException",
            f"Could not parse request body into json: Could not parse payload into json: {error}",
        ) from None


def _decoded(context: str) -> str:
    """Return the JSON of a client context, on one line as a header has to be."""
    if not context:
        return ""
    try:
        return orjson.dumps(orjson.loads(b64decode(context))).decode()
    except ValueError:
        raise ApiError(
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.",
        ) from None
