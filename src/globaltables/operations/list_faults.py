"""ListFaults (ours): what disturbs the links that pull into a region."""

from typing import Any

from globaltables.itemstore.link_faults import Fault
from globaltables.operations.advance_clock import skew_ms
from globaltables.operations.context import Answer, Call
from globaltables.tables.description import seconds


def handle(call: Call) -> Answer:
    """Return the faults that have not ended, and how far the region's clock is off."""
    region = call.region
    faults = region.faults.all(call.account, region.clock.now_ms())
    return {
        "Faults": [_described(fault) for fault in faults],
        "ClockOffsetMilliseconds": skew_ms(region),
    }


def _described(fault: Fault) -> dict[str, Any]:
    answer: dict[str, Any] = {"FaultId": fault.fault_id, "Kind": fault.kind}
    if fault.source is not None:
        answer["SourceRegionName"] = fault.source
    if fault.table_name is not None:
        answer["TableName"] = fault.table_name
    if fault.kind == "DELAY":
        answer["Distribution"] = fault.distribution
        answer["DelayMilliseconds"] = fault.delay_ms
        answer["SpreadMilliseconds"] = fault.spread_ms
    if fault.kind in ("DROP", "DUPLICATE", "REORDER"):
        answer["Probability"] = fault.probability
    if fault.until_ms is not None:
        answer["EndDateTime"] = seconds(fault.until_ms)
    return answer
