"""The checks of a condition that do not need an item: functions, operand counts and operand types, in AWS's order.

For the whole expression: operator count, parentheses, unknown functions, functions out of place, reserved words. Then
for each primitive condition in the order of the text: undefined placeholders, operand counts, equal operands, operand
types.
Source: dynalite's tests against AWS (order), errors catalogue B.4.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from globaltables.expressions.grammar import (
    KNOWN_FUNCTIONS,
    REDUNDANT_PARENTHESES,
    TOO_MANY_OPERATORS,
    misused_function,
    unknown_function,
)
from globaltables.expressions.resolve import (
    Check,
    CheckList,
    Scope,
    Values,
    check_words,
    refusal,
    same_path,
    shown,
)
from globaltables.expressions.tree import (
    And,
    Between,
    Call,
    Comparison,
    ConditionNode,
    ConditionTree,
    Constant,
    In,
    Not,
    Operand,
    Or,
    Path,
    Truth,
    Value,
)
from globaltables.foundation.limits import EXPRESSION_IN_OPERANDS_MAX, EXPRESSION_OPERATORS_MAX
from globaltables.items.values import AttributeValue, compare, type_of

_OPERANDS: Mapping[str, int] = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
_ORDERED_TYPES = frozenset(("S", "N", "B"))
_TYPE_NAMES = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
_ANY_TYPE = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
_TYPES = frozenset(_TYPE_NAMES.strip("{}").split(","))


def check_tree(kind: str, tree: ConditionTree) -> None:
    """Check what concerns a parsed condition as a whole.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    if tree.operators > EXPRESSION_OPERATORS_MAX:
        raise refusal(kind, TOO_MANY_OPERATORS)
    if tree.redundant_parentheses:
        raise refusal(kind, REDUNDANT_PARENTHESES)
    calls = list(_calls(tree.node, as_condition=True))
    for call, _ in calls:
        if call.function not in KNOWN_FUNCTIONS:
            raise refusal(kind, unknown_function(call.function))
    for call, as_condition in calls:
        if (call.function == "size") is as_condition or call.function not in _OPERANDS:
            raise refusal(kind, misused_function(call.function))
    check_words(kind, _paths(tree.node))


def resolve_condition(node: ConditionNode, scope: Scope, checks: CheckList) -> ConditionNode:
    """Return the condition with its names resolved, and add its checks to the list."""
    match node:
        case And(terms):
            return And(tuple(resolve_condition(term, scope, checks) for term in terms))
        case Or(terms):
            return Or(tuple(resolve_condition(term, scope, checks) for term in terms))
        case Not(term):
            return Not(resolve_condition(term, scope, checks))
        case _:
            return _Primitive(scope, checks).resolve(node)


def operand_type_reason(operator: str, found: str) -> str:
    """Return AWS's reason for an operand of the wrong type."""
    return (
        "Incorrect operand type for operator or function; "
        f"operator or function: {operator}, operand type: {found}"
    )


def operand_count_reason(function: str, count: int) -> str:
    """Return AWS's reason for a wrong number of operands."""
    return (
        "Incorrect number of operands for operator or function; "
        f"operator or function: {function}, number of operands: {count}"
    )


def path_required_reason(function: str) -> str:
    """Return AWS's reason for an operand that is no document path."""
    return f"Operator or function requires a document path; operator or function: {function}"


