"""The expiry setting of a table: its rules and its description."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from globaltables.foundation.errors import validation
from globaltables.tables.definitions import Table, TimeToLive


def with_time_to_live(
    table: Table, request: Mapping[str, Any], now_ms: int, *, interval_ms: int = 0
) -> Table:
    """Return a table with the expiry setting of an UpdateTimeToLive request.

    Args:
        table: as it is.
        request: a TimeToLiveSpecification.
        now_ms: the time of the change.
        interval_ms: how far two changes have to lie apart.

    Raises:
        ApiError: it is so already, another attribute is in use, or the last change was not long enough ago.
    """
    attribute, enabled = request["AttributeName"], request["Enabled"]
    current = table.ttl
    if current is not None and current.enabled:
        if current.attribute != attribute:
            msg = (
                "TimeToLive is active on a different AttributeName: "
                f"current AttributeName is {current.attribute}"
            )
            raise validation(msg)
        if enabled:
            raise validation("TimeToLive is already enabled")
    elif not enabled:
        raise validation("TimeToLive is already disabled")
    if current is not None and now_ms < current.changed_ms + interval_ms:
        raise validation("Time to live has been modified multiple times within a fixed interval")
    return replace(table, ttl=TimeToLive(attribute, enabled, now_ms))


def describe_time_to_live(table: Table) -> dict[str, Any]:
    """Return a table's TimeToLiveDescription.

    Raises:
        ApiError: the table is being created or deleted.
    """
    if table.status in ("CREATING", "DELETING"):
        msg = (
            f"Cannot describe time to live while table is in {table.status} state: "
            f"Current table state is {table.status}"
        )
        raise validation(msg)
    if table.ttl is None or not table.ttl.enabled:
        return {"TimeToLiveStatus": "DISABLED"}
    return {"TimeToLiveStatus": "ENABLED", "AttributeName": table.ttl.attribute}
