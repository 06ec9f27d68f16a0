"""What the parts of a template refer to, and the order that follows from it."""

from collections.abc import Iterator, Mapping
from typing import Any

from globaltables.companions.cloudformation.refusals import format_error, invalid, template_error
from globaltables.companions.cloudformation.templates.document import Template
from globaltables.companions.cloudformation.templates.placeholders import pieces


def resources_of(node: Any) -> set[str]:
    """Return the names that Ref, Fn::GetAtt and Fn::Sub have in a part of a template, but pseudo parameters."""
    return {name for _, name in _references(node) if not name.startswith("AWS::")}


def depends_on(resource: Mapping[str, Any]) -> list[str]:
    """Return what a resource names in DependsOn."""
    given = resource.get("DependsOn", [])
    return [given] if isinstance(given, str) else list(given)


def dependencies(resources: Mapping[str, Mapping[str, Any]]) -> dict[str, set[str]]:
    """Return by resource the resources that have to be there before it.

    Args:
        resources: those that are to be there, by logical id.

    Raises:
        ApiError: ValidationError; they wait for each other.
    """
    found = {
        name: (resources_of(resource.get("Properties")) | set(depends_on(resource)))
        & set(resources)
        for name, resource in resources.items()
    }
    _refuse_cycles(found)
    return found


def check_references(template: Template) -> None:
    """Check that everything a template refers to is declared in it.

    Raises:
        ApiError: ValidationError.
    """
    resources, parameters = set(template.resources), set(template.parameters)
    both = sorted(resources & parameters)
    if both:
        raise format_error(f"Duplicate resource and parameter names: [{', '.join(both)}]")
    missing: set[str] = set()
    for name, resource in template.resources.items():
        parts = [
            resource.get("Properties"),
            resource.get("Metadata"),
            resource.get("CreationPolicy"),
        ]
        _check_attributes(template, parts)
        missing |= resources_of(parts) - resources - parameters
        missing |= set(depends_on(resource)) - resources
        if name in depends_on(resource):
            raise invalid(f"Circular dependency between resources: [{name}]")
    _refuse_unresolved(missing, "Resources")
    for section, part in (("Conditions", template.conditions), ("Rules", template.rules)):
        _refuse_unresolved(resources_of(part) - parameters, section)
    outputs = template.outputs
    _check_attributes(template, outputs)
    _refuse_unresolved(resources_of(outputs) - resources - parameters, "Outputs")
    for part in (*template.resources.values(), *outputs.values()):
        condition = part.get("Condition")
        if condition is not None and condition not in template.conditions:
            raise format_error(f"Unresolved condition dependency {condition}")
    for name in _condition_names(template):
        if name not in template.conditions:
            raise format_error(f"Unresolved condition dependency {name} in the Fn::If function")


def _check_attributes(template: Template, node: Any) -> None:
    for kind, name in _references(node):
        if kind == "Fn::GetAtt" and name not in template.resources:
            raise template_error(f"instance of Fn::GetAtt references undefined resource {name}")


def _refuse_unresolved(missing: set[str], section: str) -> None:
    if missing:
        names = ", ".join(sorted(missing))
        what = "resource dependencies" if section in {"Resources", "Outputs"} else "dependencies"
        raise format_error(f"Unresolved {what} [{names}] in the {section} block of the template")


def _references(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for inner in node:
            yield from _references(inner)
    elif isinstance(node, dict):
        for key, given in node.items():
            if key == "Ref" and isinstance(given, str) and len(node) == 1:
                yield key, given
            elif key == "Fn::GetAtt" and len(node) == 1:
                parts = given.split(".") if isinstance(given, str) else given
                if isinstance(parts, list) and parts and isinstance(parts[0], str):
                    yield key, parts[0]
                yield from _references(given)
            elif key == "Fn::Sub" and len(node) == 1:
                yield from _placeholders(given)
            else:
                yield from _references(given)


def _placeholders(given: Any) -> Iterator[tuple[str, str]]:
    text, variables = given, {}
    if isinstance(given, list) and len(given) == 2 and isinstance(given[1], dict):
        text, variables = given
        yield from _references(variables)
    if isinstance(text, str):
        for _, name in pieces(text):
            if name and name not in variables:
                resource, dot, _ = name.partition(".")
                yield ("Fn::GetAtt" if dot else "Ref"), resource


def _condition_names(template: Template) -> Iterator[str]:
    stack: list[Any] = [template.resources, template.outputs]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            given = node.get("Fn::If")
            if isinstance(given, list) and given and isinstance(given[0], str):
                yield given[0]
            stack.extend(node.values())


def _refuse_cycles(graph: Mapping[str, set[str]]) -> None:
    """Refuse resources that wait for each other, by taking away again and again what waits for nothing.

    Raises:
        ApiError: ValidationError.
    """
    left = {name: set(needed) for name, needed in graph.items()}
    for forward in (True, False):
        while free := [name for name, needed in left.items() if not needed]:
            for name in free:
                del left[name]
            for needed in left.values():
                needed.difference_update(free)
        if forward:  # what only waits for the circle is no part of it
            left = {
                name: {other for other, needed in left.items() if name in needed} for name in left
            }
    if left:
        names = ", ".join(sorted(left))
        raise invalid(f"Circular dependency between resources: [{names}]")
