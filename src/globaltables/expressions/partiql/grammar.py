"""The grammar of statements; expressions are read in `terms`.

statement := select | insert | update | from update | delete | expression     with one `;` at most behind it
select    := SELECT (* | term [AS name], ...) FROM path [WHERE condition] [ORDER BY term [ASC | DESC], ...]
insert    := INSERT INTO path VALUE term
update    := UPDATE path change+ [WHERE condition] [returning]
           | FROM path [WHERE condition] change+ [returning]
change    := SET path = term, ... | REMOVE path
delete    := DELETE FROM path [WHERE condition] [returning]
returning := RETURNING (ALL | MODIFIED) (OLD | NEW) *

AWS reads statements with PartiQL's own parser, and its errors are that parser's: it stops at the first token that does
not fit, and says what it expected there.
"""

from collections.abc import Mapping

from globaltables.expressions.partiql.terms import SELECTING, TermParser
from globaltables.expressions.partiql.tokens import Tokens, malformed
from globaltables.expressions.partiql.tree import (
    Assignment,
    Change,
    Delete,
    Insert,
    ParsedStatement,
    Reference,
    Removal,
    Returning,
    Select,
    Source,
    Term,
    Update,
)

_RETURNING = "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element."
_RETURNED: Mapping[tuple[str, str], Returning] = {
    ("all", "old"): "ALL OLD",
    ("all", "new"): "ALL NEW",
    ("modified", "old"): "MODIFIED OLD",
    ("modified", "new"): "MODIFIED NEW",
}


def parse_statement(text: str) -> tuple[ParsedStatement, int]:
    """Return the parsed statement and how many parameters it has.

    Raises:
        ApiError: ValidationException, not well formed.
    """
    parser = _StatementParser(Tokens(text))
    statement = parser.statement()
    parser.tokens.takes(";")
    if parser.tokens.current.kind != "end":
        raise malformed("Unexpected token after expression")
    return statement, parser.parameters


class _StatementParser(TermParser):
    __slots__ = ()

    def statement(self) -> ParsedStatement:
        tokens = self.tokens
        if tokens.at("select"):
            return self.select()
        if tokens.takes("insert"):
            return self._insert()
        if tokens.takes("update"):
            target = self._target()
            changes = self._changes()
            return Update(target, changes, self._where(), self._returning())
        if tokens.takes("delete"):
            tokens.expect("from", "Expected FROM after DELETE")
            return Delete(self._target(), self._where(), self._returning())
        if tokens.takes("from"):
            return self._update_from()
        return self.term()

    def select(self) -> Select:
        tokens = self.tokens
        place = tokens.take().place
        if tokens.at("distinct"):
            unsupported: str | None = f"DISTINCT at {tokens.take().place}"
        else:
            unsupported = None
            tokens.takes("all")
        columns, aliased = self._columns()
        tokens.expect("from", "Expected FROM after SELECT list")
        source = self._source()
        where = self._where(SELECTING)
        order = None
        if tokens.at("order"):
            order = self._order()
        for word in ("group", "having", "limit"):
            if tokens.at(word):
                name = tokens.take().text.upper()
                if word == "group":
                    tokens.expect("by")
                    name = "GROUP BY"
                argument = tokens.current.place
                self.term(SELECTING)
                while word == "group" and tokens.takes(","):
                    self.term(SELECTING)
                unsupported = unsupported or f"{name} at {argument}"
        return Select(columns, source, where, order, aliased, unsupported, place)

    def _columns(self) -> tuple[tuple[Term, ...] | None, bool]:
        tokens = self.tokens
        columns: list[Term] = []
        star = aliased = False
        while True:
            if tokens.takes("*"):
                star = True
            else:
                columns.append(self.term())
                aliased |= self._alias()
            if not tokens.takes(","):
                break
        if star and columns:
            raise malformed(
                "Other expressions may not be present in the select list when '*' is used without dot notation."
            )
        return None if star else tuple(columns), aliased

    def _alias(self) -> bool:
        """Step over an alias; tell whether there was one."""
        tokens = self.tokens
        if tokens.takes("as"):
            if tokens.take().kind not in ("name", "quoted"):
                raise malformed("Expected identifier for AS-alias")
            return True
        if tokens.current.kind in ("name", "quoted"):
            tokens.take()
            return True
        return False

    def _source(self) -> Source | None:
        """Read what a SELECT reads; None is something that is no name."""
        term = self.term(SELECTING)
        aliased = self._alias()
        joined = False
        while self.tokens.takes(","):
            self.term(SELECTING)
            self._alias()
            joined = True
        if (
            joined
            or not isinstance(term, Reference)
            or not all(isinstance(step, str) for step in term.steps)
        ):
            return None
        return Source(tuple(map(str, term.steps)), aliased)

    def _target(self) -> Source:
        """Read what a write changes."""
        path = self.simple_path()
        aliased = self._alias()
        if not all(isinstance(step, str) for step in path.steps):
            raise malformed("Invalid path component for simple path")
        return Source(tuple(map(str, path.steps)), aliased)

    def _where(self, precedence: int = -1) -> Term | None:
        return self.term(precedence) if self.tokens.takes("where") else None

    def _order(self) -> tuple[tuple[Term, bool], ...]:
        tokens = self.tokens
        tokens.take()
        tokens.expect("by")
        terms = []
        while True:
            term = self.term(SELECTING)
            descends = tokens.takes("desc")
            if not descends:
                tokens.takes("asc")
            terms.append((term, descends))
            if not tokens.takes(","):
                return tuple(terms)

    def _insert(self) -> ParsedStatement:
        tokens = self.tokens
        tokens.expect("into")
        path = self.simple_path()
        target = Source(tuple(map(str, path.steps)), aliased=False)
        if tokens.takes("value"):
            return Insert(target, self.term(), self._returning())
        return Insert(target, self.term(), None)

    def _update_from(self) -> Update:
        target = self._source()
        where = self._where(SELECTING)
        changes = self._changes()
        return Update(target or Source((), aliased=False), changes, where, self._returning())

    def _changes(self) -> tuple[Change, ...]:
        tokens = self.tokens
        changes: list[Change] = []
        while True:
            if tokens.takes("set"):
                changes.append(self._assignment())
                while tokens.takes(","):
                    changes.append(self._assignment())
            elif tokens.takes("remove"):
                changes.append(Removal(self.simple_path()))
            elif changes:
                return tuple(changes)
            else:
                raise malformed("Expected data manipulation")

    def _assignment(self) -> Assignment:
        path: Reference = self.simple_path()
        self.tokens.expect("=", "Expected '='")
        return Assignment(path, self.term())

    def _returning(self) -> Returning | None:
        tokens = self.tokens
        if not tokens.takes("returning"):
            return None
        returning = _RETURNED.get((tokens.take().text, tokens.take().text))
        if returning is None:
            raise malformed(_RETURNING)
        tokens.expect("*", _RETURNING)
        return returning
