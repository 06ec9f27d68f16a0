"""DescribeArchive (ours): how far a region is shipped to another place."""

from typing import Any

from globaltables.operations.context import Answer, Call
from globaltables.tables.description import seconds


def handle(call: Call) -> Answer:
    """Return the state of the region's archive."""
    if call.region.archive is None:
        return {"Status": "DISABLED"}
    state = call.region.archive.state()
    times = {
        "GenerationDateTime": state.begun_ms,
        "EarliestRecoverableDateTime": state.oldest_ms,
        "LastShippedDateTime": state.shipped_ms,
        "ErrorDateTime": state.error_ms,
    }
    optional: dict[str, Any] = {"GenerationId": state.generation, "Error": state.error}
    optional |= {name: None if ms is None else seconds(ms) for name, ms in times.items()}
    answer = {
        "Status": state.status,
        "Url": state.url,
        "LagSeconds": state.lag_ms / 1000,
        "LagBytes": state.lag_bytes,
    }
    return answer | {name: value for name, value in optional.items() if value is not None}
