"""How many invocations of a function run at once, and what an account has."""

from typing import Any

from globaltables.companions.functions.names import referenced
from globaltables.companions.functions.refusals import invalid_parameter, not_found, unsupported
from globaltables.companions.functions.stored import (
    FUNCTIONS,
    function_record,
    functions_of,
    versions_of,
)
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import (
    LAMBDA_CODE_BYTES_MAX,
    LAMBDA_CONCURRENCY_MAX,
    LAMBDA_CONCURRENCY_UNRESERVED_MIN,
    LAMBDA_ZIP_BYTES_MAX,
)
from globaltables.itemstore.stage import Stage

_TOTAL_CODE_BYTES = 80_530_636_800  # of an account in a region, on AWS; here the disk decides


async def put_concurrency(call: ServiceCall) -> dict[str, Any]:
    """Reserve concurrency for a function."""
    name, wanted = referenced(call).name, call.request["ReservedConcurrentExecutions"]

    def decide(stage: Stage) -> None:
        record = function_record(stage, call.region.name, call.account, name)
        others = _reserved(call, name)
        if LAMBDA_CONCURRENCY_MAX - others - wanted < LAMBDA_CONCURRENCY_UNRESERVED_MIN:
            raise invalid_parameter(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                "UnreservedConcurrentExecution below its minimum value of "
                f"[{LAMBDA_CONCURRENCY_UNRESERVED_MIN}]."
            )
        FUNCTIONS.put(stage, call.account, name, {**record, "reserved": wanted})

    await call.region.store.submit(decide)
    return {"ReservedConcurrentExecutions": wanted}


def get_concurrency(call: ServiceCall) -> dict[str, Any]:
    """Return what is reserved for a function; nothing when nothing is."""
    name = referenced(call).name
    record = function_record(call.region.store.reader(), call.region.name, call.account, name)
    return {"ReservedConcurrentExecutions": record.get("reserved")}


async def delete_concurrency(call: ServiceCall) -> dict[str, Any]:
    """Reserve nothing for a function any more."""
    name = referenced(call).name

    def decide(stage: Stage) -> None:
        record = function_record(stage, call.region.name, call.account, name)
        record.pop("reserved", None)
        FUNCTIONS.put(stage, call.account, name, record)

    await call.region.store.submit(decide)
    return {}


def refuse_provisioned(call: ServiceCall) -> dict[str, Any]:
    """Refuse to keep environments ready: they are started when they are needed."""
    raise unsupported("Provisioned concurrency")


async def delete_provisioned(call: ServiceCall) -> dict[str, Any]:
    """Take away what no function has: there is nothing to do, as on AWS for a function without."""
    name = referenced(call).name
    function_record(call.region.store.reader(), call.region.name, call.account, name)
    return {}


def get_provisioned(call: ServiceCall) -> dict[str, Any]:
    """Tell that no function has provisioned concurrency."""
    name = referenced(call).name
    function_record(call.region.store.reader(), call.region.name, call.account, name)
    raise ApiError(
        "ProvisionedConcurrencyConfigNotFoundException",
        "No Provisioned Concurrency Config found for this function",
        status=404,
    )


def list_provisioned(call: ServiceCall) -> dict[str, Any]:
    """Return the provisioned concurrency of a function: none."""
    name = referenced(call).name
    function_record(call.region.store.reader(), call.region.name, call.account, name)
    return {"ProvisionedConcurrencyConfigs": []}


def get_account_settings(call: ServiceCall) -> dict[str, Any]:
    """Return what an account may have, and has."""
    reader = call.region.store.reader()
    count = size = 0
    for name, record in functions_of(reader, call.account):
        count += 1
        size += record["latest"]["CodeSize"]
        for _, version in versions_of(name).of_account(reader, call.account):
            size += version["CodeSize"]
    return {
        "AccountLimit": {
            "TotalCodeSize": _TOTAL_CODE_BYTES,
            "CodeSizeUnzipped": LAMBDA_CODE_BYTES_MAX,
            "CodeSizeZipped": LAMBDA_ZIP_BYTES_MAX,
            "ConcurrentExecutions": LAMBDA_CONCURRENCY_MAX,
            "UnreservedConcurrentExecutions": LAMBDA_CONCURRENCY_MAX - _reserved(call, ""),
        },
        "AccountUsage": {"TotalCodeSize": size, "FunctionCount": count},
    }


def get_function_code_signing(call: ServiceCall) -> dict[str, Any]:
    """Return what signs a function's code: nothing."""
    name = referenced(call).name
    function_record(call.region.store.reader(), call.region.name, call.account, name)
    return {"FunctionName": name}


def get_code_signing(call: ServiceCall) -> dict[str, Any]:
    """Tell that there are no code signing configurations."""
    arn = call.request["CodeSigningConfigArn"]
    raise not_found(f"The code signing configuration cannot be found: {arn}")


def list_code_signing(call: ServiceCall) -> dict[str, Any]:
    """Return the code signing configurations: none."""
    return {"CodeSigningConfigs": []}


def get_runtime_management(call: ServiceCall) -> dict[str, Any]:
    """Return how a function's runtime is kept up to date: by whoever keeps this machine so."""
    found = referenced(call)
    record = function_record(call.region.store.reader(), call.region.name, call.account, found.name)
    return {"UpdateRuntimeOn": "Auto", "FunctionArn": record["latest"]["FunctionArn"]}


def get_recursion(call: ServiceCall) -> dict[str, Any]:
    """Return what becomes of functions that call themselves over queues: nothing is done about it here."""
    name = referenced(call).name
    function_record(call.region.store.reader(), call.region.name, call.account, name)
    return {"RecursiveLoop": "Allow"}


def _reserved(call: ServiceCall, but: str) -> int:
    """Return the reserved concurrency of an account's functions but one."""
    found = functions_of(call.region.store.reader(), call.account)
    return sum(record.get("reserved") or 0 for name, record in found if name != but)
