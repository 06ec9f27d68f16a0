"""From parsed conditions and changes to those of the expressions: one meaning, two languages.

Literals and parameters become values with names of their own, which are no placeholders of any expression; so what was
compiled for one text serves every request with it.
"""

from collections.abc import Iterable, Mapping

from globaltables.expressions.condition_checks import resolve_condition
from globaltables.expressions.conditions import Condition, checked_condition
from globaltables.expressions.grammar import misused_function, unknown_function
from globaltables.expressions.partiql.literals import is_literal, literal, unsupported
from globaltables.expressions.partiql.tree import (
    Assignment,
    Change,
    Invocation,
    Operation,
    Parameter,
    Reference,
    Removal,
    Scalar,
    Sequence,
    Term,
    TypeTest,
)
from globaltables.expressions.resolve import CheckList, Scope, Values
from globaltables.expressions.tree import (
    Action,
    AddAction,
    And,
    Arithmetic,
    Between,
    Call,
    Comparison,
    ConditionNode,
    DeleteAction,
    In,
    Not,
    Operand,
    Or,
    Path,
    RemoveAction,
    SetAction,
    Truth,
    Value,
)
from globaltables.expressions.update_checks import resolve_actions
from globaltables.expressions.updates import Update, update_of
from globaltables.foundation.errors import validation
from globaltables.items.values import AttributeValue, type_of

_COMPARATORS = frozenset(("=", "<>", "<", "<=", ">", ">="))
_CONDITIONS = frozenset(
    ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains")
)
_SET_FUNCTIONS = frozenset(("set_add", "set_delete"))
#: What IS tests; MISSING is not among them, it is no type.
_TYPES: Mapping[str, str] = {
    "null": "NULL",
    "boolean": "BOOL",
    "bool": "BOOL",
    "blob": "B",
    "string": "S",
    "numeric": "N",
    "struct": "M",
    "tuple": "M",
    "list": "L",
}
#: PartiQL has no kind of expression that its errors would name.
_NO_KIND = ""


class _PartiqlScope(Scope):
    """Names are what they say: there are no #placeholders."""

    in_counts_left = 0

    def __init__(self) -> None:
        super().__init__({})

    def undefined_name(self, path: Path) -> None:
        """Return nothing: every name is defined."""

    def path(self, path: Path) -> Path:
        """Remember the path and return it."""
        root = str(path.steps[0])
        self.roots.add(root)
        if len(path.steps) > 1:
            self.nested.add(root)
        return path


