"""Legacy parameters: Expected, QueryFilter, ScanFilter, KeyConditions, AttributeUpdates, AttributesToGet.

They become the same objects as expressions, with the values inside. Values are checked and normalised in place, in the
order in which AWS checks them.
Source: dynalite's tests against AWS; developer guide, LegacyConditionalParameters.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from globaltables.expressions.conditions import Condition, condition_of, read_path
from globaltables.expressions.key_conditions import ONE_OR_TWO, AttributeCondition, KeyCondition
from globaltables.expressions.projections import Projection
from globaltables.expressions.resolve import CheckList, Scope, Values
from globaltables.expressions.tree import (
    And,
    Between,
    Call,
    Comparison,
    ConditionNode,
    Constant,
    In,
    Not,
    Or,
    Path,
)
from globaltables.expressions.updates import Compute, Step, Update, add, remove, subtract_set
from globaltables.foundation.errors import ApiError, invalid_parameters, validation
from globaltables.items.values import AttributeValue, Item, check_value, compare, type_of

_SIGNS: Mapping[str, str] = {"EQ": "=", "NE": "<>", "LE": "<=", "LT": "<", "GE": ">=", "GT": ">"}
_KEY_OPERATORS: Mapping[str, str] = {**_SIGNS, "BETWEEN": "BETWEEN", "BEGINS_WITH": "begins_with"}
#: How many values an operator takes; IN takes one or more.
_COUNTS: Mapping[str, int] = {"NULL": 0, "NOT_NULL": 0, "BETWEEN": 2}
_SCALARS = frozenset(("S", "N", "B"))
#: The types that an operator accepts, where not all.
_TYPES: Mapping[str, frozenset[str]] = {
    "LE": _SCALARS,
    "LT": _SCALARS,
    "GE": _SCALARS,
    "GT": _SCALARS,
    "IN": _SCALARS,
    "BETWEEN": _SCALARS,
    "BEGINS_WITH": frozenset(("S", "B")),
    "CONTAINS": _SCALARS | {"BOOL", "NULL"},
    "NOT_CONTAINS": _SCALARS | {"BOOL", "NULL"},
}
_SETS = frozenset(("SS", "NS", "BS"))
_ADDABLE = _SETS | {"N", "L"}
_TYPE_MISMATCH = "Type mismatch for attribute to update"

Members = Mapping[str, Mapping[str, Any]]


def condition_from_expected(
    expected: Members, conditional_operator: str | None = None
) -> Condition | None:
    """Return the condition of `Expected`; None when it is empty.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    nodes = [_expected(name, condition) for name, condition in expected.items()]
    return _condition("Expected", nodes, expected, conditional_operator)


def condition_from_filter(
    filters: Members, conditional_operator: str | None = None, kind: str = "ScanFilter"
) -> Condition | None:
    """Return the condition of `QueryFilter` or `ScanFilter`; None when it is empty.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    nodes = []
    for name, condition in filters.items():
        comparison, values = _checked_comparison(condition)
        nodes.append(_node(name, comparison, values))
    return _condition(kind, nodes, filters, conditional_operator)


def key_condition_from_conditions(key_conditions: Members) -> KeyCondition:
    """Return the key condition of `KeyConditions`.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    conditions = {}
    for name, condition in key_conditions.items():
        comparison, values = _checked_comparison(condition)
        sign = _KEY_OPERATORS.get(comparison, comparison)
        conditions[name] = AttributeCondition(sign, tuple(values))
    if len(conditions) not in (1, 2):
        raise validation(ONE_OR_TWO)
    return KeyCondition(conditions, Scope({}), CheckList("KeyConditions").build(()))


def projection_from_attributes(attributes_to_get: Iterable[str]) -> Projection:
    """Return the projection of `AttributesToGet`.

    Raises:
        ApiError: ValidationException when a name comes twice.
    """
    seen: dict[str, None] = {}
    for name in attributes_to_get:
        if name in seen:
            raise invalid_parameters(f"Duplicate value in attribute name: {name}")
        seen[name] = None
    return Projection((name,) for name in seen)


