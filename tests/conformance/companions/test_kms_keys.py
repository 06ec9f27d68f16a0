"""Keys of KMS and what is said about them, with boto3: states, aliases, policies, grants, rotation, tags."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from globaltables.client.connection import Connection
from tests.support.server import Server
from tests.support.waiting import eventually

_ACCOUNT = "123456789012"
Kms = Callable[..., Any]


@pytest.fixture
def kms(server: Server) -> Kms:
    """Make clients: `kms()`, `kms("eu-west-1")`, `kms(account="111122223333")`."""

    def make(region: str = "us-east-1", account: str = "local") -> Any:
        return _client(server, "kms", region, account)

    return make


def _client(server: Server, service: str, region: str = "us-east-1", account: str = "local") -> Any:
    make: Any = boto3.client  # overloaded for every service by name
    return make(
        service,
        endpoint_url=server.endpoint,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 1}),
    )


def _key(client: Any, **members: Any) -> str:
    key_id: str = client.create_key(**members)["KeyMetadata"]["KeyId"]
    return key_id


def _refused(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**members)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_new_key_is_described(kms: Kms) -> None:
    """A symmetric key of the account, enabled, with its description."""
    client = kms()
    key_id = _key(client, Description="for tests")
    told = client.describe_key(KeyId=key_id)["KeyMetadata"]
    told.pop("CreationDate")
    assert 64 == len(told.pop("CurrentKeyMaterialId"))
    expected = {
        "AWSAccountId": _ACCOUNT,
        "KeyId": key_id,
        "Arn": f"arn:aws:kms:us-east-1:{_ACCOUNT}:key/{key_id}",
        "Enabled": True,
        "Description": "for tests",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    assert expected == told


def test_keys_are_found_by_id_arn_alias_and_its_arn(kms: Kms) -> None:
    """Four ways to name a key of this region and account."""
    client = kms()
    key_id = _key(client)
    client.create_alias(AliasName=f"alias/{key_id}", TargetKeyId=key_id)
    prefix = f"arn:aws:kms:us-east-1:{_ACCOUNT}:"
    for name in (key_id, f"{prefix}key/{key_id}", f"alias/{key_id}", f"{prefix}alias/{key_id}"):
        assert key_id == client.describe_key(KeyId=name)["KeyMetadata"]["KeyId"]


def test_keys_that_are_not_there_are_refused(kms: Kms) -> None:
    """By id, by alias, by what is no name, of another region, of another account."""
    client = kms()
    absent = "00000000-0000-4000-8000-000000000000"
    prefix = f"arn:aws:kms:us-east-1:{_ACCOUNT}"
    for name, message in (
        (absent, f"Key '{prefix}:key/{absent}' does not exist"),
        ("alias/absent", f"Alias {prefix}:alias/absent is not found."),
        ("absent", "Invalid keyId 'absent'"),
        (f"arn:aws:kms:eu-west-1:{_ACCOUNT}:key/{absent}", "Invalid arn eu-west-1"),
    ):
        assert ("NotFoundException", message) == _refused(client.describe_key, KeyId=name)
    key_id = _key(client)
    assert "NotFoundException" == _refused(kms("eu-west-1").describe_key, KeyId=key_id)[0]
    other = kms(account="111122223333")
    assert "NotFoundException" == _refused(other.describe_key, KeyId=key_id)[0]
    arn = f"{prefix}:key/{key_id}"
    assert "AccessDeniedException" == _refused(other.describe_key, KeyId=arn)[0]


def test_aws_own_key_is_made_at_its_first_use(kms: Kms) -> None:
    """With one ARN from then on, managed by AWS, rotated every year; nobody may change it."""
    client = kms("eu-west-2")
    first = client.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
    assert first == client.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
    assert "AWS" == first["KeyManager"]
    names = [one["AliasName"] for one in client.list_aliases(KeyId=first["KeyId"])["Aliases"]]
    assert ["alias/aws/dynamodb"] == names
    assert client.get_key_rotation_status(KeyId=first["KeyId"])["KeyRotationEnabled"]
    for change in (client.disable_key, client.schedule_key_deletion, client.enable_key_rotation):
        assert "AccessDeniedException" == _refused(change, KeyId=first["KeyId"])[0]


def test_a_disabled_key_is_not_used_until_it_is_enabled(kms: Kms) -> None:
    """It is refused by its ARN; the rest about it goes on."""
    client = kms()
    key_id = _key(client)
    client.disable_key(KeyId=key_id)
    arn = f"arn:aws:kms:us-east-1:{_ACCOUNT}:key/{key_id}"
    expected = ("DisabledException", f"{arn} is disabled.")
    assert expected == _refused(client.encrypt, KeyId=key_id, Plaintext=b"a")
    assert expected == _refused(client.generate_data_key, KeyId=key_id, KeySpec="AES_256")
    assert "Disabled" == client.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    client.update_key_description(KeyId=key_id, Description="still")
    client.enable_key(KeyId=key_id)
    client.encrypt(KeyId=key_id, Plaintext=b"a")


def test_deletion_is_scheduled_and_cancelled(kms: Kms) -> None:
    """From 7 to 30 days, unusable meanwhile, disabled afterwards."""
    client = kms()
    key_id = _key(client)
    arn = f"arn:aws:kms:us-east-1:{_ACCOUNT}:key/{key_id}"
    refusal = ("ValidationException", "PendingWindowInDays must be between 7 and 30")
    for days in (6, 31):
        assert refusal == _refused(
            client.schedule_key_deletion, KeyId=key_id, PendingWindowInDays=days
        )
    answer = client.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    assert (arn, "PendingDeletion", 7) == (
        answer["KeyId"],
        answer["KeyState"],
        answer["PendingWindowInDays"],
    )
    pending = ("KMSInvalidStateException", f"{arn} is pending deletion.")
    assert pending == _refused(client.encrypt, KeyId=key_id, Plaintext=b"a")
    assert pending == _refused(client.enable_key, KeyId=key_id)
    assert arn == client.cancel_key_deletion(KeyId=key_id)["KeyId"]
    assert "Disabled" == client.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    refusal = ("KMSInvalidStateException", f"{arn} is not pending deletion.")
    assert refusal == _refused(client.cancel_key_deletion, KeyId=key_id)


def test_aliases_are_created_moved_listed_and_deleted(kms: Kms) -> None:
    """A name stands for one key at a time; those of AWS are not given away."""
    client = kms()
    one, two = _key(client), _key(client)
    name = f"alias/{one}"
    client.create_alias(AliasName=name, TargetKeyId=one)
    arn = f"arn:aws:kms:us-east-1:{_ACCOUNT}:{name}"
    expected = ("AlreadyExistsException", f"An alias with the name {arn} already exists")
    assert expected == _refused(client.create_alias, AliasName=name, TargetKeyId=two)
    client.update_alias(AliasName=name, TargetKeyId=two)
    (listed,) = client.list_aliases(KeyId=two)["Aliases"]
    assert (name, arn, two) == (listed["AliasName"], listed["AliasArn"], listed["TargetKeyId"])
    client.delete_alias(AliasName=name)
    assert [] == client.list_aliases(KeyId=two)["Aliases"]
    expected = ("NotFoundException", f"Alias {arn} is not found.")
    assert expected == _refused(client.delete_alias, AliasName=name)
    reserved = _refused(client.create_alias, AliasName="alias/aws/mine", TargetKeyId=one)
    assert "NotAuthorizedException" == reserved[0]
    refusal = _refused(client.create_alias, AliasName="mine", TargetKeyId=one)
    assert ("ValidationException", "Invalid identifier") == refusal


def test_a_policy_is_kept_and_a_bad_one_refused(kms: Kms) -> None:
    """The default one lets the account decide; one that locks everybody out needs the bypass."""
    client = kms()
    key_id = _key(client)
    policy = json.loads(client.get_key_policy(KeyId=key_id)["Policy"])
    assert {"AWS": f"arn:aws:iam::{_ACCOUNT}:root"} == policy["Statement"][0]["Principal"]
    assert ["default"] == client.list_key_policies(KeyId=key_id)["PolicyNames"]
    policy["Statement"][0]["Principal"] = {"AWS": "arn:aws:iam::111122223333:root"}
    for text in ("{", "{}", json.dumps(policy)):
        refusal = _refused(client.put_key_policy, KeyId=key_id, Policy=text)
        assert "MalformedPolicyDocumentException" == refusal[0]
    client.put_key_policy(
        KeyId=key_id, Policy=json.dumps(policy), BypassPolicyLockoutSafetyCheck=True
    )
    assert policy == json.loads(client.get_key_policy(KeyId=key_id)["Policy"])


def test_grants_are_made_once_listed_retired_and_revoked(kms: Kms) -> None:
    """The same named request twice is one grant with two tokens."""
    client = kms()
    key_id = _key(client)
    role = f"arn:aws:iam::{_ACCOUNT}:role/reader"
    wanted = {
        "KeyId": key_id,
        "GranteePrincipal": role,
        "RetiringPrincipal": role,
        "Operations": ["Decrypt", "DescribeKey"],
        "Constraints": {"EncryptionContextSubset": {"a": "1"}},
        "Name": "read",
    }
    first, second = client.create_grant(**wanted), client.create_grant(**wanted)
    assert first["GrantId"] == second["GrantId"]
    assert first["GrantToken"] != second["GrantToken"]
    (grant,) = client.list_grants(KeyId=key_id)["Grants"]
    assert (role, "read", wanted["Constraints"]) == (
        grant["GranteePrincipal"],
        grant["Name"],
        grant["Constraints"],
    )
    retirable = client.list_retirable_grants(RetiringPrincipal=role)["Grants"]
    assert first["GrantId"] in [one["GrantId"] for one in retirable]
    client.retire_grant(GrantToken=first["GrantToken"])
    assert [] == client.list_grants(KeyId=key_id)["Grants"]
    refusal = _refused(client.retire_grant, GrantToken=second["GrantToken"])
    assert "InvalidGrantTokenException" == refusal[0]
    grant_id = client.create_grant(**wanted)["GrantId"]
    client.revoke_grant(KeyId=key_id, GrantId=grant_id)
    refusal = _refused(client.revoke_grant, KeyId=key_id, GrantId=grant_id)
    assert ("NotFoundException", f"Grant ID {grant_id} not found") == refusal
    unfit = _refused(client.create_grant, KeyId=key_id, GranteePrincipal=role, Operations=["Sign"])
    assert "ValidationException" == unfit[0]


def test_rotation_keeps_what_was_encrypted_before(kms: Kms) -> None:
    """New key material encrypts, the old one still decrypts."""
    client = kms()
    key_id = _key(client)
    assert not client.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"]
    client.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=180)
    status = client.get_key_rotation_status(KeyId=key_id)
    assert (True, 180) == (status["KeyRotationEnabled"], status["RotationPeriodInDays"])
    client.disable_key_rotation(KeyId=key_id)
    before = client.encrypt(KeyId=key_id, Plaintext=b"before")["CiphertextBlob"]
    assert key_id == client.rotate_key_on_demand(KeyId=key_id)["KeyId"]
    after = client.encrypt(KeyId=key_id, Plaintext=b"after")["CiphertextBlob"]
    one, two = client.decrypt(CiphertextBlob=before), client.decrypt(CiphertextBlob=after)
    assert (b"before", b"after") == (one["Plaintext"], two["Plaintext"])
    assert one["KeyMaterialId"] != two["KeyMaterialId"]
    (rotation,) = client.list_key_rotations(KeyId=key_id)["Rotations"]
    assert ("ON_DEMAND", two["KeyMaterialId"]) == (
        rotation["RotationType"],
        rotation["KeyMaterialId"],
    )


def test_tags_are_added_listed_and_taken(kms: Kms) -> None:
    """Those of AWS are refused."""
    client = kms()
    key_id = _key(client, Tags=[{"TagKey": "team", "TagValue": "a"}])
    client.tag_resource(KeyId=key_id, Tags=[{"TagKey": "stage", "TagValue": "b"}])
    client.untag_resource(KeyId=key_id, TagKeys=["team"])
    expected = [{"TagKey": "stage", "TagValue": "b"}]
    assert expected == client.list_resource_tags(KeyId=key_id)["Tags"]
    tags = [{"TagKey": "aws:x", "TagValue": "1"}]
    assert "TagException" == _refused(client.tag_resource, KeyId=key_id, Tags=tags)[0]


def test_keys_are_listed_in_pages(kms: Kms) -> None:
    """Every key of the account once, whatever the page's size."""
    client = kms("ap-south-1")
    made = sorted(_key(client) for _ in range(5))
    pages = client.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
    assert made == [key["KeyId"] for page in pages for key in page["Keys"]]
    assert "InvalidMarkerException" == _refused(client.list_keys, Marker="é".encode().hex())[0]


