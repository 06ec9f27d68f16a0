"""Runs what is under way: one task for a stack, which goes from status to status until nothing is left to do."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from globaltables.companions.cloudformation.engine.deploying import Deployment
from globaltables.companions.cloudformation.engine.importing import import_resources, undo_import
from globaltables.companions.cloudformation.engine.ledger import Ledger
from globaltables.companions.cloudformation.engine.removing import (
    Removal,
    keeps_on_delete,
    keeps_on_rollback,
)
from globaltables.companions.cloudformation.engine.resource_steps import (
    ResourceSteps,
    make_obsolete,
)
from globaltables.companions.cloudformation.engine.resource_work import Signals
from globaltables.companions.cloudformation.engine.statuses import IN_PROGRESS
from globaltables.companions.cloudformation.exports import export_in_use, forget_exports
from globaltables.companions.cloudformation.resource_types.registry import type_of
from globaltables.companions.cloudformation.stored import STACKS
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.region import Region

_GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED", "DELETE_FAILED"})


def start(region: Region, account: str, stack_id: str) -> None:
    """Let a stack be worked on, on the event loop, unless it is."""
    name = task_of(region, stack_id)
    if not region.tasks.running(name):
        region.tasks.spawn(name, _run(Ledger(region, account, stack_id)))


async def start_again(region: Region, account: str, stack_id: str) -> None:
    """Let a stack be worked on from its present status, whatever was going on."""
    name = task_of(region, stack_id)
    region.tasks.cancel(name)
    await region.tasks.ended(name)
    start(region, account, stack_id)


def task_of(region: Region, stack_id: str) -> str:
    """Return the name of the task that works on a stack."""
    return f"{region.name}/cloudformation/{stack_id}"


def resume(region: Region) -> None:
    """Go on with the stacks that a stop of the process interrupted."""
    for account, stack_id, stack in list(STACKS.of_everybody(region.store.reader())):
        if stack["status"] in IN_PROGRESS:
            start(region, account, stack_id)


async def _run(ledger: Ledger) -> None:
    while (status := ledger.stack()["status"]) in IN_PROGRESS:
        await _PHASES[status](ledger)


async def _create(ledger: Ledger) -> None:
    stack = ledger.stack()
    reason = await _deploy(ledger, "create", stack["deadline"])
    await ledger.change(failure=reason)
    if reason is None:
        await _close(ledger)
        await ledger.enter("CREATE_COMPLETE", policy_during_update=None)
    elif stack["on_failure"] == "DO_NOTHING":
        await ledger.enter("CREATE_FAILED", reason)
    elif stack["on_failure"] == "DELETE":
        await ledger.enter("DELETE_IN_PROGRESS", f"{reason}Delete requested by user.")
    else:
        await ledger.enter("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")


async def _update(ledger: Ledger) -> None:
    stack = ledger.stack()
    reason = await _deploy(ledger, "update", None)
    await ledger.change(failure=reason)
    if reason is None:
        for record in ledger.resources().values():
            if record["before"] is not None:
                make_obsolete(record)
                await ledger.keep(record)
        await ledger.enter(
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", policy_during_update=None, skip=[]
        )
    elif stack["on_failure"] == "DO_NOTHING":
        await ledger.enter("UPDATE_FAILED", reason, policy_during_update=None)
    else:
        await ledger.enter("UPDATE_ROLLBACK_IN_PROGRESS", reason, policy_during_update=None)


async def _deploy(ledger: Ledger, doing: str, deadline_ms: int | None) -> str | None:
    """Bring the resources to what the template says, and return why that failed; None when it did not."""
    try:
        deployment = Deployment(ledger, Signals(deadline_ms))
        failed = await deployment.run()
        if failed:
            names = ", ".join(name for name in deployment.active if name in failed)
            return f"The following resource(s) failed to {doing}: [{names}]. "
        await deployment.finish()
    except ApiError as error:
        return f"{error.message}. "
    return None


async def _close(ledger: Ledger) -> None:
    """Forget how the resources were before an operation that has ended."""
    for record in ledger.resources().values():
        if record["before"] is not None:
            record["before"] = None
            await ledger.keep(record)


async def _clean_up(ledger: Ledger) -> None:
    """Remove what the template has no more, and what was replaced; then the operation has ended."""
    stack = ledger.stack()
    forward = stack["status"] == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    wanted = Deployment(ledger, Signals()).active
    records = ledger.resources()
    left_over = [record for name, record in records.items() if name not in wanted]
    for record in left_over:  # its update had been undone with it
        record["before"] = None
    await Removal(ledger, keeps_on_delete if forward else keeps_on_rollback).run(left_over)
    steps = ResourceSteps(ledger, Signals())
    for name, record in ledger.resources().items():
        if name not in wanted:
            await ledger.drop(name)
        elif record["obsolete"]:
            source = type_of(record["type"])
            assert source is not None, record["type"]
            await steps.delete_obsolete(record, source)
    before = stack["before"]
    if before is not None:
        unused = before["template"] if forward else stack["failed_template"]
        if unused is not None and unused != stack["template"]:
            await ledger.drop_template(unused)
    status = "UPDATE_COMPLETE" if forward else "UPDATE_ROLLBACK_COMPLETE"
    await ledger.enter(status, before=None, failed_template=None)


async def _undo_update(ledger: Ledger) -> None:
    """Give the resources the properties that they had before the update, the last ones first."""
    stack = ledger.stack()
    records = sorted(
        (record for record in ledger.resources().values() if record["before"] is not None),
        key=_updated,
        reverse=True,
    )
    steps = ResourceSteps(ledger, Signals())
    failed = []
    for record in records:
        if record["logical"] in stack["skip"]:
            record.update(before=None)
            await ledger.put(record, "UPDATE_COMPLETE", "Resource was skipped")
            continue
        source = type_of(record["type"])
        assert source is not None, record["type"]
        try:
            await steps.put_back(record, source)
        except ApiError:
            failed.append(record["logical"])
    if failed:
        names = ", ".join(failed)
        reason = f"The following resource(s) failed to update: [{names}]. "
        await ledger.enter("UPDATE_ROLLBACK_FAILED", reason)
        return
    before = stack["before"]
    assert before is not None, stack["arn"]
    await ledger.enter(
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        failed_template=stack["template"],
        skip=[],
        **before,
    )


async def _undo_create(ledger: Ledger) -> None:
    failed = await Removal(ledger, keeps_on_rollback).run(ledger.resources().values())
    if failed:
        reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
        await ledger.enter("ROLLBACK_FAILED", reason)
        return
    await forget_exports(ledger)
    await ledger.enter("ROLLBACK_COMPLETE", outputs=[], exports=[], imports=[])


async def _delete(ledger: Ledger) -> None:
    stack = ledger.stack()
    refusal = export_in_use(ledger.region, ledger.account, stack, "deleted")
    if refusal is not None:
        await ledger.enter("DELETE_FAILED", refusal)
        return
    retained = set(stack["retain"])

    def keeps(record: Document) -> bool:
        return keeps_on_delete(record) or record["logical"] in retained

    failed = await Removal(ledger, keeps).run(ledger.resources().values())
    if failed and not stack["force"]:
        reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
        await ledger.enter("DELETE_FAILED", reason)
        return
    await forget_exports(ledger)
    await ledger.enter("DELETE_COMPLETE", exports=[], imports=[])


async def _import(ledger: Ledger) -> None:
    reason = await import_resources(ledger)
    if reason is None:
        reason = await _deploy(ledger, "import", None)
    if reason is None:
        await _close(ledger)
        await ledger.enter("IMPORT_COMPLETE", before=None, to_import=[])
    else:
        await ledger.enter("IMPORT_ROLLBACK_IN_PROGRESS", reason)


async def _undo_import(ledger: Ledger) -> None:
    before = await undo_import(ledger)
    await ledger.enter("IMPORT_ROLLBACK_COMPLETE", before=None, to_import=[], **before)


def _updated(record: Document) -> int:
    updated: int = record["updated"]
    return updated


_PHASES: Mapping[str, Callable[[Ledger], Awaitable[None]]] = MappingProxyType(
    {
        "CREATE_IN_PROGRESS": _create,
        "DELETE_IN_PROGRESS": _delete,
        "IMPORT_IN_PROGRESS": _import,
        "IMPORT_ROLLBACK_IN_PROGRESS": _undo_import,
        "ROLLBACK_IN_PROGRESS": _undo_create,
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": _clean_up,
        "UPDATE_IN_PROGRESS": _update,
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": _clean_up,
        "UPDATE_ROLLBACK_IN_PROGRESS": _undo_update,
    }
)
