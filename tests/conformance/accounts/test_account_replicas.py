"""Multi-account global tables, AWS's tutorial as the main story; accounts are told apart by their access keys."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from globaltables.client.connection import Connection
from tests.support.server import Server
from tests.support.waiting import eventually

A, B, C = "111122223333", "444455556666", "777788889999"
REGIONS = {A: "us-east-2", B: "us-east-1", C: "eu-south-1"}
GRANTED = ("ReadDataForReplication", "WriteDataForReplication", "ReplicateSettings")
MODE = "GlobalTableSettingsReplicationMode"
SCHEMA: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def arn(account: str, name: str) -> str:
    """Return the ARN of an account's replica."""
    return f"arn:aws:dynamodb:{REGIONS[account]}:{account}:table/{name}"


def policy(
    account: str,
    name: str,
    members: tuple[str, ...],
    joining: tuple[str, ...] = (),
    granted: tuple[str, ...] = GRANTED,
) -> str:
    """Return the policy of a replica as AWS's tutorial has it."""
    statements: list[dict[str, Any]] = [
        {
            "Sid": "DynamoDBActionsNeededForSteadyStateReplication",
            "Effect": "Allow",
            "Action": [f"dynamodb:{action}" for action in granted],
            "Resource": arn(account, name),
            "Principal": {"Service": ["replication.dynamodb.amazonaws.com"]},
            "Condition": {
                "StringEquals": {
                    "aws:SourceAccount": list(members),
                    "aws:SourceArn": [arn(member, name) for member in members],
                }
            },
        }
    ]
    if joining:
        statements.append(
            {
                "Sid": "AllowTrustedAccountsToJoinThisGlobalTable",
                "Effect": "Allow",
                "Action": ["dynamodb:AssociateTableReplica"],
                "Resource": arn(account, name),
                "Principal": {"AWS": list(joining)},
            }
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


class Story:
    """Clients of three accounts, each in its region, and a table's name.

    Args:
        endpoint: of the server.
        name: of the table.
    """

    def __init__(self, endpoint: str, name: str) -> None:
        self.name = name
        self.clients: dict[str, Any] = {
            account: boto3.client(
                "dynamodb",
                endpoint_url=endpoint,
                region_name=region,
                aws_access_key_id=account,
                aws_secret_access_key="secret",
                config=Config(retries={"total_max_attempts": 1}),
            )
            for account, region in REGIONS.items()
        }

    def found(self, **changes: Any) -> None:
        """Create the table that others may join."""
        document = policy(A, self.name, (A, B, C), (B, C))
        request = {**SCHEMA, MODE: "ENABLED", "ResourcePolicy": document, **changes}
        self.clients[A].create_table(TableName=self.name, **request)

    def join(self, account: str, **changes: Any) -> dict[str, Any]:
        """Create a replica and return what is answered."""
        joining = tuple(other for other in (B, C) if other != account)
        request = {
            "TableName": self.name,
            "GlobalTableSourceArn": arn(A, self.name),
            MODE: "ENABLED",
            "ResourcePolicy": policy(account, self.name, (A, B, C), joining),
            **changes,
        }
        answer: dict[str, Any] = self.clients[account].create_table(**request)["TableDescription"]
        return answer

    def table(self, account: str) -> dict[str, Any]:
        """Return a replica's description."""
        found: dict[str, Any] = self.clients[account].describe_table(TableName=self.name)["Table"]
        return found

    def replicas(self, account: str) -> dict[str, str]:
        """Return the other replicas that one lists, with their states."""
        listed = self.table(account).get("Replicas", [])
        return {replica["ReplicaArn"]: replica["ReplicaStatus"] for replica in listed}

    def settled(self, *accounts: str) -> bool:
        """Tell whether these accounts' replicas list each other, and nobody else, as active."""
        return all(
            self.replicas(one)
            == {arn(other, self.name): "ACTIVE" for other in accounts if other != one}
            and self.table(one)["TableStatus"] == "ACTIVE"
            for one in accounts
        )

    def put(self, account: str, key: str) -> None:
        """Write an item."""
        self.clients[account].put_item(TableName=self.name, Item={"pk": {"S": key}})

    def has(self, account: str, key: str) -> bool:
        """Tell whether a replica has an item."""
        return "Item" in self.clients[account].get_item(TableName=self.name, Key={"pk": {"S": key}})

    def drop(self) -> None:
        """Delete what is left, the source of the others last."""
        for account in (C, B, A):
            if self.name in self.clients[account].list_tables()["TableNames"]:
                self.clients[account].delete_table(TableName=self.name)


@pytest.fixture
def story(server: Server, table_name: str) -> Iterator[Story]:
    """A story with a table of its own."""
    made = Story(server.endpoint, table_name)
    yield made
    made.drop()


def test_replicas_of_three_accounts_hold_the_same(story: Story) -> None:
    """Items of before and after, written anywhere; each account has its own table of that name."""
    story.found()
    story.put(A, "before")
    answer = story.join(B, Tags=[{"Key": "team", "Value": "b"}], DeletionProtectionEnabled=False)
    assert ("CREATING", arn(B, story.name)) == (answer["TableStatus"], answer["TableArn"])
    assert eventually(lambda: story.settled(A, B), seconds_max=20)
    story.join(C)
    assert eventually(lambda: story.settled(A, B, C), seconds_max=20)

    for account in (A, B, C):
        story.put(account, f"from-{account}")
    for account in (A, B, C):
        for key in ("before", *(f"from-{other}" for other in (A, B, C))):
            assert eventually(partial(story.has, account, key)), (account, key)
    described = [story.table(account) for account in (A, B, C)]
    assert [("2019.11.21", "ENABLED")] * 3 == [
        (one["GlobalTableVersion"], one[MODE]) for one in described
    ]
    assert {"ENABLED"} == {replica[MODE] for one in described for replica in one["Replicas"]}
    assert [{"Key": "team", "Value": "b"}] == story.clients[B].list_tags_of_resource(
        ResourceArn=arn(B, story.name)
    )["Tags"]


def test_settings_replicate_between_accounts_but_for_the_class(story: Story) -> None:
    """Expiry and indexes are shared; the table class is each replica's own."""
    story.found()
    story.join(B)
    assert eventually(lambda: story.settled(A, B), seconds_max=20)

    story.clients[B].update_time_to_live(
        TableName=story.name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )
    story.clients[A].update_table(TableName=story.name, TableClass="STANDARD_INFREQUENT_ACCESS")

    expiry = story.clients[A].describe_time_to_live(TableName=story.name)
    assert "expires" == expiry["TimeToLiveDescription"]["AttributeName"]
    assert "TableClassSummary" in story.table(A)
    assert "TableClassSummary" not in story.table(B)


def test_replica_leaves_by_delete_table_in_its_account_only(story: Story) -> None:
    """The last one is a table of its own region, which others may join again."""
    story.found()
    story.join(B)
    assert eventually(lambda: story.settled(A, B), seconds_max=20)
    story.put(B, "mine")
    assert eventually(lambda: story.has(A, "mine"))

    with pytest.raises(ClientError, match="deleted by DeleteTable in their own accounts"):
        story.clients[A].update_table(
            TableName=story.name, ReplicaUpdates=[{"Delete": {"RegionName": REGIONS[B]}}]
        )
    story.clients[B].delete_table(TableName=story.name)

    assert eventually(lambda: "Replicas" not in story.table(A))
    assert story.has(A, "mine")
    assert [] == story.clients[B].list_tables()["TableNames"]
    story.join(B)
    assert eventually(lambda: story.settled(A, B), seconds_max=20)
    assert story.has(B, "mine")


def test_grants_that_are_taken_back_stop_replication_and_settings(
    server: Server, story: Story
) -> None:
    """Both directions; it goes on when they are there again."""
    story.found()
    story.join(B)
    assert eventually(lambda: story.settled(A, B), seconds_max=20)
    without = policy(B, story.name, (A, B), granted=("ReadDataForReplication", "ReplicateSettings"))
    story.clients[B].put_resource_policy(ResourceArn=arn(B, story.name), Policy=without)
    story.put(A, "held")
    story.put(B, "held-too")

    assert "REPLICATION_NOT_AUTHORIZED" == story.table(B)["TableStatus"]
    assert not story.has(B, "held")
    assert not story.has(A, "held-too")
    only_data = policy(B, story.name, (A, B), granted=GRANTED[:2])
    story.clients[B].put_resource_policy(ResourceArn=arn(B, story.name), Policy=only_data)
    assert eventually(lambda: story.has(B, "held") and story.has(A, "held-too"))
    with pytest.raises(ClientError, match="dynamodb:ReplicateSettings on resource") as refused:
        story.clients[A].update_time_to_live(
            TableName=story.name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
        )
    assert "AccessDeniedException" == refused.value.response["Error"]["Code"]


Change = Callable[[Story], dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        (lambda _: {MODE: "DISABLED"}, "ValidationException", "must be ENABLED"),
        (lambda _: SCHEMA, "ValidationException", "cannot be specified with GlobalTableSourceArn"),
        (
            lambda story: {"ResourcePolicy": policy(B, story.name, (B,))},
            "AccessDeniedException",
            "replication.dynamodb.amazonaws.com is not authorized to perform: "
            "dynamodb:ReadDataForReplication on resource: arn:aws:dynamodb:us-east-1",
        ),
        (
            lambda story: {"GlobalTableSourceArn": arn(B, story.name)},
            "ValidationException",
            "must be in different regions",
        ),
        (
            lambda _: {"GlobalTableSourceArn": "arn:aws:dynamodb:us-east-2:111122223333:table/no"},
            "ValidationException",
            "Invalid GlobalTableSourceArn",
        ),
        (
            lambda story: {"GlobalTableSourceArn": arn(A, story.name).replace(A, "999999999999")},
            "ResourceNotFoundException",
            "not found",
        ),
    ],
)
def test_join_that_cannot_be_is_refused(story: Story, change: Change, code: str, text: str) -> None:
    """And leaves no table behind."""
    story.found()
    with pytest.raises(ClientError) as refused:
        story.join(B, **change(story))

    assert code == refused.value.response["Error"]["Code"]
    assert text in refused.value.response["Error"]["Message"]
    assert [] == story.clients[B].list_tables()["TableNames"]
    assert "Replicas" not in story.table(A)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({MODE: "DISABLED"}, "of the source table must be ENABLED"),
        ({"ResourcePolicy": None}, "AssociateTableReplica"),
        (
            {"BillingMode": "PROVISIONED"}
            | {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}},
            "another account's provisioned table",
        ),
    ],
)
def test_join_of_a_table_that_lets_nobody_in_is_refused(
    story: Story, changes: dict[str, Any], text: str
) -> None:
    """Its owner decides."""
    members = {MODE: "ENABLED", **SCHEMA, **changes}
    if "ResourcePolicy" in members:
        del members["ResourcePolicy"]
    else:
        members["ResourcePolicy"] = policy(A, story.name, (A, B, C), (B,))
    story.clients[A].create_table(TableName=story.name, **members)

    with pytest.raises(ClientError, match=text):
        story.join(B)


