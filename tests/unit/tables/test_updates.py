"""UpdateTable turns one definition into the next, and answers as AWS does meanwhile."""

from dataclasses import replace
from typing import Any

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.runtime.clock import stamp_at
from globaltables.tables.creation import Identity, created
from globaltables.tables.definitions import OnDemandThroughput, Replica, Table, WarmThroughput
from globaltables.tables.updates import Update, updated

_NOW_MS = 1_767_225_600_000
_HOUR_MS = 3_600_000
_INVALID = "One or more parameter values were invalid: "
_STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}


def _units(read: int, write: int) -> dict[str, int]:
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def _gsi(name: str = "gsi", key: str = "b", **members: Any) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        **members,
    }


def _table(**members: Any) -> Table:
    """Return an on-demand table with the keys a and b."""
    keys = [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}]
    request: dict[str, Any] = {
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in "ab"],
        "KeySchema": keys,
        "BillingMode": "PAY_PER_REQUEST",
        **members,
    }
    stamp = stamp_at(_NOW_MS - _HOUR_MS)
    return created(request, Identity("abc", "000000000000", "us-east-1", 1, "id", stamp))


def _provisioned(read: int = 5, write: int = 5, **members: Any) -> Table:
    return _table(BillingMode="PROVISIONED", ProvisionedThroughput=_units(read, write), **members)


def _update(table: Table, at_ms: int = _NOW_MS, *, empty: bool = True, **request: Any) -> Update:
    return updated(table, request, stamp_at(at_ms), empty=empty)


def _refusal(table: Table, **request: Any) -> str:
    with pytest.raises(ApiError) as refused:
        _update(table, **request)
    return f"{refused.value.code}: {refused.value.message}"


# --- capacity


def test_updated_throughput_takes_effect_and_answer_shows_the_old() -> None:
    """The answer shows the old units, UPDATING, and the time of the increase."""
    update = _update(_provisioned(), ProvisionedThroughput=_units(10, 5))
    assert (10, 5) == (update.table.throughput.read_units, update.table.throughput.write_units)
    assert _NOW_MS == update.table.throughput.last_increase_ms
    assert ("UPDATING", 5) == (update.answer.status, update.answer.throughput.read_units)
    assert _NOW_MS == update.answer.throughput.last_increase_ms
    assert "ACTIVE" == update.table.status


def test_updated_throughput_lower_counts_a_decrease_and_keeps_warm_throughput() -> None:
    """Warm throughput is the highest ever; a decrease is counted from the next description on."""
    update = _update(_provisioned(9, 9), ProvisionedThroughput=_units(1, 1))
    assert (1, 0) == (
        update.table.throughput.decreases_today,
        update.answer.throughput.decreases_today,
    )
    assert WarmThroughput(9, 9) == update.table.warm


def test_updated_throughput_fifth_decrease_within_the_hour_is_refused() -> None:
    """After four decreases a day one more is possible an hour after the last."""
    table = _provisioned(10, 10)
    for number in range(4):
        throughput = _units(9 - number, 9 - number)
        table = _update(table, ProvisionedThroughput=throughput).table
    text = (
        "LimitExceededException: Subscriber limit exceeded: Provisioned throughput decreases are "
        "limited within a given UTC day. After the first 4 decreases, each subsequent decrease in "
        "the same UTC day can be performed at most once every 3600 seconds. Number of decreases "
        "today: 4. Last decrease at Thursday, January 1, 2026 at 12:00:00 AM Coordinated "
        "Universal Time. Next decrease can be made at Thursday, January 1, 2026 at 1:00:00 AM "
        "Coordinated Universal Time"
    )
    assert text == _refusal(table, ProvisionedThroughput=_units(1, 1))
    later = _update(table, _NOW_MS + _HOUR_MS, ProvisionedThroughput=_units(1, 1)).table
    assert 5 == later.throughput.decreases_today
    next_day = _update(table, _NOW_MS + 24 * _HOUR_MS, ProvisionedThroughput=_units(1, 1)).table
    assert 1 == next_day.throughput.decreases_today


def test_updated_throughput_same_units_are_refused() -> None:
    """Nothing to change is an error."""
    text = (
        "ValidationException: The provisioned throughput for the table will not change. The "
        "requested value equals the current value. Current ReadCapacityUnits provisioned for the "
        "table: 5. Requested ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the "
        "table: 5. Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide "
        "for current limits and how to request higher limits."
    )
    assert text == _refusal(_provisioned(), ProvisionedThroughput=_units(5, 5))


