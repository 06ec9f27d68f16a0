"""Templates as documents: reading, and the shape that each of their sections must have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from globaltables.companions.cloudformation.refusals import format_error, invalid
from globaltables.companions.cloudformation.templates.yaml_text import read_yaml
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import (
    CLOUDFORMATION_BODY_BYTES_MAX,
    CLOUDFORMATION_MAPPINGS_MAX,
    CLOUDFORMATION_OUTPUTS_MAX,
    CLOUDFORMATION_PARAMETERS_MAX,
    CLOUDFORMATION_RESOURCES_MAX,
    CLOUDFORMATION_TEMPLATE_BYTES_MAX,
)

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
SERVERLESS = "AWS::Serverless-2016-10-31"
_SECTIONS = frozenset(
    {
        *("AWSTemplateFormatVersion", "Conditions", "Description", "Globals", "Hooks", "Mappings"),
        *("Metadata", "Outputs", "Parameters", "Resources", "Rules", "Transform"),
    }
)
_RESOURCE_MEMBERS = frozenset(
    {
        *(
            "Type",
            "Properties",
            "DependsOn",
            "Condition",
            "Metadata",
            "DeletionPolicy",
            "Connectors",
        ),
        *("UpdateReplacePolicy", "CreationPolicy", "UpdatePolicy", "Description", "Version"),
        "IgnoreGlobals",
    }
)
_OBJECTS = ("Parameters", "Mappings", "Conditions", "Outputs", "Rules", "Metadata")
_POLICIES: Mapping[str, frozenset[str]] = {
    "DeletionPolicy": frozenset({"Delete", "Retain", "Snapshot", "RetainExceptOnCreate"}),
    "UpdateReplacePolicy": frozenset({"Delete", "Retain", "Snapshot"}),
}


@dataclass(frozen=True, slots=True)
class Template:
    """A template whose sections have the right shape.

    Attributes:
        body: as it was read, or as transforms left it.
    """

    body: dict[str, Any]

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """The declarations by name."""
        return self._section("Parameters")

    @property
    def mappings(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The mappings by name."""
        return self._section("Mappings")

    @property
    def conditions(self) -> dict[str, Any]:
        """The conditions by name."""
        return self._section("Conditions")

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources by logical id."""
        return self._section("Resources")

    @property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """The outputs by name."""
        return self._section("Outputs")

    @property
    def rules(self) -> dict[str, dict[str, Any]]:
        """The rules by name."""
        return self._section("Rules")

    @property
    def description(self) -> str | None:
        """What the template says that it is."""
        text: str | None = self.body.get("Description")
        return text

    @property
    def transforms(self) -> list[Any]:
        """The names of the macros that the whole template goes through."""
        declared = self.body.get("Transform", [])
        return list(declared) if isinstance(declared, list) else [declared]

    def _section(self, name: str) -> dict[str, Any]:
        section: dict[str, Any] = self.body.get(name) or {}
        return section


def read_template(text: str, *, from_bucket: bool = False) -> dict[str, Any]:
    """Return the document in a text, JSON or YAML.

    Args:
        text: of the template.
        from_bucket: such may be larger.

    Raises:
        ApiError: ValidationError; the text is too long or no object.
    """
    size = len(text.encode())
    if size > CLOUDFORMATION_TEMPLATE_BYTES_MAX or (
        size > CLOUDFORMATION_BODY_BYTES_MAX and not from_bucket
    ):
        limit = CLOUDFORMATION_TEMPLATE_BYTES_MAX if from_bucket else CLOUDFORMATION_BODY_BYTES_MAX
        raise invalid(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {limit}"
        )
    document = _read_json(text) if text.lstrip()[:1] == "{" else read_yaml(text)
    if not isinstance(document, dict):
        raise format_error("unsupported structure.")
    return document


def check_template(document: dict[str, Any]) -> Template:
    """Return a document as a template, every section of which has the shape that it must have.

    Raises:
        ApiError: ValidationError.
    """
    unknown = sorted(set(document) - _SECTIONS)
    if unknown:
        raise invalid(f"Invalid template property or properties [{', '.join(unknown)}]")
    version = document.get("AWSTemplateFormatVersion")
    if version not in {None, "2010-09-09"}:
        raise format_error("Template format version not supported.")
    if not isinstance(document.get("Description", ""), str):
        raise format_error("Every Description member must be a string.")
    for section in _OBJECTS:
        if not isinstance(document.get(section) or {}, dict):
            raise format_error(f"Every {section} member must be an object.")
    _check_sizes(document)
    resources = document.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise format_error("At least one Resources member must be defined.")
    for name, resource in resources.items():
        _check_resource(name, resource)
    _check_outputs(document.get("Outputs") or {})
    _check_mappings(document.get("Mappings") or {})
    return Template(document)


def _read_json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        # What begins like JSON may be YAML's flow style.
        try:
            return read_yaml(text)
        except ApiError:
            place = f"(line {error.lineno}, column {error.colno})"
            raise format_error(f"JSON not well-formed. {place}") from None


def _check_sizes(document: dict[str, Any]) -> None:
    for section, most in (
        ("Resources", CLOUDFORMATION_RESOURCES_MAX),
        ("Parameters", CLOUDFORMATION_PARAMETERS_MAX),
        ("Outputs", CLOUDFORMATION_OUTPUTS_MAX),
        ("Mappings", CLOUDFORMATION_MAPPINGS_MAX),
    ):
        count = len(document.get(section) or ())
        if count > most:
            raise format_error(
                f"Number of {section.lower()}, {count}, is greater than maximum allowed, {most}"
            )


def _check_resource(name: str, resource: Any) -> None:
    if name.startswith("Fn::ForEach::"):
        return
    if not isinstance(resource, dict):
        raise format_error("Any Resources member must be an object.")
    if not name.isalnum() or not name.isascii():
        raise format_error(f"Resource name {name} is non alphanumeric.")
    kind = resource.get("Type")
    if not isinstance(kind, str):
        raise format_error(
            f"[/Resources/{name}] Every Resources object must contain a Type member."
        )
    unknown = sorted(set(resource) - _RESOURCE_MEMBERS)
    if unknown:
        raise invalid(f"Invalid template resource property '{unknown[0]}'")
    if not isinstance(resource.get("Properties") or {}, dict):
        raise format_error(f"[/Resources/{name}/Properties] must be an object.")
    depends = resource.get("DependsOn", [])
    entries = depends if isinstance(depends, list) else [depends]
    if not all(isinstance(entry, str) for entry in entries):
        raise format_error("Every DependsOn value must be a string.")
    for member, allowed in _POLICIES.items():
        policy = resource.get(member)
        if isinstance(policy, str) and policy not in allowed:
            raise format_error(f"Unrecognized {member} {policy} for resource {name}")


def _check_outputs(outputs: dict[str, Any]) -> None:
    for name, output in outputs.items():
        if name.startswith("Fn::ForEach::"):
            continue
        if not name.isalnum():
            raise format_error(f"Output name '{name}' is non alphanumeric.")
        if not isinstance(output, dict) or "Value" not in output:
            raise format_error(f"Every Outputs member must contain a Value object. [{name}]")


def _check_mappings(mappings: dict[str, Any]) -> None:
    for name, mapping in mappings.items():
        if not isinstance(mapping, dict):
            raise format_error(f"Every Mappings attribute must be a String or a List. [{name}]")
        for entries in mapping.values():
            if not isinstance(entries, dict):
                raise format_error(f"Every Mappings member {name} must be a map.")
