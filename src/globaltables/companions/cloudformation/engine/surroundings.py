"""What the functions of a stack's template see: its resources as they are, and what other stacks export."""

from collections.abc import Callable, Mapping
from typing import Any

from globaltables.companions.cloudformation.engine.statuses import PRESENT
from globaltables.companions.cloudformation.refusals import format_error, invalid, template_error
from globaltables.companions.cloudformation.stored import EXPORTS
from globaltables.companions.cloudformation.templates.functions import Scope
from globaltables.companions.cloudformation.templates.parameters import declarations, value_of
from globaltables.companions.records import Document
from globaltables.foundation.arns import partition_of
from globaltables.itemstore.region import Region


class LiveSurroundings:
    """The resources of a stack, and the exports of its region.

    Args:
        records: of the resources by logical id; it follows their changes.
        imported: gives the value of an export.
    """

    def __init__(self, records: Mapping[str, Document], imported: Callable[[str], str]) -> None:
        self._records = records
        self._imported = imported

    def reference(self, logical_id: str) -> Any:
        """Return the physical id of a resource."""
        return self._present(logical_id)["physical"]

    def attribute(self, logical_id: str, name: str) -> Any:
        """Return an attribute of a resource."""
        record = self._present(logical_id)
        return attribute_in(record, name)

    def imported(self, name: str) -> Any:
        """Return the value of an export."""
        return self._imported(name)

    def _present(self, logical_id: str) -> Document:
        record = self._records.get(logical_id)
        if record is None or record["status"] not in PRESENT:
            raise format_error(
                f"Unresolved resource dependencies [{logical_id}] in the Resources block of the template"
            )
        return record


def attribute_in(record: Document, name: str) -> Any:
    """Return an attribute of a resource by its name, which may have dots.

    Raises:
        ApiError: ValidationError; it has none of that name.
    """
    for place in (record["attributes"], record["properties"]):
        if name in place:
            return place[name]
        value: Any = place
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            return value
    if record["type"].startswith(("Custom::", "AWS::CloudFormation::CustomResource")):
        raise invalid(
            f"CustomResource attribute error: Vendor response doesn't contain {name} attribute "
            f"in object {record['physical']}"
        )
    raise template_error(
        f"Resource {record['logical']} of type {record['type']} has no attribute {name}"
    )


def importer(region: Region, account: str) -> Callable[[str], str]:
    """Return what looks exports up."""

    def imported(name: str) -> str:
        found = EXPORTS.get(region.store.reader(), account, name) if str(name).isascii() else None
        if found is None:
            raise invalid(f"No export named {name} found. Rollback requested by user.")
        value: str = found["value"]
        return value

    return imported


def scope_of(region: Region, account: str, stack: Document, body: Mapping[str, Any]) -> Scope:
    """Return what the functions of a stack's template are evaluated with.

    Args:
        region: of the stack.
        account: whose it is.
        stack: has the texts of the parameters, and the values of those from Parameter Store.
        body: of its template.
    """
    known = declarations(body.get("Parameters") or {})
    texts = {**stack["parameters"], **stack["resolved"]}
    return Scope(
        region=region.name,
        account=account,
        partition=partition_of(region.name),
        stack_name=stack["name"],
        stack_id=stack["arn"],
        notification_arns=tuple(stack["topics"]),
        parameters={name: value_of(known[name], texts[name]) for name in known},
    )
