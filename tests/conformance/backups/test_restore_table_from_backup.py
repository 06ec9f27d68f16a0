"""RestoreTableFromBackup, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.backups import backup, contents, enable, put, wait_until_active
from tests.support.refusals import refusal

Client = Callable[..., Any]
MakeTable = Callable[..., str]
MakeName = Callable[..., str]
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
MORE = {"ReadCapacityUnits": 8, "WriteCapacityUnits": 8}
ALL = {"ProjectionType": "ALL"}


def _attributes(names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names.split()]


def _keys(*names: str) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": n, "KeyType": k} for n, k in zip(names, kinds, strict=False)]


GLOBAL = {"IndexName": "global", "KeySchema": _keys("v"), "Projection": ALL}
LOCAL = {"IndexName": "local", "KeySchema": _keys("pk", "v"), "Projection": ALL}


def _indexed(make_table: MakeTable) -> str:
    """Return a provisioned table with a global and a local index and one item."""
    return make_table(
        sort="S",
        AttributeDefinitions=_attributes("pk sk v"),
        BillingMode="PROVISIONED",
        ProvisionedThroughput=UNITS,
        GlobalSecondaryIndexes=[{**GLOBAL, "ProvisionedThroughput": UNITS}],
        LocalSecondaryIndexes=[LOCAL],
    )


def _names(description: dict[str, Any], kind: str) -> list[str]:
    return [index["IndexName"] for index in description.get(f"{kind}SecondaryIndexes", [])]


def test_restore_table_from_backup_shows_its_source_until_it_is_active(
    client: Client, make_table: MakeTable, new_name: MakeName
) -> None:
    """RestoreSummary is there while the table is CREATING only."""
    dynamodb, table, target = client(), make_table(), new_name()
    put(dynamodb, table, "a", "b")
    arn = backup(dynamodb, table)

    answer = dynamodb.restore_table_from_backup(BackupArn=arn, TargetTableName=target)
    described = wait_until_active(dynamodb, target)

    summary = answer["TableDescription"]["RestoreSummary"]
    assert "CREATING" == answer["TableDescription"]["TableStatus"]
    assert (arn, True) == (summary["SourceBackupArn"], summary["RestoreInProgress"])
    assert summary["SourceTableArn"].endswith(f"table/{table}")
    assert "RestoreSummary" not in described
    assert {"a": "1", "b": "1"} == contents(dynamodb, target)
    assert (2, 10) == (described["ItemCount"], described["TableSizeBytes"])


def test_restore_table_from_backup_of_the_system_after_a_deletion(
    client: Client, make_table: MakeTable
) -> None:
    """Under the old name, as it was when it was deleted."""
    dynamodb, table = client(), make_table()
    enable(dynamodb, table)
    put(dynamodb, table, "a", "b")
    dynamodb.delete_table(TableName=table)
    (system,) = dynamodb.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"]

    dynamodb.restore_table_from_backup(BackupArn=system["BackupArn"], TargetTableName=table)
    wait_until_active(dynamodb, table)

    assert {"a": "1", "b": "1"} == contents(dynamodb, table)


def test_restore_table_from_backup_keeps_indexes_and_drops_settings(
    client: Client, make_table: MakeTable, new_name: MakeName
) -> None:
    """Indexes with the units that were recorded; no stream, expiry, tags, protection, class or recovery."""
    dynamodb, table, target = client(), _indexed(make_table), new_name()
    item = {"pk": {"S": "a"}, "sk": {"S": "s"}, "v": {"S": "x"}}
    dynamodb.put_item(TableName=table, Item=item)
    enable(dynamodb, table)
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )
    dynamodb.update_table(
        TableName=table, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    )
    backup_arn = backup(dynamodb, table)

    dynamodb.restore_table_from_backup(BackupArn=backup_arn, TargetTableName=target)
    described = wait_until_active(dynamodb, target)

    (distributed,) = described["GlobalSecondaryIndexes"]
    assert ("global", "ACTIVE", 5) == (
        distributed["IndexName"],
        distributed["IndexStatus"],
        distributed["ProvisionedThroughput"]["ReadCapacityUnits"],
    )
    assert ["local"] == _names(described, "Local")
    for name in ("global", "local"):
        assert [item] == dynamodb.scan(TableName=target, IndexName=name)["Items"]
    assert "StreamSpecification" not in described
    assert [] == dynamodb.list_tags_of_resource(ResourceArn=described["TableArn"])["Tags"]
    time_to_live = dynamodb.describe_time_to_live(TableName=target)["TimeToLiveDescription"]
    assert {"TimeToLiveStatus": "DISABLED"} == time_to_live
    backups = dynamodb.describe_continuous_backups(TableName=target)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert {"PointInTimeRecoveryStatus": "DISABLED"} == recovery


def test_restore_table_from_backup_renames_and_drops_indexes(
    client: Client, make_table: MakeTable, new_name: MakeName
) -> None:
    """An index is known by its keys and projection; an empty list drops all, no list keeps all."""
    dynamodb, table, renamed, without = client(), _indexed(make_table), new_name(), new_name()
    first, second = backup(dynamodb, table), backup(dynamodb, table)

    dynamodb.restore_table_from_backup(
        BackupArn=first,
        TargetTableName=renamed,
        ProvisionedThroughputOverride=MORE,
        GlobalSecondaryIndexOverride=[
            {**GLOBAL, "IndexName": "other", "ProvisionedThroughput": MORE}
        ],
    )
    dynamodb.restore_table_from_backup(
        BackupArn=second,
        TargetTableName=without,
        GlobalSecondaryIndexOverride=[],
        LocalSecondaryIndexOverride=[],
    )
    described = wait_until_active(dynamodb, renamed)
    bare = wait_until_active(dynamodb, without)

    assert (["other"], ["local"]) == (_names(described, "Global"), _names(described, "Local"))
    assert 8 == described["ProvisionedThroughput"]["ReadCapacityUnits"]
    (other,) = described["GlobalSecondaryIndexes"]
    assert 8 == other["ProvisionedThroughput"]["ReadCapacityUnits"]
    assert ([], []) == (_names(bare, "Global"), _names(bare, "Local"))
    assert ["pk", "sk"] == [one["AttributeName"] for one in bare["AttributeDefinitions"]]


def test_restore_table_from_backup_to_on_demand_takes_units_from_indexes(
    client: Client, make_table: MakeTable, new_name: MakeName
) -> None:
    """And sets the maximum that the request names."""
    dynamodb, target = client(), new_name()
    arn = backup(dynamodb, _indexed(make_table))

    dynamodb.restore_table_from_backup(
        BackupArn=arn,
        TargetTableName=target,
        BillingModeOverride="PAY_PER_REQUEST",
        OnDemandThroughputOverride={"MaxReadRequestUnits": 50, "MaxWriteRequestUnits": 50},
    )
    described = wait_until_active(dynamodb, target)

    assert "PAY_PER_REQUEST" == described["BillingModeSummary"]["BillingMode"]
    assert 50 == described["OnDemandThroughput"]["MaxReadRequestUnits"]
    (index,) = described["GlobalSecondaryIndexes"]
    assert 0 == index["ProvisionedThroughput"]["ReadCapacityUnits"]


def test_restore_table_from_backup_in_another_region(
    client: Client, make_table: MakeTable, new_name: MakeName
) -> None:
    """When the request says how the new table is encrypted."""
    dynamodb, table, target = client(), make_table(), new_name("eu-west-1")
    put(dynamodb, table, "a")
    arn, there = backup(dynamodb, table), client("eu-west-1")
    request = {"BackupArn": arn, "TargetTableName": target}

    assert (
        "ValidationException",
        "Invalid Request: sseSpecificationOverride must be provided for cross-region restores",
    ) == refusal(lambda **_: there, "restore_table_from_backup", request)
    there.restore_table_from_backup(**request, SSESpecificationOverride={"Enabled": False})
    wait_until_active(there, target)

    assert {"a": "1"} == contents(there, target)


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        (
            {"ProvisionedThroughputOverride": UNITS, "BillingModeOverride": "PAY_PER_REQUEST"},
            "Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST",
        ),
        (
            {"OnDemandThroughputOverride": {"MaxReadRequestUnits": 5}},
            "Cannot override MaxReadRequestUnits for OnDemandThroughput unless "
            "BillingModeOverride is PAY_PER_REQUEST",
        ),
        (
            {"GlobalSecondaryIndexOverride": [GLOBAL]},
            "Must specify provisioned throughput for index global",
        ),
        (
            {
                "GlobalSecondaryIndexOverride": [{**GLOBAL, "ProvisionedThroughput": UNITS}],
                "BillingModeOverride": "PAY_PER_REQUEST",
            },
            "Cannot override ProvisionedThroughput if BillingMode is overridden to "
            "PAY_PER_REQUEST for index global",
        ),
        (
            {
                "GlobalSecondaryIndexOverride": [
                    {**GLOBAL, "KeySchema": _keys("sk"), "ProvisionedThroughput": UNITS}
                ]
            },
            "Index global does not match a secondary index that existed in the source table and "
            "cannot be created during the restore operation",
        ),
        (
            {
                "LocalSecondaryIndexOverride": [
                    {**LOCAL, "Projection": {"ProjectionType": "KEYS_ONLY"}}
                ]
            },
            "Index local does not match a secondary index that existed in the source table and "
            "cannot be created during the restore operation",
        ),
    ],
)
def test_restore_table_from_backup_refuses_overrides_that_do_not_fit(
    client: Client, make_table: MakeTable, overrides: dict[str, Any], text: str
) -> None:
    """At once, and without a new table."""
    request = {
        "BackupArn": backup(client(), _indexed(make_table)),
        "TargetTableName": "never-restored",
        **overrides,
    }

    found = refusal(client, "restore_table_from_backup", request)

    assert ("ValidationException", f"Invalid Request: {text}") == found
    assert "never-restored" not in client().list_tables()["TableNames"]


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        (
            {"ProvisionedThroughputOverride": UNITS},
            "Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED",
        ),
        (
            {"BillingModeOverride": "PROVISIONED"},
            "Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED",
        ),
    ],
)
def test_restore_table_from_backup_refuses_units_of_the_other_billing_mode(
    client: Client, make_table: MakeTable, overrides: dict[str, Any], text: str
) -> None:
    """Of a table on demand."""
    request = {
        "BackupArn": backup(client(), make_table()),
        "TargetTableName": "never-restored",
        **overrides,
    }

    assert ("ValidationException", f"Invalid Request: {text}") == refusal(
        client, "restore_table_from_backup", request
    )


def test_restore_table_from_backup_refuses_a_name_that_is_taken(
    client: Client, make_table: MakeTable
) -> None:
    """With the code of the backups."""
    table = make_table()
    request = {"BackupArn": backup(client(), table), "TargetTableName": table}

    assert ("TableAlreadyExistsException", f"Table already exists: {table}") == refusal(
        client, "restore_table_from_backup", request
    )


def test_restore_table_from_backup_ignores_an_empty_maximum(
    client: Client, make_table: MakeTable, new_name: MakeName
) -> None:
    """AWS answers TableInUseException and restores the table all the same."""
    dynamodb, target = client(), new_name()
    arn = backup(dynamodb, make_table())

    dynamodb.restore_table_from_backup(
        BackupArn=arn, TargetTableName=target, OnDemandThroughputOverride={}
    )

    assert "OnDemandThroughput" not in wait_until_active(dynamodb, target)