def test_updated_throughput_of_on_demand_table_is_refused() -> None:
    """An on-demand table has no units to change."""
    text = (
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
        "when BillingMode is PAY_PER_REQUEST"
    )
    refusal = _refusal(_table(), ProvisionedThroughput=_units(1, 1))
    assert f"ValidationException: {_INVALID}{text}" == refusal


def test_updated_billing_mode_to_on_demand_clears_units() -> None:
    """Units become 0 on table and indexes, warm throughput what on-demand tables have."""
    table = _provisioned(GlobalSecondaryIndexes=[_gsi(ProvisionedThroughput=_units(3, 3))])
    update = _update(table, BillingMode="PAY_PER_REQUEST")
    assert "PAY_PER_REQUEST" == update.table.billing_mode
    assert (0, 0) == (update.table.throughput.read_units, update.table.throughput.write_units)
    assert _NOW_MS == update.table.pay_per_request_since_ms
    assert update.answer.pay_per_request_since_ms is None
    assert WarmThroughput(12_000, 4_000) == update.table.warm
    throughput = update.table.indexes[0].throughput
    assert throughput is not None
    assert (0, 1) == (throughput.read_units, throughput.decreases_today)
    assert "UPDATING" == update.answer.indexes[0].status


def test_updated_billing_mode_to_provisioned_needs_units_of_every_index() -> None:
    """Nothing is assigned by itself; the on-demand maximum goes."""
    table = _table(
        GlobalSecondaryIndexes=[_gsi("gsi1"), _gsi("gsi2")],
        OnDemandThroughput={"MaxReadRequestUnits": 7},
    )
    request: dict[str, Any] = {
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": _units(5, 5),
    }
    text = f"{_INVALID}ProvisionedThroughput must be specified for index: gsi1,gsi2"
    assert f"ValidationException: {text}" == _refusal(table, **request)
    request["GlobalSecondaryIndexUpdates"] = [
        {"Update": {"IndexName": name, "ProvisionedThroughput": _units(2, 3)}}
        for name in ("gsi1", "gsi2")
    ]
    update = _update(table, **request)
    assert update.table.on_demand is None
    assert [3, 3] == [
        index.throughput.write_units for index in update.answer.indexes if index.throughput
    ]
    assert table.pay_per_request_since_ms == update.table.pay_per_request_since_ms


def test_updated_billing_mode_on_demand_again_changes_nothing() -> None:
    """AWS answers UPDATING and does nothing."""
    update = _update(_table(), BillingMode="PAY_PER_REQUEST")
    assert _table() == update.table
    assert "UPDATING" == update.answer.status


def test_updated_on_demand_maximum_is_merged_and_cleared_by_minus_one() -> None:
    """The answer shows the -1, the table forgets the member."""
    table = _table(OnDemandThroughput={"MaxReadRequestUnits": 7})
    both = _update(table, OnDemandThroughput={"MaxWriteRequestUnits": 8})
    assert OnDemandThroughput(7, 8) == both.table.on_demand
    one = _update(both.table, OnDemandThroughput={"MaxReadRequestUnits": -1})
    assert OnDemandThroughput(-1, 8) == one.answer.on_demand
    assert OnDemandThroughput(None, 8) == one.table.on_demand
    assert "ACTIVE" == one.answer.status
    none = _update(one.table, OnDemandThroughput={"MaxWriteRequestUnits": -1})
    assert none.table.on_demand is None


def test_updated_warm_throughput_only_rises() -> None:
    """A lower value is refused, an equal one accepted."""
    text = (
        "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current "
        "WarmThroughput, decreasing WarmThroughput is not supported"
    )
    refusal = _refusal(_table(), WarmThroughput={"ReadUnitsPerSecond": 11_999})
    assert f"ValidationException: {_INVALID}{text}" == refusal
    update = _update(_table(), WarmThroughput={"ReadUnitsPerSecond": 13_000})
    assert WarmThroughput(13_000, 4_000) == update.table.warm
    assert WarmThroughput(12_000, 4_000, "UPDATING") == update.answer.warm


# --- indexes


_DECLARED = [{"AttributeName": "c", "AttributeType": "N"}]


def test_updated_index_on_empty_table_is_active_at_once() -> None:
    """There is nothing to fill it with; the answer still says CREATING."""
    update = _update(
        _table(),
        AttributeDefinitions=_DECLARED,
        GlobalSecondaryIndexUpdates=[{"Create": _gsi(key="c")}],
    )
    assert [("gsi", 1, "ACTIVE", False)] == [
        (index.name, index.number, index.status, index.backfilling)
        for index in update.table.indexes
    ]
    assert ["a", "b", "c"] == [attribute.name for attribute in update.table.attributes]
    assert ("UPDATING", "CREATING") == (update.answer.status, update.answer.indexes[0].status)
    assert update.created == update.table.indexes[0]


