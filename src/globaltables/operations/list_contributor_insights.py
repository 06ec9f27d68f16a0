"""ListContributorInsights: the settings that are not disabled, of one table or of all."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import islice

import orjson

from globaltables.foundation.errors import validation
from globaltables.foundation.limits import INSIGHTS_LIST_MAX
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.tables.insights import summaries


def handle(call: Call) -> Answer:
    """List a page of settings, by table and index; a table comes before its indexes.

    Source: API_ListContributorInsights; what is listed: ack-api-quirks, DDB-TABLE-095 and DDB-TABLE-343, measured.
    """
    request, region = call.request, call.region
    token = request.get("NextToken")
    after = ("", "") if token is None else _position(token)
    limit = request.get("MaxResults", INSIGHTS_LIST_MAX)
    if limit < 1:
        raise validation(
            f"1 validation error detected: Value '{limit}' at 'maxResults' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1"
        )
    if "TableName" in request:
        tables = [find_own_table(call, region.catalog)]
    else:
        tables = [table for table in region.catalog.list(call.account) if not table.restricted]
    now_ms, realistic = region.clock.now_ms(), region.settings.realistic
    found = (
        (table.name, index_name, summary)
        for table in tables
        if table.name >= after[0]
        for index_name, summary in summaries(table, now_ms, realistic=realistic)
        if token is None or (table.name, index_name) > after
    )
    page = list(islice(found, limit + 1))
    answer: dict[str, object] = {
        "ContributorInsightsSummaries": [summary for _, _, summary in page[:limit]]
    }
    if len(page) > limit:
        table_name, index_name, _ = page[limit - 1]
        answer["NextToken"] = _token(table_name, index_name)
    return answer


def _token(table_name: str, index_name: str) -> str:
    return urlsafe_b64encode(orjson.dumps([table_name, index_name])).decode()


def _position(token: str) -> tuple[str, str]:
    """Return the table and index after which a page begins.

    Raises:
        ApiError: the token is none of ours.
    """
    try:
        table_name, index_name = orjson.loads(urlsafe_b64decode(token))
    except (TypeError, ValueError):
        raise validation("The provided NextToken is invalid") from None
    if not isinstance(table_name, str) or not isinstance(index_name, str):
        raise validation("The provided NextToken is invalid")
    return table_name, index_name
