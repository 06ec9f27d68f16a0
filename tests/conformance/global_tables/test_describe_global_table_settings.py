"""DescribeGlobalTableSettings: capacity and auto scaling of the members of a version 2017.11.29 global table."""

import pytest

from tests.support.legacy_tables import NO_LONGER, REGIONS, group, refusal
from tests.support.scaling import DISABLED
from tests.support.target import Target

pytestmark = pytest.mark.ours(NO_LONGER)


def test_describe_settings_of_members_on_demand_shows_no_units(target: Target, name: str) -> None:
    """Every region describes every member, in the order in which they were named."""
    client = target.client(REGIONS[0])
    client.create_global_table(GlobalTableName=name, ReplicationGroup=group(*REGIONS))
    found = [
        target.client(region).describe_global_table_settings(GlobalTableName=name)
        for region in REGIONS
    ]
    assert found[0]["ReplicaSettings"] == found[1]["ReplicaSettings"]
    assert name == found[0]["GlobalTableName"]
    assert REGIONS == [one["RegionName"] for one in found[0]["ReplicaSettings"]]
    shown = found[0]["ReplicaSettings"][0]
    assert "ACTIVE" == shown["ReplicaStatus"]
    assert "PAY_PER_REQUEST" == shown["ReplicaBillingModeSummary"]["BillingMode"]
    assert 0 == shown["ReplicaProvisionedReadCapacityUnits"]
    assert 0 == shown["ReplicaProvisionedWriteCapacityUnits"]
    assert DISABLED == shown["ReplicaProvisionedReadCapacityAutoScalingSettings"]
    assert DISABLED == shown["ReplicaProvisionedWriteCapacityAutoScalingSettings"]


def test_describe_settings_of_another_table_is_refused(target: Target, name: str) -> None:
    """Regional tables are no global tables."""
    for unknown in (name, "no-such-table"):
        assert (
            "GlobalTableNotFoundException",
            f"Global table with name: '{unknown}' does not exist.",
        ) == refusal(target.client().describe_global_table_settings, GlobalTableName=unknown)
