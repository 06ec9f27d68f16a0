"""Durable records of long work in a region: what is being done, how far it is, how it ended (docs/formats/jobs.md).

The owner of a kind of work begins its job in the decision that begins the work, and keeps in `state` where it goes on
after a stop: the job is advanced in the decisions that do the work, so both are stored or neither. At the start of
the region the owner looks for its RUNNING jobs and goes on. Finished jobs are kept until newer ones push them out.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import orjson

from globaltables.engine.interface import Reader
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import JOB_LOG_INTERVAL_MS, JOBS_FINISHED_KEPT
from globaltables.itemstore.keyspaces import JOBS, job_key, whole
from globaltables.itemstore.stage import Stage
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.codec import from_stored

_log = logging.getLogger(__name__)

FORMAT_VERSION = 1
JobKind = Literal["BACKFILL", "REPLICA", "RESTORE", "BACKUP", "EXPORT", "IMPORT", "SEALING"]
JobStatus = Literal["RUNNING", "COMPLETED", "FAILED", "CANCELLED"]


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of long work.

    Attributes:
        number: identifies it in its region; later jobs have greater ones.
        account: whose work it is.
        resource: the ARN of what is being made or changed.
        table_name: the table that it belongs to.
        changed_ms: when it was advanced last.
        done: units that are done.
        total: units that there are, as far as known; what is written meanwhile may make it too small or too large.
        unit: what is counted.
        measured_ms: since when the rate is counted; a stop begins it anew.
        measured_done: what was done by then.
        ended_ms: when it ended; None while it is RUNNING.
        error: why it FAILED.
        state: the owner's: where the work goes on.
    """

    number: int
    kind: JobKind
    account: str
    resource: str
    table_name: str
    started_ms: int
    changed_ms: int
    status: JobStatus = "RUNNING"
    done: int = 0
    total: int | None = None
    unit: Literal["items", "bytes"] = "items"
    measured_ms: int = 0
    measured_done: int = 0
    ended_ms: int | None = None
    error: str | None = None
    state: str = ""

    @property
    def percent(self) -> float | None:
        """How much is done, 0 to 100; None while the total is unknown. Only what is COMPLETED has 100."""
        if self.status == "COMPLETED":
            return 100.0
        if self.total is None:
            return None
        return min(99.9, round(100 * self.done / self.total, 1)) if self.total else 0.0

    @property
    def rate(self) -> float | None:
        """Units per second since the work began or was taken up again; None when no time has passed."""
        elapsed_ms = self.changed_ms - self.measured_ms
        if elapsed_ms <= 0:
            return None
        return round((self.done - self.measured_done) * 1000 / elapsed_ms, 1)


# --- in a decision


def begin(
    stage: Stage,
    kind: JobKind,
    account: str,
    resource: str,
    table_name: str,
    *,
    total: int | None = None,
    unit: Literal["items", "bytes"] = "items",
    state: str = "",
) -> Job:
    """Stage a new RUNNING job; see `Job`."""
    number = stage.tick()
    now_ms = stamp_ms(number)
    job = Job(
        number=number,
        kind=kind,
        account=account,
        resource=resource,
        table_name=table_name,
        started_ms=now_ms,
        changed_ms=now_ms,
        total=total,
        unit=unit,
        measured_ms=now_ms,
        state=state,
    )
    return _put(stage, job)


def advance(
    stage: Stage,
    number: int,
    done: int = 0,
    *,
    total: int | None = None,
    state: str | None = None,
) -> Job | None:
    """Stage progress of a job.

    Args:
        number: of the job.
        done: units done since it was advanced last.
        total: replaces the total unless None.
        state: replaces the state unless None.

    Returns:
        The job as it is now; None when it is not RUNNING any more: then its owner stops.
    """
    job = find(stage, number)
    if job is None or job.status != "RUNNING":
        return None
    return _put(
        stage,
        replace(
            job,
            changed_ms=stamp_ms(stage.tick()),
            done=job.done + done,
            total=job.total if total is None else total,
            state=job.state if state is None else state,
        ),
    )


