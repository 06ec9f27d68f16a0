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
        shipped_ms: up to when everything that was applied is in the archive; None when that is not known yet.
        lag_ms: the age of the oldest batch that is not in it.
        lag_bytes: of all batches that are not in it.
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
