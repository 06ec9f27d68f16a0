"""A condition as alternatives, each with what it says about the key: what AWS calls decomposed reads.

AND multiplies the alternatives of its terms, OR and IN add theirs up, as far as they name key attributes; everything
else is left to the filter. A condition pins the partition when every alternative has every hash attribute.
Source: measured on AWS (floci's DynamoDbPartiQLEdgeCaseIntegrationTest; nubo-db/dynamodb-conformance, partiql).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from globaltables.expressions.resolve import Values
from globaltables.expressions.tree import (
    And,
    Between,
    Call,
    Comparison,
    ConditionNode,
    In,
    Not,
    Operand,
    Or,
    Path,
    Truth,
    Value,
)
from globaltables.items.values import AttributeValue
from globaltables.tables.definitions import KeySchema

_FLIPPED: Mapping[str, str] = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
#: An operator of a key condition with its operands.
RangeTerm = tuple[str, tuple[AttributeValue, ...]]


@dataclass(slots=True)
class Branch:
    """One alternative.

    Attributes:
        hash: the values of hash attributes.
        ranges: the conditions on range attributes.
        rest: the terms that say nothing about what to read.
        loose: whether one of them denies something of a range attribute: AWS then allows overlaps.
        conflicting: whether a hash attribute was to have two values; the first is kept.
    """

    hash: dict[str, AttributeValue] = field(default_factory=dict)
    ranges: dict[str, list[RangeTerm]] = field(default_factory=dict)
    rest: list[ConditionNode] = field(default_factory=list)
    loose: bool = False
    conflicting: bool = False

    def joined(self, other: "Branch") -> "Branch":
        """Return the alternative in which both hold."""
        conflicting = any(
            name in self.hash and self.hash[name] != value for name, value in other.hash.items()
        )
        ranges = {name: list(terms) for name, terms in self.ranges.items()}
        for name, terms in other.ranges.items():
            ranges.setdefault(name, []).extend(terms)
        return Branch(
            {**other.hash, **self.hash},
            ranges,
            self.rest + other.rest,
            self.loose or other.loose,
            self.conflicting or other.conflicting or conflicting,
        )


class Branches:
    """The alternatives of conditions on one key schema.

    Args:
        schema: of the table or index that is read.
        values: of the statement.
    """

    def __init__(self, schema: KeySchema, values: Values) -> None:
        self._values = values
        self._hash = frozenset(attribute.name for attribute in schema.hash)
        self._range = frozenset(attribute.name for attribute in schema.range)
        self._keys = schema.name_set

    def pins(self, node: ConditionNode) -> bool:
        """Tell whether every alternative has every hash attribute."""
        return self._pinned(node) == self._hash

    def count(self, node: ConditionNode) -> int:
        """Return how many alternatives there are, without making them."""
        match node:
            case And(terms):
                product = 1
                for term in terms:
                    product *= self.count(term)
                return product
            case Or(terms) if self._keys & attributes_of(node):
                return sum(map(self.count, terms))
            case In(Path((str(name),)), choices) if name in self._keys and _all_values(choices):
                return len(choices)
            case _:
                return 1

    def expand(self, node: ConditionNode) -> list[Branch]:
        """Return the alternatives."""
        match node:
            case And(terms):
                branches = [Branch()]
                for term in terms:
                    more = self.expand(term)
                    branches = [one.joined(other) for one in branches for other in more]
                return branches
            case Or(terms) if self._keys & attributes_of(node):
                return [branch for term in terms for branch in self.expand(term)]
            case In(Path((str(name),)), choices) if name in self._keys and _all_values(choices):
                return [self._keyed(name, "=", (choice,)) for choice in choices]
            case _:
                return [self._leaf(node)]

    def _pinned(self, node: ConditionNode) -> frozenset[str]:
        match node:
            case And(terms):
                return frozenset[str]().union(*map(self._pinned, terms))
            case Or(terms):
                return frozenset.intersection(*map(self._pinned, terms))
            case In(Path((str(name),)), choices) if name in self._hash and _all_values(choices):
                return frozenset((name,))
            case _:
                return frozenset(self._leaf(node).hash)

    def _leaf(self, node: ConditionNode) -> Branch:
        match node:
            case Comparison(operator, Path((str(name),)), Value() as value):
                found = self._compared(name, operator, value)
            case Comparison(operator, Value() as value, Path((str(name),))):
                found = self._compared(name, _FLIPPED.get(operator, operator), value)
            case Between(Path((str(name),)), Value() as low, Value() as high):
                found = self._keyed(name, "BETWEEN", (low, high)) if name in self._range else None
            case Call("begins_with", (Path((str(name),)), Value() as prefix)):
                found = self._keyed(name, "begins_with", (prefix,)) if name in self._range else None
            case _:
                found = None
        if found is not None:
            return found
        denies = isinstance(node, Not) or (isinstance(node, Comparison) and node.operator == "<>")
        loose = denies and bool(self._range & attributes_of(node))
        return Branch(rest=[node], loose=loose)

    def _compared(self, name: str, operator: str, value: Value) -> Branch | None:
        if name in self._hash and operator == "=":
            return self._keyed(name, operator, (value,))
        if name in self._range and operator in _FLIPPED:
            return self._keyed(name, operator, (value,))
        return None

    def _keyed(self, name: str, operator: str, operands: tuple[Operand, ...]) -> Branch:
        values = tuple(
            self._values[operand.name] for operand in operands if isinstance(operand, Value)
        )
        if name in self._hash:
            return Branch(hash={name: values[0]})
        return Branch(ranges={name: [(operator, values)]})


def attributes_of(node: ConditionNode | Operand) -> set[str]:
    """Return the top-level attributes that a condition refers to."""
    return set(_attributes(node))


def ordered_attributes(nodes: list[ConditionNode]) -> list[str]:
    """Return the top-level attributes that conditions refer to, in the order of the text."""
    return list(dict.fromkeys(name for node in nodes for name in _attributes(node)))


def _attributes(node: ConditionNode | Operand) -> Iterator[str]:
    match node:
        case Path(steps):
            yield str(steps[0])
        case And(terms) | Or(terms):
            for term in terms:
                yield from _attributes(term)
        case Not(term) | Truth(term):
            yield from _attributes(term)
        case Comparison(_, left, right):
            yield from _attributes(left)
            yield from _attributes(right)
        case Between(operand, low, high):
            for part in (operand, low, high):
                yield from _attributes(part)
        case In(operand, choices):
            yield from _attributes(operand)
            for choice in choices:
                yield from _attributes(choice)
        case Call(_, operands):
            for part in operands:
                yield from _attributes(part)
        case _:
            return


def _all_values(choices: tuple[Operand, ...]) -> bool:
    return all(isinstance(choice, Value) for choice in choices)
