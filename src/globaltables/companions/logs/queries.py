"""StartQuery, GetQueryResults, StopQuery and DescribeQueries; queries and their results are in memory."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from globaltables.companions.logs.groups import existing
from globaltables.companions.logs.insights.commands import Query, Record, parse_query
from globaltables.companions.logs.insights.expressions import Moment, QueryError
from globaltables.companions.logs.reading import events_between
from globaltables.companions.logs.requests import invalid, name_of_arn, not_found, page
from globaltables.companions.logs.stored import Event, oldest_kept
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import (
    LOG_QUERIES_KEPT,
    LOG_QUERY_EVENTS_MAX,
    LOG_QUERY_RESULTS_MAX,
)

_STATE = "logs-queries"
_LIMIT_DEFAULT = 10_000
_EVENTS_PER_TURN = 1_000
_DEPTH_MAX = 5


@dataclass(slots=True)
class _Running:
    """A query that was started."""

    account: str
    query_id: str
    text: str
    groups: list[str]
    created_ms: int
    status: str = "Running"
    rows: list[list[dict[str, str]]] = field(default_factory=list)
    scanned: int = 0
    scanned_bytes: int = 0


def start_query(call: ServiceCall) -> dict[str, Any]:
    """Answer StartQuery; the work is done beside."""
    request = call.request
    if request.get("queryLanguage", "CWLI") != "CWLI":
        raise invalid("queryLanguage is CWLI; others are not supported by globaltables")
    names = [*(request.get("logGroupNames") or ()), *(request.get("logGroupIdentifiers") or ())]
    if "logGroupName" in request:
        names.append(request["logGroupName"])
    if not names:
        raise invalid("A log group is required.")
    groups = [name_of_arn(name) for name in names]
    oldest = min(
        oldest_kept(
            existing(call.region.store.reader(), call.account, name), call.region.clock.now_ms()
        )
        for name in groups
    )
    try:
        query = parse_query(request["queryString"])
    except QueryError as error:
        raise ApiError("MalformedQueryException", error.text) from None
    now_ms = call.region.clock.now_ms()
    running = _Running(
        call.account, call.region.randomness.uuid(), request["queryString"], groups, now_ms
    )
    queries = _queries(call)
    queries[running.query_id] = running
    while len(queries) > LOG_QUERIES_KEPT:
        queries.popitem(last=False)
    name = f"{call.region.name}/logs-query/{running.query_id}"
    call.region.tasks.spawn(name, _perform(call, running, query, oldest))
    return {"queryId": running.query_id}


def get_query_results(call: ServiceCall) -> dict[str, Any]:
    """Answer GetQueryResults."""
    running = _found(call)
    request = {**call.request, "limit": call.request.get("maxItems") or LOG_QUERY_RESULTS_MAX}
    rows, token = page(request, running.rows)
    answer = {
        "queryLanguage": "CWLI",
        "results": rows,
        "status": running.status,
        "statistics": {
            "recordsMatched": float(len(running.rows)),
            "recordsScanned": float(running.scanned),
            "bytesScanned": float(running.scanned_bytes),
        },
    }
    return answer if token is None else {**answer, "nextToken": token}


def stop_query(call: ServiceCall) -> dict[str, Any]:
    """Answer StopQuery."""
    running = _found(call)
    if running.status != "Running":
        raise invalid(f"The query {running.query_id} is not running.")
    running.status = "Cancelled"
    return {"success": True}


def describe_queries(call: ServiceCall) -> dict[str, Any]:
    """Answer DescribeQueries, the latest first."""
    request = call.request
    found = [
        {
            "queryLanguage": "CWLI",
            "queryId": one.query_id,
            "queryString": one.text,
            "status": one.status,
            "createTime": one.created_ms,
            "logGroupName": one.groups[0],
        }
        for one in reversed(_queries(call).values())
        if one.account == call.account
        and request.get("status") in (None, one.status)
        and request.get("logGroupName") in (None, *one.groups)
    ]
    shown, token = page({**request, "limit": request.get("maxResults", len(found) or 1)}, found)
    answer: dict[str, Any] = {"queries": shown}
    return answer if token is None else {**answer, "nextToken": token}


async def _perform(call: ServiceCall, running: _Running, query: Query, oldest_ms: int) -> None:
    request = call.request
    start_ms = max(_milliseconds(request["startTime"]), oldest_ms)
    end_ms = _milliseconds(request["endTime"]) + 1
    records: list[Record] = []
    for name in running.groups:
        place = (start_ms, 0)
        while running.status == "Running" and len(records) < LOG_QUERY_EVENTS_MAX:
            reader = call.region.store.reader()
            found = list(
                events_between(reader, call.account, name, place, end_ms, _EVENTS_PER_TURN)
            )
            records += [_record(call.account, name, event) for event in found]
            if len(found) < _EVENTS_PER_TURN:
                break
            place = (found[-1].time_ms, found[-1].stamp + 1)
            await asyncio.sleep(0)
    if running.status != "Running":
        return
    records.sort(key=lambda record: -int(record["@timestamp"]))
    running.scanned = len(records)
    running.scanned_bytes = sum(len(record["@message"]) for record in records)
    limit = min(request.get("limit", _LIMIT_DEFAULT), LOG_QUERY_RESULTS_MAX)
    running.rows = query.rows(records)[:limit]
    running.status = "Complete"


def _record(account: str, group: str, event: Event) -> Record:
    record: Record = {
        "@timestamp": Moment(event.time_ms),
        "@ingestionTime": Moment(event.ingested_ms),
        "@message": event.message,
        "@logStream": event.stream,
        "@log": f"{account}:{group}",
    }
    if event.message.lstrip().startswith("{"):
        try:
            _flatten(orjson.loads(event.message), "", record, 0)
        except orjson.JSONDecodeError:
            return record
    return record


def _flatten(value: Mapping[str, Any], prefix: str, record: Record, depth: int) -> None:
    for name, member in value.items():
        if isinstance(member, dict) and depth < _DEPTH_MAX:
            _flatten(member, f"{prefix}{name}.", record, depth + 1)
        elif isinstance(member, list):
            places = {str(place): one for place, one in enumerate(member)}
            _flatten(places, f"{prefix}{name}.", record, depth + 1)
        else:
            record[prefix + name] = member


def _milliseconds(time: int) -> int:
    """Return a time of a request in milliseconds; it may be in seconds."""
    return time * 1000 if time < 10**11 else time


def _queries(call: ServiceCall) -> OrderedDict[str, _Running]:
    queries: OrderedDict[str, _Running] = call.region.companions.setdefault(_STATE, OrderedDict())
    return queries


def _found(call: ServiceCall) -> _Running:
    running = _queries(call).get(call.request["queryId"])
    if running is None or running.account != call.account:
        raise not_found("query")
    return running
