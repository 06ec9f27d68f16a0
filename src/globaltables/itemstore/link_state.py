"""What a link of replication says of itself, kept in the region that receives, for status and metrics."""

from dataclasses import dataclass, field
from typing import Literal

from globaltables.foundation.limits import METRIC_MINUTES_KEPT
from globaltables.runtime.series import MinuteSeries

LinkStatus = Literal["RUNNING", "WAITING", "QUARANTINED", "PAUSED"]


@dataclass(slots=True)
class LinkState:
    """One link of one table.

    Attributes:
        status: RUNNING follows its source; WAITING tries again after a failure; QUARANTINED holds back changes that
            are stamped too far ahead; PAUSED was told to.
        reason: why it does not run; empty while it does.
        last_latency_ms: from the commit in the source to the durable commit here, of the last change; None before one.
        denied_by: the member whose policies pause it; empty for none.
        latency_ms: the same of all changes, by minute.
        pending: changes of the source that were not here yet, by minute; only in version 2017.11.29 global tables.
    """

    status: LinkStatus = "RUNNING"
    reason: str = ""
    last_latency_ms: float | None = None
    denied_by: str = ""
    latency_ms: MinuteSeries = field(
        default_factory=lambda: MinuteSeries(METRIC_MINUTES_KEPT), compare=False
    )
    pending: MinuteSeries = field(
        default_factory=lambda: MinuteSeries(METRIC_MINUTES_KEPT), compare=False
    )
