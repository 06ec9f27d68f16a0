"""TagResource: adds tags to a table, or gives them other values."""

from asyncio import Future
from dataclasses import replace

from globaltables.foundation.errors import validation
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.resource_arns import (
    resource_of_table_not_found,
    table_of_resource,
    tagged_table,
)
from globaltables.tables.tags import checked_tags, tagged


def handle(call: Call) -> "Future[Answer]":
    """Tag the table of the request: all of the tags or none.

    Source: API_TagResource.
    """
    name = table_of_resource(call)
    tags = call.request["Tags"]
    if not tags:
        raise validation("Atleast one Tag needs to be provided as Input.")
    checked_tags(tags)

    def decide(stage: Stage) -> Answer:
        table = tagged_table(call, stage.catalog, name)
        if table is None:
            raise resource_of_table_not_found(call)
        stage.save_table(replace(table, tags=tagged(table.tags, tags)))
        return {}

    return call.region.store.submit(decide)
