"""What the values of a request must satisfy: the rules of a shape, compiled from the model and AWS's differences.

A rule is a tree that follows the shape. `holds` compiles it to a predicate for requests that are right; only when
that fails do the violations get listed (violations.py), so a good request never pays for texts.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from globaltables.api.differences import (
    LIMITS,
    NAME_CHARACTERS_MAX,
    NAME_CHARACTERS_MIN,
    NAME_KEYED_MAPS,
    NAME_MEMBER,
    NAME_PATTERN,
    NAME_SHAPE,
    ORDER,
    PATTERN_NOTATIONS,
    REQUIRED_UNLESS,
    UNCHECKED_KEYS,
    UNCHECKED_SHAPES,
    Limits,
)
from globaltables.api.shapes import ATTRIBUTE_VALUE, Shape, Shapes

Predicate = Callable[[Any], bool]

#: The kinds of shapes whose minimum and maximum are values; those of all others are lengths.
NUMBERS = frozenset({"integer", "long", "double"})
_NONE = Limits()

#: What a plain table name consists of.
NAME_MATCHER = re.compile(NAME_PATTERN)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value of a shape must satisfy.

    Attributes:
        shape: the shape, whose members, key and element the sub-rules are of.
        minimum: least length, or least value of a number.
        maximum: greatest length, or greatest value of a number.
        pattern: what AWS prints; empty for none.
        matcher: the same in Python.
        values: the allowed texts in the model's order; empty for any.
        is_name: a plain table name; an ARN has the limits of the shape instead.
        members: of a structure, in the order in which AWS checks them; without those that nothing is asked of.
        key: of a map.
        element: of a list or a map; None when its elements are attribute values.
    """

    shape: Shape
    minimum: int | None
    maximum: int | None
    pattern: str
    matcher: re.Pattern[str] | None
    values: tuple[str, ...]
    is_name: bool
    members: tuple["MemberRule", ...]
    key: "Rule | None"
    element: "Rule | None"

    @property
    def asks(self) -> bool:
        """Say whether any value of the right type could break the rule itself, its elements aside."""
        limited = self.minimum is not None or self.maximum is not None
        return limited or bool(self.pattern) or bool(self.values) or self.is_name


@dataclass(frozen=True, slots=True)
class MemberRule:
    """A member of a structure.

    Attributes:
        name: AWS's name.
        required: it must be there.
        unless: it need not be there when one of these members is.
        rule: what its value must satisfy, None for nothing.
    """

    name: str
    required: bool
    unless: tuple[str, ...]
    rule: Rule | None


def rule_of(shape: Shape, shapes: Shapes) -> Rule | None:
    """Return the rule of a shape, None when every value of the right type is right."""
    if shape.name == ATTRIBUTE_VALUE or shape.name in UNCHECKED_SHAPES:
        return None
    rule = _rule(shape, shapes, _NONE, is_name=False)
    inner = rule.members or rule.key or rule.element or shape.kind in ("list", "map")
    of_attributes = shape.element == ATTRIBUTE_VALUE
    return rule if rule.asks or (inner and not (of_attributes and rule.key is None)) else None


def _rule(shape: Shape, shapes: Shapes, limits: Limits, *, is_name: bool) -> Rule:
    element = shapes[shape.element] if shape.element else None
    return Rule(
        shape=shape,
        minimum=shape.minimum if limits.minimum is None else limits.minimum,
        maximum=shape.maximum if limits.maximum is None else limits.maximum,
        pattern=shape.pattern,
        matcher=_matcher(shape.pattern),
        values=shape.values,
        is_name=is_name,
        members=_member_rules(shape, shapes),
        key=_key_rule(shape, shapes),
        element=rule_of(element, shapes) if element else None,
    )


def _member_rules(shape: Shape, shapes: Shapes) -> tuple[MemberRule, ...]:
    first = ORDER.get(shape.name, ())
    names = [*first, *(name for name in shape.members if name not in first)]
    rules = (_member_rule(name, shape, shapes) for name in names)
    return tuple(rule for rule in rules if rule.required or rule.rule is not None)