def test_updated_index_on_table_with_items_is_to_be_filled() -> None:
    """The index is CREATING until it is filled."""
    request: dict[str, Any] = {
        "AttributeDefinitions": _DECLARED,
        "GlobalSecondaryIndexUpdates": [{"Create": _gsi(key="c")}],
    }
    update = _update(_table(), empty=False, **request)
    assert ("CREATING", True) == (
        update.table.indexes[0].status,
        update.table.indexes[0].backfilling,
    )
    other = {"GlobalSecondaryIndexUpdates": [{"Create": _gsi("other", key="c")}]}
    text = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously"
    assert text in _refusal(update.table, AttributeDefinitions=_DECLARED, **other)
    gone = _update(update.table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "gsi"}}])
    assert () == gone.table.indexes


def test_updated_index_deleted_prunes_attributes_and_keeps_its_number() -> None:
    """An attribute that no key uses any more is forgotten; the next index gets another number."""
    create: dict[str, Any] = {
        "AttributeDefinitions": _DECLARED,
        "GlobalSecondaryIndexUpdates": [{"Create": _gsi(key="c")}],
    }
    table = _update(_table(), **create).table
    update = _update(table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "gsi"}}])
    assert ["a", "b"] == [attribute.name for attribute in update.table.attributes]
    assert table.indexes[0] == update.dropped
    assert ["DELETING"] == [index.status for index in update.answer.indexes]
    assert 2 == _update(update.table, **create).table.indexes[0].number


def test_updated_index_throughput_answers_the_old_units() -> None:
    """The table stays ACTIVE, the index is UPDATING with its old units."""
    table = _provisioned(GlobalSecondaryIndexes=[_gsi(ProvisionedThroughput=_units(3, 3))])
    change = {"Update": {"IndexName": "gsi", "ProvisionedThroughput": _units(4, 3)}}
    update = _update(table, GlobalSecondaryIndexUpdates=[change])
    shown, stored = update.answer.indexes[0], update.table.indexes[0]
    assert ("ACTIVE", "UPDATING") == (update.answer.status, shown.status)
    assert shown.throughput is not None
    assert stored.throughput is not None
    assert (3, 4) == (shown.throughput.read_units, stored.throughput.read_units)
    text = "ValidationException: The provisioned throughput for the index gsi will not change."
    assert _refusal(update.table, GlobalSecondaryIndexUpdates=[change]).startswith(text)


@pytest.mark.parametrize(
    ("updates", "declared", "text"),
    [
        (
            [{"Create": _gsi("lsi", key="c")}],
            _DECLARED,
            "ValidationException: Attempting to create an index which already exists",
        ),
        (
            [{"Create": _gsi("new", key="c")}],
            [],
            (
                f"ValidationException: {_INVALID}AttributeDefinitions is not specified "
                "for index: new"
            ),
        ),
        (
            [{"Create": _gsi("new", key="d")}],
            _DECLARED,
            (
                f"ValidationException: {_INVALID}Some index key attributes are not defined in "
                "AttributeDefinitions. Keys: [d], AttributeDefinitions: [a, b, c]"
            ),
        ),
        (
            [{"Create": _gsi("new", key="c", ProvisionedThroughput=_units(1, 1))}],
            _DECLARED,
            (
                f"ValidationException: {_INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits "
                "can be specified for index: new when BillingMode is PAY_PER_REQUEST"
            ),
        ),
        (
            [{"Delete": {"IndexName": "ghost"}}],
            [],
            ("ResourceNotFoundException: Requested resource not found: Index ghost for table abc"),
        ),
        (
            [{"Update": {"IndexName": "ghost", "ProvisionedThroughput": _units(10**12 + 1, 1)}}],
            [],
            (
                "ValidationException: This operation cannot be performed with given input values. "
                "Please contact DynamoDB service team for more info: Action Blocked: IndexUpdate"
            ),
        ),
        (
            [{"Delete": {"IndexName": "lsi"}}],
            [],
            "ValidationException: Cannot delete an index that is not a GlobalSecondaryIndex: lsi",
        ),
        (
            [{"Delete": {"IndexName": "ghost"}}, {"Delete": {"IndexName": "other"}}],
            [],
            (
                "LimitExceededException: Subscriber limit exceeded: Only 1 online index can be "
                "created or deleted simultaneously per table"
            ),
        ),
    ],
)
def test_updated_index_that_does_not_fit_is_refused(
    updates: list[Any], declared: list[Any], text: str
) -> None:
    """Index updates are checked against the table."""
    local = _gsi("lsi", key="a")
    local["KeySchema"].append({"AttributeName": "b", "KeyType": "RANGE"})
    table = _table(LocalSecondaryIndexes=[local])
    refusal = _refusal(table, GlobalSecondaryIndexUpdates=updates, AttributeDefinitions=declared)
    assert text == refusal


