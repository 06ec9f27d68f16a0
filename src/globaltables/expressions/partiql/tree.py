"""The parsed form of a PartiQL statement, before anything in it was given a meaning.

`place` is line, column and length in the text, as AWS writes them in errors.
"""

from dataclasses import dataclass
from typing import Any, Literal

from globaltables.expressions.tree import Steps


@dataclass(frozen=True, slots=True)
class Reference:
    """An attribute name or a document path."""

    steps: Steps
    place: str


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, number, boolean or null; a number as it was written, with its sign."""

    kind: Literal["S", "N", "BOOL", "NULL"]
    content: Any
    place: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The word MISSING as a value."""

    place: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A question mark; the first is number 0."""

    number: int
    place: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list `[...]`, or a bag `<<...>>`, which is a set in DynamoDB."""

    kind: Literal["List", "Bag"]
    elements: tuple["Term", ...]
    place: str


@dataclass(frozen=True, slots=True)
class Struct:
    """A map `{'name': value, ...}`."""

    fields: tuple[tuple["Term", "Term"], ...]
    place: str


@dataclass(frozen=True, slots=True)
class Invocation:
    """A function, its name in lower case, with its arguments."""

    function: str
    arguments: tuple["Term", ...]
    place: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with its operands; `not in` and the like are a `not` around the other operator."""

    operator: str
    operands: tuple["Term", ...]
    place: str


@dataclass(frozen=True, slots=True)
class TypeTest:
    """`term IS type`."""

    term: "Term"
    type: str
    place: str


@dataclass(frozen=True, slots=True)
class Source:
    """What stands after FROM, INSERT INTO or UPDATE: the parts of a name, and whether it has an alias."""

    parts: tuple[str, ...]
    aliased: bool


@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT.

    Attributes:
        columns: None is the star.
        source: None is something that is no name.
        where: the condition.
        order: what stands after ORDER BY, each with whether it descends; None without that clause.
        aliased: whether a column has an alias.
        unsupported: the first clause that DynamoDB does not have, with its place.
        place: of the word SELECT.
    """

    columns: tuple["Term", ...] | None
    source: Source | None
    where: "Term | None"
    order: tuple[tuple["Term", bool], ...] | None
    aliased: bool
    unsupported: str | None
    place: str


Term = (
    Reference
    | Scalar
    | Missing
    | Parameter
    | Sequence
    | Struct
    | Invocation
    | Operation
    | TypeTest
    | Select
)

#: What a write returns: which attributes of which image.
Returning = Literal["ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """`SET path = term`."""

    path: Reference
    term: Term


@dataclass(frozen=True, slots=True)
class Removal:
    """`REMOVE path`."""

    path: Reference


Change = Assignment | Removal


@dataclass(frozen=True, slots=True)
class Insert:
    """`INSERT INTO target VALUE term`."""

    target: Source
    term: Term
    returning: Returning | None


@dataclass(frozen=True, slots=True)
class Update:
    """`UPDATE target changes WHERE where`, or `FROM target WHERE where changes`."""

    target: Source
    changes: tuple[Change, ...]
    where: Term | None
    returning: Returning | None


@dataclass(frozen=True, slots=True)
class Delete:
    """`DELETE FROM target WHERE where`."""

    target: Source
    where: Term | None
    returning: Returning | None


ParsedStatement = Select | Insert | Update | Delete | Term
