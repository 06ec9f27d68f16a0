"""YAML as CloudFormation reads it: its short forms of functions, no aliases, no merges, no tags that make objects."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.nodes import ScalarNode

from globaltables.companions.cloudformation.refusals import format_error
from globaltables.foundation.limits import CLOUDFORMATION_DEPTH_MAX

#: Short forms that have no "Fn::" in their long form.
_PLAIN: Mapping[str, str] = {"!Ref": "Ref", "!Condition": "Condition"}
_FUNCTIONS = frozenset(
    {
        *("And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals"),
        *("FindInMap", "GetAtt", "GetAZs", "If", "ImportValue", "Join", "Length", "Not", "Or"),
        *("RefAll", "Select", "Split", "Sub", "ToJsonString", "Transform", "ValueOf", "ValueOfAll"),
    }
)
_STANDARD = "tag:yaml.org,2002:"
_ORDINARY = frozenset({"!", f"{_STANDARD}map", f"{_STANDARD}seq"})
_WORDS: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}


def read_yaml(text: str) -> Any:
    """Return the value of a document.

    Raises:
        ApiError: ValidationError; the text is not YAML, or has what CloudFormation does not take.
    """
    loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
    try:
        events = yaml.parse(text, Loader=loader)
        return _Document(events).value()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = "" if mark is None else f" (line {mark.line + 1}, column {mark.column + 1})"
        raise format_error(f"YAML not well-formed.{where}") from None
    except yaml.YAMLError:
        raise format_error("YAML not well-formed.") from None


class _Document:
    """Builds the value of one document from its events."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._resolver = yaml.resolver.Resolver()

    def value(self) -> Any:
        next(self._events)  # the start of the stream
        first = next(self._events)
        if not isinstance(first, yaml.events.DocumentStartEvent):
            return None
        value = self._value(next(self._events), 0)
        next(self._events)  # the end of the document
        if not isinstance(next(self._events), yaml.events.StreamEndEvent):
            raise format_error("YAML not well-formed. Only one document is allowed.")
        return value

    def _value(self, event: Event, depth: int) -> Any:
        if depth > CLOUDFORMATION_DEPTH_MAX:
            raise format_error("The template is nested too deep.")
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
            raise format_error("YAML aliases are not allowed in CloudFormation templates")
        tag = str(getattr(event, "tag", None) or "!")
        if isinstance(event, ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, SequenceStartEvent):
            value = self._sequence(depth)
        else:
            assert isinstance(event, MappingStartEvent), event
            value = self._mapping(depth)
        if tag in _ORDINARY or (isinstance(event, ScalarEvent) and tag.startswith(_STANDARD)):
            return value
        return _function(tag, value, event)

    def _sequence(self, depth: int) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            values.append(self._value(event, depth + 1))
        return values

    def _mapping(self, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise format_error(f"YAML not well-formed. {_place(event)}")
            key = event.value
            if key == "<<" and event.implicit[0]:
                raise format_error("YAML hash merges are not allowed in CloudFormation templates")
            if key in values:
                raise format_error(f"YAML not well-formed. Duplicate key {key} {_place(event)}")
            values[key] = self._value(next(self._events), depth + 1)
        return values

    def _scalar(self, event: ScalarEvent) -> Any:
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._resolver.resolve(ScalarNode, event.value, event.implicit)
        if not tag.startswith(_STANDARD):
            return event.value
        match tag[len(_STANDARD) :]:
            case "int":
                return _integer(event.value)
            case "float":
                return _real(event.value)
            case "bool":
                return _WORDS.get(event.value, event.value)
            case "null":
                return None
            case "str" | "timestamp" | "value" | "merge":
                return event.value
            case other:
                raise format_error(f"YAML not well-formed. Unsupported tag {other} {_place(event)}")


def _function(tag: str, value: Any, event: Event) -> Any:
    """Return the long form of a function.

    Raises:
        ApiError: ValidationError; there is no such tag.
    """
    if tag in _PLAIN:
        return {_PLAIN[tag]: value}
    name = tag[1:]
    if not tag.startswith("!") or name not in _FUNCTIONS:
        raise format_error(f"YAML not well-formed. Unsupported tag {tag} {_place(event)}")
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{name}": value}


def _integer(text: str) -> Any:
    """Return an integer; numbers with leading zeros are texts to CloudFormation (account ids, octal modes)."""
    plain = text.replace("_", "").lstrip("+-")
    if not plain.isdecimal() or (len(plain) > 1 and plain.startswith("0")):
        return text
    return int(text.replace("_", ""))


def _real(text: str) -> Any:
    try:
        value = float(text.replace("_", ""))
    except ValueError:
        return text
    return value if value - value == 0 else text  # infinity and NaN stay texts


def _place(event: Event) -> str:
    return f"(line {event.start_mark.line + 1}, column {event.start_mark.column + 1})"