def test_updated_index_of_on_demand_table_has_no_units() -> None:
    """Only the maximum and the warm throughput of such an index can be changed."""
    table = _table(GlobalSecondaryIndexes=[_gsi()])
    change = {"Update": {"IndexName": "gsi", "ProvisionedThroughput": _units(1, 1)}}
    text = (
        "The only Updates for index: gsi when TableThroughputMode is PAY_PER_REQUEST can be to "
        "OnDemandThroughput, WarmThroughput"
    )
    refusal = _refusal(table, GlobalSecondaryIndexUpdates=[change])
    assert f"ValidationException: {_INVALID}{text}" == refusal


# --- stream and settings


def test_updated_stream_lives_have_labels_of_their_own() -> None:
    """Enabling again within a millisecond still makes a new label; the ended life is kept."""
    table = _update(_table(), StreamSpecification=_STREAM).table
    stream = table.stream
    assert stream is not None
    assert ("2026-01-01T00:00:00.000", stamp_at(_NOW_MS)) == (stream.label, stream.started_stamp)
    table = _update(table, StreamSpecification={"StreamEnabled": False}).table
    assert table.stream is None
    assert stamp_at(_NOW_MS) == table.streams[0].ended_stamp
    table = _update(table, StreamSpecification=_STREAM).table
    assert ["2026-01-01T00:00:00.000", "2026-01-01T00:00:00.001"] == [
        life.label for life in table.streams
    ]
    later = _update(table, StreamSpecification={"StreamEnabled": False}).table
    later = _update(later, _NOW_MS + 25 * _HOUR_MS, StreamSpecification=_STREAM).table
    assert 1 == len(later.streams)


def test_updated_stream_that_does_not_change_is_refused() -> None:
    """Enabling an enabled and disabling a disabled stream are errors."""
    off = {"StreamEnabled": False}
    text = "ValidationException: Table has no stream to disable: TableName: abc"
    assert text == _refusal(_table(), StreamSpecification=off)
    table = _update(_table(), StreamSpecification=_STREAM).table
    text = "ValidationException: Table already has an enabled stream: TableName: abc"
    assert text == _refusal(table, StreamSpecification=_STREAM)
    member = replace(
        table, global_table_version="2019.11.21", replicas=(Replica("eu-west-1", "ACTIVE"),)
    )
    text = f"ValidationException: {_INVALID}Disabling Stream is not allowed for a Global Table replica."
    assert text == _refusal(member, StreamSpecification=off)


def test_updated_settings_are_stored() -> None:
    """Deletion protection is at once, a table class is answered with UPDATING."""
    protected = _update(_table(), DeletionProtectionEnabled=True)
    assert protected.table.deletion_protection
    assert "ACTIVE" == protected.answer.status
    cheaper = _update(_table(), TableClass="STANDARD_INFREQUENT_ACCESS")
    assert "STANDARD_INFREQUENT_ACCESS" == cheaper.table.table_class
    assert ("UPDATING", None) == (cheaper.answer.status, cheaper.answer.table_class)
    assert _update(_table(), TableClass="STANDARD").table.table_class is None


def test_updated_stream_and_billing_mode_together_both_apply() -> None:
    """One of the two pairs that AWS accepts."""
    update = _update(_provisioned(), BillingMode="PAY_PER_REQUEST", StreamSpecification=_STREAM)
    assert "PAY_PER_REQUEST" == update.table.billing_mode
    assert update.table.stream is not None
    assert update.answer.stream == update.table.stream


@pytest.mark.parametrize(
    ("status", "doing"),
    [("CREATING", "created"), ("UPDATING", "updated"), ("DELETING", "deleted")],
)
def test_updated_table_in_transition_is_in_use(status: Any, doing: str) -> None:
    """A table that comes or goes cannot be changed."""
    text = (
        "ResourceInUseException: Attempt to change a resource which is still in use: "
        f"Table is being {doing}: abc"
    )
    assert text == _refusal(replace(_table(), status=status), TableClass="STANDARD")


def test_updated_deletion_protection_of_table_being_updated_is_accepted() -> None:
    """A table that gets a replica can be protected meanwhile."""
    update = _update(replace(_table(), status="UPDATING"), DeletionProtectionEnabled=True)
    assert ("UPDATING", True) == (update.table.status, update.table.deletion_protection)
