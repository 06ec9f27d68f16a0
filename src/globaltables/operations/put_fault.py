"""PutFault (ours): disturbs the links that pull into a region, until it is removed or its time is over."""

from globaltables.foundation.errors import validation
from globaltables.itemstore.link_faults import Fault
from globaltables.operations.context import Answer, Call


def handle(call: Call) -> Answer:
    """Put a fault on the links of the request; it takes effect at once."""
    request = call.request
    kind = request["Kind"]
    if kind == "DELAY" and not request.get("DelayMilliseconds"):
        raise validation("DELAY needs DelayMilliseconds")
    if kind != "DELAY" and not request.keys().isdisjoint(
        ("DelayMilliseconds", "SpreadMilliseconds", "Distribution")
    ):
        raise validation(f"{kind} has no delay")
    if kind in ("PAUSE", "CUT", "DELAY") and "Probability" in request:
        raise validation(f"{kind} concerns every batch; it has no Probability")
    seconds = request.get("DurationSeconds")
    delay_ms = request.get("DelayMilliseconds", 0.0)
    fault = Fault(
        fault_id=call.region.randomness.uuid()[:8],
        kind=kind,
        account=call.account,
        source=request.get("SourceRegionName"),
        table_name=call.table_name() if "TableName" in request else None,
        distribution=request.get("Distribution", "CONSTANT"),
        delay_ms=delay_ms,
        spread_ms=request.get("SpreadMilliseconds", delay_ms),
        probability=request.get("Probability", 1.0),
        until_ms=None if seconds is None else call.region.clock.now_ms() + seconds * 1000,
    )
    if fault.distribution == "UNIFORM" and fault.spread_ms < fault.delay_ms:
        raise validation("SpreadMilliseconds is the greatest delay of a UNIFORM one")
    if fault.distribution == "NORMAL" and not fault.spread_ms:
        raise validation("NORMAL needs SpreadMilliseconds, its standard deviation")
    call.region.faults.put(fault)
    return {"FaultId": fault.fault_id}
