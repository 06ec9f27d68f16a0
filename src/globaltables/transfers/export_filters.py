"""The FilterSpecification of an export: which items it has, and what of them."""

from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.expressions.request import Expressions, read_expressions
from globaltables.items.item_encoding import to_json
from globaltables.tables.definitions import KeySchema

_EXPRESSIONS = ("KeyConditionExpression", "FilterExpression", "ProjectionExpression")


class Filter:
    """A compiled FilterSpecification.

    Args:
        expressions: what it says.
        schema: of the table's keys.

    Raises:
        ApiError: the key condition does not fit the table.
    """

    def __init__(self, expressions: Expressions, schema: KeySchema) -> None:
        self._expressions = expressions
        condition = expressions.key_condition
        self._range = None if condition is None else condition.bind(expressions.values, schema)

    def apply(self, json: bytes) -> bytes | None:
        """Return what is exported of an item, None when it is left out."""
        item = orjson.loads(json)
        wanted = self._expressions
        if self._range is not None:
            if any(item[name] != value for name, value in self._range.hash.items()):
                return None
            if not self._range.matches_range(item):
                return None
        if wanted.filter is not None and not wanted.filter.test(item, wanted.values):
            return None
        return json if wanted.projection is None else to_json(wanted.projection.project(item))


def export_filter(specification: Mapping[str, Any] | None, schema: KeySchema) -> Filter | None:
    """Return the filter of a FilterSpecification, None without one.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    if specification is None:
        return None
    kinds = tuple(kind for kind in _EXPRESSIONS if kind in specification)
    return Filter(read_expressions(specification, kinds), schema)
