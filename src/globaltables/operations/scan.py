"""Scan: every item of a table or index, in the order of the hashed partitions, whole or in parallel segments."""

from asyncio import Future
from functools import partial
from typing import Any

from globaltables.expressions.request import read_expressions
from globaltables.foundation.errors import validation
from globaltables.items.values import Item
from globaltables.itemstore.page_bounds import (
    continued,
    in_segment,
    position_of,
    prefix_of,
    scan_bounds,
)
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
    INVALID,
    check_start_key_of_scan,
    check_start_key_of_table,
    check_start_key_part,
    check_start_key_size,
    check_start_key_values,
)

_EXPRESSIONS = ("FilterExpression", "ProjectionExpression")


def handle(call: Call) -> Answer | Future[Answer]:
    """Return a page of the items of a table, an index or a segment of one.

    Source: API_Scan; order of checks: dynalite's tests, measured on AWS.
    """
    request = call.request
    start: Item | None = request.get("ExclusiveStartKey")
    expressions = read_expressions(request, _EXPRESSIONS, partial(_check_others, request))
    check_select(request)
    table = call.table()
    index = index_of(table, request)
    if start is not None and index is not None:
        check_start_key_size(table, index, start)
        check_start_key_part(index.schema.attributes, start)
    check_all_attributes(index, request)
    prefix = prefix_of(table, index)
    segment, total_segments = request.get("Segment", 0), request.get("TotalSegments", 1)
    bounds = scan_bounds(prefix, segment, total_segments)
    if start is not None:
        if index is None:
            check_start_key_of_scan(table, start)
        else:
            check_start_key_of_table(table, start)
        position = position_of(table, index, start)
        if not in_segment(prefix, position, segment, total_segments):
            raise validation(
                f"{INVALID}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
                f"Segment. TotalSegments: {total_segments} Segment: {segment}"
            )
        bounds = continued(bounds, position, forward=True)
    filter_, projection = expressions.filter, expressions.projection
    check_scalar_keys(table, filter_, projection)
    check_projected(index, table, projection)
    return answer_page(call, table, index, bounds, filter_, projection, expressions.values, None)


def _check_others(request: dict[str, Any]) -> None:
    """Check the starting key's values, then the segments; AWS does so between the legacy filter and the expressions."""
    start = request.get("ExclusiveStartKey")
    if start is not None:
        check_start_key_values(start)
    _check_segments(request)


def _check_segments(request: dict[str, Any]) -> None:
    """Check the parameters of a parallel scan.

    Raises:
        ApiError: one of the two is missing, or the segment is none of them.
    """
    segment, total_segments = request.get("Segment"), request.get("TotalSegments")
    if segment is None:
        if total_segments is not None:
            raise validation(
                "The Segment parameter is required but was not present in the request "
                "when parameter TotalSegments is present"
            )
        return
    if total_segments is None:
        raise validation(
            "The TotalSegments parameter is required but was not present in the request "
            "when Segment parameter is present"
        )
    if segment >= total_segments:
        raise validation(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total_segments}"
        )
