"""The check of an operation's requests: JSON types first, then the constraints, as AWS does."""

from collections.abc import Callable
from typing import Any

from globaltables.api.constraints import Rule, holds, rule_of
from globaltables.api.differences import (
    FIRST,
    NAME_ABSENT_TEXT,
    NAME_CHARACTERS_MAX,
    NAME_CHARACTERS_MIN,
    NAME_LENGTH_TEXT,
    NAME_MEMBER,
    TABLE_NAMES,
    TableNames,
)
from globaltables.api.json_types import compile_types
from globaltables.api.shapes import Shape, Shapes
from globaltables.api.violations import Place, Violation, Violations, at_least_characters, message
from globaltables.api.violations import missing as missing_members
from globaltables.foundation.errors import validation

Check = Callable[[Any], None]


def compile_check(operation: str, shape: Shape, shapes: Shapes) -> Check:
    """Return the check of an operation's requests.

    Args:
        operation: AWS's name, by which its differences from the model are found.
        shape: of the request.
        shapes: of the service.

    Returns:
        a function that returns when the request's form is right and raises ApiError when not. It takes unknown and
        null members out of the request and converts what AWS's parser converts, in place.
    """
    types = compile_types(shape, shapes)
    constraints = _constraints(operation, shape, shapes)
    first = FIRST.get(operation)

    def check(request: Any) -> None:
        types(request)
        if first is not None:
            text = first(request)
            if text:
                raise validation(text)
            if text is not None:
                return
        constraints(request)

    return check


def _constraints(operation: str, shape: Shape, shapes: Shapes) -> Check:
    """Return the check of what a request of the right JSON types must satisfy."""
    rule = rule_of(shape, shapes)
    if rule is None:
        return _accept
    right = holds(rule)
    refuse = _refusal(operation, rule, shapes)

    def check(request: Any) -> None:
        if not right(request):
            raise validation(refuse(request))

    return check


def _accept(request: Any) -> None:
    """Accept a request of which nothing is asked."""


def _refusal(operation: str, rule: Rule, shapes: Shapes) -> Callable[[dict[str, Any]], str]:
    """Return the function that words the refusal of a request that breaks a rule."""
    names = TABLE_NAMES.get(operation, TableNames.LISTED)
    violations = Violations(shapes, names)

    def refuse(request: dict[str, Any]) -> str:
        text = _name_text(request, rule, names)
        if text is not None:
            return text
        found = violations.of(request, rule)
        assert found, "a request that breaks a rule has a violation"
        return message(found)

    return refuse


def _name_text(request: dict[str, Any], rule: Rule, names: TableNames) -> str | None:
    """Return the refusal for a TableName that stops all other checks, None when it is listed with the others."""
    if not any(member.name == NAME_MEMBER for member in rule.members):
        return None
    name = request.get(NAME_MEMBER)
    missing = missing_members(request, rule)
    if names is TableNames.CONTROL:
        if name is None:
            return NAME_ABSENT_TEXT
        # A request that is complete but for its name gets the sentence of the list instead.
        complete = not missing and sum(member.required for member in rule.members) > 1
        wrong_length = not NAME_CHARACTERS_MIN <= len(name) <= NAME_CHARACTERS_MAX
        if wrong_length and not complete and not name.startswith("arn:"):
            return NAME_LENGTH_TEXT
    if name == "" and names is not TableNames.SEARCH:
        if names is TableNames.ITEM and missing:
            return None
        place = Place("tableName", rule.shape.name, NAME_MEMBER)
        return message([Violation(place, "''", "minimum", at_least_characters(1))])
    return None