class _Primitive:
    """Collects the checks of one primitive condition by rank, so that they can be added rank by rank."""

    def __init__(self, scope: Scope, checks: CheckList) -> None:
        self._scope = scope
        self._checks = checks
        self._undefined: list[partial[None]] = []
        self._counts: list[partial[None]] = []
        self._distinct: list[partial[None]] = []
        self._types: list[partial[None]] = []

    def resolve(self, node: ConditionNode) -> ConditionNode:
        resolved = self._condition(node)
        for rank in (self._undefined, self._counts, self._distinct, self._types):
            for enter in rank:
                enter()
        return resolved

    def _condition(self, node: ConditionNode) -> ConditionNode:
        match node:
            case Comparison(operator, left, right):
                left, right = self._operand(left), self._operand(right)
                self._must_differ(operator, left, [right])
                if operator not in ("=", "<>"):
                    self._must_be(operator, [left, right], _ORDERED_TYPES)
                return Comparison(operator, left, right)
            case Between(operand, low, high):
                operand, low, high = (self._operand(each) for each in (operand, low, high))
                self._must_differ("BETWEEN", operand, [low, high])
                self._must_be("BETWEEN", [operand, low, high], _ORDERED_TYPES)
                if isinstance(low, Value) and isinstance(high, Value):
                    self._add(partial(_bounds_reason, low.name, high.name))
                return Between(operand, low, high)
            case In(operand, choices):
                operand = self._operand(operand)
                choices = tuple(map(self._operand, choices))
                count = len(choices) + self._scope.in_counts_left
                if count > EXPRESSION_IN_OPERANDS_MAX:
                    self._refuse(
                        self._counts,
                        "The IN operator is provided with too many operands; "
                        f"number of operands: {count}",
                    )
                self._must_differ("IN", operand, choices)
                return In(operand, choices)
            case Call():
                return self._call(node)
            case _:
                raise AssertionError(node)

    def _operand(self, operand: Operand) -> Operand:
        match operand:
            case Path():
                reason = self._scope.undefined_name(operand)
                if reason is not None:
                    self._refuse(self._undefined, reason)
                return self._scope.path(operand)
            case Value(name):
                self._undefined.append(partial(self._checks.defined, name))
                return self._scope.value(operand)
            case Call():
                return self._call(operand)
            case Constant():
                return operand
            case Truth(condition):
                return Truth(resolve_condition(condition, self._scope, self._checks))

    def _call(self, call: Call) -> Call:
        operands = tuple(map(self._operand, call.operands))
        function = call.function
        if len(operands) != _OPERANDS[function]:
            self._refuse(self._counts, operand_count_reason(function, len(operands)))
            return Call(function, operands)
        self._must_differ(function, operands[0], operands[1:])
        match function:
            case "attribute_exists" | "attribute_not_exists":
                if not isinstance(operands[0], Path):
                    self._refuse(self._types, path_required_reason(function))
            case "begins_with":
                self._must_be(function, operands, frozenset(("S", "B")))
            case "attribute_type":
                self._must_name_type(operands[1])
            case "size":
                self._must_be(function, operands, _TYPES - {"N", "BOOL", "NULL"})
        return Call(function, operands)

    def _must_differ(self, operator: str, first: Operand, others: Iterable[Operand]) -> None:
        if any(same_path(first, other) for other in others) and isinstance(first, Path):
            self._refuse(
                self._distinct,
                "The first operand must be distinct from the remaining operands for this operator "
                f"or function; operator: {operator}, first operand: {shown(first.steps)}",
            )

    def _must_be(self, operator: str, operands: Iterable[Operand], allowed: frozenset[str]) -> None:
        for operand in operands:
            if isinstance(operand, Value):
                self._add(partial(_type_reason, operator, operand.name, allowed))
            elif isinstance(operand, Call) and "N" not in allowed:  # the only such call is size()
                self._refuse(self._types, operand_type_reason(operator, "N"))
            elif isinstance(operand, Truth):
                self._refuse(self._types, operand_type_reason(operator, "BOOL"))

    def _must_name_type(self, operand: Operand) -> None:
        if isinstance(operand, Value):
            self._add(partial(_type_name_reason, operand.name))
        else:
            found = "N" if isinstance(operand, Call) else _ANY_TYPE
            self._refuse(self._types, operand_type_reason("attribute_type", found))

    def _refuse(self, rank: list[partial[None]], reason: str) -> None:
        rank.append(partial(self._checks.refuse, reason))

    def _add(self, check: Check) -> None:
        self._types.append(partial(self._checks.add, check))


def _type_reason(operator: str, name: str, allowed: frozenset[str], values: Values) -> str | None:
    found = type_of(values[name])
    return None if found in allowed else operand_type_reason(operator, found)


def _type_name_reason(name: str, values: Values) -> str | None:
    value = values[name]
    if "S" not in value:
        return operand_type_reason("attribute_type", type_of(value))
    if value["S"] in _TYPES:
        return None
    return f"Invalid attribute type name found; type: {value['S']}, valid types: {_TYPE_NAMES}"


def _bounds_reason(low: str, high: str, values: Values) -> str | None:
    lower, upper = values[low], values[high]
    order = compare(lower, upper)
    if order is not None and order <= 0:
        return None
    rule = (
        "requires same data type for lower and upper bounds"
        if order is None
        else "requires upper bound to be greater than or equal to lower bound"
    )
    return (
        f"The BETWEEN operator {rule}; lower bound operand: {_shown_value(lower)}, "
        f"upper bound operand: {_shown_value(upper)}"
    )


def _shown_value(value: AttributeValue) -> str:
    ((kind, content),) = value.items()
    return f"AttributeValue: {{{kind}:{content}}}"


def _calls(node: ConditionNode | Operand, *, as_condition: bool) -> Iterator[tuple[Call, bool]]:
    """Yield every function, inner ones first, with whether it stands as a condition."""
    is_junction = isinstance(node, And | Or | Not)
    for part in _parts(node):
        yield from _calls(part, as_condition=is_junction)
    if isinstance(node, Call):
        yield node, as_condition


def _paths(node: ConditionNode | Operand) -> Iterator[Path]:
    if isinstance(node, Path):
        yield node
    for part in _parts(node):
        yield from _paths(part)


def _parts(node: ConditionNode | Operand) -> tuple[ConditionNode | Operand, ...]:
    """Return what a node consists of, in the order of the text."""
    match node:
        case And(terms) | Or(terms):
            return terms
        case Not(term):
            return (term,)
        case Comparison(_, left, right):
            return (left, right)
        case Between(operand, low, high):
            return (operand, low, high)
        case In(operand, choices):
            return (operand, *choices)
        case Call(_, operands):
            return operands
        case _:
            return ()
