"""Forward: brings the resources of a stack to what its template says."""

from typing import Any

from globaltables.companions.cloudformation.engine.ledger import Ledger
from globaltables.companions.cloudformation.engine.resource_steps import (
    ResourceSteps,
    Wanted,
    checked,
    is_present,
    needs_replacement,
)
from globaltables.companions.cloudformation.engine.resource_work import Signals
from globaltables.companions.cloudformation.engine.surroundings import (
    LiveSurroundings,
    importer,
    scope_of,
)
from globaltables.companions.cloudformation.engine.waves import in_waves
from globaltables.companions.cloudformation.exports import importers_of
from globaltables.companions.cloudformation.refusals import format_error, invalid
from globaltables.companions.cloudformation.resource_types.registry import type_of
from globaltables.companions.cloudformation.stack_policies import denied_by_policy
from globaltables.companions.cloudformation.stored import EXPORTS
from globaltables.companions.cloudformation.templates.document import Template
from globaltables.companions.cloudformation.templates.functions import Evaluator
from globaltables.companions.cloudformation.templates.references import dependencies
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.stage import Stage

_UNFINISHED = frozenset({"CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_COMPLETE"})


class Deployment:
    """One stack on its way to its template.

    Args:
        ledger: of the stack.
        signals: what ends waiting work early.

    Attributes:
        records: of the resources by logical id, as they become.
        active: what the template wants, by logical id.
    """

    def __init__(self, ledger: Ledger, signals: Signals) -> None:
        self._ledger = ledger
        self._signals = signals
        self._stack = ledger.stack()
        self._template = Template(ledger.template(self._stack["template"])["body"])
        self.records = ledger.resources()
        scope = scope_of(ledger.region, ledger.account, self._stack, self._template.body)
        surroundings = LiveSurroundings(self.records, importer(ledger.region, ledger.account))
        self._evaluator = Evaluator(self._template, scope, surroundings)
        self._steps = ResourceSteps(ledger, signals)
        self.active = self._evaluator.active_resources()
        self._needed = dependencies(self.active)

    async def run(self) -> dict[str, ApiError]:
        """Make and change the resources, and return what failed by logical id."""
        return await in_waves(self._needed, self._bring, self._signals.called_off.set)

    async def finish(self) -> list[Document]:
        """Evaluate the outputs, write the exports, and return the outputs.

        Raises:
            ApiError: ValidationError; an output cannot be evaluated, or another stack exports that name.
        """
        outputs = []
        for name, output in self._evaluator.active_outputs().items():
            value = self._evaluator.value(output["Value"])
            if isinstance(value, dict | list):
                raise format_error(f"Output {name} is malformed. The value must be a text.")
            export = (output.get("Export") or {}).get("Name")
            made = {
                "OutputKey": name,
                "OutputValue": str(value).lower() if isinstance(value, bool) else str(value),
                "Description": output.get("Description"),
                "ExportName": None if export is None else self._evaluator.value(export),
            }
            outputs.append({key: value for key, value in made.items() if value is not None})
        exports = {one["ExportName"]: one["OutputValue"] for one in outputs if "ExportName" in one}
        await self._write_exports(exports)
        await self._ledger.change(outputs=outputs, imports=self._imports())
        return outputs

    async def _bring(self, logical: str) -> None:
        record = self.records.get(logical)
        try:
            wanted = self.wanted(logical)
        except ApiError as error:
            await self._refuse(logical, record, error)
            raise
        if record is None or record["status"] in _UNFINISHED:
            await self._create(wanted, record)
        elif self._differs(wanted, record):
            await self._update(wanted, record)
        elif (wanted.metadata, wanted.depends, wanted.deletion, wanted.replacing) != (
            *(record[name] for name in ("metadata", "depends", "deletion", "replacing")),
        ):
            record.update(
                metadata=wanted.metadata,
                depends=wanted.depends,
                deletion=wanted.deletion,
                replacing=wanted.replacing,
            )
            await self._ledger.keep(record)

    async def _create(self, wanted: Wanted, record: Document | None) -> None:
        if record is not None and record["status"] == "CREATE_FAILED" and record["physical"]:
            await self._steps.delete(record, wanted.source)
        if record is None or record["status"] != "CREATE_IN_PROGRESS":
            record = self.records[wanted.logical] = self._steps.new_record(wanted)
            await self._ledger.put(record, "CREATE_IN_PROGRESS")
        await self._steps.create(wanted, record)

    async def _update(self, wanted: Wanted, record: Document) -> None:
        before = record.get("before") or record
        replaces = needs_replacement(wanted, before["properties"])
        denial = denied_by_policy(self._stack, record, replaces=replaces)
        if denial is not None:
            await self._ledger.put(record, "UPDATE_FAILED", denial)
            raise invalid(denial)
        await self._steps.update(wanted, record)

    async def _refuse(self, logical: str, record: Document | None, error: ApiError) -> None:
        """Record that a resource cannot even be begun with."""
        reason = str(error.message)
        if is_present(record):
            assert record is not None
            await self._ledger.put(record, "UPDATE_FAILED", reason)
            return
        type_name = self.active[logical]["Type"]
        nameless = {
            "logical": logical,
            "type": type_name,
            "physical": "",
            "properties": {},
            "attributes": {},
            "metadata": None,
            "depends": [],
            "deletion": "Delete",
            "replacing": "Delete",
            "name": "",
            "token": self._ledger.region.randomness.uuid(),
            "absent": False,
            "before": None,
            "obsolete": [],
            "drift": None,
        }
        self.records[logical] = nameless
        await self._ledger.put(nameless, "CREATE_FAILED", reason)

    def wanted(self, logical: str) -> Wanted:
        """Return a resource as the template wants it, from the resources that are there.

        Raises:
            ApiError: its functions or properties are wrong, or its type is not served.
        """
        resource = self.active[logical]
        type_name = resource["Type"]
        source = type_of(type_name)
        if source is None:
            raise ApiError(
                "NotSupported",
                f"Resource type {type_name} is not supported by globaltables; see docs/compatibility.md",
            )
        properties = self._evaluator.value(resource.get("Properties") or {})
        for name in source.unserved:
            if name in properties:
                raise ApiError(
                    "NotSupported",
                    f"Property {name} of {type_name} is not supported by globaltables; "
                    "see docs/compatibility.md",
                )
        deletion = self._evaluator.value(resource.get("DeletionPolicy", "Delete"))
        replacing = self._evaluator.value(resource.get("UpdateReplacePolicy", "Delete"))
        metadata = resource.get("Metadata")
        return Wanted(
            logical=logical,
            type_name=type_name,
            properties=checked(type_name, properties, self._stack["tags"]),
            metadata=None if metadata is None else self._evaluator.value(metadata),
            depends=sorted(self._needed[logical]),
            deletion=deletion,
            replacing=replacing,
            source=source,
        )

    def _differs(self, wanted: Wanted, record: Document) -> bool:
        if record["status"] in {"UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED", "UPDATE_IN_PROGRESS"}:
            return True
        return bool(wanted.properties != record["properties"])

    def _imports(self) -> list[str]:
        """Return the names of the exports that the template imports."""
        found: set[str] = set()
        stack: list[Any] = [
            [resource.get("Properties") for resource in self.active.values()],
            self._evaluator.active_outputs(),
        ]
        while stack:
            node = stack.pop()
            if isinstance(node, list):
                stack.extend(node)
            elif isinstance(node, dict):
                if "Fn::ImportValue" in node:
                    found.add(str(self._evaluator.value(node["Fn::ImportValue"])))
                stack.extend(node.values())
        return sorted(found)

    async def _write_exports(self, exports: dict[str, str]) -> None:
        arn, account = self._stack["arn"], self._ledger.account
        old = set(self._stack["exports"])
        reader = self._ledger.region.store.reader()
        for name in old:
            known = EXPORTS.get(reader, account, name)
            if known is None or exports.get(name) == known["value"]:
                continue
            users = importers_of(self._ledger.region, account, name)
            if users:
                what = "updated" if name in exports else "deleted"
                raise invalid(
                    f"Export {name} cannot be {what} as it is in use by {', '.join(users)}"
                )

        def decide(stage: Stage) -> None:
            for name, value in exports.items():
                known = EXPORTS.get(stage, account, name)
                if known is not None and known["stack"] != arn:
                    owner = known["stack"].split("/")[1]
                    raise invalid(f"Export with name {name} is already exported by stack {owner}")
                EXPORTS.put(stage, account, name, {"value": value, "stack": arn})
            for name in old - set(exports):
                EXPORTS.put(stage, account, name, None)

        await self._ledger.region.store.submit(decide)
        self._stack = await self._ledger.change(exports=sorted(exports))
