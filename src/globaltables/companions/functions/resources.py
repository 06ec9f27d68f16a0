"""What a request is about, as policies name it, and the policies that functions have themselves."""

from collections.abc import Sequence

import orjson

from globaltables.companions.functions.names import arn_of, layer_arn, mapping_arn, reference_of
from globaltables.companions.functions.stored import FUNCTIONS
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError

#: Operations that name a function and are about mappings.
_WITHOUT_RESOURCE = ("EventSourceMapping", "EventSourceMappings")


def resources(call: ServiceCall) -> Sequence[str]:
    """Return the ARNs that a request is about."""
    request = call.request
    if "UUID" in request:
        return (mapping_arn(call, request["UUID"]),)
    if call.operation in ("TagResource", "UntagResource", "ListTags"):
        return (request["Resource"],)
    if "LayerName" in request:
        name = request["LayerName"].rpartition(":")[2]
        return (layer_arn(call, name, request.get("VersionNumber", 0)),)
    if "FunctionName" not in request or call.operation.endswith(_WITHOUT_RESOURCE):
        return ("*",)
    try:
        found = reference_of(call, request["FunctionName"])
    except ApiError:
        return (request["FunctionName"],)  # refused for its name in a moment
    qualifier = found.qualifier or request.get("Qualifier") or ""
    return (arn_of(call, found.name, qualifier),)


def policy_of(call: ServiceCall, arn: str) -> str:
    """Return the policy of the function, version or alias that an ARN names; empty when it has none."""
    parts = arn.split(":", 7)
    if len(parts) < 7 or parts[5] != "function":
        return ""
    record = FUNCTIONS.get(call.region.store.reader(), call.account, parts[6])
    policy = None if record is None else record["policies"].get("".join(parts[7:]))
    if policy is None or not policy["statements"]:
        return ""
    return orjson.dumps({"Version": "2012-10-17", "Statement": policy["statements"]}).decode()
