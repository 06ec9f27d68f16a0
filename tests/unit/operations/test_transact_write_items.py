"""A transaction between other decisions."""

import asyncio
from typing import Any

from globaltables.foundation.errors import ApiError
from globaltables.itemstore.node import Node
from globaltables.operations.context import Call
from globaltables.operations.transact_write_items import handle
from tests.support.regions import ACCOUNT, make_region, make_table


def test_transaction_behind_the_deletion_of_its_table_is_not_found() -> None:
    """The table was there when the request was read, and is gone when its turn comes."""

    async def run() -> None:
        made = make_region()
        region = made.region
        table = await made.save(make_table())
        request: dict[str, Any] = {
            "TransactItems": [{"Put": {"TableName": table.name, "Item": {"pk": {"S": "a"}}}}]
        }
        node = Node(lambda _: region)
        call = Call("TransactWriteItems", request, region, node, ACCOUNT, "key", 100)
        dropped = region.store.submit(lambda stage: stage.drop_table(table))
        answer = handle(call)
        await dropped
        (error,) = await asyncio.gather(answer, return_exceptions=True)
        assert isinstance(error, ApiError)
        assert "ResourceNotFoundException" == error.code
        await region.store.close()

    asyncio.run(run())
