"""ListStreams: the streams of an account, or of one of its tables, disabled ones for 24 hours more."""

from bisect import bisect_right
from typing import Any

from globaltables.foundation.limits import STREAM_LIST_MAX
from globaltables.operations.context import Answer, Call
from globaltables.streams.descriptions import readable_streams, stream_entry, stream_label
from globaltables.streams.paging import checked_limit


def handle(call: Call) -> Answer:
    """Answer ListStreams; a table that does not exist has no streams."""
    limit = checked_limit(call.request, STREAM_LIST_MAX)
    tables = call.region.catalog.list(call.account)
    if "TableName" in call.request:
        table = call.region.catalog.find(call.account, call.table_name())
        tables = [table] if table else []
    found = readable_streams(tables, call.region.hlc.tick())
    begin = 0
    if (after := call.request.get("ExclusiveStartStreamArn")) is not None:
        stream_label(after)  # refuses what is no stream's ARN
        begin = bisect_right(found, after, key=lambda entry: entry[0])
    page = found[begin : begin + limit]
    answer: dict[str, Any] = {"Streams": [stream_entry(*entry) for entry in page]}
    if begin + limit < len(found):
        answer["LastEvaluatedStreamArn"] = page[-1][0]
    return answer
