"""UpdateTable: what is refused over HTTP, code and text to the letter, and which of two errors is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.refusals import (
    INVALID,
    ON_DEMAND,
    ONE,
    PROVISIONED,
    Client,
    attributes,
    create_index,
    index,
    indexed_tables,
    refusal,
    update_index,
)
from tests.support.target import Target

_STREAM_OFF = {"StreamEnabled": False}
_STREAM_ON = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
_UNITS_PAGE = (
    "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher "
    "limits."
)


@pytest.fixture(scope="module")
def tables(target: Target) -> Iterator[None]:
    """An on-demand table and a provisioned one, each with indexes."""
    with indexed_tables(target):
        yield


@pytest.mark.parametrize(
    ("table", "members", "text"),
    [
        # One concern at a time; of several the text names the first of SSE, class, protection, warm
        (
            ON_DEMAND,
            {"SSESpecification": {}, "TableClass": "STANDARD"},
            INVALID + "Server-Side Encryption modification must be the only operation in the "
            "request",
        ),
        (
            ON_DEMAND,
            {"TableClass": "STANDARD", "DeletionProtectionEnabled": True},
            INVALID + "TableClass modification must be the only operation in the request",
        ),
        (
            ON_DEMAND,
            {"DeletionProtectionEnabled": True, "WarmThroughput": {"ReadUnitsPerSecond": 1}},
            INVALID + "DeletionProtection modification must be the only operation in the request",
        ),
        (
            ON_DEMAND,
            {"WarmThroughput": {"ReadUnitsPerSecond": 1}, "StreamSpecification": _STREAM_ON},
            INVALID + "WarmThroughput must be the only operation in the request",
        ),
        (
            ON_DEMAND,
            {
                "ReplicaUpdates": [{"Delete": {"RegionName": "eu-west-1"}}],
                "StreamSpecification": _STREAM_ON,
            },
            INVALID + "Replica modification must be the only operation in the request",
        ),
        (
            ON_DEMAND,
            {
                "OnDemandThroughput": {"MaxReadRequestUnits": 1},
                "StreamSpecification": _STREAM_ON,
            },
            INVALID + "OnDemandThroughput can only be combined with BillingMode in an UpdateTable "
            "request",
        ),
        (
            PROVISIONED,
            {"ProvisionedThroughput": ONE, "StreamSpecification": _STREAM_ON},
            INVALID + "You cannot modify stream status while updating table IOPS",
        ),
        (
            PROVISIONED,
            {"ProvisionedThroughput": ONE, **create_index(ProvisionedThroughput=ONE)},
            INVALID + "You cannot create or delete index while updating table IOPS",
        ),
        (
            ON_DEMAND,
            {"StreamSpecification": _STREAM_ON, **create_index()},
            INVALID + "You cannot create or delete index while changing stream status",
        ),
        (
            ON_DEMAND,
            {"WarmThroughput": {"ReadUnitsPerSecond": 13_000}, **create_index()},
            INVALID + "Create global secondary index cannot be specified when updating "
            "WarmThroughput",
        ),
        # What changes nothing
        (
            PROVISIONED,
            {"ProvisionedThroughput": ONE},
            "The provisioned throughput for the table will not change. The requested value equals "
            "the current value. Current ReadCapacityUnits provisioned for the table: 1. Requested "
            "ReadCapacityUnits: 1. Current WriteCapacityUnits provisioned for the table: 1. "
            f"Requested WriteCapacityUnits: 1. {_UNITS_PAGE}",
        ),
        (
            PROVISIONED,
            update_index(ProvisionedThroughput=ONE),
            "The provisioned throughput for the index gsi will not change. The requested value "
            "equals the current value. Current ReadCapacityUnits provisioned for index gsi: 1. "
            "Requested ReadCapacityUnits: 1. Current WriteCapacityUnits provisioned for index gsi: "
            f"1. Requested WriteCapacityUnits: 1. {_UNITS_PAGE}",
        ),
        (
            ON_DEMAND,
            {"SSESpecification": {"Enabled": False}},
            INVALID + "Table is already encrypted by default",
        ),
        (
            ON_DEMAND,
            {"StreamSpecification": _STREAM_OFF},
            f"Table has no stream to disable: TableName: {ON_DEMAND}",
        ),
        # Streams
        (
            ON_DEMAND,
            {"StreamSpecification": {"StreamEnabled": True}},
            INVALID + "If stream is being enabled then UpdateViewType is required",
        ),
        (
            ON_DEMAND,
            {"StreamSpecification": _STREAM_ON | {"StreamEnabled": False}},
            INVALID + "If stream is being disabled, then UpdateViewType must not be specified",
        ),
        # Throughput and billing
        (
            ON_DEMAND,
            {"ProvisionedThroughput": ONE},
            INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
            "BillingMode is PAY_PER_REQUEST",
        ),
        (
            ON_DEMAND,
            {"ProvisionedThroughput": ONE, "BillingMode": "PAY_PER_REQUEST"},
            INVALID + "ProvisionedThroughput cannot be specified when BillingMode is "
            "PAY_PER_REQUEST",
        ),
        (
            ON_DEMAND,
            {"BillingMode": "PROVISIONED"},
            INVALID + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
        ),
        (
            ON_DEMAND,
            {"BillingMode": "PROVISIONED", "ProvisionedThroughput": ONE},
            INVALID + "ProvisionedThroughput must be specified for index: gsi",
        ),
        (
            ON_DEMAND,
            update_index(ProvisionedThroughput=ONE),
            INVALID + "The only Updates for index: gsi when TableThroughputMode is "
            "PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput",
        ),
        (
            ON_DEMAND,
            create_index(ProvisionedThroughput=ONE),
            INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for "
            "index: new when BillingMode is PAY_PER_REQUEST",
        ),
        (
            PROVISIONED,
            create_index(),
            INVALID + "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: "
            "new",
        ),
        (
            PROVISIONED,
            {"OnDemandThroughput": {"MaxReadRequestUnits": 1}},
            INVALID + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the "
            "table BillingMode is PROVISIONED",
        ),
        (
            ON_DEMAND,
            {"OnDemandThroughput": {"MaxReadRequestUnits": -2}},
            INVALID + "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside "
            "of valid range",
        ),
        (
            ON_DEMAND,
            {"WarmThroughput": {"ReadUnitsPerSecond": 11_999}},
            INVALID + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than "
            "current WarmThroughput, decreasing WarmThroughput is not supported",
        ),
        # Indexes
        (
            ON_DEMAND,
            {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "lsi"}}]},
            "Cannot delete an index that is not a GlobalSecondaryIndex: lsi",
        ),
        (
            PROVISIONED,
            update_index("lsi", ProvisionedThroughput=ONE),
            "Cannot update an index that is not a GlobalSecondaryIndex: lsi",
        ),
        (ON_DEMAND, create_index("gsi"), "Attempting to create an index which already exists"),
        (
            ON_DEMAND,
            {"GlobalSecondaryIndexUpdates": [{"Create": index("new", "n HASH")}]},
            INVALID + "AttributeDefinitions is not specified for index: new",
        ),
        (
            ON_DEMAND,
            {"TableClass": "COLD"},
            "Invalid table-class parameter provided. Please try again with a valid table-class "
            "value: [STANDARD, STANDARD_INFREQUENT_ACCESS].",
        ),
        (
            ON_DEMAND,
            {"GlobalTableSettingsReplicationMode": "ENABLED_WITH_OVERRIDES"},
            "Value 'ENABLED_WITH_OVERRIDES' at 'GlobalTableSettingsReplicationMode' failed to "
            "satisfy constraint: Only ENABLED and DISABLED settings replication are supported for "
            "a Regional Table.",
        ),
        # What is wrong in itself is told before the table is looked for
        (
            "refusals-missing",
            {"SSESpecification": {}, "DeletionProtectionEnabled": True},
            INVALID + "Server-Side Encryption modification must be the only operation in the "
            "request",
        ),
        (
            "refusals-missing",
            update_index(WarmThroughput={}),
            INVALID + "WarmThroughput must have at least one of ReadUnitsPerSecond or "
            "WriteUnitsPerSecond specified for index: gsi",
        ),
    ],
)
def test_update_table_that_does_not_fit_is_refused(
    client: Client, tables: None, table: str, members: dict[str, Any], text: str
) -> None:
    """The table stays as it is, and the text is AWS's."""
    request = {"TableName": table, **members}
    assert ("ValidationException", text) == refusal(client, "update_table", request)


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (
            {
                "AttributeDefinitions": attributes("nm"),
                "GlobalSecondaryIndexUpdates": [
                    {"Create": index("one", "n HASH")},
                    {"Create": index("two", "m HASH")},
                ],
            },
            "Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table",
        ),
        (
            {"OnDemandThroughput": {"MaxWriteRequestUnits": 40_001}},
            "Subscriber limit exceeded: Requested MaxWriteRequestUnits for OnDemandThroughput for "
            "table exceeds TableMaxWriteCapacityUnits of the account in region us-east-1",
        ),
        (
            {"WarmThroughput": {"ReadUnitsPerSecond": 40_001}},
            "Subscriber limit exceeded: Requested ReadUnitsPerSecond for WarmThroughput for table "
            "exceeds TableMaxReadCapacityUnits of the account in region us-east-1",
        ),
    ],
)
def test_update_table_beyond_a_limit_is_refused(
    client: Client, tables: None, members: dict[str, Any], text: str
) -> None:
    """Limits have a code of their own."""
    request = {"TableName": ON_DEMAND, **members}
    assert ("LimitExceededException", text) == refusal(client, "update_table", request)
