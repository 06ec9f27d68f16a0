"""Operations on strongly consistent tables: where their decisions and reads leave the region.

A region that does not lead has the leader's carry the whole operation out. What a caller may do, and which table a name
means, was found out where the request arrived.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from globaltables.foundation.arns import parse_table_arn
from globaltables.foundation.errors import resource_not_found
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call, Handler
from globaltables.replication.strong.messages import Forwarded, ForwardedWrite
from globaltables.replication.strong.registry import strong_tables
from globaltables.tables.definitions import Table

_TARGET = "DynamoDB_20120810."


@dataclass(slots=True)
class ForwardedCall(Call):
    """A request that arrived in another region.

    Attributes:
        asked_region: where.
        through: the index of the log through which its outcome is committed; set when it is.
    """

    asked_region: str = ""
    through: int = 0

    def table_of(
        self,
        members: dict[str, Any],
        action: str = "",
        part: Mapping[str, Any] | None = None,
    ) -> Table:
        """Return the table that a name or ARN means in this region."""
        name = members["TableName"]
        arn = parse_table_arn(name) if name.startswith("arn:") else None
        account, table_name = (self.account, name) if arn is None else (arn.account, arn.table_name)
        table = self.region.catalog.find(account, table_name)
        if table is None or table.strong is None or table.status in ("CREATING", "DELETING"):
            raise resource_not_found()
        return table


def submit_agreed(
    call: Call, table: Table, decide: Callable[[Stage], Answer]
) -> "asyncio.Future[Answer]":
    """Do the writes of one strongly consistent table that a request asks for, and of no other table.

    Args:
        call: the request.
        table: what is written to.
        decide: see `Store.submit`; it runs where the table's leader is.
    """
    return asyncio.ensure_future(_agreed(call, table, decide))


def read_latest(
    call: Call, tables: Iterable[Table], read: "Callable[[], Answer | asyncio.Future[Answer]]"
) -> "asyncio.Future[Answer]":
    """Read when this region has everything that was acknowledged anywhere before.

    Args:
        call: the request.
        tables: what is read; the ones that are not strongly consistent need not be waited for.
        read: answers.
    """
    return asyncio.ensure_future(_read_latest(call.region, list(tables), read))


async def reach_latest(region: Region, tables: Iterable[Table]) -> None:
    """Return when a region has everything of some tables that was acknowledged anywhere before.

    Raises:
        ApiError: InternalServerError when that cannot be found out.
    """
    groups = {one.strong.group: one for one in tables if one.strong is not None}
    strong = strong_tables(region)
    await asyncio.gather(*(strong.table(one).read_barrier() for one in groups.values()))


async def perform_forwarded(
    handlers: Mapping[str, Handler], node: Node, region: Region, write: ForwardedWrite
) -> Forwarded:
    """Carry out an operation for the client of another region.

    Raises:
        ApiError: it is refused.
        NotLeadingError: this region does not lead, and it was surely not done.
        OperationalError: nobody knows whether it was done.
    """
    call = ForwardedCall(
        write.operation,
        orjson.loads(write.request),
        region,
        node,
        write.account,
        write.account,
        len(write.request),
        asked_region=write.origin,
    )
    answer = handlers[_TARGET + write.operation](call)
    if not isinstance(answer, bytes | dict):
        answer = await answer
    body = answer if isinstance(answer, bytes) else orjson.dumps(answer)
    return Forwarded(done=True, through=call.through, body=body)


async def _agreed(call: Call, table: Table, decide: Callable[[Stage], Answer]) -> Answer:
    strong = strong_tables(call.region).table(table)
    if isinstance(call, ForwardedCall):
        done = await strong.write_here(table, decide, call.asked_region)
        call.through = done.through
        answer: Answer = done.answer
        return answer

    def forwarded() -> ForwardedWrite:
        request = orjson.dumps(call.request)
        return ForwardedWrite(call.region.name, call.account, call.operation, request)

    outcome: Answer = await strong.write(table, decide, forwarded)
    return outcome


async def _read_latest(
    region: Region,
    tables: list[Table],
    read: "Callable[[], Answer | asyncio.Future[Answer]]",
) -> Answer:
    await reach_latest(region, tables)
    answer = read()
    return await answer if isinstance(answer, asyncio.Future) else answer