class Lowering:
    """Turns the terms of one statement into nodes, and collects its literals.

    Attributes:
        values: the literals by the names that stand for them.
    """

    def __init__(self) -> None:
        self.values: dict[str, AttributeValue] = {}

    def value(self, term: Term) -> Value:
        """Return the name that stands for a literal or a parameter.

        Raises:
            ApiError: it is neither, or cannot be stored.
        """
        if isinstance(term, Parameter):
            return Value(parameter_name(term.number))
        name = f":literal{len(self.values)}"
        self.values[name] = literal(term)
        return Value(name)

    def condition(self, term: Term) -> ConditionNode:
        """Return the node of a condition.

        Raises:
            ApiError: ValidationException for what is no condition.
        """
        match term:
            case Operation("and" | "or" as operator):
                terms = tuple(self.condition(each) for each in _chain(operator, term))
                return And(terms) if operator == "and" else Or(terms)
            case Operation("not", (negated,)):
                return Not(self.condition(negated))
            case Operation("between", (operand, low, high)):
                return Between(self.operand(operand), self.operand(low), self.operand(high))
            case Operation("in", (operand, Sequence(_, choices))) if choices:
                return In(self.operand(operand), tuple(map(self.operand, choices)))
            case Operation(operator, (left, right)) if operator in _COMPARATORS:
                return Comparison(operator, self.operand(left), self.operand(right))
            case TypeTest():
                return self._type_test(term)
            case Invocation(function, arguments):
                if function == "size":
                    raise validation(misused_function(function))
                if function not in _CONDITIONS:
                    raise validation(unknown_function(function))
                return Call(function, tuple(map(self.operand, arguments)))
            case _:
                raise unsupported(term)

    def operand(self, term: Term) -> Operand:
        """Return the node of an operand: a path, a value, size(), or a condition as the boolean that it gives."""
        match term:
            case Reference(steps):
                return Path(steps)
            case Invocation("size", arguments):
                return Call("size", tuple(map(self.operand, arguments)))
            case Invocation() | TypeTest():
                return Truth(self.condition(term))
            case Operation(operator) if operator not in ("+", "-", "*", "/", "%", "||"):
                return Truth(self.condition(term))
            case Parameter():
                return self.value(term)
            case _ if is_literal(term):
                return self.value(term)
            case _:
                raise unsupported(term)

    def action(self, change: Change) -> Action:
        """Return the action of one change.

        Raises:
            ApiError: ValidationException for what cannot be assigned.
        """
        match change:
            case Removal(path):
                return RemoveAction(Path(path.steps))
            case Assignment(path, Invocation(function) as call) if function in _SET_FUNCTIONS:
                return self._set_change(path, call)
            case Assignment(path, Operation("+" | "-" as operator, (left, right))):
                parts = (self._assigned(left), self._assigned(right))
                return SetAction(Path(path.steps), Arithmetic(operator, *parts))
            case Assignment(path, term):
                return SetAction(Path(path.steps), self._assigned(term))

    def _assigned(self, term: Term) -> Operand:
        match term:
            case Reference(steps):
                return Path(steps)
            case Invocation("list_append", arguments):
                return Call("list_append", tuple(map(self._assigned, arguments)))
            case Invocation(function):
                raise validation(unknown_function(function))
            case Parameter():
                return self.value(term)
            case _ if is_literal(term):
                return self.value(term)
            case _:
                raise unsupported(term)

    def _set_change(self, path: Reference, call: Invocation) -> Action:
        name = call.function.upper()
        if len(call.arguments) != 2:
            raise validation(
                "Incorrect number of operands for operator or function; "
                f"operator or function: {call.function}, number of operands: {len(call.arguments)}"
            )
        changed, members = call.arguments
        if not isinstance(changed, Reference) or changed.steps != path.steps:
            raise validation(
                f"The first argument to {name} must equal the assignment value at {call.place}"
            )
        is_set = isinstance(members, Parameter) or (
            isinstance(members, Sequence) and members.kind == "Bag"
        )
        if not is_set:
            raise validation(
                f"The second argument to {name} must be a value with type SET at {changed.place}"
            )
        value = self.value(members)
        target = Path(path.steps)
        return AddAction(target, value) if name == "SET_ADD" else DeleteAction(target, value)

    def _type_test(self, test: TypeTest) -> ConditionNode:
        if not isinstance(test.term, Reference):
            raise unsupported(test)
        path = Path(test.term.steps)
        if test.type == "missing":
            return Call("attribute_not_exists", (path,))
        kind = _TYPES.get(test.type)
        if kind is None:
            raise validation(f"Unsupported data type for IS operator: {test.type.upper()}")
        return Call("attribute_type", (path, self.value(Scalar("S", kind, test.place))))


def parameter_name(number: int) -> str:
    """Return the name that stands for a parameter; the first is number 0."""
    return f":parameter{number}"


def compile_condition(node: ConditionNode) -> Condition:
    """Return the compiled condition; its checks run with `check_values`.

    Raises:
        ApiError: ValidationException for what no value can make right.
    """
    scope, checks = _PartiqlScope(), CheckList(_NO_KIND)
    resolved = resolve_condition(node, scope, checks)
    return checked_condition(resolved, scope, checks)


def compile_update(actions: Iterable[Action]) -> Update:
    """Return the compiled update; its checks run with `check_values`.

    Raises:
        ApiError: ValidationException for what no value can make right.
    """
    scope, checks = _PartiqlScope(), CheckList(_NO_KIND)
    changes = tuple(actions)
    for action in changes:
        if isinstance(action, AddAction | DeleteAction):
            checks.add(_SetCheck(action))
    resolved = resolve_actions(changes, scope, checks)
    return update_of(resolved, scope, checks)


class _SetCheck:
    """Refuses a parameter of set_add or set_delete that is no set."""

    def __init__(self, action: AddAction | DeleteAction) -> None:
        self._name = "SET_ADD" if isinstance(action, AddAction) else "SET_DELETE"
        self._value = action.value.name

    def __call__(self, values: Values) -> str | None:
        if type_of(values[self._value]) in ("SS", "NS", "BS"):
            return None
        return f"The second argument to {self._name} must be a value with type SET"


def _chain(operator: str, term: Term) -> list[Term]:
    """Return the terms that one operator joins; the parser nests them to the left."""
    terms: list[Term] = []
    while isinstance(term, Operation) and term.operator == operator:
        term, right = term.operands
        terms.append(right)
    terms.append(term)
    return terms[::-1]
