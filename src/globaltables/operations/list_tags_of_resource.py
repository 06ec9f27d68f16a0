"""ListTagsOfResource: the tags of a table, all in one page."""

from globaltables.operations.context import Answer, Call
from globaltables.operations.resource_arns import resource_of_table_not_found, table_of_resource


def handle(call: Call) -> Answer:
    """List the tags of the table of the request; as on AWS a NextToken that is not ours gives the first page.

    Source: API_ListTagsOfResource.
    """
    table = call.region.catalog.find(call.account, table_of_resource(call))
    if table is None or table.restricted:
        raise resource_of_table_not_found(call)
    return {"Tags": [{"Key": key, "Value": value} for key, value in table.tags]}
