"""From a request to a template that can be carried out: read, transformed, checked, with its parameters."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from globaltables.companions.cloudformation.dynamic_references import Ask
from globaltables.companions.cloudformation.refusals import format_error, invalid, template_error
from globaltables.companions.cloudformation.schemas import is_known, schema_of
from globaltables.companions.cloudformation.serverless import translated
from globaltables.companions.cloudformation.sources import include_parts, template_text
from globaltables.companions.cloudformation.templates.document import (
    LANGUAGE_EXTENSIONS,
    SERVERLESS,
    Template,
    check_template,
    read_template,
)
from globaltables.companions.cloudformation.templates.functions import Evaluator, Scope
from globaltables.companions.cloudformation.templates.loops import expand_loops
from globaltables.companions.cloudformation.templates.parameters import (
    Declaration,
    check_value,
    declarations,
    given_values,
    value_of,
)
from globaltables.companions.cloudformation.templates.references import (
    check_references,
    dependencies,
)
from globaltables.companions.cloudformation.templates.rules import check_rules
from globaltables.foundation.errors import ApiError

_TRANSFORMS = frozenset({LANGUAGE_EXTENSIONS, SERVERLESS, "AWS::Include"})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A template with its parameters.

    Attributes:
        text: as it was given.
        template: as transforms left it.
        declared: the parameters.
        texts: of the parameters, as they were given.
        resolved: the values of those that are in Parameter Store.
        transforms: what the template declared.
        scope: what it is evaluated with.
    """

    text: str
    template: Template
    declared: Mapping[str, Declaration]
    texts: dict[str, str]
    resolved: dict[str, str]
    transforms: list[str]
    scope: Scope

    @property
    def hidden(self) -> list[str]:
        """The names of the parameters whose values are never shown."""
        return [name for name, declaration in self.declared.items() if declaration.hidden]


class _NoResources:
    """The surroundings of what is evaluated before there are resources."""

    def reference(self, logical_id: str) -> Any:
        """Refuse; there are none."""
        raise template_error(f"Unresolved dependency {logical_id}: it is not known here")

    def attribute(self, logical_id: str, name: str) -> Any:
        """Refuse; there are none."""
        raise template_error(f"Unresolved dependency {logical_id}.{name}: it is not known here")

    def imported(self, name: str) -> Any:
        """Refuse; imports are of resources and outputs."""
        raise template_error(f"Fn::ImportValue {name} cannot be used here")


async def read_document(body: str | None, url: str | None, ask: Ask) -> tuple[str, dict[str, Any]]:
    """Return the text of a request's template and the document in it.

    Raises:
        ApiError: ValidationError.
    """
    text, from_bucket = await template_text(body, url, ask)
    return text, read_template(text, from_bucket=from_bucket)


async def prepare(
    text: str,
    document: dict[str, Any],
    given: Iterable[Mapping[str, Any]],
    previous: Mapping[str, str] | None,
    scope: Scope,
    ask: Ask,
) -> Prepared:
    """Return a template that can be carried out.

    Args:
        text: of the template.
        document: in the text.
        given: the request's Parameters.
        previous: the parameters of the stack that is updated.
        scope: names; parameters are added.
        ask: carries out operations of other services.

    Raises:
        ApiError: ValidationError.
    """
    document = await include_parts(document, ask)
    transforms = [str(name) for name in Template(document).transforms]
    unknown = [name for name in transforms if name not in _TRANSFORMS]
    if unknown:
        raise template_error(f"No transform named {unknown[0]} found.")
    declared = declarations(_object(document, "Parameters"))
    texts = given_values(declared, given, previous)
    resolved = await _stored_values(declared, texts, ask)
    values = {name: value_of(declared[name], {**texts, **resolved}[name]) for name in declared}
    scope = Scope(
        region=scope.region,
        account=scope.account,
        partition=scope.partition,
        stack_name=scope.stack_name,
        stack_id=scope.stack_id,
        notification_arns=scope.notification_arns,
        parameters=values,
    )
    document = await transformed(document, transforms, scope)
    template = check_template(document)
    check_whole(template)
    evaluator = Evaluator(template, scope, _NoResources())
    for name in template.conditions:
        evaluator.holds(name)
    check_rules(template, evaluator)
    dependencies(evaluator.active_resources())
    return Prepared(text, template, declared, texts, resolved, transforms, scope)


