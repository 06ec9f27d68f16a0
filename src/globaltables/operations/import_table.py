"""ImportTable: makes a table and fills it with what objects of a bucket hold."""

import asyncio
from asyncio import Future
from dataclasses import replace

import orjson

from globaltables.foundation.arns import table_arn
from globaltables.foundation.errors import ApiError, limit_exceeded, resource_in_use, validation
from globaltables.foundation.limits import IMPORTS_RUNNING_MAX
from globaltables.itemstore import jobs
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import check_changes_under_way
from globaltables.operations.item_keys import key_of_item
from globaltables.operations.table_encryption import requested_encryption
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.creation import Identity, check_account, created
from globaltables.transfers.descriptions import describe_import
from globaltables.transfers.importing import new_table
from globaltables.transfers.records import (
    Import,
    asked_of,
    find_import,
    forget_old,
    id_of_client_token,
    save,
)
from globaltables.transfers.service import start_imports

_ID_CHARACTERS = 8


def handle(call: Call) -> "Future[Answer]":
    """Begin an import, or tell of the one that the client token stands for.

    Source: API_ImportTable; texts and order of checks: ack-api-quirks, IMPORT, measured.
    """
    request = call.request
    format_ = request["InputFormat"]
    if "InputFormatOptions" in request and format_ != "CSV":
        raise validation(
            f"Invalid Request: Unsupported InputFormatOptions for the given input format: {format_}."
        )
    if request["TableCreationParameters"].get("SSESpecification"):
        return asyncio.ensure_future(_encrypted(call))
    return _import(call)


async def _encrypted(call: Call) -> Answer:
    """Begin an import into a table under a key, which the import is told the ARN of."""
    parameters = call.request["TableCreationParameters"]
    name, region = parameters["TableName"], call.region
    created(parameters, Identity(name, call.account, region.name, 0, "", region.hlc.last))
    encryption = await requested_encryption(region, call.account, parameters["SSESpecification"])
    if encryption is not None:
        parameters["SSESpecification"] = {
            "Enabled": True,
            "SSEType": "KMS",
            "KMSMasterKeyId": encryption.kms_key_arn,
        }
    return await _import(call)


def _import(call: Call) -> "Future[Answer]":
    request, region = call.request, call.region
    token = request.get("ClientToken") or region.randomness.uuid()
    table_id = region.randomness.uuid()
    suffix = region.randomness.uuid()[:_ID_CHARACTERS]

    def decide(stage: Stage) -> Answer:
        stamp = stage.tick()
        now_ms = stamp_ms(stamp)
        name = request["TableCreationParameters"]["TableName"]
        arn = table_arn(region.name, call.account, name)
        one = Import(
            id=f"{now_ms:014d}-{suffix}",
            account=call.account,
            region=region.name,
            table_arn=arn,
            table_name=name,
            table_id=table_id,
            request=orjson.dumps({**request, "ClientToken": token}).decode(),
            asked=asked_of(request),
            job=0,
            started_ms=now_ms,
        )
        table = new_table(one, 0, stamp)
        existing = stage.catalog.find(call.account, name)
        if existing is not None and existing.status != "CREATING":
            raise resource_in_use(f"Table already exists: {name}")
        known = _known(stage, call, token, name)
        if known is not None:
            return {"ImportTableDescription": describe_import(known)}
        check_account(stage.catalog.list(call.account), table)
        check_changes_under_way(stage.catalog, call.account)
        _check_running(stage)
        return {"ImportTableDescription": describe_import(_begin(stage, one))}

    decided = region.store.submit(decide)
    decided.add_done_callback(lambda _: start_imports(region, key_of_item))
    return asyncio.shield(decided)


def _known(stage: Stage, call: Call, token: str, name: str) -> Import | None:
    """Return the import that was begun with a client token.

    Raises:
        ApiError: ImportConflictException when that was an import into another table; AWS looks at nothing else.
    """
    known = id_of_client_token(stage, "import", call.account, token)
    one = None if known is None else find_import(stage, call.account, known)
    if one is not None and one.table_name != name:
        raise ApiError(
            "ImportConflictException",
            "Import conflict: Duplicate request detected with conflicting parameters",
        )
    return one


def _check_running(stage: Stage) -> None:
    if len(jobs.running(stage.applied, "IMPORT")) >= IMPORTS_RUNNING_MAX:
        raise limit_exceeded(
            "Subscriber limit exceeded: Only "
            f"{IMPORTS_RUNNING_MAX} imports can be in progress simultaneously"
        )


def _begin(stage: Stage, one: Import) -> Import:
    """Stage a new import with its job."""
    job = jobs.begin(stage, "IMPORT", one.account, one.arn, one.table_name, unit="bytes")
    begun = replace(one, job=job.number)
    forget_old(stage, one.account, one.started_ms)
    save(stage, begun)
    return begun
