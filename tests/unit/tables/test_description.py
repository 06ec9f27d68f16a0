"""Descriptions of tables in AWS's shape."""

from dataclasses import replace

from globaltables.tables.definitions import (
    Index,
    KeyAttribute,
    KeySchema,
    OnDemandThroughput,
    Replica,
    ReplicaIndexOverride,
    Stream,
    Table,
    Throughput,
    WarmThroughput,
)
from globaltables.tables.description import describe, describe_deleted

_NOW_MS = 1_767_225_600_000
_DAY_MS = 24 * 3_600_000
_KEY = KeyAttribute("pk", "S")
_TABLE = Table(
    name="abc",
    account="000000000000",
    region="eu-west-1",
    number=1,
    table_id="some-uuid",
    created_ms=_NOW_MS,
    schema=KeySchema((_KEY,)),
    attributes=(_KEY,),
    throughput=Throughput(5, 6),
)
_ARN = "arn:aws:dynamodb:eu-west-1:000000000000:table/abc"


class _Counters:
    """Three items of 30 bytes; an index has as many entries as its number says."""

    def statistics(self, table: Table) -> tuple[int, int]:
        return 3, 30

    def index_statistics(self, table: Table, index_number: int) -> tuple[int, int]:
        return index_number, 10 * index_number


def test_describe_counts_come_from_the_store() -> None:
    """Item counts and sizes are exact at any time, for the table and for each index."""
    index = Index("gsi", 2, "GLOBAL", KeySchema((_KEY,)), "KEYS_ONLY", backfilling=True)
    description = describe(replace(_TABLE, indexes=(index,)), _Counters(), _NOW_MS)
    assert (3, 30) == (description["ItemCount"], description["TableSizeBytes"])
    described = description["GlobalSecondaryIndexes"][0]
    assert (2, 20, True) == (
        described["ItemCount"],
        described["IndexSizeBytes"],
        described["Backfilling"],
    )


def test_describe_decreases_of_yesterday_are_not_counted() -> None:
    """The counter begins anew at midnight UTC, the time of the last decrease stays."""
    throughput = Throughput(1, 1, last_decrease_ms=_NOW_MS, decreases_today=3)
    table = replace(_TABLE, throughput=throughput)
    today = describe(table, _Counters(), _NOW_MS)["ProvisionedThroughput"]
    tomorrow = describe(table, _Counters(), _NOW_MS + _DAY_MS)["ProvisionedThroughput"]
    assert (3, 0) == (today["NumberOfDecreasesToday"], tomorrow["NumberOfDecreasesToday"])
    assert _NOW_MS / 1000 == tomorrow["LastDecreaseDateTime"]


def test_describe_disabled_stream_keeps_its_arn() -> None:
    """Label and ARN of the newest stream stay, the setting goes."""
    stream = Stream("2026-01-01T00:00:00.000", "KEYS_ONLY", _NOW_MS, 1, ended_stamp=2)
    description = describe(replace(_TABLE, streams=(stream,)), _Counters(), _NOW_MS)
    assert "StreamSpecification" not in description
    assert f"{_ARN}/stream/{stream.label}" == description["LatestStreamArn"]


def test_describe_table_that_was_on_demand_says_since_when() -> None:
    """A provisioned table that once was on demand shows its billing mode."""
    table = replace(_TABLE, pay_per_request_since_ms=_NOW_MS)
    description = describe(table, _Counters(), _NOW_MS)
    expected = {
        "BillingMode": "PROVISIONED",
        "LastUpdateToPayPerRequestDateTime": _NOW_MS / 1000,
    }
    assert expected == description["BillingModeSummary"]


def test_describe_member_lists_the_other_members() -> None:
    """A global table shows its version and its other replicas with what they override."""
    replicas = (
        Replica("us-east-1", "ACTIVE"),
        Replica(
            "us-west-2",
            "CREATING",
            table_class="STANDARD",
            read_units=7,
            indexes=(ReplicaIndexOverride("gsi", max_read_units=8),),
        ),
    )
    table = replace(
        _TABLE,
        global_table_version="2019.11.21",
        replicas=replicas,
        warm=WarmThroughput(1, 2),
        on_demand=OnDemandThroughput(max_write_units=4),
    )
    description = describe(table, _Counters(), _NOW_MS)
    assert "2019.11.21" == description["GlobalTableVersion"]
    assert "ENABLED_WITH_OVERRIDES" == description["GlobalTableSettingsReplicationMode"]
    assert {"MaxWriteRequestUnits": 4} == description["OnDemandThroughput"]
    shared = {
        "GlobalTableSettingsReplicationMode": "ENABLED_WITH_OVERRIDES",
        "WarmThroughput": {"ReadUnitsPerSecond": 1, "WriteUnitsPerSecond": 2, "Status": "ACTIVE"},
    }
    expected = [
        {"RegionName": "us-east-1", "ReplicaStatus": "ACTIVE", **shared},
        {
            "RegionName": "us-west-2",
            "ReplicaStatus": "CREATING",
            "ReplicaTableClassSummary": {"TableClass": "STANDARD"},
            "ProvisionedThroughputOverride": {"ReadCapacityUnits": 7},
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "gsi",
                    "OnDemandThroughputOverride": {"MaxReadRequestUnits": 8},
                }
            ],
            **shared,
        },
    ]
    assert expected == description["Replicas"]


def test_describe_member_of_old_version_has_no_replicas() -> None:
    """Version 2017.11.29 shows only its version; its members are in DescribeGlobalTable."""
    table = replace(_TABLE, global_table_version="2017.11.29")
    description = describe(table, _Counters(), _NOW_MS)
    assert "2017.11.29" == description["GlobalTableVersion"]
    assert "Replicas" not in description


def test_describe_deleted_table_is_short() -> None:
    """The answer to DeleteTable has no keys and no indexes."""
    index = Index("gsi", 2, "GLOBAL", KeySchema((_KEY,)), "KEYS_ONLY")
    description = describe_deleted(replace(_TABLE, indexes=(index,)), _Counters(), _NOW_MS)
    expected = {
        "TableName": "abc",
        "TableStatus": "DELETING",
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0,
            "ReadCapacityUnits": 5,
            "WriteCapacityUnits": 6,
        },
        "TableSizeBytes": 30,
        "ItemCount": 3,
        "TableArn": _ARN,
        "TableId": "some-uuid",
        "DeletionProtectionEnabled": False,
    }
    assert expected == description
