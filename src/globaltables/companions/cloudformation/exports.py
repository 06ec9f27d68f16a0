"""Exports: values that other stacks of the region import by name."""

from globaltables.companions.cloudformation.engine.ledger import Ledger
from globaltables.companions.cloudformation.stored import EXPORTS, all_stacks
from globaltables.companions.records import Document
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage


def importers_of(region: Region, account: str, name: str) -> list[str]:
    """Return the names of the stacks that import an export, sorted."""
    return sorted(
        stack["name"]
        for stack in all_stacks(region.store.reader(), account)
        if stack["deleted"] is None and name in stack["imports"]
    )


def export_in_use(region: Region, account: str, stack: Document, what: str) -> str | None:
    """Return why a stack cannot lose its exports; None when nobody imports them.

    Args:
        region: of the stack.
        account: whose it is.
        stack: that exports.
        what: would happen to them: "deleted" or "updated".
    """
    for name in stack["exports"]:
        users = importers_of(region, account, name)
        if users:
            return f"Export {name} cannot be {what} as it is in use by {', '.join(users)}"
    return None


async def forget_exports(ledger: Ledger) -> None:
    """Take the exports of a stack away."""
    names = ledger.stack()["exports"]

    def decide(stage: Stage) -> None:
        for name in names:
            EXPORTS.put(stage, ledger.account, name, None)

    await ledger.region.store.submit(decide)
