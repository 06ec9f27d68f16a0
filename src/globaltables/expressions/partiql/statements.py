"""Compiled statements: what a text asks for, cached by text, and bound to the parameters of a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from globaltables.expressions.conditions import Condition
from globaltables.expressions.partiql.grammar import parse_statement
from globaltables.expressions.partiql.literals import field_name, unsupported
from globaltables.expressions.partiql.lowering import (
    Lowering,
    compile_condition,
    compile_update,
    parameter_name,
)
from globaltables.expressions.partiql.tree import (
    Delete,
    Insert,
    Invocation,
    Reference,
    Returning,
    Select,
    Source,
    Struct,
    Term,
)
from globaltables.expressions.partiql.tree import (
    Update as ParsedUpdate,
)
from globaltables.expressions.projections import Projection
from globaltables.expressions.resolve import Values
from globaltables.expressions.tree import ConditionNode, Steps
from globaltables.expressions.updates import Update
from globaltables.foundation.errors import validation
from globaltables.foundation.limits import EXPRESSION_CACHE_ENTRIES_MAX
from globaltables.items.values import AttributeValue

_INDEX_PARTS = 2


@dataclass(frozen=True, slots=True)
class Where:
    """A WHERE clause: its nodes, for planning, and compiled."""

    node: ConditionNode
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    """What every statement has.

    Attributes:
        table: the name or ARN that it gives.
        literals: its values by name.
        parameters: how many question marks it has.
    """

    table: str
    literals: Mapping[str, AttributeValue]
    parameters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectStatement(_Compiled):
    """A SELECT.

    Attributes:
        index: the index that it reads; None is the table itself.
        columns: what each column is called and where it is found; None is the star.
        projection: the paths of the columns.
        where: its condition.
        order: the attributes of ORDER BY, each with whether it descends; None without that clause.
    """

    index: str | None
    columns: tuple[tuple[str, Steps], ...] | None
    projection: Projection | None
    where: Where | None
    order: tuple[tuple[str, bool], ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistsStatement(_Compiled):
    """EXISTS(SELECT ...) as a statement of a transaction.

    Attributes:
        index: the index that the SELECT names.
        where: the condition that has to hold.
    """

    index: str | None
    where: Where | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertStatement(_Compiled):
    """An INSERT; `item` are the attributes with the names of their values."""

    item: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateStatement(_Compiled):
    """An UPDATE."""

    index: str | None
    update: Update
    where: Where | None
    returning: Returning | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteStatement(_Compiled):
    """A DELETE."""

    index: str | None
    where: Where | None
    returning: Returning | None


Statement = SelectStatement | ExistsStatement | InsertStatement | UpdateStatement | DeleteStatement


@lru_cache(EXPRESSION_CACHE_ENTRIES_MAX)
def compile_statement(text: str) -> Statement:
    """Return the compiled statement.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    parsed, parameters = parse_statement(text)
    match parsed:
        case Select():
            return _select(parsed, parameters)
        case Insert():
            return _insert(parsed, parameters)
        case ParsedUpdate():
            return _update(parsed, parameters)
        case Delete():
            return _delete(parsed, parameters)
        case Invocation("exists", (Select() as select,)):
            read = _select(select, parameters)
            return ExistsStatement(
                table=read.table,
                index=read.index,
                where=read.where,
                literals=read.literals,
                parameters=parameters,
            )
        case _:
            raise unsupported(parsed)


def bind(statement: Statement, parameters: Sequence[AttributeValue]) -> Values:
    """Return the values of a statement together with its parameters, which were checked.

    Raises:
        ApiError: ValidationException when parameters are missing.
    """
    if len(parameters) < statement.parameters:
        raise validation("Number of parameters in request and statement don't match.")
    if not statement.parameters:
        return statement.literals
    given = {parameter_name(number): parameters[number] for number in range(statement.parameters)}
    return {**statement.literals, **given}


