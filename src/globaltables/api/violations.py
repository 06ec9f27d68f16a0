"""The list of what is wrong with a request, counted, ordered and worded as AWS does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from globaltables.api.constraints import NAME_MATCHER, NUMBERS, MemberRule, Rule, holds, measured
from globaltables.api.differences import (
    ALONE,
    NAME_CHARACTERS_MAX,
    NAME_CHARACTERS_MIN,
    NAME_PATTERN,
    TableNames,
)
from globaltables.api.java_text import enumeration_order, lower_first, quoted
from globaltables.api.shapes import Shapes

#: AWS reports no more.
_VIOLATIONS_MAX = 10

_NOT_NULL = "Member must not be null"

#: A constraint that a value breaks, and AWS's words for it.
Broken = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a request a value stands.

    Attributes:
        path: as AWS writes it, e.g. "keySchema.1.member.keyType".
        owner: name of the structure that the member is in.
        member: the member's name in that structure.
    """

    path: str
    owner: str
    member: str


@dataclass(frozen=True, slots=True)
class Violation:
    """One constraint that a value breaks.

    Attributes:
        place: where.
        value: what is there, as AWS prints it.
        constraint: which one: required, minimum, maximum, pattern, values, keys or elements.
        demand: AWS's words for it.
    """

    place: Place
    value: str
    constraint: str
    demand: str

    @property
    def text(self) -> str:
        """Return AWS's sentence."""
        path = self.place.path
        return f"Value {self.value} at '{path}' failed to satisfy constraint: {self.demand}"


def message(violations: list[Violation]) -> str:
    """Return AWS's message for the violations of a request."""
    if len(violations) == 1:
        place = violations[0].place
        alone = ALONE.get((place.owner, place.member, violations[0].constraint))
        if alone is not None:
            return alone(place.path)
    reported = violations[:_VIOLATIONS_MAX]
    errors = "error" if len(reported) == 1 else "errors"
    sentences = "; ".join(violation.text for violation in reported)
    return f"{len(reported)} validation {errors} detected: {sentences}"


def at_least_characters(length: int) -> str:
    """Return AWS's words for a least length."""
    return f"Member must have length greater than or equal to {length}"


def missing(request: dict[str, Any], rule: Rule) -> list[MemberRule]:
    """Return the required members that a structure lacks."""
    return [member for member in rule.members if _is_missing(member, request)]


def _is_missing(member: MemberRule, structure: dict[str, Any]) -> bool:
    if not member.required or member.name in structure:
        return False
    return not any(name in structure for name in member.unless)