def resume(stage: Stage, number: int, *, done: int | None = None) -> Job | None:
    """Stage that a RUNNING job is taken up after a stop.

    Args:
        number: of the job.
        done: what of it was done, when the work begins anew and not where it was left.
    """
    job = find(stage, number)
    if job is None or job.status != "RUNNING":
        return None
    now_ms, done = stamp_ms(stage.tick()), job.done if done is None else done
    return _put(
        stage,
        replace(job, changed_ms=now_ms, done=done, measured_ms=now_ms, measured_done=done),
    )


def finish(
    stage: Stage, number: int, status: JobStatus = "COMPLETED", error: str | None = None
) -> Job | None:
    """Stage the end of a job, and forget the oldest of those that ended long ago; None when it is gone."""
    job = find(stage, number)
    if job is None:
        return None
    now_ms = stamp_ms(stage.tick())
    ended = [other for other in jobs(stage.applied, job.account) if other.status != "RUNNING"]
    for other in ended[: max(0, len(ended) + 1 - JOBS_FINISHED_KEPT)]:
        stage.delete(job_key(other.number))
    return _put(stage, replace(job, status=status, changed_ms=now_ms, ended_ms=now_ms, error=error))


# --- reading


def find(reader: Reader | Stage, number: int) -> Job | None:
    """Return the job of a number."""
    raw = reader.get(job_key(number))
    return None if raw is None else decode_job(raw)


def jobs(reader: Reader, account: str = "") -> Iterator[Job]:
    """Return the jobs of an account, or of all, oldest first."""
    for _, raw in reader.range(*whole(JOBS)):
        job = decode_job(raw)
        if account in ("", job.account):
            yield job


def running(reader: Reader, kind: JobKind) -> list[Job]:
    """Return the jobs of a kind that have not ended: what their owner goes on with after a stop."""
    return [job for job in jobs(reader) if job.kind == kind and job.status == "RUNNING"]


class ProgressLog:
    """Tells the log of a job's progress, at its first call, from time to time, and at its end."""

    def __init__(self) -> None:
        self._told_ms: int | None = None

    def tell(self, job: Job | None) -> None:
        """Take note of a job as it is now."""
        if job is None:
            return
        if job.status == "RUNNING" and self._told_ms is not None:
            elapsed_ms = job.changed_ms - self._told_ms
            if elapsed_ms < JOB_LOG_INTERVAL_MS:
                return
        self._told_ms = job.changed_ms
        percent = "" if job.percent is None else f" ({job.percent:g} %)"
        rate = "" if job.rate is None else f", {job.rate:g} {job.unit}/s"
        error = "" if job.error is None else f": {job.error}"
        level = logging.WARNING if job.status == "FAILED" else logging.INFO
        _log.log(
            level,
            "%s of %s %s: %d %s%s%s%s",
            job.kind.lower(),
            job.resource,
            job.status.lower(),
            job.done,
            job.unit,
            percent,
            rate,
            error,
        )


# --- stored form


def encode_job(job: Job) -> bytes:
    """Return the stored bytes of a job."""
    return orjson.dumps({"format": FORMAT_VERSION, "job": job})


def decode_job(raw: bytes) -> Job:
    """Return the job of stored bytes.

    Raises:
        OperationalError: they are damaged or of another format.
    """
    try:
        stored = orjson.loads(raw)
        if stored["format"] == FORMAT_VERSION:
            job: Job = from_stored(Job, stored["job"])
            return job
    except (KeyError, TypeError, ValueError) as error:
        raise OperationalError(f"a stored job is damaged: {error}") from error
    msg = f"a stored job has format {stored['format']}, this version reads {FORMAT_VERSION}"
    raise OperationalError(msg)


def _put(stage: Stage, job: Job) -> Job:
    stage.put(job_key(job.number), encode_job(job))
    return job
