"""ListImports: the imports of the last 90 days, newest first, of one table's name or of all."""

from itertools import islice

from globaltables.foundation.arns import parse_table_arn
from globaltables.foundation.errors import ApiError, invalid_parameters
from globaltables.foundation.limits import TRANSFERS_LIST_DEFAULT
from globaltables.operations.context import Answer, Call
from globaltables.transfers.descriptions import summarize_import
from globaltables.transfers.records import imports
from globaltables.transfers.transfer_arns import id_of_token, next_token


def handle(call: Call) -> Answer:
    """List a page of imports, also of tables that are gone.

    Source: API_ListImports; pages and what is listed: ack-api-quirks, DDB-IMPORT-016 and DDB-IMPORT-008, measured.
    """
    request, region = call.request, call.region
    token, table_arn = request.get("NextToken"), request.get("TableArn")
    before = "" if token is None else id_of_token("import", token)
    limit = request.get("PageSize", TRANSFERS_LIST_DEFAULT)
    if table_arn is not None:
        _check_arn(call, table_arn)
    found = (
        one
        for one in imports(region.store.reader(), call.account, before)
        if table_arn in (None, one.table_arn)
    )
    page = list(islice(found, limit + 1))
    answer: dict[str, object] = {"ImportSummaryList": list(map(summarize_import, page[:limit]))}
    if len(page) > limit:
        answer["NextToken"] = next_token("import", page[limit - 1].id)
    return answer


def _check_arn(call: Call, text: str) -> None:
    """Check the ARN of a table.

    Raises:
        ApiError: it is none, or of another account.
    """
    arn = parse_table_arn(text)
    if arn is None or arn.resource:
        raise invalid_parameters("tableArn is not a valid ARN")
    if arn.account != call.account:
        raise ApiError("AccessDeniedException", "Access is denied")
