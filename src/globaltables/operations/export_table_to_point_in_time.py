"""ExportTableToPointInTime: writes a table as it was at a time, or what changed in a window, to a bucket."""

import asyncio
from asyncio import Future
from typing import Any

import orjson

from globaltables.foundation.arns import TableArn, parse_table_arn, table_arn
from globaltables.foundation.errors import ApiError, invalid_parameters, limit_exceeded, validation
from globaltables.foundation.limits import EXPORT_TOKEN_LIFETIME_MS, EXPORTS_RUNNING_MAX
from globaltables.itemstore import jobs
from globaltables.itemstore.retained import hold
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.definitions import Table
from globaltables.transfers.descriptions import describe_export
from globaltables.transfers.export_filters import export_filter
from globaltables.transfers.export_requests import check_members, wanted_of
from globaltables.transfers.exporting import hold_name
from globaltables.transfers.records import (
    Export,
    asked_of,
    find_export,
    forget_old,
    id_of_client_token,
    save,
)
from globaltables.transfers.service import start_exports

_ID_CHARACTERS = 8


def handle(call: Call) -> "Future[Answer]":
    """Begin an export, or tell of the one that the client token stands for.

    Source: API_ExportTableToPointInTime; texts and order of checks: ack-api-quirks, EXPORT, measured.
    """
    request, region = call.request, call.region
    arn = _table_arn(call)
    check_members(request)
    token = request.get("ClientToken") or region.randomness.uuid()
    suffix = region.randomness.uuid()[:_ID_CHARACTERS]

    def decide(stage: Stage) -> Answer:
        table = stage.catalog.find(call.account, arn.table_name)
        if table is None or table.restricted or arn.region != region.name:
            text = f"Table not found: {request['TableArn']}"
            raise ApiError("TableNotFoundException", text)
        stamp = stage.tick()
        known = _known(stage, call, token, stamp_ms(stamp))
        if known is not None:
            return {"ExportDescription": describe_export(known)}
        export = _begin(stage, call, table, stamp, {**request, "ClientToken": token}, suffix)
        return {"ExportDescription": describe_export(export)}

    decided = region.store.submit(decide)
    decided.add_done_callback(lambda _: start_exports(region))
    return asyncio.shield(decided)


def _table_arn(call: Call) -> TableArn:
    """Return the parts of the request's TableArn.

    Raises:
        ApiError: it is none, or of another account.
    """
    text = call.request["TableArn"]
    arn = parse_table_arn(text)
    if arn is None:
        raise invalid_parameters("tableArn is not a valid ARN")
    if arn.resource:
        raise validation("Invalid Request: Table ARN is invalid.")
    if arn.account != call.account:
        raise ApiError("AccessDeniedException", "Access is denied")
    call.enter(arn.account, arn.table_name)
    return arn


def _known(stage: Stage, call: Call, token: str, now_ms: int) -> Export | None:
    """Return the export that was begun with a client token, None when it ended too long ago or never was.

    Raises:
        ApiError: ExportConflictException when that was another request.
    """
    known = id_of_client_token(stage, "export", call.account, token)
    export = None if known is None else find_export(stage, call.account, known)
    if export is None:
        return None
    if export.ended_ms is not None and now_ms - export.ended_ms > EXPORT_TOKEN_LIFETIME_MS:
        return None
    if export.asked != asked_of(call.request):
        raise ApiError(
            "ExportConflictException",
            "Export conflict: Duplicate request detected with conflicting parameters",
        )
    return export


def _begin(
    stage: Stage, call: Call, table: Table, stamp: int, members: dict[str, Any], suffix: str
) -> Export:
    """Stage a new export with its job.

    Raises:
        ApiError: it is refused.
    """
    realistic = call.region.settings.realistic
    wanted = wanted_of(members, table, stamp, realistic=realistic)
    export_filter(members.get("FilterSpecification"), table.schema)
    if len(jobs.running(stage.applied, "EXPORT")) >= EXPORTS_RUNNING_MAX:
        raise limit_exceeded(
            "Subscriber limit exceeded: Only "
            f"{EXPORTS_RUNNING_MAX} exports can be in progress simultaneously"
        )
    now_ms = stamp_ms(stamp)
    id_ = f"{now_ms:014d}-{suffix}"
    arn = table_arn(table.region, table.account, table.name)
    count = call.region.store.statistics(table)[0] if wanted.after is None else None
    resource = f"{arn}/export/{id_}"
    job = jobs.begin(stage, "EXPORT", call.account, resource, table.name, total=count)
    export = Export(
        id=id_,
        account=call.account,
        region=table.region,
        table_arn=arn,
        table_name=table.name,
        table_id=table.table_id,
        request=orjson.dumps(wanted.members).decode(),
        asked=asked_of(call.request),
        job=job.number,
        started_ms=now_ms,
        table_number=table.number,
        schema=table.schema,
        position=wanted.position,
        after=wanted.after,
    )
    forget_old(stage, call.account, now_ms)
    save(stage, export)
    held_from = export.position if export.after is None else export.after
    hold(stage, table.number, hold_name(export), held_from)
    return export
