"""The key of the one item that a write or an EXISTS names in its WHERE clause."""

from dataclasses import dataclass

from globaltables.expressions.partiql.statements import Where
from globaltables.expressions.resolve import Values
from globaltables.expressions.tree import And, Comparison, ConditionNode, Path, Value
from globaltables.items.values import Item
from globaltables.tables.definitions import KeySchema


@dataclass(slots=True)
class KeyOfWhere:
    """What a WHERE clause says about the key of one item.

    Attributes:
        key: the first value of each key attribute.
        conflicting: a key attribute that is to have a second value.
        more: whether it says anything else.
    """

    key: Item
    conflicting: str | None
    more: bool


def key_of_where(schema: KeySchema, where: Where | None, values: Values) -> KeyOfWhere:
    """Return what a WHERE clause says about the key."""
    found = KeyOfWhere({}, None, more=False)
    for term in _terms(where):
        match term:
            case Comparison("=", Path((str(name),)), Value(value)) | Comparison(
                "=", Value(value), Path((str(name),))
            ) if name in schema.name_set:
                present = found.key.setdefault(name, values[value])
                if present != values[value]:
                    found.conflicting = found.conflicting or name
                    found.more = True
            case _:
                found.more = True
    return found


def _terms(where: Where | None) -> list[ConditionNode]:
    """Return the terms that all have to hold, groups of them opened."""
    if where is None:
        return []
    terms: list[ConditionNode] = []
    pending = [where.node]
    while pending:
        node = pending.pop()
        if isinstance(node, And):
            pending += reversed(node.terms)
        else:
            terms.append(node)
    return terms
