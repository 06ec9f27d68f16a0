"""ListExports: the exports of the last 90 days, newest first, of one table or of all."""

from itertools import islice

from globaltables.foundation.arns import parse_table_arn
from globaltables.foundation.errors import ApiError, invalid_parameters
from globaltables.foundation.limits import TRANSFERS_LIST_DEFAULT
from globaltables.operations.context import Answer, Call
from globaltables.transfers.descriptions import summarize_export
from globaltables.transfers.records import exports
from globaltables.transfers.transfer_arns import id_of_token, next_token


def handle(call: Call) -> Answer:
    """List a page of exports; those of a table that is gone are listed without its ARN only.

    Source: API_ListExports; pages and what is listed: ack-api-quirks, DDB-IMPORT-016 and DDB-EXPORT-020, measured.
    """
    request, region = call.request, call.region
    token, table_arn = request.get("NextToken"), request.get("TableArn")
    before = "" if token is None else id_of_token("export", token)
    limit = request.get("MaxResults", TRANSFERS_LIST_DEFAULT)
    table_id = None if table_arn is None else _table_id(call, table_arn)
    found = (
        export
        for export in exports(region.store.reader(), call.account, before)
        if table_arn is None or export.table_id == table_id
    )
    page = list(islice(found, limit + 1))
    answer: dict[str, object] = {"ExportSummaries": list(map(summarize_export, page[:limit]))}
    if len(page) > limit:
        answer["NextToken"] = next_token("export", page[limit - 1].id)
    return answer


def _table_id(call: Call, text: str) -> str:
    """Return the id of the table that an ARN names, an empty one when it is not there.

    Raises:
        ApiError: it is none, or of another account.
    """
    arn = parse_table_arn(text)
    if arn is None or arn.resource:
        raise invalid_parameters("tableArn is not a valid ARN")
    if arn.account != call.account:
        raise ApiError("AccessDeniedException", "Access is denied")
    table = call.region.catalog.find(arn.account, arn.table_name)
    return "" if table is None or arn.region != call.region.name else table.table_id
