"""Names and ARNs of functions, versions, aliases and layers."""

from dataclasses import dataclass

from globaltables.companions.functions.refusals import function_not_found, invalid_parameter
from globaltables.companions.service import ServiceCall
from globaltables.foundation.arns import partition_of
from globaltables.foundation.errors import ApiError

LATEST = "$LATEST"
_FUNCTION_NAME_CHARACTERS_MAX = 64


@dataclass(frozen=True, slots=True)
class Reference:
    """What a request names.

    Attributes:
        name: of the function.
        qualifier: a version, an alias or $LATEST; empty for none.
    """

    name: str
    qualifier: str = ""


def function_arn(region: str, account: str, name: str, qualifier: str = "") -> str:
    """Return the ARN of a function, or of a version or alias of it."""
    arn = f"arn:{partition_of(region)}:lambda:{region}:{account}:function:{name}"
    return f"{arn}:{qualifier}" if qualifier else arn


def arn_of(call: ServiceCall, name: str, qualifier: str = "") -> str:
    """Return the ARN of a function of the caller's account, in the region of the request."""
    return function_arn(call.region.name, call.account, name, qualifier)


def layer_arn(call: ServiceCall, name: str, version: int = 0) -> str:
    """Return the ARN of a layer, or of a version of it."""
    region = call.region.name
    arn = f"arn:{partition_of(region)}:lambda:{region}:{call.account}:layer:{name}"
    return f"{arn}:{version}" if version else arn


def mapping_arn(call: ServiceCall, uuid: str) -> str:
    """Return the ARN of an event source mapping."""
    region = call.region.name
    return f"arn:{partition_of(region)}:lambda:{region}:{call.account}:event-source-mapping:{uuid}"


def referenced(call: ServiceCall) -> Reference:
    """Return the function that a request names in its members FunctionName and Qualifier.

    Raises:
        ApiError: the two do not fit together, or it is of another account or region.
    """
    found = reference_of(call, call.request["FunctionName"])
    qualifier = call.request.get("Qualifier") or ""
    if found.qualifier and qualifier and found.qualifier != qualifier:
        raise invalid_parameter(
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    return Reference(found.name, found.qualifier or qualifier)


def reference_of(call: ServiceCall, text: str) -> Reference:
    """Return the function that a name, a partial or a whole ARN names.

    Raises:
        ApiError: it is of another account or region, or its name is too long.
    """
    account, region = call.account, call.region.name
    rest = text
    if text.startswith("arn:"):
        parts = text.split(":", 6)
        if len(parts) < 7 or parts[5] != "function":
            raise invalid_parameter(f"Invalid function ARN: {text}")
        region, account, rest = parts[3], parts[4], parts[6]
    elif ":function:" in text:
        head, _, rest = text.partition(":function:")
        account = head.rpartition(":")[2]
    name, _, qualifier = rest.removeprefix("function:").partition(":")
    if len(name) > _FUNCTION_NAME_CHARACTERS_MAX:
        raise ApiError(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_FUNCTION_NAME_CHARACTERS_MAX}",
        )
    if (account, region) != (call.account, call.region.name):
        if region != call.region.name:
            raise function_not_found(text)
        raise ApiError(
            "AccessDeniedException",
            f"User: {call.principal.arn} is not authorized to perform: lambda:{call.operation} "
            f"on resource: {text}",
            status=403,
        )
    return Reference(name, qualifier)
