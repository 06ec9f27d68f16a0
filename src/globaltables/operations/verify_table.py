"""VerifyTable (ours): are the members of a global table equal, and if not, in which items?"""

from itertools import islice
from typing import Any

import orjson

from globaltables.foundation.limits import DIFFERENCES_PAGE_DEFAULT, SYNC_TIMEOUT_DEFAULT_S
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.replication.observation import Versions, verify
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.definitions import Table
from globaltables.tables.description import seconds
from globaltables.tables.refusals import refuse_strong


async def handle(call: Call) -> Answer:
    """Compare every member with every other; the first differences are named, all are counted."""
    request = call.request
    table = find_own_table(call, call.region.catalog)
    repair = bool(request.get("Repair"))
    if repair:
        refuse_strong(table, "Repair")
    outcome = await verify(call.node, table, repair=repair, timeout_s=SYNC_TIMEOUT_DEFAULT_S)
    shown = request.get("MaxResults", DIFFERENCES_PAGE_DEFAULT)
    return {
        "Equal": len(outcome.differences) == outcome.repaired,
        "Members": [
            {"RegionName": name, "ItemCount": items, "Hash": digest.hex()}
            for name, (items, digest) in outcome.members.items()
        ],
        "DifferenceCount": len(outcome.differences),
        "Differences": [
            _difference(table, versions) for versions in islice(outcome.differences.values(), shown)
        ],
        "Repaired": outcome.repaired,
    }


def _difference(table: Table, versions: Versions) -> dict[str, Any]:
    key: dict[str, Any] = {}
    sides = []
    for region, version in versions.items():
        side: dict[str, Any] = {
            "RegionName": region,
            "OriginRegionName": version.origin,
            "WriteDateTime": seconds(stamp_ms(version.stamp)),
        }
        if version.json is not None:
            side["Item"] = orjson.loads(version.json)
            key = {name: side["Item"][name] for name in table.schema.names}
        sides.append(side)
    return {"Key": key, "Versions": sides}