def _member_rule(name: str, shape: Shape, shapes: Shapes) -> MemberRule:
    member = shapes[shape.members[name]]
    unless = REQUIRED_UNLESS.get((shape.name, name), ())
    required = name in shape.required or bool(unless)
    is_name = name == NAME_MEMBER and member.name == NAME_SHAPE
    limits = LIMITS.get((shape.name, name), _NONE)
    if is_name or limits is not _NONE:
        return MemberRule(name, required, unless, _rule(member, shapes, limits, is_name=is_name))
    return MemberRule(name, required, unless, rule_of(member, shapes))


def _key_rule(shape: Shape, shapes: Shapes) -> Rule | None:
    if not shape.key or shape.key in UNCHECKED_KEYS:
        return None
    key = shapes[shape.key]
    if shape.name in NAME_KEYED_MAPS:
        return _rule(key, shapes, _NONE, is_name=True)
    return rule_of(key, shapes)


def _matcher(pattern: str) -> re.Pattern[str] | None:
    if not pattern:
        return None
    for java, python in PATTERN_NOTATIONS.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern, re.ASCII)


@lru_cache(maxsize=4096)
def is_table_name(text: str) -> bool:
    """Say whether a text is a table's name; the names in use are few."""
    right_length = NAME_CHARACTERS_MIN <= len(text) <= NAME_CHARACTERS_MAX
    return right_length and NAME_MATCHER.fullmatch(text) is not None


def measured(value: Any, rule: Rule) -> Any:
    """Return what a rule's minimum and maximum limit: a number itself, the length of anything else."""
    return value if rule.shape.kind in NUMBERS else len(value)


def holds(rule: Rule) -> Predicate:
    """Return the predicate that says whether a value satisfies a rule."""
    if rule.is_name:
        return _name_holds(rule)
    if rule.members:
        return _structure_holds(rule)
    if rule.shape.kind == "list":
        return _list_holds(rule)
    if rule.shape.kind == "map":
        return _map_holds(rule)
    return _scalar_holds(rule)


def _name_holds(rule: Rule) -> Predicate:
    longest = rule.maximum
    assert longest is not None, "an ARN has a greatest length"

    def check(value: Any) -> bool:
        return is_table_name(value) or (value.startswith("arn:") and len(value) <= longest)

    return check


def _scalar_holds(rule: Rule) -> Predicate:
    if rule.values:
        return frozenset(rule.values).__contains__
    minimum, maximum, matcher = rule.minimum, rule.maximum, rule.matcher
    is_number = rule.shape.kind in NUMBERS

    def check(value: Any) -> bool:
        measure = value if is_number else len(value)
        if minimum is not None and measure < minimum:
            return False
        if maximum is not None and measure > maximum:
            return False
        return matcher is None or matcher.fullmatch(value) is not None

    return check


def _structure_holds(rule: Rule) -> Predicate:
    checks = {member.name: holds(member.rule) for member in rule.members if member.rule is not None}
    required = tuple(m.name for m in rule.members if m.required and not m.unless)
    alternatives = tuple((m.name, *m.unless) for m in rule.members if m.required and m.unless)
    if not checks and not alternatives and len(required) == 1:
        # PutRequest, DeleteRequest: one of them for each item of a batch.
        only = required[0]
        return lambda value: only in value

    def check(value: Any) -> bool:
        for name in required:
            if name not in value:
                return False
        for names in alternatives:
            if not any(name in value for name in names):
                return False
        for name, content in value.items():
            if name not in checks:
                continue
            if not checks[name](content):
                return False
        return True

    return check


def _list_holds(rule: Rule) -> Predicate:
    minimum = rule.minimum or 0
    maximum = rule.maximum
    element = None if rule.element is None else holds(rule.element)

    def check(value: Any) -> bool:
        if len(value) < minimum or (maximum is not None and len(value) > maximum):
            return False
        if element is None:
            return None not in value
        for content in value:
            if content is None:
                return False
            if not element(content):
                return False
        return True

    return check


def _map_holds(rule: Rule) -> Predicate:
    minimum = rule.minimum or 0
    maximum = rule.maximum
    key = None if rule.key is None else holds(rule.key)
    element = None if rule.element is None else holds(rule.element)

    def check(value: Any) -> bool:
        if len(value) < minimum or (maximum is not None and len(value) > maximum):
            return False
        for name, content in value.items():
            if content is None or (key is not None and not key(name)):
                return False
            if element is not None and not element(content):
                return False
        return True

    return check
