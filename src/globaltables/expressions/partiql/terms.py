"""Terms of PartiQL, read by precedence: OR, AND, NOT, equality with IN and IS, order with BETWEEN, sums, products."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from globaltables.expressions.partiql.keywords import FUNCTION_WORDS, OPERATOR_WORDS, TYPE_WORDS
from globaltables.expressions.partiql.tokens import Token, Tokens, malformed
from globaltables.expressions.partiql.tree import (
    Invocation,
    Missing,
    Operation,
    Parameter,
    Reference,
    Scalar,
    Select,
    Sequence,
    Struct,
    Term,
    TypeTest,
)
from globaltables.expressions.tree import Steps
from globaltables.foundation.errors import validation
from globaltables.foundation.limits import EXPRESSION_LIST_INDEX_MAX, STATEMENT_DEPTH_MAX

#: Inside a SELECT no operator binds as loosely as its clauses.
SELECTING = 6
_NOT = 30
_EQUALITY, _ORDER, _SUM, _PRODUCT = 40, 50, 60, 70
_PRECEDENCES: Mapping[str, int] = {
    "union": 5,
    "except": 5,
    "intersect": 5,
    "or": 10,
    "and": 20,
    "=": _EQUALITY,
    "<>": _EQUALITY,
    "is": _EQUALITY,
    "in": _EQUALITY,
    "<": _ORDER,
    "<=": _ORDER,
    ">": _ORDER,
    ">=": _ORDER,
    "between": _ORDER,
    "like": _ORDER,
    "+": _SUM,
    "-": _SUM,
    "||": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "%": _PRODUCT,
}
_NEGATED = ("in", "between", "like")
_TOO_DEEP = "Too many nested expressions"
_NO_RIGHT_SIDE = "Missing right-hand side expression of infix operator"
#: An operator at the end has neither an operand nor the end behind it.
_OPERATOR_AND_END = 2
_OPERATORS = frozenset(("+", "-", "/", "%", "<", "<=", ">", ">=", "=", "<>", "||", "@"))
#: Words that begin no term and are no operator: PartiQL's parser does not call them keywords.
_PLAIN_WORDS = frozenset(("as", "at", "by", "asc", "desc", "for"))


class TermParser(ABC):
    """Reads terms.

    Attributes:
        tokens: where it reads.
        parameters: how many question marks were read.
    """

    __slots__ = ("_depth", "parameters", "tokens")

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.parameters = 0
        self._depth = 0

    @abstractmethod
    def select(self) -> Select:
        """Read a SELECT, the word itself included."""

    def term(self, precedence: int = -1) -> Term:
        """Read a term whose operators bind tighter than the precedence.

        Raises:
            ApiError: ValidationException, not well formed.
        """
        self._depth += 1
        if self._depth > STATEMENT_DEPTH_MAX:
            raise malformed(_TOO_DEEP)
        left = self._unary()
        chained = 0
        while True:
            token = self.tokens.current
            operator = self._infix()
            bound = _PRECEDENCES.get(operator, -1) if operator else -1
            if bound <= precedence or bound < 0:
                self._depth -= 1
                return left
            if operator not in ("and", "or"):
                # Those two are unrolled; a chain of any other operator nests as deep as it is long.
                chained += 1
                if chained > STATEMENT_DEPTH_MAX:
                    raise malformed(_TOO_DEEP)
            negated = self.tokens.takes("not")
            left = self._operation(left, operator, token, bound)
            if negated:
                left = Operation("not", (left,), token.place)

    def simple_path(self) -> Reference:
        """Read a path that is written to, or a table.

        Raises:
            ApiError: ValidationException, not well formed.
        """
        token = self.tokens.current
        if token.kind not in ("name", "quoted"):
            raise malformed("Expected identifier for simple path")
        self.tokens.take()
        return Reference(self._steps([token.text]), token.place)

    def _infix(self) -> str:
        """Return the operator that comes next, that of NOT IN and the like for NOT; nothing when there is none."""
        tokens = self.tokens
        token = tokens.current
        if token.kind not in ("symbol", "keyword"):
            return ""
        if token.text == "not":
            following = tokens.following
            return (
                following.text if following.kind == "keyword" and following.text in _NEGATED else ""
            )
        return token.text

    def _operation(self, left: Term, operator: str, token: Token, bound: int) -> Term:
        tokens = self.tokens
        if operator == "is":
            tokens.take()
            return self._type_test(left, token)
        if tokens.left <= _OPERATOR_AND_END:
            raise malformed(_NO_RIGHT_SIDE)
        tokens.take()
        if operator == "in" and tokens.at("(") and tokens.following.text != "select":
            place = tokens.take().place
            elements = self._list(")")
            return Operation("in", (left, Sequence("List", elements, place)), token.place)
        right = self.term(bound)
        if operator == "between":
            tokens.expect("and")
            if tokens.current.kind == "end":
                raise malformed("Expected expression after AND")
            return Operation("between", (left, right, self.term(bound)), token.place)
        return Operation(operator, (left, right), token.place)

    def _type_test(self, left: Term, token: Token) -> Term:
        tokens = self.tokens
        negated = tokens.takes("not")
        name = tokens.current
        if name.kind != "keyword":
            raise malformed("Expected type name")
        tokens.take()
        word = name.text
        if (word, tokens.current.text) in (("double", "precision"), ("character", "varying")):
            word = f"{word} {tokens.take().text}"
        elif word not in TYPE_WORDS:
            raise malformed("Expected type name")
        test = TypeTest(left, word, token.place)
        return Operation("not", (test,), token.place) if negated else test

    def _unary(self) -> Term:
        tokens = self.tokens
        token = tokens.current
        if tokens.takes("not"):
            return Operation("not", (self.term(_NOT),), token.place)
        signs: list[Token] = []
        while tokens.at("+", "-"):
            signs.append(tokens.take())
        term = self._path_term()
        for sign in reversed(signs):
            if isinstance(term, Scalar) and term.kind == "N":
                if sign.text == "-":
                    term = Scalar("N", _negated(term.content), term.place)
            else:
                term = Operation(sign.text, (term,), sign.place)
        return term

    def _path_term(self) -> Term:
        token = self.tokens.current
        term = self._primary()
        if isinstance(term, Reference):
            return Reference(self._steps(list(term.steps)), token.place)
        if self.tokens.at(".", "["):
            raise malformed("Invalid path component")
        return term

    def _steps(self, steps: list[str | int]) -> Steps:
        tokens = self.tokens
        while True:
            if tokens.takes("."):
                if tokens.current.kind not in ("name", "quoted"):
                    raise malformed("Invalid path dot component")
                steps.append(tokens.take().text)
            elif tokens.takes("["):
                steps.append(self._index())
                tokens.expect("]")
            else:
                return tuple(steps)

    def _index(self) -> str | int:
        """Read what stands in the brackets of a path: an index, or a name in single quotes."""
        term = self._unary()
        if isinstance(term, Scalar) and term.kind == "S":
            return str(term.content)
        if (
            not isinstance(term, Scalar)
            or term.kind != "N"
            or not term.content.lstrip("-").isdigit()
        ):
            raise malformed("Invalid path component")
        index = int(term.content)
        if not 0 <= index <= EXPRESSION_LIST_INDEX_MAX:
            raise validation(
                f"List index is not within the allowable range; index: [{index}] at {term.place}"
            )
        return index

    def _primary(self) -> Term:
        tokens = self.tokens
        token = tokens.current
        match token.kind:
            case "keyword":
                return self._word(token)
            case "name" | "quoted":
                tokens.take()
                if tokens.takes("("):
                    return Invocation(token.text.lower(), self._list(")"), token.place)
                return Reference((token.text,), token.place)
            case "string":
                return Scalar("S", tokens.take().text, token.place)
            case "number":
                return Scalar("N", tokens.take().text, token.place)
            case "symbol":
                return self._symbol(token)
            case _:
                raise malformed("Unexpected term")

    def _word(self, token: Token) -> Term:
        tokens = self.tokens
        match token.text:
            case "true" | "false":
                return Scalar("BOOL", tokens.take().text == "true", token.place)
            case "null":
                return Scalar("NULL", tokens.take().text == "null", token.place)
            case "missing":
                return Missing(tokens.take().place)
            case "select":
                return self.select()
            case "from" | "update" | "set" | "remove":
                raise malformed("Expected data manipulation")
        if token.text in OPERATOR_WORDS:
            raise malformed("Unexpected operator")
        if token.text in FUNCTION_WORDS and tokens.following.text == "(":
            tokens.take()
            tokens.take()
            return Invocation(token.text, self._list(")"), token.place)
        raise malformed("Unexpected term" if token.text in _PLAIN_WORDS else "Unexpected keyword")

    def _symbol(self, token: Token) -> Term:
        tokens = self.tokens
        tokens.take()
        match token.text:
            case "?":
                self.parameters += 1
                return Parameter(self.parameters - 1, token.place)
            case "(":
                terms = self._list(")")
                if not terms:
                    raise malformed("Expression group cannot be empty")
                return terms[0] if len(terms) == 1 else Sequence("List", terms, token.place)
            case "[":
                return Sequence("List", self._list("]"), token.place)
            case "<<":
                return Sequence("Bag", self._list(">>"), token.place)
            case "{":
                return self._struct(token)
        raise malformed("Unexpected operator" if token.text in _OPERATORS else "Unexpected term")

    def _list(self, closing: str) -> tuple[Term, ...]:
        tokens = self.tokens
        if tokens.takes(closing):
            return ()
        terms = [self.term()]
        while tokens.takes(","):
            terms.append(self.term())
        tokens.expect(closing, f"Expected {closing}")
        return tuple(terms)

    def _struct(self, token: Token) -> Struct:
        tokens = self.tokens
        fields: list[tuple[Term, Term]] = []
        if tokens.takes("}"):
            return Struct((), token.place)
        while True:
            name = self.term()
            tokens.expect(":", "Expected :")
            fields.append((name, self.term()))
            if not tokens.takes(","):
                tokens.expect("}", "Expected }")
                return Struct(tuple(fields), token.place)


def _negated(number: str) -> str:
    return number[1:] if number.startswith("-") else f"-{number}"
