"""UpdateGlobalTableSettings: capacity and auto scaling of the members of a version 2017.11.29 global table."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.legacy_tables import NO_LONGER, REGIONS, group, refusal
from tests.support.replicas import STREAM
from tests.support.scaling import DISABLED, INDEX, KEYS, ScaledTable, index, settings
from tests.support.target import Target

pytestmark = pytest.mark.ours(NO_LONGER)

MakeTable = Callable[..., str]
HOME, AWAY = REGIONS
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}


@pytest.fixture
def provisioned(target: Target, make_table: MakeTable, table_name: str) -> ScaledTable:
    """A global table of two provisioned tables with an index."""
    for region in REGIONS:
        make_table(
            region=region,
            TableName=table_name,
            StreamSpecification=STREAM,
            AttributeDefinitions=KEYS,
            BillingMode="PROVISIONED",
            ProvisionedThroughput=UNITS,
            GlobalSecondaryIndexes=[index(ProvisionedThroughput=UNITS)],
        )
    target.client(HOME).create_global_table(
        GlobalTableName=table_name, ReplicationGroup=group(*REGIONS)
    )
    return ScaledTable(target, table_name)


def update(table: ScaledTable, **members: Any) -> dict[str, Any]:
    """Send the request; return the settings of every replica by region."""
    client = table.target.client(HOME, validated=False)
    answer = client.update_global_table_settings(GlobalTableName=table.name, **members)
    assert table.name == answer["GlobalTableName"]
    described = client.describe_global_table_settings(GlobalTableName=table.name)
    assert described["ReplicaSettings"] == answer["ReplicaSettings"]
    return {one["RegionName"]: dict(one) for one in answer["ReplicaSettings"]}


def test_update_settings_changes_the_units_of_every_member(provisioned: ScaledTable) -> None:
    """Writes are given once, reads for each region; the tables have them."""
    answer = update(
        provisioned,
        GlobalTableProvisionedWriteCapacityUnits=9,
        GlobalTableGlobalSecondaryIndexSettingsUpdate=[
            {"IndexName": INDEX, "ProvisionedWriteCapacityUnits": 8}
        ],
        ReplicaSettingsUpdate=[
            {
                "RegionName": AWAY,
                "ReplicaProvisionedReadCapacityUnits": 7,
                "ReplicaGlobalSecondaryIndexSettingsUpdate": [
                    {"IndexName": INDEX, "ProvisionedReadCapacityUnits": 4}
                ],
                "ReplicaTableClass": "STANDARD_INFREQUENT_ACCESS",
            }
        ],
    )
    assert [(5, 9), (7, 9)] == [provisioned.units(region) for region in REGIONS]
    assert [(5, 8), (4, 8)] == [provisioned.index_units(region) for region in REGIONS]
    assert "LastIncreaseDateTime" in provisioned.describe(AWAY)["ProvisionedThroughput"]
    shown = answer[AWAY]
    assert (7, 9) == (
        shown["ReplicaProvisionedReadCapacityUnits"],
        shown["ReplicaProvisionedWriteCapacityUnits"],
    )
    assert {"TableClass": "STANDARD_INFREQUENT_ACCESS"} == shown["ReplicaTableClassSummary"]
    assert "ReplicaTableClassSummary" not in answer[HOME]
    (shown_index,) = shown["ReplicaGlobalSecondaryIndexSettings"]
    assert (INDEX, "ACTIVE", 4, 8) == (
        shown_index["IndexName"],
        shown_index["IndexStatus"],
        shown_index["ProvisionedReadCapacityUnits"],
        shown_index["ProvisionedWriteCapacityUnits"],
    )


def test_update_settings_twice_is_no_error(provisioned: ScaledTable) -> None:
    """What is set already is left as it is."""
    for _ in range(2):
        update(provisioned, GlobalTableProvisionedWriteCapacityUnits=9)
    assert [(5, 9)] * 2 == [provisioned.units(region) for region in REGIONS]


def test_update_settings_switches_the_billing_mode_of_every_member(
    provisioned: ScaledTable,
) -> None:
    """To on-demand capacity and back."""
    answer = update(provisioned, GlobalTableBillingMode="PAY_PER_REQUEST")
    for region in REGIONS:
        summary = answer[region]["ReplicaBillingModeSummary"]
        assert "PAY_PER_REQUEST" == summary["BillingMode"]
        assert "LastUpdateToPayPerRequestDateTime" in summary
        shown = provisioned.describe(region)["BillingModeSummary"]
        assert "PAY_PER_REQUEST" == shown["BillingMode"]
    read: Any = [{"IndexName": INDEX, "ProvisionedReadCapacityUnits": 2}]
    update(
        provisioned,
        GlobalTableBillingMode="PROVISIONED",
        GlobalTableProvisionedWriteCapacityUnits=3,
        GlobalTableGlobalSecondaryIndexSettingsUpdate=[
            {"IndexName": INDEX, "ProvisionedWriteCapacityUnits": 3}
        ],
        ReplicaSettingsUpdate=[
            {
                "RegionName": region,
                "ReplicaProvisionedReadCapacityUnits": 2,
                "ReplicaGlobalSecondaryIndexSettingsUpdate": read,
            }
            for region in REGIONS
        ],
    )
    assert [(2, 3)] * 2 == [provisioned.units(region) for region in REGIONS]


def test_update_settings_of_auto_scaling_brings_units_within_the_bounds(
    provisioned: ScaledTable,
) -> None:
    """Writes in every member, reads in one; both are described, and end when they are disabled."""
    read = "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate"
    answer = update(
        provisioned,
        GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate=settings(10, 20),
        ReplicaSettingsUpdate=[{"RegionName": AWAY, read: settings(1, 4)}],
    )
    assert [(5, 10), (4, 10)] == [provisioned.units(region) for region in REGIONS]
    shown = answer[HOME]["ReplicaProvisionedWriteCapacityAutoScalingSettings"]
    assert (10, 20) == (shown["MinimumUnits"], shown["MaximumUnits"])
    assert 4 == answer[AWAY]["ReplicaProvisionedReadCapacityAutoScalingSettings"]["MaximumUnits"]
    answer = update(
        provisioned,
        GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate={"AutoScalingDisabled": True},
    )
    for region in REGIONS:
        assert DISABLED == answer[region]["ReplicaProvisionedWriteCapacityAutoScalingSettings"]


def test_update_settings_that_one_member_refuses_changes_none(provisioned: ScaledTable) -> None:
    """Everything is tried before anything is done."""
    code, _ = refusal(
        update,
        table=provisioned,
        GlobalTableProvisionedWriteCapacityUnits=9,
        ReplicaSettingsUpdate=[{"RegionName": AWAY, "ReplicaProvisionedReadCapacityUnits": 40_001}],
    )
    assert "LimitExceededException" == code
    assert [(5, 6)] * 2 == [provisioned.units(region) for region in REGIONS]


def test_update_settings_of_what_is_not_there_is_refused(provisioned: ScaledTable) -> None:
    """Regions, indexes, tables, and units of tables on demand."""
    failed = f"Failed to update settings for global table with name: ‘{provisioned.name}’ because "  # noqa: RUF001 - AWS's quotes
    replica = {"RegionName": "eu-west-3", "ReplicaProvisionedReadCapacityUnits": 1}
    entry = {"IndexName": "none", "ProvisionedWriteCapacityUnits": 1}
    for members, code, text in (
        ({}, "ValidationException", "at least one update parameter must be specified."),
        (
            {"ReplicaSettingsUpdate": [replica]},
            "ReplicaNotFoundException",
            "a replica does not exist in regions: ‘[eu-west-3]’.",  # noqa: RUF001 - AWS's quotes
        ),
        (
            {"GlobalTableGlobalSecondaryIndexSettingsUpdate": [entry]},
            "IndexNotFoundException",
            "the global secondary indexes with names: ‘[none]’ do not exist.",  # noqa: RUF001 - AWS's quotes
        ),
    ):
        assert (code, failed + text) == refusal(update, table=provisioned, **members)
    update(provisioned, GlobalTableBillingMode="PAY_PER_REQUEST")
    code, text = refusal(update, table=provisioned, GlobalTableProvisionedWriteCapacityUnits=9)
    assert "ValidationException" == code
    assert "BillingMode is PayPerRequest." in text
    assert text.endswith("to set parameters: 'GlobalTableProvisionedWriteCapacityUnits'.")


def test_update_settings_of_another_table_is_refused(target: Target, name: str) -> None:
    """Regional tables are no global tables."""
    assert (
        "GlobalTableNotFoundException",
        f"Global table with name: '{name}' does not exist.",
    ) == refusal(update, table=ScaledTable(target, name), GlobalTableBillingMode="PROVISIONED")
