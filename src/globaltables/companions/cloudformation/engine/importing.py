"""Takes resources into a stack that are there already."""

from typing import Any

from globaltables.companions.cloudformation.engine.deploying import Deployment
from globaltables.companions.cloudformation.engine.ledger import Ledger
from globaltables.companions.cloudformation.engine.resource_steps import ResourceSteps
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork, Signals
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError


async def import_resources(ledger: Ledger) -> str | None:
    """Take the resources in that the change set names, and return why that failed; None when it did not.

    They have the properties of the template from then on; what is different is drift.
    """
    stack = ledger.stack()
    signals = Signals()
    failed = []
    try:
        deployment = Deployment(ledger, signals)
        steps = ResourceSteps(ledger, signals)
        for entry in stack["to_import"]:
            logical = entry["LogicalResourceId"]
            if deployment.records.get(logical, {}).get("status") == "IMPORT_COMPLETE":
                continue
            wanted = deployment.wanted(logical)
            record = deployment.records[logical] = steps.new_record(wanted)
            record["physical"] = ",".join(entry["ResourceIdentifier"].values())
            record["imported"] = True
            await ledger.put(record, "IMPORT_IN_PROGRESS")
            work = ResourceWork(ledger, stack, record, wanted.properties, {}, signals)
            try:
                attributes = await wanted.source.read(work)
                if attributes is None:
                    msg = (
                        f"Resource of type '{wanted.type_name}' with identifier "
                        f"'{record['physical']}' was not found."
                    )
                    raise ApiError("NotFound", msg)
            except ApiError as error:
                await ledger.put(record, "IMPORT_FAILED", str(error.message))
                failed.append(logical)
                continue
            record["attributes"] = attributes
            await ledger.put(record, "IMPORT_COMPLETE", "Resource import completed.")
    except ApiError as error:
        return f"{error.message}. "
    if failed:
        return f"The following resource(s) failed to import: [{', '.join(failed)}]. "
    return None


async def undo_import(ledger: Ledger) -> dict[str, Any]:
    """Let go of what was taken in, and return the stack's members as they were before."""
    stack = ledger.stack()
    names = {entry["LogicalResourceId"] for entry in stack["to_import"]}
    records: dict[str, Document] = ledger.resources()
    for name, record in records.items():
        if name in names and record.get("imported"):
            await ledger.put(record, "IMPORT_ROLLBACK_COMPLETE")
            await ledger.drop(name)
    before: dict[str, Any] = stack["before"] or {}
    return before
