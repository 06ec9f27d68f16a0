"""Key conditions of Query: which one partition, and which stretch of its sort key."""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from globaltables.expressions.condition_checks import check_tree, resolve_condition
from globaltables.expressions.conditions import begins_with
from globaltables.expressions.grammar import parse_condition
from globaltables.expressions.resolve import CheckList, Checks, Scope, Values, check_text
from globaltables.expressions.tree import (
    And,
    Between,
    Call,
    Comparison,
    ConditionNode,
    In,
    Not,
    Operand,
    Or,
    Path,
    Value,
)
from globaltables.foundation.errors import ApiError, invalid_parameters, validation
from globaltables.foundation.limits import EXPRESSION_CACHE_ENTRIES_MAX, INDEX_KEY_ATTRIBUTES_MAX
from globaltables.items.values import AttributeValue, Item, compare

_KIND = "KeyConditionExpression"
_HOLDS: Mapping[str, Callable[[int, int], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TURNED: Mapping[str, str] = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
#: The operators of a key condition; legacy ones that are no range stay as they are and are refused by `bind`.
_INDEXABLE = frozenset((*_TURNED, "BETWEEN", "begins_with"))
NOT_SUPPORTED = "Query key condition not supported"
ONE_OR_TWO = "Conditions can be of length 1 or 2 only"


class KeyAttributeShape(Protocol):
    """What a key condition needs of a key attribute."""

    @property
    def name(self) -> str:
        """The attribute's name."""

    @property
    def type(self) -> str:
        """S, N or B."""


class KeySchemaShape(Protocol):
    """What a key condition needs of the schema of a table or index."""

    @property
    def hash(self) -> tuple[KeyAttributeShape, ...]:
        """The attributes of the partition key."""

    @property
    def range(self) -> tuple[KeyAttributeShape, ...]:
        """The attributes of the sort key."""


@dataclass(frozen=True, slots=True)
class KeyRange:
    """What a key condition says about a schema.

    Attributes:
        hash: the value of every attribute of the partition key, in schema order.
        leading: the values of the leading sort key attributes before the last one that has a condition; empty
            unless an index has several.
        attribute: the sort key attribute with the last condition; None when the whole partition is wanted.
        operator: its operator: =, <, <=, >, >=, BETWEEN or begins_with; None without attribute.
        operands: its one operand, two for BETWEEN.
    """

    hash: dict[str, AttributeValue]
    leading: dict[str, AttributeValue]
    attribute: str | None = None
    operator: str | None = None
    operands: tuple[AttributeValue, ...] = ()

    def matches_range(self, item: Item) -> bool:
        """Tell whether the sort key of an item, or of a start key, fulfils the conditions on it."""
        if any(item.get(name) != value for name, value in self.leading.items()):
            return False
        if self.attribute is None:
            return True
        value = item.get(self.attribute)
        if value is None:
            return False
        if self.operator == "begins_with":
            return begins_with(value, self.operands[0])
        orders = [compare(value, operand) for operand in self.operands]
        if self.operator == "BETWEEN":
            low, high = orders
            return low is not None and high is not None and low >= 0 >= high
        order = orders[0]
        return order is not None and _HOLDS[self.operator or "="](order, 0)


#: An operand: the name of a :placeholder, or the value itself in legacy conditions.
KeyOperand = str | AttributeValue


@dataclass(frozen=True, slots=True)
class AttributeCondition:
    """The condition on one attribute."""

    operator: str
    operands: tuple[KeyOperand, ...]


class KeyCondition:
    """A compiled key condition.

    Attributes:
        names_used: the #placeholders.
        values_used: the :placeholders.
        top_level_attributes: the attributes that have a condition.
        conditions: the condition of each attribute; empty where `check_form` refuses.
        checks: what `check` runs.
    """

    __slots__ = (
        "_refused",
        "checks",
        "conditions",
        "names_used",
        "nested_attributes",
        "top_level_attributes",
        "values_used",
    )

    def __init__(
        self,
        conditions: Mapping[str, AttributeCondition],
        scope: Scope,
        checks: Checks,
        refused: ApiError | None = None,
    ) -> None:
        self.conditions = conditions
        self.checks = checks
        self.names_used = frozenset(scope.names_used)
        self.values_used = checks.values_used
        self.top_level_attributes = frozenset(conditions)
        self.nested_attributes: frozenset[str] = frozenset()
        self._refused = None if refused is None else refused.message

    def check(self, values: Values) -> None:
        """Check what depends on the values but on no schema: that they are defined, operand types, order of bounds.

        Raises:
            ApiError: ValidationException with AWS's text.
        """
        self.checks.run(values)

    def check_form(self) -> None:
        """Refuse conditions that no key can have; AWS does so after it has read every expression of the request.

        Raises:
            ApiError: ValidationException with AWS's text.
        """
        if self._refused is not None:
            raise validation(self._refused)
        if len(self.conditions) > 2 * INDEX_KEY_ATTRIBUTES_MAX:
            raise validation(ONE_OR_TWO)

    def bind(self, values: Values, schema: KeySchemaShape) -> KeyRange:
        """Return what the condition says about the key of a table or index.

        Raises:
            ApiError: ValidationException when the condition does not fit the schema.
        """
        conditions = self.conditions
        count = len(conditions)
        if count > max(2, len(schema.hash) + len(schema.range)):
            raise validation(ONE_OR_TWO)
        if count > len(schema.hash) and not schema.range:
            raise validation(NOT_SUPPORTED)
        partition = {}
        for attribute in schema.hash:
            sign, operands = self._on(attribute, values)
            if sign != "=":
                raise validation(NOT_SUPPORTED)
            partition[attribute.name] = operands[0]
        leading: dict[str, AttributeValue] = {}
        last: tuple[str, str, tuple[AttributeValue, ...]] | None = None
        for attribute in schema.range[: count - len(schema.hash)]:
            if last is not None:
                name, sign, operands = last
                if sign != "=":
                    raise validation(NOT_SUPPORTED)
                leading[name] = operands[0]
            last = (attribute.name, *self._on(attribute, values))
        if last is None:
            return KeyRange(partition, leading)
        return KeyRange(partition, leading, *last)

    def _on(
        self, attribute: KeyAttributeShape, values: Values
    ) -> tuple[str, tuple[AttributeValue, ...]]:
        condition = self.conditions.get(attribute.name)
        if condition is None:
            raise validation(f"Query condition missed key schema element: {attribute.name}")
        if condition.operator not in _INDEXABLE:
            raise validation("Attempted conditional constraint is not an indexable operation")
        operands = tuple(
            values[operand] if isinstance(operand, str) else operand
            for operand in condition.operands
        )
        for operand in operands:
            content = operand.get(attribute.type)
            if content is None:
                raise invalid_parameters("Condition parameter type does not match schema type")
            if not content:
                kind = "string" if attribute.type == "S" else "binary"
                raise validation(
                    "One or more parameter values are not valid. The AttributeValue for a key "
                    f"attribute cannot contain an empty {kind} value. Key: {attribute.name}"
                )
        return condition.operator, operands


@lru_cache(EXPRESSION_CACHE_ENTRIES_MAX)
def compiled_key_condition(text: str, names: tuple[tuple[str, str], ...]) -> KeyCondition:
    """Return the compiled KeyConditionExpression; `names` are the items of ExpressionAttributeNames.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    check_text(_KIND, text)
    tree = parse_condition(_KIND, text)
    check_tree(_KIND, tree)
    scope, checks = Scope(dict(names)), CheckList(_KIND)
    node = resolve_condition(tree.node, scope, checks)
    conditions: dict[str, AttributeCondition] = {}
    refused: ApiError | None = None
    try:
        for name, condition in _conditions(node):
            if name in conditions:
                raise validation("KeyConditionExpressions must only contain one condition per key")
            conditions[name] = condition
    except ApiError as error:
        conditions, refused = {}, error
    return KeyCondition(conditions, scope, checks.build(scope.values_used), refused)


def _conditions(node: ConditionNode) -> Iterator[tuple[str, AttributeCondition]]:
    match node:
        case And(terms):
            for term in terms:
                yield from _conditions(term)
        case Or():
            raise _invalid_operator("OR")
        case Not():
            raise _invalid_operator("NOT")
        case In():
            raise _invalid_operator("IN")
        case Comparison("<>"):
            raise _invalid_operator("<>")
        case Comparison(sign, left, right):
            name = _attribute((left, right))
            if isinstance(left, Path):
                yield name, AttributeCondition(sign, (_operand(right),))
            else:
                yield name, AttributeCondition(_TURNED[sign], (_operand(left),))
        case Between(operand, low, high):
            _first_is_path("BETWEEN", operand)
            name = _attribute((operand, low, high))
            yield name, AttributeCondition("BETWEEN", (_operand(low), _operand(high)))
        case Call("begins_with", (first, second)):
            _first_is_path("begins_with", first)
            yield (
                _attribute((first, second)),
                AttributeCondition("begins_with", (_operand(second),)),
            )
        case Call(function):
            raise _invalid_operator(function)


def _attribute(operands: tuple[Operand, ...]) -> str:
    """Return the name of the one attribute among the operands."""
    found: str | None = None
    for operand in operands:
        if isinstance(operand, Path):
            if found is not None:
                raise _invalid_condition("Multiple attribute names used in one condition")
            if len(operand.steps) > 1:
                raise validation(
                    "KeyConditionExpressions cannot have conditions on nested attributes"
                )
            found = str(operand.steps[0])
        elif isinstance(operand, Call):
            raise validation("KeyConditionExpressions cannot contain nested operations")
    if found is None:
        raise _invalid_condition("No key attribute specified")
    return found


def _operand(operand: Operand) -> KeyOperand:
    assert isinstance(operand, Value), "paths and functions were refused before"
    return operand.name


def _first_is_path(function: str, operand: Operand) -> None:
    if not isinstance(operand, Path):
        raise _invalid_condition(
            f"{function} operator must have the key attribute as its first operand"
        )


def _invalid_operator(name: str) -> ApiError:
    return validation(f"Invalid operator used in KeyConditionExpression: {name}")


def _invalid_condition(reason: str) -> ApiError:
    return validation(f"Invalid condition in KeyConditionExpression: {reason}")
