"""The grammar of expressions, by recursive descent: AWS's errors quote the exact token that does not fit.

condition  := conjunct (OR conjunct)*          conjunct := negated (AND negated)*       negated := NOT* primary
primary    := ( condition ) | operand comparator operand | operand BETWEEN operand AND operand
            | operand IN ( operands ) | call
operand    := ( operand ) | path | :value | call          call := name ( operands )
path       := step ( .step | [index] )*                   step := name | #name
update     := section+     section := SET path = sum, ... | REMOVE path, ... | ADD path :value, ... | DELETE ...
sum        := ( sum ) | operand | operand + operand | operand - operand
projection := path (, path)*
"""

from typing import TypeGuard

from globaltables.expressions.tokens import Tokens
from globaltables.expressions.tree import (
    Action,
    AddAction,
    And,
    Arithmetic,
    Between,
    Call,
    Comparison,
    ConditionNode,
    ConditionTree,
    DeleteAction,
    In,
    Not,
    Operand,
    Or,
    Path,
    RemoveAction,
    SetAction,
    UpdateTree,
    Value,
)
from globaltables.foundation.limits import EXPRESSION_DEPTH_MAX, EXPRESSION_OPERATORS_MAX

_COMPARATORS = ("=", "<>", "<", "<=", ">", ">=")
_CONDITION_KEYWORDS = ("AND", "OR", "NOT", "BETWEEN", "IN")
_UPDATE_KEYWORDS = ("SET", "REMOVE", "ADD", "DELETE")

REDUNDANT_PARENTHESES = "The expression has redundant parentheses;"


#: AWS stops counting at the first operator too many.
TOO_MANY_OPERATORS = (
    f"The expression contains too many operators; operator count: {EXPRESSION_OPERATORS_MAX + 1}"
)
#: The functions of conditions and of updates: each kind knows the other's, but does not allow them.
KNOWN_FUNCTIONS = frozenset(
    (
        "attribute_exists",
        "attribute_not_exists",
        "attribute_type",
        "begins_with",
        "contains",
        "size",
        "if_not_exists",
        "list_append",
    )
)


def unknown_function(function: str) -> str:
    """Return AWS's reason for a function that does not exist."""
    return f"Invalid function name; function: {function}"


def misused_function(function: str) -> str:
    """Return AWS's reason for a function where it may not stand."""
    return f"The function is not allowed to be used this way in an expression; function: {function}"


def parse_condition(kind: str, text: str) -> ConditionTree:
    """Parse a condition, filter or key condition.

    Raises:
        ApiError: ValidationException for a syntax error.
    """
    parser = _ConditionParser(Tokens(kind, text))
    node = parser.condition()
    parser.tokens.expect_end()
    return ConditionTree(node, parser.operators, parser.redundant_parentheses)


def parse_update(text: str) -> UpdateTree:
    """Parse an update expression.

    Raises:
        ApiError: ValidationException for a syntax error.
    """
    return _UpdateParser(Tokens("UpdateExpression", text)).update()


def parse_projection(text: str) -> tuple[Path, ...]:
    """Parse a projection expression.

    Raises:
        ApiError: ValidationException for a syntax error.
    """
    parser = _Parser(Tokens("ProjectionExpression", text))
    paths = [parser.path()]
    while parser.tokens.at_symbol(","):
        parser.tokens.take()
        paths.append(parser.path())
    parser.tokens.expect_end()
    return tuple(paths)