def test_settings_mode_of_a_table_is_changed_by_update_table(story: Story) -> None:
    """Before there are replicas; afterwards it stays."""
    story.clients[A].create_table(TableName=story.name, **SCHEMA)
    assert MODE not in story.table(A)
    document = policy(A, story.name, (A, B, C), (B, C))
    story.clients[A].put_resource_policy(ResourceArn=arn(A, story.name), Policy=document)

    story.clients[A].update_table(TableName=story.name, **{MODE: "ENABLED"})

    assert "ENABLED" == story.table(A)[MODE]
    story.join(B)
    assert eventually(lambda: story.settled(A, B), seconds_max=20)
    with pytest.raises(ClientError, match="DISABLED on a global table"):
        story.clients[B].update_table(TableName=story.name, **{MODE: "DISABLED"})


def test_sync_status_and_verify_work_between_accounts(
    server: Server, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever account asks."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", B)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    story.found()
    story.join(B)
    assert eventually(lambda: story.settled(A, B), seconds_max=20)
    connection = Connection(server.endpoint, REGIONS[B])
    for number in range(20):
        story.put(A, str(number))
        story.put(B, str(number))

    connection.call(connection.own().sync_table, TableName=story.name)

    assert story.has(B, "19")
    verified = connection.call(connection.own().verify_table, TableName=story.name)
    assert (True, 2) == (verified["Equal"], len(verified["Members"]))
    (table,) = connection.call(connection.own().describe_replication, TableName=story.name)[
        "Tables"
    ]
    assert {("RUNNING", 0)} == {(link["Status"], link["LagRecords"]) for link in table["Links"]}
    fault = connection.call(connection.own().put_fault, Kind="PAUSE", TableName=story.name)
    story.put(A, "held")
    assert not story.has(B, "held")
    connection.call(connection.own().delete_fault, FaultId=fault["FaultId"])
    connection.call(connection.own().sync_table, TableName=story.name)
    assert story.has(B, "held")
