"""Query: the items of one partition of a table or index, in the order of the sort key."""

from asyncio import Future
from functools import partial

from globaltables.expressions.conditions import Condition
from globaltables.expressions.key_conditions import ONE_OR_TWO, KeyRange
from globaltables.expressions.request import read_expressions
from globaltables.foundation.errors import validation
from globaltables.items.key_encoding import encode_partition, encode_range
from globaltables.items.values import Item
from globaltables.itemstore.keyspaces import Range, whole
from globaltables.itemstore.page_bounds import continued, position_of, prefix_of, range_bounds
from globaltables.operations.context import Answer, Call
from globaltables.operations.read_answers import answer_page
from globaltables.operations.read_parameters import (
    check_all_attributes,
    check_projected,
    check_scalar_keys,
    check_select,
    index_of,
)
from globaltables.operations.start_keys import (
    check_start_key_of_table,
    check_start_key_part,
    check_start_key_size,
    check_start_key_values,
)
from globaltables.tables.definitions import Index, KeySchema, Table

#: Only global indexes may have more key attributes.
_SIMPLE_KEY_MAX = 2
_EXPRESSIONS = ("KeyConditionExpression", "FilterExpression", "ProjectionExpression")


def handle(call: Call) -> Answer | Future[Answer]:
    """Return a page of the items that the key condition selects.

    Source: API_Query; order of checks: dynalite's tests, measured on AWS.
    """
    request = call.request
    start: Item | None = request.get("ExclusiveStartKey")
    check = None if start is None else partial(check_start_key_values, start)
    expressions = read_expressions(request, _EXPRESSIONS, check)
    condition = expressions.key_condition
    assert condition is not None, "read_expressions refuses a Query without one"
    if len(condition.conditions) > _SIMPLE_KEY_MAX and "IndexName" not in request:
        raise validation(ONE_OR_TWO)
    check_select(request)
    table = call.table()
    index = index_of(table, request)
    schema = table.schema if index is None else index.schema
    if start is not None:
        check_start_key_size(table, index, start)
        check_start_key_part(schema.hash, start)
    wanted = condition.bind(expressions.values, schema)
    if start is not None:
        check_start_key_part(schema.range, start)
        check_start_key_of_table(table, start)
        _check_within(wanted, start)
    filter_, projection = expressions.filter, expressions.projection
    if filter_ is not None:
        _check_filter(schema, filter_, legacy=expressions.legacy_filter)
    check_all_attributes(index, request)
    check_scalar_keys(table, filter_, projection)
    check_projected(index, table, projection)
    bounds = _bounds(table, index, schema, wanted)
    if start is not None:
        position = position_of(table, index, start)
        forward = request.get("ScanIndexForward") is not False
        bounds = continued(bounds, position, forward=forward)
    return answer_page(
        call, table, index, bounds, filter_, projection, expressions.values, wanted.hash
    )


def _check_within(wanted: KeyRange, start: Item) -> None:
    """Check that a starting key is among the keys that the conditions select.

    Raises:
        ApiError: it is not.
    """
    inside = all(start.get(name) == value for name, value in wanted.hash.items())
    if wanted.attribute is None:
        if not inside:
            raise validation(
                "The provided starting key is outside query boundaries based on provided conditions"
            )
    elif not wanted.matches_range(start):
        raise validation("The provided starting key does not match the range key predicate")
    elif not inside:
        raise validation("The query can return at most one row and cannot be restarted")


def _check_filter(schema: KeySchema, filter_: Condition, *, legacy: bool) -> None:
    """Refuse filters on the keys that the query is about.

    Raises:
        ApiError: the filter refers to one.
    """
    for name in schema.names:
        if name in filter_.top_level_attributes:
            member = "QueryFilter" if legacy else "Filter Expression"
            raise validation(
                f"{member} can only contain non-primary key attributes: "
                f"Primary key attribute: {name}"
            )


def _bounds(table: Table, index: Index | None, schema: KeySchema, wanted: KeyRange) -> Range:
    """Return the stored keys that the conditions select."""
    base = prefix_of(table, index) + encode_partition(schema, wanted.hash)
    for attribute in schema.range:
        value = wanted.leading.get(attribute.name)
        if value is not None:
            base += encode_range(attribute.type, value[attribute.type])
        elif attribute.name == wanted.attribute and wanted.operator is not None:
            operands = [operand[attribute.type] for operand in wanted.operands]
            return range_bounds(base, wanted.operator, attribute.type, operands)
    return whole(base)