class _Parser:
    """What all kinds share: paths and operands; `keywords` are no attribute names."""

    __slots__ = ("depth", "operators", "redundant_parentheses", "tokens")
    keywords: tuple[str, ...] = ()

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.operators = 0
        self.redundant_parentheses = False
        self.depth = 0

    def path(self) -> Path:
        return Path(self.path_steps([self.step()]))

    def path_steps(self, steps: list[str | int]) -> tuple[str | int, ...]:
        tokens = self.tokens
        while True:
            if tokens.at_symbol("."):
                tokens.take()
                steps.append(self.step())
            elif tokens.at_symbol("["):
                tokens.take()
                if tokens.current.kind != "number":
                    raise tokens.syntax_error()
                steps.append(int(tokens.take().text))
                tokens.expect("]")
            else:
                return tuple(steps)

    def step(self) -> str:
        tokens = self.tokens
        kind = tokens.current.kind
        if kind == "attribute" or (kind == "name" and not tokens.at_keyword(*self.keywords)):
            return tokens.take().text
        raise tokens.syntax_error()

    def operand(self) -> Operand:
        tokens = self.tokens
        if tokens.current.kind == "value":
            return Value(tokens.take().text)
        if tokens.current.kind == "name" and tokens.followed_by("("):
            return self.call()
        return self.path()

    def call(self) -> Call:
        tokens = self.tokens
        function = self.step()
        self.depth += 1
        if self.depth > EXPRESSION_DEPTH_MAX:
            known = function in KNOWN_FUNCTIONS
            raise tokens.refuse((misused_function if known else unknown_function)(function))
        tokens.expect("(")
        operands = [self.grouped_operand()]
        while tokens.at_symbol(","):
            tokens.take()
            operands.append(self.grouped_operand())
        tokens.expect(")")
        self.depth -= 1
        return Call(function, tuple(operands))

    def grouped_operand(self) -> Operand:
        """Read an operand that may stand in parentheses."""
        tokens = self.tokens
        if not tokens.at_symbol("("):
            return self.operand()
        levels = 0
        while tokens.at_symbol("("):
            tokens.take()
            levels += 1
        operand = self.operand()
        grouped = False
        for _ in range(levels):
            tokens.expect(")")
            self.redundant_parentheses |= grouped
            grouped = True
            if self.continues(operand):
                operand = Path(self.path_steps(list(operand.steps)))
                grouped = False
        return operand

    def continues(self, operand: object) -> TypeGuard[Path]:
        """Tell whether a path goes on after its group, as in `(a.b).c`."""
        return isinstance(operand, Path) and self.tokens.at_symbol(".", "[")


class _ConditionParser(_Parser):
    __slots__ = ("_group_read",)
    keywords = _CONDITION_KEYWORDS

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self._group_read = (-1, -1)  # where the last closed group began and ended, in tokens

    def condition(self) -> ConditionNode:
        node = self._condition_or_operand()
        if not _is_condition(node):
            raise self.tokens.syntax_error()
        return node

    def _condition_or_operand(self) -> ConditionNode | Operand:
        """Read a condition; or an operand alone, which makes sense in parentheses only."""
        tokens = self.tokens
        alternatives: list[ConditionNode] = []
        conjuncts: list[ConditionNode] = []
        while True:
            negations = 0
            while tokens.at_keyword("NOT"):
                tokens.take()
                negations += 1
            self.operators += negations
            node = self._primary()
            joined = tokens.at_keyword("AND", "OR")
            if not (joined or negations or conjuncts or alternatives):
                return node
            if not _is_condition(node):
                raise tokens.syntax_error()
            conjuncts.append(Not(node) if negations % 2 else node)
            if not joined:
                alternatives.append(_and(conjuncts))
                return _or(alternatives)
            self.operators += 1
            if tokens.take().text.upper() == "OR":
                alternatives.append(_and(conjuncts))
                conjuncts = []

    def _primary(self) -> ConditionNode | Operand:
        tokens = self.tokens
        node = self._group() if tokens.at_symbol("(") else self.operand()
        if not isinstance(node, Path | Value | Call):
            return node
        if tokens.at_symbol(*_COMPARATORS):
            self.operators += 1
            return Comparison(tokens.take().text, node, self.grouped_operand())
        if tokens.at_keyword("BETWEEN"):
            self.operators += 1
            tokens.take()
            low = self.grouped_operand()
            if not tokens.at_keyword("AND"):
                raise tokens.syntax_error()
            tokens.take()
            return Between(node, low, self.grouped_operand())
        if tokens.at_keyword("IN"):
            self.operators += 1
            tokens.take()
            return In(node, self._choices())
        return node

    def _group(self) -> ConditionNode | Operand:
        """Read what stands in parentheses: a condition, or one operand, which may be the beginning of a path."""
        tokens = self.tokens
        start = tokens.position
        tokens.take()
        self.depth += 1
        if self.depth > EXPRESSION_DEPTH_MAX:
            if tokens.at_symbol("("):
                raise tokens.refuse(REDUNDANT_PARENTHESES)
            raise tokens.refuse(TOO_MANY_OPERATORS)
        node = self._condition_or_operand()
        if self._group_read == (start + 1, tokens.position):
            self.redundant_parentheses = True
        tokens.expect(")")
        self.depth -= 1
        if self.continues(node):
            return Path(self.path_steps(list(node.steps)))
        self._group_read = (start, tokens.position)
        return node

    def _choices(self) -> tuple[Operand, ...]:
        tokens = self.tokens
        tokens.expect("(")
        choices = [self.grouped_operand()]
        while tokens.at_symbol(","):
            tokens.take()
            choices.append(self.grouped_operand())
        tokens.expect(")")
        return tuple(choices)