async def transformed(
    document: dict[str, Any], transforms: list[str], scope: Scope
) -> dict[str, Any]:
    """Return a template after its transforms.

    Raises:
        ApiError: ValidationError.
    """
    if LANGUAGE_EXTENSIONS in transforms:
        evaluator = Evaluator(Template(document), scope, _NoResources())
        document = expand_loops(document, evaluator.value)
    if SERVERLESS in transforms:
        known = dict(scope.parameters)
        plain = await translated(deepcopy(document), known, scope.region)
        left = [name for name in transforms if name != SERVERLESS]
        document = {**plain, **({"Transform": left} if left else {})}
    return document


def check_whole(template: Template) -> None:
    """Check what can be said of a template without carrying it out.

    Raises:
        ApiError: ValidationError.
    """
    types = {name: resource["Type"] for name, resource in template.resources.items()}
    unknown = unknown_types(template)
    if unknown:
        raise format_error(f"Unrecognized resource types: [{', '.join(unknown)}]")
    check_references(template)
    for name, resource in template.resources.items():
        if "Snapshot" in {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")}:
            raise template_error(
                f"resource type {types[name]} does not support deletion policy Snapshot"
            )
        _check_attributes(resource, types)
    _check_attributes(template.outputs, types)


def unknown_types(template: Template) -> list[str]:
    """Return the types of a template's resources that do not exist."""
    types = {resource["Type"] for resource in template.resources.values()}
    return sorted(kind for kind in types if not is_known(kind))


def _check_attributes(node: Any, types: Mapping[str, str]) -> None:
    """Check that the attributes exist that Fn::GetAtt names."""
    if isinstance(node, list):
        for inner in node:
            _check_attributes(inner, types)
    elif isinstance(node, dict):
        given = node.get("Fn::GetAtt")
        parts = given.split(".", 1) if isinstance(given, str) else given
        if (
            isinstance(parts, list)
            and len(parts) == 2
            and all(isinstance(part, str) for part in parts)
            and not _has_attribute(types[parts[0]], parts[1])
        ):
            raise template_error(
                f"resource {parts[0]} does not support attribute type {parts[1]} in Fn::GetAtt"
            )
        for inner in node.values():
            _check_attributes(inner, types)


def _has_attribute(type_name: str, name: str) -> bool:
    schema = schema_of(type_name)
    if schema is None or type_name.startswith(("Custom::", "AWS::CloudFormation::")):
        return True
    first = name.split(".", maxsplit=1)[0]
    return first in {path.split(".")[0] for path in schema.read_only} or (
        first in schema.body["properties"]
    )


async def _stored_values(
    declared: Mapping[str, Declaration], texts: Mapping[str, str], ask: Ask
) -> dict[str, str]:
    """Return the values of the parameters that are in Parameter Store.

    Raises:
        ApiError: ValidationError; one is not there.
    """
    found = {}
    for name, declaration in declared.items():
        if not declaration.stored:
            continue
        try:
            answer = await ask("ssm", "GetParameter", {"Name": texts[name]})
        except ApiError:
            raise invalid(
                f"Unable to fetch parameters [{texts[name]}] from parameter store for this account."
            ) from None
        found[name] = str(answer["Parameter"]["Value"])
        check_value(declaration, found[name])
    return found


def _object(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = document.get(name) or {}
    if not isinstance(section, dict):
        raise format_error(f"Every {name} member must be an object.")
    return section
