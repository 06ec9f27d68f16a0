"""ListTagsOfResource: the tags of a table, all in one page."""

from globaltables.operations.context import Answer, Call
from globaltables.operations.resource_arns import (
    resource_of_table_not_found,
    table_of_resource,
    tagged_table,
)


def handle(call: Call) -> Answer:
    """List the tags of the table of the request.

    As on AWS fifty tags, which is all that a table may have, are one page without a NextToken (measured), so there is
    no token to come back with, and whatever else comes as NextToken gives the page too (measured).

    Source: API_ListTagsOfResource.
    """
    table = tagged_table(call, call.region.catalog, table_of_resource(call))
    if table is None:
        raise resource_of_table_not_found(call)
    return {"Tags": [{"Key": key, "Value": value} for key, value in table.tags]}
