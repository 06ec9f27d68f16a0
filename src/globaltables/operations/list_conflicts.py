"""ListConflicts (ours): the writes that lost against another region's, with both images."""

from itertools import islice
from typing import Any

import orjson

from globaltables.foundation.limits import CONFLICTS_PAGE_DEFAULT
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.replication.conflicts import Write, conflicts
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.description import seconds


def handle(call: Call) -> Answer:
    """Return a page of the conflicts that this region found, oldest first."""
    request = call.request
    table = find_own_table(call, call.region.catalog)
    after = int(request.get("NextToken", 0))
    size = request.get("MaxResults", CONFLICTS_PAGE_DEFAULT)
    reader = call.region.store.reader()
    found = list(islice(conflicts(reader, table.number, after), size + 1))
    page = found[:size]
    answer: dict[str, Any] = {
        "Conflicts": [
            {
                "FoundDateTime": seconds(stamp_ms(conflict.found_stamp)),
                "Winner": _write(conflict.winner),
                "Loser": _write(conflict.loser),
            }
            for conflict in page
        ]
    }
    if len(found) > size:
        answer["NextToken"] = str(page[-1].found_stamp)
    return answer


def _write(write: Write) -> dict[str, Any]:
    """Return one side; a deletion has no item."""
    side = {"RegionName": write.region, "WriteDateTime": seconds(stamp_ms(write.stamp))}
    return side if write.image is None else side | {"Item": orjson.loads(write.image)}
