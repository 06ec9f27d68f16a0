"""The parsed form of expressions."""

from dataclasses import dataclass
from typing import Any

#: A document path with its names resolved: attribute names and list indexes.
Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """A document path; a step of a parsed path may still be a #placeholder."""

    steps: Steps


@dataclass(frozen=True, slots=True)
class Value:
    """A :placeholder, the colon included."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A value that stands in the request itself: legacy parameters have no placeholders."""

    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its operands; a condition, or an operand of one, or of SET."""

    function: str
    operands: tuple["Operand", ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition that stands as an operand, as the boolean that it gives; only PartiQL has that."""

    condition: "ConditionNode"


Operand = Path | Value | Constant | Call | Truth


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """`operand BETWEEN low AND high`."""

    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class In:
    """`operand IN (choices)`."""

    operand: Operand
    choices: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT term`."""

    term: "ConditionNode"


@dataclass(frozen=True, slots=True)
class And:
    """`terms[0] AND terms[1] AND ...`."""

    terms: tuple["ConditionNode", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """`terms[0] OR terms[1] OR ...`."""

    terms: tuple["ConditionNode", ...]


ConditionNode = Comparison | Between | In | Call | Not | And | Or


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left + right` or `left - right` in SET."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class SetAction:
    """`SET path = value`."""

    path: Path
    value: Operand | Arithmetic


@dataclass(frozen=True, slots=True)
class RemoveAction:
    """`REMOVE path`."""

    path: Path


@dataclass(frozen=True, slots=True)
class AddAction:
    """`ADD path :value`."""

    path: Path
    value: Value


@dataclass(frozen=True, slots=True)
class DeleteAction:
    """`DELETE path :value`."""

    path: Path
    value: Value


Action = SetAction | RemoveAction | AddAction | DeleteAction


@dataclass(frozen=True, slots=True)
class ConditionTree:
    """A parsed condition; `operators` counts comparisons, AND, OR and NOT."""

    node: ConditionNode
    operators: int
    redundant_parentheses: bool


@dataclass(frozen=True, slots=True)
class UpdateTree:
    """A parsed update; `sections` are the keywords as they came, `operators` counts + and -."""

    actions: tuple[Action, ...]
    sections: tuple[str, ...]
    operators: int
    redundant_parentheses: bool
