"""What the parameters of reads mean together: indexes, Select, projections, filters; with AWS's refusals."""

from asyncio import Future
from collections.abc import Iterable
from typing import Any, Protocol

import orjson

from globaltables.expressions.projections import Projection
from globaltables.expressions.request import read_expressions
from globaltables.foundation.errors import ApiError, invalid_parameters, validation
from globaltables.items.values import Item, check_item
from globaltables.itemstore.store import Store
from globaltables.operations.context import Answer
from globaltables.tables.definitions import Index, Table


class Referring(Protocol):
    """An expression, as far as it says to which attributes it refers."""

    @property
    def top_level_attributes(self) -> frozenset[str]:
        """The attributes that it refers to."""

    @property
    def nested_attributes(self) -> frozenset[str]:
        """Those of them that a path goes into."""


def index_of(table: Table, request: dict[str, Any]) -> Index | None:
    """Return the index that a request names; None when it reads the table itself.

    Raises:
        ApiError: there is no such index, it is not filled yet, or it cannot be read as the request wants.
    """
    name = request.get("IndexName")
    if name is None:
        return None
    index = table.index(name)
    if index is None or index.status == "DELETING":
        raise validation(f"The table does not have the specified index: {name}")
    if index.status == "CREATING":
        raise validation(f"Cannot read from backfilling global secondary index: {name}")
    if index.kind == "GLOBAL" and request.get("ConsistentRead"):
        raise validation("Consistent reads are not supported on global secondary indexes")
    return index


def check_select(request: dict[str, Any]) -> None:
    """Check that Select fits the other parameters of a Query or Scan.

    Raises:
        ApiError: it does not (texts measured on AWS: nubo-db/dynamodb-conformance, select.test.ts).
    """
    select = request.get("Select")
    if select is None:
        return
    member = next((m for m in ("ProjectionExpression", "AttributesToGet") if m in request), None)
    if select == "SPECIFIC_ATTRIBUTES":
        if member is None:
            raise validation(
                "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
                "SPECIFIC_ATTRIBUTES"
            )
        return
    if member is not None:
        chosen = "only the Count" if select == "COUNT" else select
        raise validation(f"Cannot specify the {member} when choosing to get {chosen}")
    if select == "ALL_PROJECTED_ATTRIBUTES" and "IndexName" not in request:
        raise validation(
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
        )


def check_all_attributes(index: Index | None, request: dict[str, Any]) -> None:
    """Refuse every attribute of an item from a global index that does not hold them all.

    Raises:
        ApiError: Select asks for them.
    """
    if (
        index is not None
        and index.kind == "GLOBAL"
        and index.projection != "ALL"
        and request.get("Select") == "ALL_ATTRIBUTES"
    ):
        raise invalid_parameters(
            "Select type ALL_ATTRIBUTES is not supported for global secondary index "
            f"{index.name} because its projection type is not ALL"
        )


def check_scalar_keys(table: Table, *expressions: Referring | None) -> None:
    """Refuse document paths that go into a key attribute of the table or of an index.

    Raises:
        ApiError: one does.
    """
    for expression in expressions:
        if expression is None or not expression.nested_attributes:
            continue
        for name in table.schema.names:
            if name in expression.nested_attributes:
                raise _not_scalar("Key", name)
        for index in table.indexes:
            for name in index.schema.names:
                if name in expression.nested_attributes:
                    raise _not_scalar("IndexKey", name)


def check_projected(index: Index | None, table: Table, projection: Projection | None) -> None:
    """Refuse attributes that a global index does not hold.

    Raises:
        ApiError: the projection names one.
    """
    if index is None or projection is None or index.kind == "LOCAL":
        return
    missing = missing_attributes(table, index, projection)
    if missing:
        raise invalid_parameters(
            f"Global secondary index {index.name} does not project [{', '.join(missing)}]"
        )


def missing_attributes(table: Table, index: Index, expression: Referring | None) -> list[str]:
    """Return the attributes that an expression refers to and an index does not hold."""
    if expression is None or index.projection == "ALL":
        return []
    held = {*table.schema.names, *index.schema.names, *index.non_key_attributes}
    return sorted(expression.top_level_attributes - held)


def needs_items(
    table: Table,
    index: Index | None,
    request: dict[str, Any],
    filter_: Referring | None,
    projection: Referring | None,
) -> bool:
    """Tell whether a read of a local index has to fetch the items from the table."""
    if index is None or index.kind == "GLOBAL" or index.projection == "ALL":
        return False
    return (
        request.get("Select") == "ALL_ATTRIBUTES"
        or bool(missing_attributes(table, index, filter_))
        or bool(missing_attributes(table, index, projection))
    )


def read_projection(members: dict[str, Any], keys: Iterable[Item]) -> Projection | None:
    """Return ProjectionExpression or AttributesToGet of a read by keys, whose values are checked and normalised.

    Raises:
        ApiError: with AWS's text.
    """

    def check_keys() -> None:
        for key in keys:
            check_item(key)

    return read_expressions(members, ("ProjectionExpression",), check_keys).projection


def projected(json: bytes, projection: Projection | None) -> bytes:
    """Return the JSON of the wanted attributes of an item; the item's own bytes when all are wanted."""
    if projection is None:
        return json
    return orjson.dumps(projection.project(orjson.loads(json)))


def answer_when_durable(
    store: Store, answer: Answer, tables: Iterable[Table]
) -> Answer | Future[Answer]:
    """Return an answer that shows items of several tables, or a future of it, see `Store.when_durable`."""
    for table in tables:
        told = store.when_durable(answer, table)
        if told is not answer:
            # It comes when everything is durable that is applied now, so the other tables need not be asked.
            return told
    return answer


def _not_scalar(kind: str, name: str) -> ApiError:
    return validation(
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
        f"allowed: {kind}: {name}"
    )
