"""Projections: the parts of an item that a list of document paths names."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Union

from globaltables.expressions.grammar import parse_projection
from globaltables.expressions.resolve import (
    Scope,
    check_text,
    check_words,
    overlap_reason,
    refusal,
)
from globaltables.expressions.tree import Steps
from globaltables.foundation.limits import EXPRESSION_CACHE_ENTRIES_MAX
from globaltables.items.values import AttributeValue, Item

_KIND = "ProjectionExpression"

#: What is wanted of a value: None is all of it.
_Wanted = dict[str | int, Union["_Wanted", None]]


class Projection:
    """A compiled projection.

    Attributes:
        names_used: the #placeholders.
        values_used: always empty; the kinds of expression have it in common.
        top_level_attributes: the attributes that it refers to.
        nested_attributes: those of them that a path goes into, as in a.b or a[0].
        paths: the document paths, in the order of the text.
    """

    __slots__ = (
        "_wanted",
        "_whole",
        "names_used",
        "nested_attributes",
        "paths",
        "top_level_attributes",
        "values_used",
    )

    def __init__(self, paths: Iterable[Steps], names_used: Iterable[str] = ()) -> None:
        self.paths = tuple(paths)
        self.names_used = frozenset(names_used)
        self.values_used: frozenset[str] = frozenset()
        self.top_level_attributes = frozenset(str(path[0]) for path in self.paths)
        self.nested_attributes = frozenset(str(path[0]) for path in self.paths if len(path) > 1)
        self._wanted = _wanted(self.paths)
        self._whole = None if self.nested_attributes else tuple(str(p[0]) for p in self.paths)

    def project(self, item: Item) -> Item:
        """Return the named parts; what is missing is left out, elements of lists move together in their order."""
        if self._whole is not None:
            return {name: item[name] for name in self._whole if name in item}
        projected: Item = {}
        for name, wanted in self._wanted.items():
            part = _part(item.get(str(name)), wanted)
            if part is not None:
                projected[str(name)] = part
        return projected


@lru_cache(EXPRESSION_CACHE_ENTRIES_MAX)
def compiled_projection(text: str, names: tuple[tuple[str, str], ...]) -> Projection:
    """Return the compiled ProjectionExpression; `names` are the items of ExpressionAttributeNames.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    check_text(_KIND, text)
    paths = parse_projection(text)
    check_words(_KIND, paths)
    scope = Scope(dict(names))
    for path in paths:
        reason = scope.undefined_name(path)
        if reason is not None:
            raise refusal(_KIND, reason)
    resolved = [scope.path(path) for path in paths]
    reason = overlap_reason(resolved)
    if reason is not None:
        raise refusal(_KIND, reason)
    return Projection((path.steps for path in resolved), scope.names_used)


def _wanted(paths: Iterable[Steps]) -> _Wanted:
    """Return the paths as a tree; indexes are in order, so that elements keep theirs."""
    root: _Wanted = {}
    # Paths that see one attribute both as list and as map are refused, so steps compare only with their like.
    for path in sorted(paths, key=_sortable):
        node = root
        for step in path[:-1]:
            below = node.get(step)
            if below is None:
                below = node[step] = {}
            node = below
        node[path[-1]] = None
    return root


def _sortable(path: Steps) -> tuple[tuple[int, str], ...]:
    return tuple((step, "") if isinstance(step, int) else (-1, step) for step in path)


def _part(value: AttributeValue | None, wanted: _Wanted | None) -> AttributeValue | None:
    if value is None or wanted is None:
        return value
    members = value.get("M")
    if members is not None:
        found = {name: _part(members.get(name), below) for name, below in wanted.items()}
        found = {name: part for name, part in found.items() if part is not None}
        return {"M": found} if found else None
    elements = value.get("L")
    if elements is None:
        return None
    parts = [
        part
        for index, below in wanted.items()
        if isinstance(index, int)
        and index < len(elements)
        and (part := _part(elements[index], below)) is not None
    ]
    return {"L": parts} if parts else None
