"""Conditions compiled to closures: ConditionExpression and FilterExpression, and what legacy conditions become."""

# ruff: noqa: ARG005 - every closure takes the item and the values, whether it reads them or not

import base64
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache

from globaltables.expressions.condition_checks import check_tree, resolve_condition
from globaltables.expressions.grammar import parse_condition
from globaltables.expressions.resolve import CheckList, Checks, Scope, Values, check_text
from globaltables.expressions.tree import (
    And,
    Between,
    Call,
    Comparison,
    ConditionNode,
    Constant,
    In,
    Not,
    Operand,
    Or,
    Path,
    Steps,
    Truth,
    Value,
)
from globaltables.foundation.limits import EXPRESSION_CACHE_ENTRIES_MAX
from globaltables.items.values import (
    AttributeValue,
    Item,
    binary_size,
    compare,
    equal,
)

Test = Callable[[Item, Values], bool]
Read = Callable[[Item, Values], AttributeValue | None]

_ORDERS: Mapping[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Condition:
    """A compiled condition.

    Attributes:
        names_used: the #placeholders.
        values_used: the :placeholders.
        top_level_attributes: the attributes that it refers to.
        nested_attributes: those of them that a path goes into, as in a.b or a[0].
        checks: what `check` runs.
    """

    __slots__ = (
        "_test",
        "checks",
        "names_used",
        "nested_attributes",
        "top_level_attributes",
        "values_used",
    )

    def __init__(self, test: Test, scope: Scope, checks: Checks) -> None:
        self._test = test
        self.checks = checks
        self.names_used = frozenset(scope.names_used)
        self.values_used = checks.values_used
        self.top_level_attributes = frozenset(scope.roots)
        self.nested_attributes = frozenset(scope.nested)

    def check(self, values: Values) -> None:
        """Check what depends on the values but on no item: that they are defined, operand types, order of bounds.

        Raises:
            ApiError: ValidationException with AWS's text.
        """
        self.checks.run(values)

    def test(self, item: Item | None, values: Values) -> bool:
        """Tell whether the condition holds; None is an item that does not exist."""
        return self._test(item or {}, values)


@lru_cache(EXPRESSION_CACHE_ENTRIES_MAX)
def compiled_condition(kind: str, text: str, names: tuple[tuple[str, str], ...]) -> Condition:
    """Return the compiled condition; `kind` is the request member, `names` the items of ExpressionAttributeNames.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    check_text(kind, text)
    tree = parse_condition(kind, text)
    check_tree(kind, tree)
    scope, checks = Scope(dict(names)), CheckList(kind)
    node = resolve_condition(tree.node, scope, checks)
    return checked_condition(node, scope, checks)


def checked_condition(node: ConditionNode, scope: Scope, checks: CheckList) -> Condition:
    """Return a condition of nodes whose checks are in the list."""
    # What is refused may not have the operands that compiling takes for granted.
    test = _never if checks.refuses else compile_test(node)
    return Condition(test, scope, checks.build(scope.values_used))


def condition_of(kind: str, node: ConditionNode, scope: Scope) -> Condition:
    """Return a condition made of resolved nodes, as legacy parameters have them."""
    return Condition(compile_test(node), scope, CheckList(kind).build(()))


def _never(item: Item, values: Values) -> bool:
    raise AssertionError("the checks refuse it")


def compile_test(node: ConditionNode) -> Test:
    """Return the closure that evaluates resolved nodes."""
    match node:
        case And(terms):
            return _all_of([compile_test(term) for term in terms])
        case Or(terms):
            return _any_of([compile_test(term) for term in terms])
        case Not(term):
            test = compile_test(term)
            return lambda item, values: not test(item, values)
        case Comparison("=", left, right):
            return _equality(compile_read(left), compile_read(right))
        case Comparison("<>", left, right):
            same = _equality(compile_read(left), compile_read(right))
            return lambda item, values: not same(item, values)
        case Comparison(sign, left, right):
            return _order(_ORDERS[sign], compile_read(left), compile_read(right))
        case Between(operand, low, high):
            return _between(compile_read(operand), compile_read(low), compile_read(high))
        case In(operand, choices):
            return _membership(compile_read(operand), [compile_read(each) for each in choices])
        case Call(function, operands):
            return _function(function, [compile_read(each) for each in operands])


def compile_read(operand: Operand) -> Read:
    """Return the closure that reads a resolved operand: a value, or None where there is none."""
    match operand:
        case Path(steps):
            return read_path(steps)
        case Value(name):
            return lambda item, values: values[name]
        case Constant(value):
            return lambda item, values: value
        case Call(_, operands):
            return _size(compile_read(operands[0]))
        case Truth(condition):
            return _truth(compile_test(condition))


def read_path(steps: Steps) -> Read:
    """Return the closure that follows a document path through an item."""
    root = str(steps[0])
    if len(steps) == 1:
        return lambda item, values: item.get(root)
    rest = steps[1:]

    def read(item: Item, values: Values) -> AttributeValue | None:
        value = item.get(root)
        for step in rest:
            if value is None:
                return None
            if isinstance(step, str):
                members = value.get("M")
                value = None if members is None else members.get(step)
            else:
                elements = value.get("L")
                value = None if elements is None or step >= len(elements) else elements[step]
        return value

    return read


def _all_of(tests: list[Test]) -> Test:
    def test(item: Item, values: Values) -> bool:
        for each in tests:  # noqa: SIM110 - all() would make a generator for every item
            if not each(item, values):
                return False
        return True

    return test


def _any_of(tests: list[Test]) -> Test:
    def test(item: Item, values: Values) -> bool:
        for each in tests:  # noqa: SIM110 - any() would make a generator for every item
            if each(item, values):
                return True
        return False

    return test


def _equality(left: Read, right: Read) -> Test:
    def test(item: Item, values: Values) -> bool:
        a, b = left(item, values), right(item, values)
        return a is not None and b is not None and equal(a, b)

    return test


def _order(holds: Callable[[int, int], bool], left: Read, right: Read) -> Test:
    def test(item: Item, values: Values) -> bool:
        a, b = left(item, values), right(item, values)
        if a is None or b is None:
            return False
        order = compare(a, b)
        return order is not None and holds(order, 0)

    return test


def _between(operand: Read, low: Read, high: Read) -> Test:
    def test(item: Item, values: Values) -> bool:
        value, lower, upper = operand(item, values), low(item, values), high(item, values)
        if value is None or lower is None or upper is None:
            return False
        above, below = compare(lower, value), compare(value, upper)
        return above is not None and below is not None and above <= 0 and below <= 0

    return test


def _membership(operand: Read, choices: list[Read]) -> Test:
    def test(item: Item, values: Values) -> bool:
        value = operand(item, values)
        if value is None:
            return False
        for read in choices:
            choice = read(item, values)
            if choice is not None and equal(value, choice):
                return True
        return False

    return test


def _function(function: str, operands: list[Read]) -> Test:
    first = operands[0]
    match function:
        case "attribute_exists":
            return lambda item, values: first(item, values) is not None
        case "attribute_not_exists":
            return lambda item, values: first(item, values) is None
        case "attribute_type":
            return _pair(_is_of_type, first, operands[1])
        case "begins_with":
            return _pair(begins_with, first, operands[1])
        case "contains":
            return _pair(contains, first, operands[1])
        case _:
            raise AssertionError(function)


def _pair(holds: Callable[[AttributeValue, AttributeValue], bool], left: Read, right: Read) -> Test:
    def test(item: Item, values: Values) -> bool:
        a, b = left(item, values), right(item, values)
        return a is not None and b is not None and holds(a, b)

    return test


def _is_of_type(value: AttributeValue, name: AttributeValue) -> bool:
    return bool(name["S"] in value)


def begins_with(value: AttributeValue, prefix: AttributeValue) -> bool:
    """Tell whether a string or binary begins with another of its type."""
    if "S" in prefix:
        return "S" in value and bool(value["S"].startswith(prefix["S"]))
    if "B" in prefix:
        return "B" in value and _decoded(value).startswith(_decoded(prefix))
    return False


def contains(value: AttributeValue, part: AttributeValue) -> bool:
    """Tell whether a string or binary has a part, or a set or list a member."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return "S" in part and bool(part["S"] in content)
        case "B":
            return "B" in part and _decoded(part) in _decoded(value)
        case "SS" | "NS" | "BS":
            return bool(part.get(kind[0]) in content)
        case "L":
            return any(equal(element, part) for element in content)
        case _:
            return False


def _decoded(value: AttributeValue) -> bytes:
    return base64.b64decode(value["B"])


def _truth(test: Test) -> Read:
    return lambda item, values: {"BOOL": test(item, values)}


def _size(operand: Read) -> Read:
    def read(item: Item, values: Values) -> AttributeValue | None:
        value = operand(item, values)
        if value is None:
            return None
        ((kind, content),) = value.items()
        match kind:
            case "B":
                return {"N": str(binary_size(content))}
            case "S" | "SS" | "NS" | "BS" | "L" | "M":
                return {"N": str(len(content))}
            case _:
                return None

    return read
