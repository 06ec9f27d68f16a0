"""What the shipping of a region says of itself, for DescribeArchive."""

from dataclasses import dataclass
from typing import Literal

#: BEGINNING: no complete generation holds what is shipped now; WAITING: tries again after a failure.
ArchiveStatus = Literal["BEGINNING", "SHIPPING", "WAITING"]


@dataclass(frozen=True, slots=True)
class ArchiveState:
    """How far a region's archive is.

    Attributes:
        url: of the archive.
        generation: id of the newest complete one; None before the first.
        begun_ms: when that began.
        oldest_ms: when the oldest one began: the first time that can be recovered to.
        shipped_ms: up to when the region can be had back at the least; None when that is not known, or not at all.
        lag_ms: the age of the oldest batch that is not in the archive; without a complete generation, the time
            since `shipped_ms` or the start.
        lag_bytes: of the batches that wait.
        error: the last failure, until something succeeds; what interrupted the line, until a generation is complete.
        error_ms: when.
    """

    url: str
    status: ArchiveStatus
    generation: str | None
    begun_ms: int | None
    oldest_ms: int | None
    shipped_ms: int | None
    lag_ms: int
    lag_bytes: int
    error: str | None
    error_ms: int | None
