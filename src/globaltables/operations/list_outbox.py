"""ListOutbox (ours): what SNS would have sent by mail or telephone, which stays on this machine."""

from typing import Any

import orjson

from globaltables.itemstore.keyspaces import outbox_range
from globaltables.operations.context import Answer, Call
from globaltables.tables.description import seconds


def handle(call: Call) -> Answer:
    """Return the account's messages of the region, oldest first."""
    found = call.region.store.reader().range(*outbox_range(call.account))
    return {"Messages": [_described(orjson.loads(raw)["document"]) for _, raw in found]}


def _described(document: dict[str, Any]) -> dict[str, Any]:
    members = {
        "DateTime": seconds(document["time"]),
        "Protocol": document["protocol"],
        "Endpoint": document["endpoint"],
        "TopicArn": document["topic"],
        "Subject": document["subject"],
        "Message": document["message"],
    }
    return {name: value for name, value in members.items() if value is not None}