class _UpdateParser(_Parser):
    __slots__ = ()
    keywords = _UPDATE_KEYWORDS

    def update(self) -> UpdateTree:
        tokens = self.tokens
        actions: list[Action] = []
        sections: list[str] = []
        while not sections or tokens.current.kind != "end":
            if not tokens.at_keyword(*_UPDATE_KEYWORDS):
                raise tokens.syntax_error()
            section = tokens.take().text.upper()
            sections.append(section)
            actions.append(self._action(section))
            while tokens.at_symbol(","):
                tokens.take()
                actions.append(self._action(section))
        return UpdateTree(
            tuple(actions), tuple(sections), self.operators, self.redundant_parentheses
        )

    def continues(self, operand: object) -> TypeGuard[Path]:
        """Tell that no path goes on after its group in an update."""
        return False

    def _action(self, section: str) -> Action:
        tokens = self.tokens
        path = self.path()
        if section == "REMOVE":
            return RemoveAction(path)
        if section == "SET":
            tokens.expect("=")
            return SetAction(path, self._sum())
        if tokens.current.kind != "value":
            raise tokens.syntax_error()
        value = Value(tokens.take().text)
        return AddAction(path, value) if section == "ADD" else DeleteAction(path, value)

    def _sum(self) -> Operand | Arithmetic:
        tokens = self.tokens
        if tokens.at_symbol("("):
            left = self._grouped_sum()
            if isinstance(left, Arithmetic):
                return left
        else:
            left = self.operand()
        if not tokens.at_symbol("+", "-"):
            return left
        self.operators += 1
        return Arithmetic(tokens.take().text, left, self.grouped_operand())

    def _grouped_sum(self) -> Operand | Arithmetic:
        tokens = self.tokens
        tokens.take()
        self.depth += 1
        if self.depth > EXPRESSION_DEPTH_MAX:
            raise tokens.refuse(REDUNDANT_PARENTHESES)
        inner = self._sum()
        tokens.expect(")")
        self.depth -= 1
        return inner


def _is_condition(node: ConditionNode | Operand) -> TypeGuard[ConditionNode]:
    return isinstance(node, Comparison | Between | In | Call | Not | And | Or)


def _and(terms: list[ConditionNode]) -> ConditionNode:
    return terms[0] if len(terms) == 1 else And(tuple(terms))


def _or(terms: list[ConditionNode]) -> ConditionNode:
    return terms[0] if len(terms) == 1 else Or(tuple(terms))
