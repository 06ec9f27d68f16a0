"""Parameters of templates: their declarations, and the values that they are given."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from globaltables.companions.bounded_patterns import PatternTooCostlyError, matches_whole
from globaltables.companions.cloudformation.refusals import format_error, invalid
from globaltables.foundation.limits import CLOUDFORMATION_PARAMETER_BYTES_MAX

HIDDEN = "****"
_SSM = "AWS::SSM::Parameter::Value<"
_MEMBERS = frozenset(
    {
        *("Type", "Default", "NoEcho", "AllowedValues", "AllowedPattern", "MaxLength", "MinLength"),
        *("MaxValue", "MinValue", "Description", "ConstraintDescription"),
    }
)
_AWS_TYPES = (
    *("AWS::EC2::AvailabilityZone::Name", "AWS::EC2::Image::Id", "AWS::EC2::Instance::Id"),
    *("AWS::EC2::KeyPair::KeyName", "AWS::EC2::SecurityGroup::GroupName", "AWS::EC2::Volume::Id"),
    *("AWS::EC2::SecurityGroup::Id", "AWS::EC2::Subnet::Id", "AWS::EC2::VPC::Id"),
    "AWS::Route53::HostedZone::Id",
)
_PLAIN_TYPES = frozenset(
    {
        *("String", "Number", "CommaDelimitedList", "List<Number>", "List<String>"),
        *("AWS::SSM::Parameter::Name", *_AWS_TYPES),
        *(f"List<{name}>" for name in _AWS_TYPES),
    }
)


@dataclass(frozen=True, slots=True)
class Declaration:
    """One parameter as the template declares it.

    Attributes:
        name: of the parameter.
        kind: its type, without what says that it is kept in Parameter Store.
        stored: whether what is given is the name of a parameter in Parameter Store.
        members: as in the template.
    """

    name: str
    kind: str
    stored: bool
    members: Mapping[str, Any]

    @property
    def hidden(self) -> bool:
        """Whether the value is never shown."""
        return str(self.members.get("NoEcho", False)).lower() == "true"

    @property
    def default(self) -> str | None:
        """The text that is taken where none is given."""
        return None if "Default" not in self.members else text_of(self.members["Default"])

    @property
    def is_list(self) -> bool:
        """Whether the value is a list of texts."""
        return self.kind == "CommaDelimitedList" or self.kind.startswith("List<")


def declarations(section: Mapping[str, Any]) -> dict[str, Declaration]:
    """Return the parameters of a template by name.

    Raises:
        ApiError: ValidationError; a declaration is malformed.
    """
    return {name: _declaration(name, members) for name, members in section.items()}


def given_values(
    known: Mapping[str, Declaration],
    given: Iterable[Mapping[str, Any]],
    previous: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the text of every parameter, from the request, the stack as it is, or the default.

    Args:
        known: the declarations.
        given: the request's `Parameters`.
        previous: of the stack that is updated.

    Raises:
        ApiError: ValidationError; one is missing, unknown or out of bounds.
    """
    texts: dict[str, str] = {}
    unknown = []
    for parameter in given:
        name = parameter.get("ParameterKey")
        if not name:
            raise invalid("Parameter key must not be empty")
        if name not in known:
            unknown.append(name)
        elif parameter.get("UsePreviousValue"):
            if previous is None or name not in previous:
                raise invalid(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a "
                    "parameter key not in the previous template"
                )
            texts[name] = previous[name]
        elif (value := parameter.get("ParameterValue")) is not None:
            texts[name] = value
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = []
    for name, declaration in known.items():
        if name not in texts:
            if declaration.default is None:
                missing.append(name)
            else:
                texts[name] = declaration.default
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    for name, declaration in known.items():
        if not declaration.stored:
            check_value(declaration, texts[name])
    return texts


def check_value(declaration: Declaration, text: str) -> None:
    """Check a parameter's value against its declaration.

    Raises:
        ApiError: ValidationError.
    """
    if len(text.encode()) > CLOUDFORMATION_PARAMETER_BYTES_MAX:
        raise invalid(
            f"Parameter '{declaration.name}' must be at most {CLOUDFORMATION_PARAMETER_BYTES_MAX} bytes"
        )
    problem = _problem(declaration, text)
    if problem is None:
        return
    description = declaration.members.get("ConstraintDescription")
    if description:
        raise invalid(f"Parameter {declaration.name} failed to satisfy constraint: {description}")
    raise invalid(f"Parameter '{declaration.name}' {problem}")


def value_of(declaration: Declaration, text: str) -> str | list[str]:
    """Return what Ref gives for a parameter."""
    if not declaration.is_list:
        return text
    return [part.strip() for part in text.split(",")] if text else []


def text_of(value: Any) -> str:
    """Return a scalar of a template as a text, as CloudFormation writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _declaration(name: str, members: Any) -> Declaration:
    if not isinstance(members, dict):
        raise format_error(f"Every Parameters member must be an object. [{name}]")
    if not name.isalnum() or not name.isascii():
        raise format_error(f"Parameter name {name} is non alphanumeric.")
    unknown = sorted(set(members) - _MEMBERS)
    if unknown:
        raise invalid(f"Invalid template parameter property '{unknown[0]}'")
    kind = members.get("Type")
    if not isinstance(kind, str):
        raise format_error("Every Parameters object must contain a Type member.")
    stored = kind.startswith(_SSM) and kind.endswith(">")
    inner = kind[len(_SSM) : -1] if stored else kind
    if inner not in _PLAIN_TYPES:
        raise format_error(f"Unrecognized parameter type: {kind}")
    default = members.get("Default", "")
    if isinstance(default, list | dict) or default is None:
        raise format_error("Every Default member must be a string.")
    declaration = Declaration(name, inner, stored, members)
    if "Default" in members and not stored and _problem(declaration, text_of(default)) is not None:
        raise invalid(
            f"Template validation error: Parameter '{name}' {_problem(declaration, text_of(default))}"
        )
    return declaration


def _problem(declaration: Declaration, text: str) -> str | None:
    members = declaration.members
    values = value_of(declaration, text)
    for value in values if isinstance(values, list) else [values]:
        check = _number_problem if "Number" in declaration.kind else _length_problem
        problem = check(members, value)
        if problem is not None:
            return problem
        allowed = members.get("AllowedValues")
        if allowed is not None and value not in [text_of(one) for one in allowed]:
            return f"must be one of AllowedValues [{', '.join(text_of(one) for one in allowed)}]"
    return None


def _number_problem(members: Mapping[str, Any], text: str) -> str | None:
    try:
        number = float(text)
    except ValueError:
        return f"must be a number. Value: {text}"
    if "MinValue" in members and number < float(members["MinValue"]):
        return f"must be a number not less than {members['MinValue']}"
    if "MaxValue" in members and number > float(members["MaxValue"]):
        return f"must be a number not greater than {members['MaxValue']}"
    return None


def _length_problem(members: Mapping[str, Any], text: str) -> str | None:
    if "MinLength" in members and len(text) < int(members["MinLength"]):
        return f"must contain at least {members['MinLength']} characters"
    if "MaxLength" in members and len(text) > int(members["MaxLength"]):
        return f"must contain at most {members['MaxLength']} characters"
    pattern = members.get("AllowedPattern")
    if pattern is not None:
        try:
            matches = matches_whole(str(pattern), text)
        except PatternTooCostlyError:
            return f"has an AllowedPattern that takes too long: {pattern}"
        except (re.error, OverflowError, RecursionError):
            return f"has an AllowedPattern that is not a regular expression: {pattern}"
        if not matches:
            return f"must match pattern {pattern}"
    return None