class Violations:
    """Walks a request along its rules and lists what they do not allow, in AWS's order."""

    def __init__(self, shapes: Shapes, names: TableNames) -> None:
        self._shapes = shapes
        self._names = names

    def of(self, request: dict[str, Any], rule: Rule) -> list[Violation]:
        """Return the violations of a whole request."""
        return list(self._structure(request, rule, ""))

    def _structure(self, value: dict[str, Any], rule: Rule, prefix: str) -> Iterator[Violation]:
        for member in rule.members:
            place = Place(prefix + lower_first(member.name), rule.shape.name, member.name)
            content = value.get(member.name)
            if _is_missing(member, value):
                yield Violation(place, "null", "required", _NOT_NULL)
            elif content is not None and member.rule is not None:
                yield from self._own(content, member.rule, place)
                yield from self._contents(content, member.rule, place)

    def _own(self, value: Any, rule: Rule, place: Place) -> Iterator[Violation]:
        """Yield what is wrong with a value itself, or is reported as if it were."""
        broken = list(self._broken(value, rule))
        broken += self._broken_elements(value, rule)
        if broken:
            text = quoted(value, rule.shape, self._shapes)
            for constraint, demand in broken:
                yield Violation(place, text, constraint, demand)

    def _contents(self, value: Any, rule: Rule, place: Place) -> Iterator[Violation]:
        """Yield what is wrong inside a value."""
        elements: Iterable[tuple[Any, Any]]
        if rule.shape.kind == "structure":
            yield from self._structure(value, rule, f"{place.path}.")
            return
        if rule.shape.kind == "list":
            elements = enumerate(value, 1)
        elif rule.shape.kind == "map":
            elements = value.items()
        else:
            return
        for key, content in elements:
            inner = Place(f"{place.path}.{key}.member", place.owner, place.member)
            if content is None:
                yield Violation(inner, "null", "required", _NOT_NULL)
            elif rule.element is not None:
                yield from self._contents(content, rule.element, inner)

    def _broken_elements(self, value: Any, rule: Rule) -> Iterator[Broken]:
        """Yield the constraints on keys and elements: AWS reports them for the collection as a whole."""
        key, element = rule.key, rule.element
        if key is not None and not all(map(holds(key), value)):
            yield "keys", f"Map keys must satisfy constraint: [{', '.join(_demands(key))}]"
        if element is None or element.shape.kind == "structure":
            return
        contents = value.values() if rule.shape.kind == "map" else value
        if any(c is not None and self._is_broken(c, element) for c in contents):
            word = "Map value" if rule.shape.kind == "map" else "Member"
            yield "elements", f"{word} must satisfy constraint: [{', '.join(_demands(element))}]"

    def _is_broken(self, value: Any, rule: Rule) -> bool:
        """Tell whether an element itself is wrong, or one of those that it consists of."""
        return any(self._broken(value, rule)) or (
            rule.shape.kind in ("list", "map") and any(self._broken_elements(value, rule))
        )

    def _broken(self, value: Any, rule: Rule) -> Iterator[Broken]:
        if rule.is_name and not value.startswith("arn:"):
            yield from self._broken_name(value)
            return
        if rule.matcher is not None and rule.matcher.fullmatch(value) is None:
            yield "pattern", _pattern(rule.pattern)
        if rule.values and value not in rule.values:
            yield "values", _values(rule.values)
        if rule.minimum is not None and measured(value, rule) < rule.minimum:
            yield "minimum", _at_least(rule)
        if rule.maximum is not None and measured(value, rule) > rule.maximum:
            yield "maximum", _at_most(rule)

    def _broken_name(self, value: str) -> Iterator[Broken]:
        if value == "" and self._names in (TableNames.LISTED, TableNames.CONTROL):
            yield "minimum", at_least_characters(1)
            return
        if NAME_MATCHER.fullmatch(value) is None:
            yield "pattern", _pattern(NAME_PATTERN)
        if len(value) < NAME_CHARACTERS_MIN:
            yield "minimum", at_least_characters(NAME_CHARACTERS_MIN)
        if len(value) > NAME_CHARACTERS_MAX:
            yield "maximum", _at_most_characters(NAME_CHARACTERS_MAX)


def _demands(rule: Rule) -> list[str]:
    """Return all demands of a rule, in the order of AWS's lists in square brackets."""
    if rule.is_name:
        return [
            _at_most_characters(NAME_CHARACTERS_MAX),
            at_least_characters(NAME_CHARACTERS_MIN),
            _pattern(NAME_PATTERN),
        ]
    demands = []
    if rule.maximum is not None:
        demands.append(_at_most(rule))
    if rule.minimum is not None:
        demands.append(_at_least(rule))
    if rule.pattern:
        demands.append(_pattern(rule.pattern))
    if rule.values:
        demands.append(_values(rule.values))
    inner = rule.element
    if rule.shape.kind == "list" and inner is not None and inner.shape.kind != "structure":
        demands.append(f"Member must satisfy constraint: [{', '.join(_demands(inner))}]")
    return demands


def _pattern(pattern: str) -> str:
    return f"Member must satisfy regular expression pattern: {pattern}"


def _values(values: tuple[str, ...]) -> str:
    return f"Member must satisfy enum value set: [{', '.join(enumeration_order(values))}]"


def _at_most_characters(length: int) -> str:
    return f"Member must have length less than or equal to {length}"


def _at_least(rule: Rule) -> str:
    if rule.shape.kind in NUMBERS:
        return f"Member must have value greater than or equal to {rule.minimum}"
    assert rule.minimum is not None
    return at_least_characters(rule.minimum)


def _at_most(rule: Rule) -> str:
    if rule.shape.kind in NUMBERS:
        return f"Member must have value less than or equal to {rule.maximum}"
    assert rule.maximum is not None
    return _at_most_characters(rule.maximum)
