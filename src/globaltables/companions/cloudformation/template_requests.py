"""ValidateTemplate, GetTemplate and GetTemplateSummary."""

from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.companions.cloudformation.operating import ask_of
from globaltables.companions.cloudformation.preparing import (
    check_whole,
    read_document,
    unknown_types,
)
from globaltables.companions.cloudformation.refusals import invalid
from globaltables.companions.cloudformation.schemas import schema_of
from globaltables.companions.cloudformation.sources import include_parts
from globaltables.companions.cloudformation.stored import (
    CHANGE_SETS,
    id_in,
    stack_of,
    template_of,
)
from globaltables.companions.cloudformation.templates.capabilities import AUTO_EXPAND, required
from globaltables.companions.cloudformation.templates.document import (
    LANGUAGE_EXTENSIONS,
    Template,
    check_template,
    read_template,
)
from globaltables.companions.cloudformation.templates.parameters import Declaration, declarations
from globaltables.companions.service import ServiceCall

Answer = dict[str, Any]


async def validate_template(call: ServiceCall) -> Answer:
    """Check a template and tell its parameters."""
    request = call.request
    ask = ask_of(call)
    _, document = await read_document(request.get("TemplateBody"), request.get("TemplateURL"), ask)
    template = await _checked(document, call)
    answer = _summary(template)
    answer["Parameters"] = [
        _given(
            {
                "ParameterKey": one.name,
                "DefaultValue": one.default,
                "NoEcho": one.hidden,
                "Description": one.members.get("Description"),
            }
        )
        for one in declarations(template.parameters).values()
    ]
    return answer


async def get_template(call: ServiceCall) -> Answer:
    """Return the template of a stack or change set."""
    request, reader = call.request, call.region.store.reader()
    change_set = request.get("ChangeSetName")
    if change_set and change_set.startswith("arn:"):
        found = CHANGE_SETS.get(reader, call.account, id_in(change_set))
        if found is None:
            raise invalid(f"ChangeSet [{change_set}] does not exist")
        name, number = found["stack"], found["template"]
    else:
        name = request.get("StackName")
        if not name:
            raise invalid("StackName must be specified")
        number = None
    stack = stack_of(reader, call.account, name)
    if change_set and number is None:
        number = _template_of_change_set(call, stack["arn"], change_set)
    number = number or stack["template"]
    if number is None:  # a change set has made the stack, and is not carried out
        return {"TemplateBody": "", "StagesAvailable": ["Original"]}
    template = template_of(reader, call.account, stack["id"], number)
    text = template["text"]
    if request.get("TemplateStage") == "Processed":
        text = orjson.dumps(template["body"]).decode()
    return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}


async def get_template_summary(call: ServiceCall) -> Answer:
    """Tell what a template declares."""
    request, reader = call.request, call.region.store.reader()
    if request.get("StackName"):
        stack = stack_of(reader, call.account, request["StackName"])
        stored = template_of(reader, call.account, stack["id"], stack["template"])
        document = read_template(stored["text"], from_bucket=True)
    else:
        _, document = await read_document(
            request.get("TemplateBody"), request.get("TemplateURL"), ask_of(call)
        )
    config = request.get("TemplateSummaryConfig") or {}
    warns = config.get("TreatUnrecognizedResourceTypesAsWarnings", False)
    template = await _checked(document, call, warns=warns)
    answer = _summary(template)
    metadata = template.body.get("Metadata")
    answer["Parameters"] = [_declared(one) for one in declarations(template.parameters).values()]
    types = [resource["Type"] for resource in _plain_resources(template).values()]
    answer["ResourceTypes"] = sorted(set(types))
    answer["Version"] = template.body.get("AWSTemplateFormatVersion")
    answer["Metadata"] = None if metadata is None else orjson.dumps(metadata).decode()
    answer["ResourceIdentifierSummaries"] = _identifiers(template)
    unknown = unknown_types(template) if warns else []
    if unknown:
        answer["Warnings"] = {"UnrecognizedResourceTypes": unknown}
    return _given(answer)


async def _checked(document: dict[str, Any], call: ServiceCall, *, warns: bool = False) -> Template:
    """Return a template after its checks; one with unknown types is let through where they are only warned of."""
    template = check_template(await include_parts(document, ask_of(call)))
    if not template.transforms and not (warns and unknown_types(template)):
        check_whole(template)
    return template


def _summary(template: Template) -> Answer:
    plain = _plain_resources(template)
    capabilities, reason = required(plain)
    transforms = [str(name) for name in template.transforms]
    if any(name != LANGUAGE_EXTENSIONS for name in transforms):
        capabilities = [*capabilities, AUTO_EXPAND]
    return _given(
        {
            "Description": template.description,
            "Capabilities": capabilities or None,
            "CapabilitiesReason": reason,
            "DeclaredTransforms": transforms or None,
        }
    )


def _declared(declaration: Declaration) -> Answer:
    members: Mapping[str, Any] = declaration.members
    allowed = members.get("AllowedValues")
    return _given(
        {
            "ParameterKey": declaration.name,
            "DefaultValue": declaration.default,
            "ParameterType": members["Type"],
            "NoEcho": declaration.hidden,
            "Description": members.get("Description"),
            "ParameterConstraints": {"AllowedValues": [str(one) for one in allowed]}
            if allowed
            else {},
        }
    )


def _identifiers(template: Template) -> list[Answer]:
    by_type: dict[str, list[str]] = {}
    for name, resource in _plain_resources(template).items():
        by_type.setdefault(resource["Type"], []).append(name)
    found = []
    for kind, names in by_type.items():
        schema = schema_of(kind)
        if schema is not None and schema.identifier:
            found.append(
                {
                    "ResourceType": kind,
                    "LogicalResourceIds": names,
                    "ResourceIdentifiers": list(schema.identifier),
                }
            )
    return found


def _template_of_change_set(call: ServiceCall, stack_arn: str, name: str) -> int:
    for _, found in CHANGE_SETS.of_account(call.region.store.reader(), call.account):
        if found["stack"] == stack_arn and found["name"] == name:
            number: int = found["template"]
            return number
    raise invalid(f"ChangeSet [{name}] does not exist")


def _given(members: Answer) -> Answer:
    return {name: value for name, value in members.items() if value is not None}


def _plain_resources(template: Template) -> dict[str, dict[str, Any]]:
    """Return the resources that are written out; loops are not."""
    return {
        name: resource
        for name, resource in template.resources.items()
        if not name.startswith("Fn::ForEach::")
    }
