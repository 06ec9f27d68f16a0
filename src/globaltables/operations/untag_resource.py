"""UntagResource: removes tags of a table; keys that it does not have are ignored."""

from asyncio import Future
from dataclasses import replace

from globaltables.foundation.errors import resource_not_found
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.resource_arns import table_of_resource, tagged_table
from globaltables.tables.tags import check_tag_keys, untagged


def handle(call: Call) -> "Future[Answer]":
    """Remove tags of the table of the request.

    Source: API_UntagResource.
    """
    name = table_of_resource(call)
    keys = call.request["TagKeys"]
    check_tag_keys(keys)

    def decide(stage: Stage) -> Answer:
        table = tagged_table(call, stage.catalog, name)
        if table is None:
            raise resource_not_found()
        stage.save_table(replace(table, tags=untagged(table.tags, keys)))
        return {}

    return call.region.store.submit(decide)