def update_from_attribute_updates(attribute_updates: Members) -> Update:
    """Return the update of `AttributeUpdates`; without members it changes nothing.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    steps = [_step(name, update) for name, update in attribute_updates.items()]
    scope = Scope({})
    scope.roots.update(attribute_updates)
    return Update(
        steps,
        scope,
        CheckList("AttributeUpdates").build(()),
        only_removes=bool(steps)
        and all(update.get("Action") == "DELETE" for update in attribute_updates.values()),
        kinds={
            name: next(iter(update["Value"]))
            for name, update in attribute_updates.items()
            if update.get("Value") and update.get("Action") != "DELETE"
        },
    )


def check_conditional_operator(conditions: Members | None) -> None:
    """Refuse ConditionalOperator where it joins nothing.

    Raises:
        ApiError: ValidationException unless there are at least two conditions.
    """
    if not conditions:
        raise validation("ConditionalOperator cannot be used without Filter or Expected")
    if len(conditions) == 1:
        raise validation(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements"
        )


def _condition(
    kind: str, nodes: list[ConditionNode], names: Iterable[str], conditional_operator: str | None
) -> Condition | None:
    if not nodes:
        return None
    scope = Scope({})
    scope.roots.update(names)
    join = Or if conditional_operator == "OR" else And
    return condition_of(kind, join(tuple(nodes)) if len(nodes) > 1 else nodes[0], scope)


def _expected(name: str, condition: Mapping[str, Any]) -> ConditionNode:
    """Return the condition of one member of `Expected`, in either of its two forms."""
    value = condition.get("Value")
    values = condition.get("AttributeValueList")
    exists = condition.get("Exists")
    comparison = condition.get("ComparisonOperator")
    if value is not None and values is not None:
        raise invalid_parameters(
            f"Value and AttributeValueList cannot be used together for Attribute: {name}"
        )
    if comparison is not None:
        if exists is not None:
            raise invalid_parameters(
                f"Exists and ComparisonOperator cannot be used together for Attribute: {name}"
            )
        if value is None and values is None and comparison not in ("NULL", "NOT_NULL"):
            raise invalid_parameters(
                "Value or AttributeValueList must be used with ComparisonOperator: "
                f"{comparison} for Attribute: {name}"
            )
        given = [value] if value is not None else values or []
        return _node(name, comparison, _checked_values(comparison, given))
    if values is not None:
        raise invalid_parameters(
            f"AttributeValueList can only be used with a ComparisonOperator for Attribute: {name}"
        )
    return _expected_value(name, value, exists=exists)


def _expected_value(
    name: str, value: AttributeValue | None, *, exists: bool | None
) -> ConditionNode:
    if exists is None or exists:
        if value is None:
            shown = "null" if exists is None else "true"
            raise invalid_parameters(
                f"Value must be provided when Exists is {shown} for Attribute: {name}"
            )
        check_value(value)
        return _node(name, "EQ", [value])
    if value is not None:
        raise invalid_parameters(f"Value cannot be used when Exists is false for Attribute: {name}")
    return _node(name, "NULL", [])


def _checked_comparison(condition: Mapping[str, Any]) -> tuple[str, list[AttributeValue]]:
    comparison = condition["ComparisonOperator"]
    return comparison, _checked_values(comparison, condition.get("AttributeValueList") or [])


def _checked_values(comparison: str, values: list[AttributeValue]) -> list[AttributeValue]:
    for value in values:
        check_value(value)
    right_count = values if comparison == "IN" else len(values) == _COUNTS.get(comparison, 1)
    if not right_count:
        raise invalid_parameters(
            f"Invalid number of argument(s) for the {comparison} ComparisonOperator"
        )
    kinds = [type_of(value) for value in values]
    if len(set(kinds)) > 1:
        raise invalid_parameters("AttributeValues inside AttributeValueList must be of same type")
    allowed = _TYPES.get(comparison)
    if allowed is not None and kinds[0] not in allowed:
        raise invalid_parameters(
            f"ComparisonOperator {comparison} is not valid for {kinds[0]} AttributeValue type"
        )
    if comparison == "BETWEEN" and (compare(*values) or 0) > 0:
        raise validation(
            "The BETWEEN condition was provided a range where the lower bound is greater than "
            "the upper bound"
        )
    return values


def _node(name: str, comparison: str, values: list[AttributeValue]) -> ConditionNode:
    path = Path((name,))
    operands = [Constant(value) for value in values]
    match comparison:
        case "NULL":
            return Call("attribute_not_exists", (path,))
        case "NOT_NULL":
            return Call("attribute_exists", (path,))
        case "IN":
            return In(path, tuple(operands))
        case "BETWEEN":
            return Between(path, *operands)
        case "BEGINS_WITH":
            return Call("begins_with", (path, *operands))
        case "CONTAINS":
            return Call("contains", (path, *operands))
        case "NOT_CONTAINS":
            # A missing attribute neither contains a value nor does it not contain it.
            present = Call("attribute_exists", (path,))
            return And((present, Not(Call("contains", (path, *operands)))))
        case _:
            return Comparison(_SIGNS[comparison], path, *operands)


def _step(name: str, update: Mapping[str, Any]) -> Step:
    action = update.get("Action") or "PUT"
    value: AttributeValue | None = update.get("Value")
    if value is None:
        if action != "DELETE":
            raise invalid_parameters(
                "Only DELETE action is allowed when no attribute value is specified"
            )
        return (name,), remove, True
    check_value(value)
    kind = type_of(value)
    if action == "DELETE":
        if kind not in _SETS:
            raise invalid_parameters(
                f"DELETE action with value is not supported for the type {kind}"
            )
        return (name,), _changing(name, value, subtract_set), False
    if action == "ADD":
        if kind not in _ADDABLE:
            raise invalid_parameters(f"ADD action is not supported for the type {kind}")
        return (name,), _changing(name, value, _append if kind == "L" else add), False
    return (name,), _putting(value), False


def _putting(value: AttributeValue) -> Compute:
    def compute(item: Item, values: Values) -> AttributeValue:
        return value

    return compute


def _changing(
    name: str,
    operand: AttributeValue,
    combine: Callable[[AttributeValue | None, AttributeValue], AttributeValue | None],
) -> Compute:
    """Return the closure of ADD or DELETE, whose refusal has its own text here."""
    current = read_path((name,))
    kind = type_of(operand)

    def compute(item: Item, values: Values) -> AttributeValue | None:
        old = current(item, values)
        if old is not None and kind not in old:
            raise _type_mismatch()
        return combine(old, operand)

    return compute


def _append(old: AttributeValue | None, operand: AttributeValue) -> AttributeValue:
    return operand if old is None else {"L": [*old["L"], *operand["L"]]}


def _type_mismatch() -> ApiError:
    return validation(_TYPE_MISMATCH)
