"""ListJobs (ours): the long work of a region, running and finished, with its progress."""

from typing import Any

from globaltables.itemstore.jobs import Job, jobs
from globaltables.operations.context import Answer, Call
from globaltables.tables.description import seconds


def handle(call: Call) -> Answer:
    """Return the jobs of the caller's account, the newest first."""
    request = call.request
    name = call.table_name() if "TableName" in request else None
    found = [
        _described(job)
        for job in jobs(call.region.store.reader(), call.account)
        if name in (None, job.table_name)
        and request.get("Kind") in (None, job.kind)
        and request.get("Status") in (None, job.status)
    ]
    return {"Jobs": found[::-1]}


def _described(job: Job) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "JobId": f"{job.number:016x}",
        "Kind": job.kind,
        "Status": job.status,
        "ResourceArn": job.resource,
        "TableName": job.table_name,
        "StartDateTime": seconds(job.started_ms),
        "LastProgressDateTime": seconds(job.changed_ms),
        "Done": job.done,
        "Unit": job.unit,
    }
    optional = {
        "Total": job.total,
        "Percent": job.percent,
        "UnitsPerSecond": job.rate,
        "EndDateTime": None if job.ended_ms is None else seconds(job.ended_ms),
        "Error": job.error,
    }
    return answer | {name: value for name, value in optional.items() if value is not None}
