"""Drift: where resources are no more what their template says."""

from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.companions.cloudformation.engine.ledger import Ledger
from globaltables.companions.cloudformation.engine.resource_type import ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork, Signals
from globaltables.companions.cloudformation.engine.statuses import IN_PROGRESS, PRESENT
from globaltables.companions.cloudformation.refusals import invalid
from globaltables.companions.cloudformation.resource_types.registry import type_of
from globaltables.companions.cloudformation.stored import (
    DETECTIONS,
    resources_of,
    stack_of,
)
from globaltables.companions.cloudformation.templates.parameters import text_of
from globaltables.companions.cloudformation.turning import page
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.itemstore.stage import Stage

Answer = dict[str, Any]


async def detect_stack_drift(call: ServiceCall) -> Answer:
    """Compare the resources of a stack with what its template says."""
    region, account = call.region, call.account
    stack = stack_of(region.store.reader(), account, call.request["StackName"])
    _check_idle(stack)
    wanted = call.request.get("LogicalResourceIds")
    ledger = Ledger(region, account, stack["id"])
    drifted = 0
    for name, record in ledger.resources().items():
        if record["status"] in PRESENT and (not wanted or name in wanted):
            await _detect(ledger, stack, record)
            drifted += record["drift"]["status"] in {"MODIFIED", "DELETED"}
    detection_id, now_ms = region.randomness.uuid(), region.clock.now_ms()
    status = "DRIFTED" if drifted else "IN_SYNC"
    await ledger.change(drift={"status": status, "at": now_ms})
    detection = {"stack": stack["arn"], "status": status, "drifted": drifted, "at": now_ms}

    def decide(stage: Stage) -> None:
        DETECTIONS.put(stage, account, detection_id, detection)

    await region.store.submit(decide)
    return {"StackDriftDetectionId": detection_id}


def describe_detection(call: ServiceCall) -> Answer:
    """Tell how a detection of drift went."""
    detection_id = call.request["StackDriftDetectionId"]
    found = DETECTIONS.get(call.region.store.reader(), call.account, detection_id)
    if found is None:
        raise invalid(f"Drift detection {detection_id} does not exist")
    return {
        "StackId": found["stack"],
        "StackDriftDetectionId": detection_id,
        "StackDriftStatus": found["status"],
        "DetectionStatus": "DETECTION_COMPLETE",
        "DriftedStackResourceCount": found["drifted"],
        "Timestamp": found["at"] / 1000,
    }


async def detect_resource_drift(call: ServiceCall) -> Answer:
    """Compare one resource of a stack with what its template says."""
    reader = call.region.store.reader()
    stack = stack_of(reader, call.account, call.request["StackName"])
    _check_idle(stack)
    logical = call.request["LogicalResourceId"]
    record = resources_of(stack["id"]).get(reader, call.account, logical)
    if record is None:
        raise invalid(f"Resource {logical} does not exist for stack {stack['name']}")
    await _detect(Ledger(call.region, call.account, stack["id"]), stack, record)
    return {"StackResourceDrift": _told(stack, record)}


def describe_resource_drifts(call: ServiceCall) -> Answer:
    """Tell the drift of a stack's resources, as it was found."""
    reader = call.region.store.reader()
    stack = stack_of(reader, call.account, call.request["StackName"])
    wanted = call.request.get("StackResourceDriftStatusFilters")
    found = [
        _told(stack, record)
        for _, record in resources_of(stack["id"]).of_account(reader, call.account)
        if record["drift"] is not None
        and record["drift"]["status"] != "NOT_CHECKED"
        and (not wanted or record["drift"]["status"] in wanted)
    ]
    return page(call.request, found, "StackResourceDrifts")


async def _detect(ledger: Ledger, stack: Document, record: Document) -> None:
    """Compare a resource, and record what was found."""
    source = type_of(record["type"])
    now_ms = ledger.region.clock.now_ms()
    record["drift"] = {"status": "NOT_CHECKED", "at": now_ms, "actual": None, "differences": []}
    if source is not None:
        work = ResourceWork(ledger, stack, dict(record), record["properties"], {}, Signals())
        await _compare(source, work, record)
    await ledger.keep(record)


async def _compare(source: ResourceType, work: ResourceWork, record: Document) -> None:
    drift = record["drift"]
    if await source.read(work) is None:
        drift["status"] = "DELETED"
        return
    if source.current is None:
        return
    actual = await source.current(work)
    if actual is None:
        drift["status"] = "DELETED"
        return
    differences = list(_differences(record["properties"], actual))
    drift["actual"] = actual
    drift["differences"] = differences
    drift["status"] = "MODIFIED" if differences else "IN_SYNC"


def _differences(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> list[Document]:
    """Return where properties that the template gives are others; what it leaves open is not drift."""
    found = []
    for name, value in expected.items():
        if name not in actual or _fits(value, actual[name]):
            continue
        missing = actual[name] is None
        found.append(
            {
                "PropertyPath": f"/{name}",
                "ExpectedValue": _text(value),
                "ActualValue": "null" if missing else _text(actual[name]),
                "DifferenceType": "REMOVE" if missing else "NOT_EQUAL",
            }
        )
    return found


def _fits(expected: Any, actual: Any) -> bool:
    """Tell whether a value is what is expected; it may have members beside, and lists may be in another order."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            _fits(inner, actual.get(key)) for key, inner in expected.items() if key in actual
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(any(_fits(one, other) for other in actual) for one in expected)
        )
    if actual is None:
        return False
    return text_of(expected) == text_of(actual)


def _told(stack: Document, record: Document) -> Answer:
    drift = record["drift"]
    told = {
        "StackId": stack["arn"],
        "LogicalResourceId": record["logical"],
        "PhysicalResourceId": record["physical"],
        "ResourceType": record["type"],
        "ExpectedProperties": _text(record["properties"]),
        "PropertyDifferences": drift["differences"],
        "StackResourceDriftStatus": drift["status"],
        "Timestamp": drift["at"] / 1000,
    }
    if drift["actual"] is not None:
        told["ActualProperties"] = _text(drift["actual"])
    return told


def _check_idle(stack: Document) -> None:
    if stack["status"] in IN_PROGRESS:
        raise invalid(
            f"Cannot detect drift on stack [{stack['arn']}] while it is in status {stack['status']}"
        )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
