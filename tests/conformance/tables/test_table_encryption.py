"""Tables under keys of KMS: what is told of them, and what becomes of them with their key."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.sealed_tables import ITEMS, SECONDS_MAX, SECRET, TABLE, World, item, sse
from tests.support.server import Server

_ACCOUNT = "123456789012"
_INVALID = "One or more parameter values were invalid: "


def _refused(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**members)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"].partition(" (Service:")[0]


@pytest.fixture(scope="module")
def world(server: Server) -> World:
    """A server in memory."""
    return World(server)


def test_a_table_tells_the_key_that_it_is_under(world: World, table_name: str) -> None:
    """By whatever it was named; without a name it is AWS's own key, which KMS tells the same of."""
    key = world.key()
    kms, client = world.client("kms"), world.client("dynamodb")
    alias = f"alias/{key[-8:]}"
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    own = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]["Arn"]
    for number, (specification, arn) in enumerate(
        (
            (sse(key), key),
            (sse(key.rpartition("/")[2]), key),
            (sse(alias), key),
            ({"Enabled": True}, own),
            (sse("alias/aws/dynamodb"), own),
        )
    ):
        name = f"{table_name}-{number}"
        client.create_table(TableName=name, **TABLE, SSESpecification=specification)
        expected = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": arn}
        assert expected == world.described(name)["SSEDescription"]
        client.delete_table(TableName=name)


def test_a_key_that_cannot_be_used_is_refused_and_makes_no_table(
    world: World, table_name: str
) -> None:
    """In the words that DynamoDB has for what KMS says."""
    kms, create = world.client("kms"), world.client("dynamodb").create_table
    disabled, leaving = world.key(), world.key()
    kms.disable_key(KeyId=disabled)
    kms.schedule_key_deletion(KeyId=leaving, PendingWindowInDays=7)
    model = "com.amazonaws.services.kms.model"
    prefix = f"arn:aws:kms:us-east-1:{_ACCOUNT}"
    absent = f"{prefix}:key/00000000-0000-4000-8000-000000000000"
    for key, message in (
        (disabled, f"KMS key disabled error: {model}.DisabledException: {disabled} is disabled."),
        (
            leaving,
            f"KMS validation error: {model}.KMSInvalidStateException: {leaving} is pending deletion.",
        ),
        (absent, f"KMS validation error: {model}.NotFoundException: Key '{absent}' does not exist"),
        (
            "alias/absent",
            f"KMS validation error: {model}.NotFoundException: "
            f"Alias {prefix}:alias/absent is not found.",
        ),
        (
            world.key("eu-west-1"),
            f"KMS validation error: {model}.NotFoundException: Invalid arn eu-west-1",
        ),
    ):
        refusal = _refused(create, TableName=table_name, **TABLE, SSESpecification=sse(key))
        assert ("ValidationException", message) == refusal
    signing = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
    for key, code in (
        (signing["Arn"], "InternalServerError"),
        ("alias/aws/s3", "AccessDeniedException"),
    ):
        refusal = _refused(create, TableName=table_name, **TABLE, SSESpecification=sse(key))
        assert code == refusal[0]
    refusal = _refused(world.client("dynamodb").describe_table, TableName=table_name)
    assert "ResourceNotFoundException" == refusal[0]


def test_a_sealed_table_is_queried_as_any_other(world: World, table_name: str) -> None:
    """Ranges, beginnings, backwards, pages, indexes, segments: the same as of a table that is not sealed."""
    client = world.client("dynamodb")
    names = [
        world.create(f"{table_name}-sealed", SSESpecification=sse(world.key())),
        world.create(f"{table_name}-plain"),
    ]
    partition = {":p": {"S": f"part-{SECRET}-1"}}

    def queries(name: str) -> list[Any]:
        answers: list[Any] = []
        for condition, values in (
            ("pk = :p", {}),
            ("pk = :p AND begins_with(sk, :a)", {":a": {"S": f"sort-{SECRET}-01"}}),
            ("pk = :p AND sk > :a", {":a": {"S": f"sort-{SECRET}-016"}}),
            (
                "pk = :p AND sk BETWEEN :a AND :b",
                {":a": {"S": f"sort-{SECRET}-006"}, ":b": {"S": f"sort-{SECRET}-026"}},
            ),
        ):
            for forward in (True, False):
                members = {
                    "TableName": name,
                    "KeyConditionExpression": condition,
                    "ExpressionAttributeValues": {**partition, **values},
                    "ScanIndexForward": forward,
                }
                pages = client.get_paginator("query").paginate(
                    **members, PaginationConfig={"PageSize": 3}
                )
                answers.append([page["Items"] for page in pages])
        for index, attribute, value in (
            ("by-colour", "colour", f"colour-{SECRET}-2"),
            ("colours", "pk", f"part-{SECRET}-3"),
        ):
            answers.append(
                client.query(
                    TableName=name,
                    IndexName=index,
                    KeyConditionExpression=f"{attribute} = :v",
                    ExpressionAttributeValues={":v": {"S": value}},
                )["Items"]
            )
        answers.append(
            [
                client.scan(TableName=name, Segment=segment, TotalSegments=3)["Items"]
                for segment in range(3)
            ]
        )
        return answers

    assert queries(names[1]) == queries(names[0])
    for name in names:
        client.delete_table(TableName=name)


