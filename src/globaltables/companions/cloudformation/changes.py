"""What carrying out a change set would do to each resource."""

from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.companions.cloudformation.engine.resource_steps import (
    checked,
    is_present,
    value_at,
)
from globaltables.companions.cloudformation.engine.surroundings import attribute_in
from globaltables.companions.cloudformation.preparing import Prepared
from globaltables.companions.cloudformation.resource_types.registry import type_of
from globaltables.companions.cloudformation.schemas import schema_of
from globaltables.companions.cloudformation.templates.functions import Evaluator
from globaltables.companions.cloudformation.templates.references import dependencies
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError

#: What AWS writes where a value is known only afterwards.
UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"


class _Foreseen:
    """The resources of a stack as they will be, as far as that is known."""

    def __init__(self, records: Mapping[str, Document], imports: Any) -> None:
        self.records = records
        self.new: set[str] = set()
        self._imports = imports

    def reference(self, logical_id: str) -> Any:
        """Return the physical id, when it stays."""
        record = self.records.get(logical_id)
        if logical_id in self.new or record is None:
            return UNKNOWN
        return record["physical"]

    def attribute(self, logical_id: str, name: str) -> Any:
        """Return an attribute, when the resource stays."""
        record = self.records.get(logical_id)
        if logical_id in self.new or record is None:
            return UNKNOWN
        try:
            return attribute_in(record, name)
        except ApiError:
            return UNKNOWN

    def imported(self, name: str) -> Any:
        """Return the value of an export."""
        return self._imports(name)


def changes_of(
    prepared: Prepared,
    records: Mapping[str, Document],
    tags: list[dict[str, str]],
    to_import: list[Mapping[str, Any]],
    imports: Any,
) -> list[Document]:
    """Return the changes, in the form of the API.

    Args:
        prepared: what is to be.
        records: the resources that there are.
        tags: of the stack.
        to_import: the resources that are taken in.
        imports: looks exports up.

    Raises:
        ApiError: ValidationError; the template cannot be evaluated.
    """
    foreseen = _Foreseen({k: v for k, v in records.items() if is_present(v)}, imports)
    evaluator = Evaluator(prepared.template, prepared.scope, foreseen)
    active = evaluator.active_resources()
    imported = {one["LogicalResourceId"]: one for one in to_import}
    found = []
    for name in _in_order(dependencies(active)):
        resource = active[name]
        record = foreseen.records.get(name)
        if record is None:
            foreseen.new.add(name)
            found.append(_added(name, resource["Type"], imported.get(name)))
            continue
        properties = evaluator.value(resource.get("Properties") or {})
        change = _modified(record, resource, properties, tags)
        if change is not None:
            if change["Replacement"] != "False":
                foreseen.new.add(name)
            found.append(change)
    for name, record in foreseen.records.items():
        if name not in active:
            policy = "Delete" if record["deletion"] == "Delete" else "Retain"
            found.append({**_plain("Remove", name, record), "PolicyAction": policy, "Scope": []})
    return [{"Type": "Resource", "ResourceChange": change} for change in found]


def _added(name: str, type_name: str, imported: Mapping[str, Any] | None) -> Document:
    change: Document = {
        "Action": "Add" if imported is None else "Import",
        "LogicalResourceId": name,
        "ResourceType": type_name,
        "Scope": [],
        "Details": [],
    }
    if imported is not None:
        change["PhysicalResourceId"] = ",".join(imported["ResourceIdentifier"].values())
    return change


def _modified(
    record: Document,
    resource: Mapping[str, Any],
    properties: dict[str, Any],
    tags: list[dict[str, str]],
) -> Document | None:
    """Return the change of a resource that stays; None when it stays as it is."""
    kind = record["type"]
    schema, source = schema_of(kind), type_of(kind)
    assert schema is not None, kind
    try:
        new = checked(kind, properties, tags)
    except ApiError:
        if UNKNOWN not in orjson.dumps(properties).decode():
            raise
        new = properties  # what is known only afterwards fits no type
    old = record["properties"]
    scope, details, replacement = [], [], "False"
    for name in sorted({*new, *old}):
        if new.get(name) == old.get(name):
            continue
        paths = [path for path in schema.create_only if path[0] == name]
        always = any(value_at(new, path) != value_at(old, path) for path in paths)
        if source is not None and (name in source.kept_by or source.update is None):
            always = source.update is None
        if source is not None and name in source.replaced_by:
            always = True
        dynamic = UNKNOWN in orjson.dumps(new.get(name)).decode()
        recreation = "Never"
        if always:
            recreation = "Conditionally" if dynamic else "Always"
            replacement = "Conditional" if dynamic and replacement != "True" else "True"
        attribute = "Tags" if name == schema.tag_property else "Properties"
        if attribute not in scope:
            scope.append(attribute)
        target = {"Attribute": attribute, "RequiresRecreation": recreation}
        if attribute == "Properties":
            target["Name"] = name
        details.append(
            {
                "Target": target,
                "Evaluation": "Dynamic" if dynamic else "Static",
                "ChangeSource": "DirectModification",
            }
        )
    for name, member in (("Metadata", "metadata"), ("DeletionPolicy", "deletion")):
        default = None if name == "Metadata" else "Delete"
        if resource.get(name, default) != record[member]:
            scope.append(name)
            target = {"Attribute": name, "RequiresRecreation": "Never"}
            details.append({"Target": target, "Evaluation": "Static"})
    if not scope:
        return None
    change = _plain("Modify", record["logical"], record)
    return {**change, "Replacement": replacement, "Scope": scope, "Details": details}


def _plain(action: str, name: str, record: Document) -> Document:
    return {
        "Action": action,
        "LogicalResourceId": name,
        "PhysicalResourceId": record["physical"],
        "ResourceType": record["type"],
    }


def _in_order(needed: Mapping[str, set[str]]) -> list[str]:
    """Return names so that each comes after those that it needs."""
    order: list[str] = []
    left = dict(needed)
    while left:
        free = [name for name, others in left.items() if not others & left.keys()]
        order.extend(free)
        for name in free:
            del left[name]
    return order