def test_what_is_not_served_is_refused_by_name(kms: Kms) -> None:
    """Custom key stores, imported key material, and kinds of keys that there are not here."""
    client = kms()
    for members in (
        {"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"},
        {"Origin": "EXTERNAL"},
        {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"},
    ):
        code, message = _refused(client.create_key, **members)
        assert "UnsupportedOperationException" == code
        assert "globaltables" in message


def test_time_deletes_and_rotates_keys() -> None:
    """On an advanced clock: rotated after a year; deleted after its days, with names, grants and tables."""
    with Server("--in-memory") as server:
        client, tables = _client(server, "kms"), _client(server, "dynamodb")
        kept, leaving = _key(client), _key(client)
        client.create_alias(AliasName="alias/leaving", TargetKeyId=leaving)
        client.enable_key_rotation(KeyId=kept)
        for name, key in (("kept", kept), ("leaving", leaving)):
            tables.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
            )
            tables.put_item(TableName=name, Item={"pk": {"S": "a"}})
        client.schedule_key_deletion(KeyId=leaving, PendingWindowInDays=7)
        connection = Connection(server.endpoint, "us-east-1")
        year_ms = 366 * 24 * 3600 * 1000
        connection.call(connection.own().advance_clock, AheadMilliseconds=year_ms, EveryRegion=True)
        assert eventually(lambda: client.list_key_rotations(KeyId=kept)["Rotations"])
        assert "NotFoundException" == _refused(client.describe_key, KeyId=leaving)[0]
        assert eventually(lambda: not client.list_aliases()["Aliases"])
        assert 1 == tables.scan(TableName="kept")["Count"]
        code, message = _refused(tables.scan, TableName="leaving")
        assert "ValidationException" == code
        assert message.startswith("KMS validation error: ")
        assert "does not exist" in message
        tables.delete_table(TableName="leaving")
