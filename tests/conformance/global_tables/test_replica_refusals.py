"""What UpdateTable refuses of replica actions, in AWS's words; every text was measured on AWS."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.members import ASIA, DEFINITION, EUROPE, HOME, Members, refused

LOCAL = (
    "Cannot add or delete the local region through ReplicaUpdates. "
    "Use CreateTable, DeleteTable, or UpdateTable as required."
)
NO_MEMBER = (
    "Update global table operation failed because one or more replicas were not part of the "
    "global table. Please retry the request without these replicas: [ca-central-1]."
)
NO_ACTION = "There are no actions specified in the Replica Update Action of the request."
NO_UNITS = (
    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
    "PAY_PER_REQUEST"
)
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "member that exists": (
        {"Create": {"RegionName": EUROPE}},
        "Failed to create a the new replica of table with name: ‘{name}’ "  # noqa: RUF001 - AWS's quotes
        "because one or more replicas already existed as tables.",
    ),
    "create here": ({"Create": {"RegionName": HOME}}, LOCAL),
    "delete here": ({"Delete": {"RegionName": HOME}}, LOCAL),
    "delete of no member": ({"Delete": {"RegionName": "ca-central-1"}}, NO_MEMBER),
    "update of no member": (
        {"Update": {"RegionName": "ca-central-1", "TableClassOverride": "STANDARD"}},
        NO_MEMBER,
    ),
    "update of nothing": ({"Update": {"RegionName": EUROPE}}, NO_ACTION),
    "no action": ({}, NO_ACTION),
    "two kinds": (
        {"Create": {"RegionName": ASIA}, "Delete": {"RegionName": EUROPE}},
        "Update table operation with more than one type of replica actions not allowed.",
    ),
    "units on demand": (
        {
            "Update": {
                "RegionName": EUROPE,
                "ProvisionedThroughputOverride": {"ReadCapacityUnits": 5},
            }
        },
        NO_UNITS,
    ),
    "key of one replica": (
        {"Create": {"RegionName": ASIA, "KMSMasterKeyId": "alias/aws/dynamodb"}},
        "One or more parameter values were invalid: "
        "KMSMasterKeyId must be specified for each replica.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_action_is_refused_in_awss_words(pair: Members, case: str) -> None:
    """The members stay as they are."""
    action, text = REFUSED[case]
    assert ("ValidationException", text.replace("{name}", pair.name)) == pair.refusal(**action)
    assert [EUROPE] == pair.others()


@pytest.mark.parametrize("region", ["EU-WEST-1", "nowhere-1"])
def test_region_that_does_not_exist_is_refused_with_the_supported_ones(
    pair: Members, region: str
) -> None:
    """Upper case is no region."""
    code, text = pair.refusal(Create={"RegionName": region})
    assert "ValidationException" == code
    assert text.startswith(
        f"Region {region} is not supported. The latest version of global tables are only "
        "supported in the following regions: ["
    )


@pytest.mark.parametrize("kind", ["Create", "Delete"])
def test_two_regions_in_one_request_are_refused(pair: Members, kind: str) -> None:
    """One member a request."""
    updates: Any = [{kind: {"RegionName": ASIA}}, {kind: {"RegionName": EUROPE}}]
    code, text = refused(
        pair.target.client().update_table, TableName=pair.name, ReplicaUpdates=updates
    )
    assert "ValidationException" == code
    assert "more than one create or delete replica actions not allowed" in text


def test_replica_updates_with_another_change_are_refused(pair: Members) -> None:
    """ReplicaUpdates stands alone."""
    code, text = refused(
        pair.target.client().update_table,
        TableName=pair.name,
        ReplicaUpdates=[{"Create": {"RegionName": ASIA}}],
        DeletionProtectionEnabled=True,
    )
    assert "ValidationException" == code
    assert "must be the only operation in the request" in text


def test_replica_of_a_table_that_is_not_there_is_refused(pair: Members) -> None:
    """As any change of a missing table."""
    code, _ = refused(
        pair.target.client().update_table,
        TableName=f"{pair.name}-missing",
        ReplicaUpdates=[{"Create": {"RegionName": ASIA}}],
    )
    assert "ResourceNotFoundException" == code


@pytest.mark.parametrize(
    "specification",
    [{"StreamEnabled": False}, {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}],
)
@pytest.mark.parametrize("region", [HOME, EUROPE])
def test_stream_of_a_member_can_be_neither_disabled_nor_changed(
    pair: Members, region: str, specification: Any
) -> None:
    """Replication needs it."""
    code, text = refused(
        pair.target.client(region).update_table,
        TableName=pair.name,
        StreamSpecification=specification,
    )
    assert "ValidationException" == code
    if not specification["StreamEnabled"]:
        assert "Disabling Stream is not allowed for a Global Table replica." in text


def test_mode_of_global_tables_is_none_of_a_regional_table(bare: Members) -> None:
    """Overrides are for replicas."""
    code, text = refused(
        bare.target.client().create_table,
        TableName=bare.name,
        **DEFINITION,
        GlobalTableSettingsReplicationMode="ENABLED_WITH_OVERRIDES",
    )
    assert "ValidationException" == code
    assert text.endswith(
        "Value 'ENABLED_WITH_OVERRIDES' at 'GlobalTableSettingsReplicationMode' failed to satisfy "
        "constraint: Only ENABLED and DISABLED settings replication are supported for a Regional Table."
    )


def test_changes_while_a_replica_is_created_are_refused(members: Members) -> None:
    """Another member and time to live have to wait."""
    members.update(Create={"RegionName": EUROPE})
    codes = [
        code_of(partial(members.update, Create={"RegionName": ASIA})),
        code_of(
            partial(
                members.target.client().update_time_to_live,
                TableName=members.name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
            )
        ),
    ]
    listed = {one["RegionName"]: one["ReplicaStatus"] for one in members.describe()["Replicas"]}
    created = listed.get(EUROPE) == "ACTIVE"
    members.settle()
    if created:
        pytest.skip("the target creates a replica too fast to see anything of it")
    assert ["ResourceInUseException", "ValidationException"] == codes


def code_of(call: Callable[[], object]) -> str:
    """Return the code of a refusal; empty for none."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""
