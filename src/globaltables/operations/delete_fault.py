"""DeleteFault (ours): ends one fault of a region, or all of them."""

from globaltables.foundation.errors import resource_not_found
from globaltables.operations.context import Answer, Call


def handle(call: Call) -> Answer:
    """End the fault of the request, or every one when none is named; return how many ended."""
    region = call.region
    faults = region.faults.all(call.account, region.clock.now_ms())
    wanted = call.request.get("FaultId")
    if wanted is not None:
        faults = [fault for fault in faults if fault.fault_id == wanted]
        if not faults:
            raise resource_not_found(f"There is no fault {wanted} in {region.name}")
    for fault in faults:
        region.faults.remove(fault.fault_id)
    return {"Deleted": len(faults)}