def _select(parsed: Select, parameters: int) -> SelectStatement:
    if parsed.unsupported is not None:
        raise validation(f"Unsupported clause: {parsed.unsupported}")
    if parsed.aliased or (parsed.source is not None and parsed.source.aliased):
        raise validation("Aliasing is not supported")
    table, index = _names(parsed.source)
    columns = None if parsed.columns is None else tuple(map(_column, parsed.columns))
    if columns is not None:
        seen: set[str] = set()
        for name, _ in columns:
            if name in seen:
                raise validation(f"Duplicate identifiers in select clause: {name}")
            seen.add(name)
    lowering = Lowering()
    where = _where(parsed.where, lowering)
    return SelectStatement(
        table=table,
        index=index,
        columns=columns,
        projection=None if columns is None else Projection(steps for _, steps in columns),
        where=where,
        order=None if parsed.order is None else tuple(map(_ordering, parsed.order)),
        literals=lowering.values,
        parameters=parameters,
    )


def _insert(parsed: Insert, parameters: int) -> InsertStatement:
    if parsed.returning is not None:
        raise validation("RETURNING is not supported in INSERT")
    if len(parsed.target.parts) > 1:
        raise validation("FROM clause may only contain a single table name")
    table, _ = _names(parsed.target)
    if not isinstance(parsed.term, Struct):
        raise unsupported(parsed.term)
    lowering = Lowering()
    item: dict[str, str] = {}
    for name, term in parsed.term.fields:
        text = field_name(name)
        if text in item:
            raise validation(f"Duplicate keys in tuple. Key: {text} under root")
        item[text] = lowering.value(term).name
    return InsertStatement(
        table=table, item=tuple(item.items()), literals=lowering.values, parameters=parameters
    )


def _update(parsed: ParsedUpdate, parameters: int) -> UpdateStatement:
    table, index = _target(parsed.target)
    lowering = Lowering()
    update = compile_update([lowering.action(change) for change in parsed.changes])
    where = _where(parsed.where, lowering)
    return UpdateStatement(
        table=table,
        index=index,
        update=update,
        where=where,
        returning=parsed.returning,
        literals=lowering.values,
        parameters=parameters,
    )


def _delete(parsed: Delete, parameters: int) -> DeleteStatement:
    table, index = _target(parsed.target)
    if parsed.returning not in (None, "ALL OLD"):
        raise validation(
            f"Invalid returning clause: RETURNING {parsed.returning} *. "
            "Only RETURNING ALL OLD * is allowed in DELETE statements."
        )
    lowering = Lowering()
    where = _where(parsed.where, lowering)
    return DeleteStatement(
        table=table,
        index=index,
        where=where,
        returning=parsed.returning,
        literals=lowering.values,
        parameters=parameters,
    )


def _target(source: Source) -> tuple[str, str | None]:
    if source.aliased:
        raise validation("Aliasing is not supported")
    return _names(source)


def _names(source: Source | None) -> tuple[str, str | None]:
    """Return the table and the index that a statement names.

    Raises:
        ApiError: ValidationException when it names neither, or more.
    """
    if source is None or not source.parts:
        raise validation("FROM clause may only contain a single table name")
    if "" in source.parts:
        raise validation("Path component cannot be an empty string")
    if len(source.parts) > _INDEX_PARTS:
        raise validation("A path may contain at most 2 components in the FROM clause")
    return source.parts[0], source.parts[1] if len(source.parts) == _INDEX_PARTS else None


def _where(term: Term | None, lowering: Lowering) -> Where | None:
    if term is None:
        return None
    node = lowering.condition(term)
    return Where(node, compile_condition(node))


def _column(term: Term) -> tuple[str, Steps]:
    """Return a column's name, which is the last name of its path with the indexes behind it, and the path."""
    if not isinstance(term, Reference):
        raise unsupported(term)
    last = max(at for at, step in enumerate(term.steps) if isinstance(step, str))
    indexes = "".join(f"[{index}]" for index in term.steps[last + 1 :])
    return f"{term.steps[last]}{indexes}", term.steps


def _ordering(part: tuple[Term, bool]) -> tuple[str, bool]:
    term, descends = part
    if not isinstance(term, Reference) or len(term.steps) > 1:
        raise unsupported(term)
    return str(term.steps[0]), descends