def test_encryption_is_turned_on_changed_and_turned_off(world: World, table_name: str) -> None:
    """Each time with every item and every record of the stream; the same key again only by another name."""
    client, name = world.client("dynamodb"), world.create(table_name)
    one, two = world.key(), world.key()
    already = f"{_INVALID}Table is already encrypted "
    default = _refused(client.update_table, TableName=name, SSESpecification={"Enabled": False})
    assert ("ValidationException", f"{already}by default") == default
    for key in (one, two, "alias/aws/dynamodb"):
        answer = client.update_table(TableName=name, SSESpecification=sse(key))
        described = answer["TableDescription"]
        assert ("ACTIVE", "UPDATING") == (
            described["TableStatus"],
            described["SSEDescription"]["Status"],
        )
        world.wait(name, lambda table: table["SSEDescription"]["Status"] == "ENABLED")
        assert ITEMS == len(world.keys(name))
    arn = world.described(name)["SSEDescription"]["KMSMasterKeyArn"]
    refusal = _refused(client.update_table, TableName=name, SSESpecification=sse(arn))
    text = (
        "with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key"
    )
    assert ("ValidationException", already + text) == refusal
    client.update_table(TableName=name, SSESpecification={"Enabled": False})
    world.wait(name, lambda table: "SSEDescription" not in table)
    assert ITEMS == len(world.keys(name))
    streams = world.client("dynamodbstreams")
    arn = world.described(name)["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    assert ITEMS == len(streams.get_records(ShardIterator=iterator)["Records"])
    client.delete_table(TableName=name)


def test_a_disabled_key_closes_its_table_until_it_is_enabled(world: World, table_name: str) -> None:
    """Every operation on items is refused, also in batches, transactions, statements and streams."""
    key, kms, client = world.key(), world.client("kms"), world.client("dynamodb")
    name = world.create(table_name, SSESpecification=sse(key))
    kms.disable_key(KeyId=key)
    table = world.described(name)
    assert "INACCESSIBLE_ENCRYPTION_CREDENTIALS" == table["TableStatus"]
    assert "ENABLED" == table["SSEDescription"]["Status"]
    assert "InaccessibleEncryptionDateTime" in table["SSEDescription"]
    expected = (
        "ValidationException",
        f"KMS key disabled error: com.amazonaws.services.kms.model.DisabledException: {key} is disabled.",
    )
    one, put = item(1), {"TableName": name, "Item": item(1)}
    item_key = {member: one[member] for member in ("pk", "sk")}
    for call, members in (
        (client.put_item, put),
        (client.get_item, {"TableName": name, "Key": item_key}),
        (client.delete_item, {"TableName": name, "Key": item_key}),
        (client.scan, {"TableName": name}),
        (client.batch_write_item, {"RequestItems": {name: [{"PutRequest": {"Item": one}}]}}),
        (client.batch_get_item, {"RequestItems": {name: {"Keys": [item_key]}}}),
        (client.transact_write_items, {"TransactItems": [{"Put": put}]}),
        (client.execute_statement, {"Statement": f'SELECT * FROM "{name}"'}),  # noqa: S608 - our name
        (client.create_backup, {"TableName": name, "BackupName": "backup"}),
        (client.update_table, {"TableName": name, "SSESpecification": {"Enabled": False}}),
    ):
        assert expected == _refused(call, **members)
    client.list_tags_of_resource(ResourceArn=table["TableArn"])
    kms.enable_key(KeyId=key)
    assert "ACTIVE" == world.described(name)["TableStatus"]
    assert ITEMS == len(world.keys(name))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert "ValidationException" == _refused(client.scan, TableName=name)[0]
    client.delete_table(TableName=name)


def test_backups_and_history_of_a_sealed_table_are_restored(world: World, table_name: str) -> None:
    """Under the same key, under another, or under none."""
    client, key, other = world.client("dynamodb"), world.key(), world.key()
    name = world.create(table_name, SSESpecification=sse(key))
    client.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    backup = client.create_backup(TableName=name, BackupName="backup")["BackupDetails"]["BackupArn"]
    client.put_item(TableName=name, Item=item(ITEMS))
    overrides: tuple[tuple[dict[str, Any], str | None], ...] = (
        ({}, key),
        ({"SSESpecificationOverride": sse(other)}, other),
        ({"SSESpecificationOverride": {"Enabled": False}}, None),
    )
    for number, (override, arn) in enumerate(overrides):
        targets = {f"{name}-b{number}": ITEMS, f"{name}-p{number}": ITEMS + 1}
        one, two = targets
        client.restore_table_from_backup(TargetTableName=one, BackupArn=backup, **override)
        world.wait(one, lambda table: table["TableStatus"] == "ACTIVE")
        client.restore_table_to_point_in_time(
            SourceTableName=name, TargetTableName=two, UseLatestRestorableTime=True, **override
        )
        for target, count in targets.items():
            table = world.wait(target, lambda table: table["TableStatus"] == "ACTIVE")
            assert arn == table.get("SSEDescription", {}).get("KMSMasterKeyArn")
            assert count == len(world.keys(target))
            client.delete_table(TableName=target)
    world.client("kms").disable_key(KeyId=key)
    refusal = _refused(
        client.restore_table_from_backup, TargetTableName=f"{name}-no", BackupArn=backup
    )
    assert "ValidationException" == refusal[0]
    refusal = _refused(
        client.restore_table_from_backup,
        TargetTableName=f"{name}-no",
        BackupArn=backup,
        SSESpecificationOverride={"Enabled": False},
    )
    assert "ValidationException" == refusal[0]
    client.delete_table(TableName=name)


def test_replicas_have_keys_of_their_own_regions(world: World, table_name: str) -> None:
    """All of customers or all of AWS; each is closed by its own key only, and catches up afterwards."""
    client, there = world.client("dynamodb"), world.client("dynamodb", "eu-west-1")
    key, other = world.key(), world.key("eu-west-1")
    name = world.create(table_name, SSESpecification=sse(key))

    def create(**members: Any) -> Any:
        updates = [{"Create": {"RegionName": "eu-west-1", **members}}]
        return client.update_table(TableName=name, ReplicaUpdates=updates)

    missing = f"{_INVALID}KMSMasterKeyId must be specified for each replica."
    assert ("ValidationException", missing) == _refused(create)
    mixed = f"{_INVALID}All replica keys must either be Customer Managed CMK or AWS Managed CMK."
    assert ("ValidationException", mixed) == _refused(create, KMSMasterKeyId="alias/aws/dynamodb")
    elsewhere = (
        "KMS validation error for region eu-west-1: "
        "com.amazonaws.services.kms.model.NotFoundException: Invalid arn us-east-1"
    )
    assert ("ValidationException", elsewhere) == _refused(create, KMSMasterKeyId=key)
    create(KMSMasterKeyId=other.rpartition("/")[2])
    table = world.wait(
        name, lambda table: table.get("Replicas", [{}])[0].get("ReplicaStatus") == "ACTIVE"
    )
    assert other == table["Replicas"][0]["KMSMasterKeyId"]
    replica = world.described(name, "eu-west-1")
    assert other == replica["SSEDescription"]["KMSMasterKeyArn"]
    assert key == replica["Replicas"][0]["KMSMasterKeyId"]
    assert ITEMS == len(world.keys(name, "eu-west-1"))
    world.client("kms", "eu-west-1").disable_key(KeyId=other)
    inaccessible = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    assert inaccessible == world.described(name)["Replicas"][0]["ReplicaStatus"]
    assert inaccessible == world.described(name, "eu-west-1")["TableStatus"]
    assert "ACTIVE" == world.described(name)["TableStatus"]
    client.put_item(TableName=name, Item=item(ITEMS))
    world.client("kms", "eu-west-1").enable_key(KeyId=other)
    end = time.monotonic() + SECONDS_MAX
    while len(world.keys(name, "eu-west-1")) <= ITEMS:
        assert time.monotonic() < end
        time.sleep(0.05)
    update = [{"Update": {"RegionName": "eu-west-1", "KMSMasterKeyId": other}}]
    refusal = _refused(client.update_table, TableName=name, ReplicaUpdates=update)
    assert ("ValidationException", missing) == refusal
    _change_both(world, name, world.key(), world.key("eu-west-1"))
    client.update_table(TableName=name, SSESpecification={"Enabled": False})
    for region in ("us-east-1", "eu-west-1"):
        world.wait_in(region, name, lambda table: "SSEDescription" not in table)
        assert ITEMS + 1 == len(world.keys(name, region))
    there.delete_table(TableName=name)
    client.delete_table(TableName=name)


def _change_both(world: World, name: str, here: str, there: str) -> None:
    """Give both members of a global table new keys, in one request as Terraform does."""
    update = [{"Update": {"RegionName": "eu-west-1", "KMSMasterKeyId": there}}]
    world.client("dynamodb").update_table(
        TableName=name, SSESpecification=sse(here), ReplicaUpdates=update
    )
    for region, key in (("us-east-1", here), ("eu-west-1", there)):
        table = world.wait_in(
            region, name, lambda table: table["SSEDescription"]["Status"] == "ENABLED"
        )
        assert key == table["SSEDescription"]["KMSMasterKeyArn"]
