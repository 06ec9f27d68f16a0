"""The checks of an update that do not need an item, in AWS's order, and its actions with names resolved.

Operator count, parentheses, reserved words, functions, repeated sections, undefined names, undefined values,
overlapping paths, operands of ADD and DELETE, operands of functions.
Source: dynalite's tests against AWS (order), errors catalogue B.4.
"""

from collections.abc import Iterator, Mapping
from functools import partial

from globaltables.expressions.condition_checks import (
    operand_count_reason,
    operand_type_reason,
    path_required_reason,
)
from globaltables.expressions.grammar import (
    KNOWN_FUNCTIONS,
    REDUNDANT_PARENTHESES,
    TOO_MANY_OPERATORS,
    misused_function,
    unknown_function,
)
from globaltables.expressions.resolve import (
    CheckList,
    Scope,
    Values,
    check_words,
    overlap_reason,
    refusal,
)
from globaltables.expressions.tree import (
    Action,
    AddAction,
    Arithmetic,
    Call,
    Constant,
    DeleteAction,
    Operand,
    Path,
    RemoveAction,
    SetAction,
    Truth,
    UpdateTree,
    Value,
)
from globaltables.foundation.limits import EXPRESSION_OPERATORS_MAX
from globaltables.items.values import type_of

_KIND = "UpdateExpression"
_OPERANDS: Mapping[str, int] = {"if_not_exists": 2, "list_append": 2}
_TYPE_WORDS: Mapping[str, str] = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "NULL": "NULL",
    "BOOL": "BOOLEAN",
    "L": "LIST",
    "M": "MAP",
}

_Part = Operand | Arithmetic


def check_tree(tree: UpdateTree) -> None:
    """Check what needs neither names nor values.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    if tree.operators > EXPRESSION_OPERATORS_MAX:
        raise refusal(_KIND, TOO_MANY_OPERATORS)
    if tree.redundant_parentheses:
        raise refusal(_KIND, REDUNDANT_PARENTHESES)
    parts = [part for action in tree.actions for part in _parts(action)]
    check_words(_KIND, (part for part in parts if isinstance(part, Path)))
    calls = [part for part in parts if isinstance(part, Call)]
    for call in calls:
        if call.function not in KNOWN_FUNCTIONS:
            raise refusal(_KIND, unknown_function(call.function))
    for call in calls:
        if call.function not in _OPERANDS:
            raise refusal(_KIND, misused_function(call.function))
        for operand in call.operands:
            # AWS lets if_not_exists stand in other functions, but not list_append (errors catalogue B.4).
            if isinstance(operand, Call) and operand.function != "if_not_exists":
                raise refusal(_KIND, misused_function(operand.function))
    seen = set()
    for section in tree.sections:
        if section in seen:
            raise refusal(
                _KIND,
                f'The "{section}" section can only be used once in an update expression;',
            )
        seen.add(section)


def resolve_actions(
    parsed: tuple[Action, ...], scope: Scope, checks: CheckList
) -> tuple[Action, ...]:
    """Return the actions with their names resolved, and add their checks to the list.

    Raises:
        ApiError: ValidationException with AWS's text, for what no value can change.
    """
    parts = [part for action in parsed for part in _parts(action)]
    for part in parts:
        reason = scope.undefined_name(part) if isinstance(part, Path) else None
        if reason is not None:
            raise refusal(_KIND, reason)
    for part in parts:
        if isinstance(part, Value):
            checks.defined(part.name)
    actions = tuple(_resolved(action, scope) for action in parsed)
    reason = overlap_reason(action.path for action in actions)
    if reason is not None:
        checks.refuse(reason)
    for action in actions:
        if isinstance(action, AddAction | DeleteAction):
            word = "ADD" if isinstance(action, AddAction) else "DELETE"
            checks.add(partial(_change_reason, word, action.value.name))
    for action in actions:
        for part in _parts(action):
            _check_operands(part, checks)
    return actions


def _resolved(action: Action, scope: Scope) -> Action:
    path = scope.path(action.path)
    match action:
        case SetAction(_, value):
            return SetAction(path, _resolved_part(value, scope))
        case RemoveAction():
            return RemoveAction(path)
        case AddAction(_, value):
            return AddAction(path, scope.value(value))
        case DeleteAction(_, value):
            return DeleteAction(path, scope.value(value))


def _resolved_part(part: _Part, scope: Scope) -> _Part:
    if isinstance(part, Arithmetic):
        left, right = _resolved_operand(part.left, scope), _resolved_operand(part.right, scope)
        return Arithmetic(part.operator, left, right)
    return _resolved_operand(part, scope)


def _resolved_operand(operand: Operand, scope: Scope) -> Operand:
    match operand:
        case Path():
            return scope.path(operand)
        case Value():
            return scope.value(operand)
        case Call(function, operands):
            return Call(function, tuple(_resolved_operand(each, scope) for each in operands))
        case Constant() | Truth():
            return operand


def _check_operands(part: _Part, checks: CheckList) -> None:
    match part:
        case Arithmetic(operator, left, right):
            _must_be(operator, (left, right), "N", checks)
        case Call(function, operands) if len(operands) != _OPERANDS[function]:
            checks.refuse(operand_count_reason(function, len(operands)))
        case Call("if_not_exists", operands):
            if not isinstance(operands[0], Path):
                checks.refuse(path_required_reason("if_not_exists"))
        case Call(function, operands):
            _must_be(function, operands, "L", checks)


def _must_be(operator: str, operands: tuple[Operand, ...], wanted: str, checks: CheckList) -> None:
    for operand in operands:
        if isinstance(operand, Value):
            checks.add(partial(_type_reason, operator, operand.name, wanted))


def _type_reason(operator: str, name: str, wanted: str, values: Values) -> str | None:
    found = type_of(values[name])
    return None if found == wanted else operand_type_reason(operator, found)


def _change_reason(operator: str, name: str, values: Values) -> str | None:
    found = type_of(values[name])
    if found not in _TYPE_WORDS or (found == "N" and operator == "ADD"):
        return None
    return (
        "Incorrect operand type for operator or function; "
        f"operator: {operator}, operand type: {_TYPE_WORDS[found]}"
    )


def _parts(node: Action | _Part) -> Iterator[_Part]:
    """Yield the operands of an action in the order of the text, those of a function before it."""
    match node:
        case SetAction(path, value):
            yield path
            yield from _parts(value)
        case RemoveAction(path):
            yield path
        case AddAction(path, value) | DeleteAction(path, value):
            yield path
            yield value
        case Arithmetic(_, left, right):
            yield from _parts(left)
            yield from _parts(right)
            yield node
        case Call(_, operands):
            for operand in operands:
                yield from _parts(operand)
            yield node
        case _:
            yield node
