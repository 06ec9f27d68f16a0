"""What cannot be changed while something else is, in AWS's words."""

from dataclasses import replace
from typing import Any

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.tables.definitions import (
    Index,
    KeyAttribute,
    KeySchema,
    Replica,
    Settling,
    SettlingKind,
    Stream,
    Table,
)
from globaltables.tables.in_progress import (
    check_deletable,
    check_ready,
    check_time_to_live_ready,
)

_PREFIX = "Attempt to change a resource which is still in use: "
_KEY = KeyAttribute("pk", "S")
_STREAM = Stream("2026-10-09T00:00:00.000", "KEYS_ONLY", 0, 0)
_TABLE = Table(
    name="abc",
    account="000000000000",
    region="us-east-1",
    number=1,
    table_id="id",
    created_ms=0,
    schema=KeySchema((_KEY,)),
    attributes=(_KEY,),
    streams=(_STREAM,),
    table_class="STANDARD_INFREQUENT_ACCESS",
)
_UNITS: dict[str, Any] = {"ProvisionedThroughput": {}}
_ON_DEMAND: dict[str, Any] = {"OnDemandThroughput": {}}
_CLASS = {"TableClass": "STANDARD"}
_STREAMS: dict[str, Any] = {"StreamSpecification": {}}
_INDEXES: dict[str, Any] = {"GlobalSecondaryIndexUpdates": []}


def updating(kind: SettlingKind, **fields: Any) -> Table:
    """Return a table that is being changed."""
    return replace(_TABLE, status="UPDATING", settling=Settling(kind, 1), **fields)


def with_index(status: Any) -> Table:
    """Return a table with an index in a state."""
    index = Index("gsi", 1, "GLOBAL", KeySchema((_KEY,)), "ALL", status=status)
    return updating("index", indexes=(index,))


def refusal(table: Table, changes: dict[str, Any]) -> str:
    """Return the refusal of a change without its usual beginning."""
    with pytest.raises(ApiError) as refused:
        check_ready(table, changes)
    assert "ResourceInUseException" == refused.value.code
    return (refused.value.message or "").removeprefix(_PREFIX)


_WHERE = "Table: abc"
_CLASS_WHERE = "TableClassUpdateInProgress: STANDARD_INFREQUENT_ACCESS"
_STREAM_WHERE = f"{_WHERE} Stream: 2026-10-09T00:00:00.000 Operation: ENABLE"


@pytest.mark.parametrize(
    ("table", "changes", "text"),
    [
        (
            updating("throughput"),
            _UNITS,
            f"Table IOPS are currently being updated. {_WHERE}",
        ),
        (
            updating("billing"),
            {"BillingMode": "PROVISIONED"} | _UNITS,
            f"Table IOPS are currently being updated. {_WHERE}",
        ),
        (
            updating("billing"),
            _ON_DEMAND,
            "OnDemandThroughput cannot be updated while BillingMode update is in progress",
        ),
        (
            updating("billing"),
            _STREAMS,
            f"Can't enable or disable stream while table IOPS are being updated. {_WHERE}",
        ),
        (
            updating("stream"),
            _UNITS,
            f"Can't change table IOPS when stream status is being updated. {_STREAM_WHERE}",
        ),
        (
            updating("stream"),
            _STREAMS,
            f"A stream status change is currently in progress. {_STREAM_WHERE}",
        ),
        (
            updating("stream", streams=(replace(_STREAM, ended_stamp=1),)),
            _CLASS,
            "Can't update table class when stream status is being updated. "
            + _STREAM_WHERE.replace("ENABLE", "DISABLE"),
        ),
        (
            updating("table_class"),
            _CLASS,
            "Can't update table class when a table class update is in progress. "
            f"{_WHERE} {_CLASS_WHERE}",
        ),
        (
            updating("table_class"),
            _STREAMS,
            "Can't change stream status when a table class update is in progress. "
            f"{_WHERE} {_CLASS_WHERE}",
        ),
        (
            updating("table_class"),
            _ON_DEMAND,
            "OnDemandThroughput cannot be updated while TableClass update is in progress. "
            f"{_CLASS_WHERE}",
        ),
        (
            with_index("CREATING"),
            _UNITS,
            f"Can't change table IOPS when an index is being created. {_WHERE} Indexes: [gsi]",
        ),
        (
            with_index("DELETING"),
            _UNITS,
            f"Can't change table IOPS when an index is being deleted. {_WHERE} Indexes: [gsi]",
        ),
        (
            with_index("CREATING"),
            _STREAMS,
            f"Can't change stream status when an index is being created. {_WHERE} Indexes: [gsi]",
        ),
        (
            with_index("CREATING"),
            _ON_DEMAND,
            "OnDemandThroughput cannot be updated while index creation is in progress for "
            "indexes: [gsi]",
        ),
        (
            updating("throughput", replicas=(Replica("eu-west-1", "ACTIVE"),)),
            _UNITS,
            "The resource which you are attempting to change is in use.",
        ),
        (replace(_TABLE, status="CREATING"), _UNITS, "Table is being created: abc"),
        (replace(_TABLE, status="DELETING"), _UNITS, "Table is being deleted: abc"),
        (replace(_TABLE, status="UPDATING"), _UNITS, "Table is being updated: abc"),
        (
            replace(_TABLE, status="CREATING"),
            {"DeletionProtectionEnabled": True},
            "Table is being created: abc",
        ),
    ],
)
def test_check_ready_while_another_change_is_under_way_is_refused(
    table: Table, changes: dict[str, Any], text: str
) -> None:
    """The refusal names what is under way; of a global table it names nothing (measured)."""
    assert text == refusal(table, changes)


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        (_TABLE, _UNITS),
        (updating("billing"), {"DeletionProtectionEnabled": True}),
        (updating("billing"), {"WarmThroughput": {}}),
        (updating("stream"), {"WarmThroughput": {}}),
        (with_index("CREATING"), _INDEXES),
        (replace(_TABLE, status="UPDATING"), {"DeletionProtectionEnabled": True}),
    ],
)
def test_check_ready_what_does_not_disturb_is_accepted(
    table: Table, changes: dict[str, Any]
) -> None:
    """Which change may be made meanwhile depends on both (measured)."""
    check_ready(table, changes)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (updating("throughput"), "Table: abc is in the process of being updated."),
        (updating("stream"), "Cannot delete table while stream is being enabled/disabled."),
        (
            with_index("CREATING"),
            "Cannot delete table while indexes are being created, updated, or deleted.",
        ),
        (replace(_TABLE, status="DELETING"), "Table is being deleted: abc"),
        (replace(_TABLE, restricted=True), "Table: abc is being used."),
    ],
)
def test_check_deletable_while_a_change_is_under_way_is_refused(table: Table, text: str) -> None:
    """A table is deleted when nothing else happens to it."""
    with pytest.raises(ApiError) as refused:
        check_deletable(table)
    assert ("ResourceInUseException", _PREFIX + text) == (
        refused.value.code,
        refused.value.message,
    )


def test_check_time_to_live_ready_is_refused_at_the_beginning_and_the_end_only() -> None:
    """Expiry may be changed while something else is, in words that no other operation uses (measured)."""
    check_time_to_live_ready(updating("billing"))
    with pytest.raises(ApiError) as refused:
        check_time_to_live_ready(replace(_TABLE, status="CREATING"))
    assert f"{_PREFIX}Table abc is being created" == refused.value.message
