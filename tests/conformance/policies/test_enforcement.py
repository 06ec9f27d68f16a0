"""What policies allow another account and deny their owner, in every family of operations."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conformance.policies.conftest import Account, client_of, refusal, statement
from tests.support.target import Target

KEY = {"pk": {"S": "a"}}


def name_of(arn: str) -> str:
    """Return the table's name."""
    return arn.split("/")[1]


def by_key(value: str) -> dict[str, Any]:
    """Return the members of a Query for a partition."""
    values = {":v": {"S": value}}
    return {"KeyConditionExpression": "pk = :v", "ExpressionAttributeValues": values}


def calls(table: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return requests about a table by the action that they need."""
    of_table = {"TableName": table}
    keyed = {**of_table, "Key": KEY}
    check = {"ConditionCheck": {**keyed, "ConditionExpression": "attribute_exists(pk)"}}
    return {
        "GetItem": ("get_item", keyed),
        "PutItem": ("put_item", {**of_table, "Item": KEY}),
        "UpdateItem": ("update_item", keyed),
        "DeleteItem": ("delete_item", {**of_table, "Key": {"pk": {"S": "none"}}}),
        "Query": ("query", {**of_table, **by_key("a")}),
        "Scan": ("scan", of_table),
        "BatchGetItem": ("batch_get_item", {"RequestItems": {table: {"Keys": [KEY]}}}),
        "BatchWriteItem": (
            "batch_write_item",
            {"RequestItems": {table: [{"PutRequest": {"Item": KEY}}]}},
        ),
        "ConditionCheckItem": ("transact_write_items", {"TransactItems": [check]}),
        "DescribeTable": ("describe_table", of_table),
        "UpdateTable": ("update_table", {**of_table, "DeletionProtectionEnabled": False}),
        "ListTagsOfResource": ("list_tags_of_resource", {"ResourceArn": table}),
        "TagResource": ("tag_resource", {"ResourceArn": table, "Tags": [{"Key": "a", "Value": "b"}]}),
        "UntagResource": ("untag_resource", {"ResourceArn": table, "TagKeys": ["a"]}),
    }  # fmt: skip


def outcome(call: Callable[..., Any], members: dict[str, Any]) -> str:
    """Return "allowed", or the code and the last words of a refusal."""
    try:
        call(**members)
    except ClientError as error:
        refused = error.response["Error"]
        return f"{refused['Code']}: {refused['Message'].split(' on resource: ')[-1]}"
    return "allowed"


@pytest.mark.parametrize("action", calls("t"))
def test_policy_lets_another_account_do_what_it_names(
    owner: Account, other: Account, table: str, action: str
) -> None:
    """Without a policy, and with one for something else, the text says what is lacking; the ARN names the table."""
    operation, members = calls(table)[action]
    call = getattr(other.dynamodb, operation)
    lacking = f"because no resource-based policy allows the dynamodb:{action} action"
    before = outcome(call, members)
    else_allowed = "GetItem" if action != "GetItem" else "PutItem"
    owner.put_policy(table, other.allow(table, else_allowed))
    between = outcome(call, members)
    owner.put_policy(table, other.allow(table, action))
    after = outcome(call, members)
    assert before == between == f"AccessDeniedException: {table} {lacking}"
    assert after == "allowed"


@pytest.mark.parametrize("action", calls("t"))
def test_policy_denies_its_own_account_what_it_names(
    owner: Account, table: str, action: str
) -> None:
    """A Deny binds the owner too, by the table's name as by its ARN, and nothing but what it names."""
    owner.put_policy(table, statement("*", table, action, Effect="Deny"))
    reason = f"AccessDeniedException: {table} with an explicit deny in a resource-based policy"
    for named in (table, name_of(table)):
        for each, (operation, members) in calls(named).items():
            if "ResourceArn" in members and named != table:
                continue
            expected = reason if each == action else "allowed"
            assert outcome(getattr(owner.dynamodb, operation), members) == expected, each


def test_policy_lets_another_account_delete_the_table(
    owner: Account, other: Account, table: str
) -> None:
    """The owner's table is gone, and not one of the caller's with the same name."""
    owner.put_policy(table, other.allow(table, "DeleteTable", "DescribeTable"))
    described = other.dynamodb.delete_table(TableName=table)["TableDescription"]
    assert described["TableArn"] == table
    assert name_of(table) not in owner.dynamodb.list_tables()["TableNames"]


def test_policy_that_allows_an_account_allows_no_other(
    accounts: Callable[[str], Account], owner: Account, other: Account, table: str
) -> None:
    """Only the named account gets in."""
    owner.put_policy(table, other.allow(table, "GetItem"))
    stranger = accounts("777788889999")
    code, message = refusal(stranger.dynamodb.get_item, TableName=table, Key=KEY)
    assert code == "AccessDeniedException"
    assert message == (
        f"User: {stranger.root} is not authorized to perform: dynamodb:GetItem on resource: "
        f"{table} because no resource-based policy allows the dynamodb:GetItem action"
    )


def test_policy_of_a_table_that_is_not_there_looks_like_none(other: Account, table: str) -> None:
    """Another account does not learn which tables there are."""
    _, message = refusal(other.dynamodb.describe_table, TableName=f"{table}x")
    assert message.endswith("no resource-based policy allows the dynamodb:DescribeTable action")


def test_policy_without_the_arn_is_about_the_own_account(
    owner: Account, other: Account, table: str
) -> None:
    """A name means a table of the caller's account."""
    owner.put_policy(table, other.allow(table, "GetItem"))
    code, _ = refusal(other.dynamodb.get_item, TableName=name_of(table), Key=KEY)
    assert code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("update_time_to_live", {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "t"}}),
        ("describe_time_to_live", {}),
        ("describe_contributor_insights", {}),
    ],
)  # fmt: skip
def test_policy_cannot_share_settings_that_belong_to_the_owner(
    owner: Account, other: Account, table: str, operation: str, members: dict[str, Any]
) -> None:
    """Expiry, insights and the like are for callers of the owner's account, whatever the policy says."""
    owner.put_policy(table, other.allow(table, "*"))
    refused = refusal(getattr(other.dynamodb, operation), TableName=table, **members)
    assert refused == (
        "ValidationException",
        "This action is only supported by accounts that match the resource owner’s account.",  # noqa: RUF001 - AWS's
    )


def test_policy_of_an_index_is_asked_for_the_index(
    owner: Account, other: Account, table: str
) -> None:
    """A Query or Scan of an index needs the index's ARN, that of the table the table's."""
    index = f"{table}/index/teams"
    owner.put_policy(table, other.allow(index, "Query", "Scan"))
    query = {
        "KeyConditionExpression": "team = :v",
        "ExpressionAttributeValues": {":v": {"S": "red"}},
    }
    found = other.dynamodb.query(TableName=table, IndexName="teams", **query)["Count"]
    scanned = other.dynamodb.scan(TableName=table, IndexName="teams")["Count"]
    refused = outcome(other.dynamodb.scan, {"TableName": table})
    owner.put_policy(table, other.allow(table, "Query", "Scan"))
    of_index = outcome(other.dynamodb.scan, {"TableName": table, "IndexName": "teams"})
    assert (found, scanned) == (1, 1)
    lacking = "because no resource-based policy allows the dynamodb:Scan action"
    assert refused == f"AccessDeniedException: {table} {lacking}"
    assert of_index == f"AccessDeniedException: {index} {lacking}"


def test_policy_allows_a_transaction_when_it_allows_every_action(
    owner: Account, other: Account, table: str
) -> None:
    """A transaction over tables of two accounts needs the permission of each item's action."""
    items = [
        {"Put": {"TableName": table, "Item": {"pk": {"S": "new"}}}},
        {"Delete": {"TableName": table, "Key": {"pk": {"S": "a"}}}},
    ]
    owner.put_policy(table, other.allow(table, "PutItem", "GetItem"))
    refused = outcome(other.dynamodb.transact_write_items, {"TransactItems": items})
    kept = owner.dynamodb.get_item(TableName=table, Key=KEY)
    owner.put_policy(table, other.allow(table, "PutItem", "DeleteItem", "GetItem"))
    other.dynamodb.transact_write_items(TransactItems=items)
    get = {"Get": {"TableName": table, "Key": {"pk": {"S": "new"}}}}
    (read,) = other.dynamodb.transact_get_items(TransactItems=[get])["Responses"]
    assert refused.endswith(
        "because no resource-based policy allows the dynamodb:DeleteItem action"
    )
    assert kept["Item"]["pk"] == {"S": "a"}
    assert read["Item"]["pk"] == {"S": "new"}


def test_policy_can_tell_transactions_from_other_requests(owner: Account, table: str) -> None:
    """dynamodb:EnclosingOperation is the transaction around an action."""
    condition = {"StringEquals": {"dynamodb:EnclosingOperation": "TransactWriteItems"}}
    deny = statement("*", table, "PutItem", Effect="Deny", Condition=condition)
    owner.put_policy(table, deny)
    put = {"TableName": table, "Item": KEY}
    alone = outcome(owner.dynamodb.put_item, put)
    enclosed = outcome(owner.dynamodb.transact_write_items, {"TransactItems": [{"Put": put}]})
    assert alone == "allowed"
    assert enclosed.startswith("AccessDeniedException")


@pytest.mark.parametrize(
    ("operation", "members", "allowed"),
    [
        ("get_item", {"Key": {"pk": {"S": "444455556666"}}}, True),
        ("get_item", {"Key": KEY}, False),
        ("query", by_key("444455556666"), True),
        ("query", by_key("a"), False),
        ("put_item", {"Item": {"pk": {"S": "444455556666"}}}, True),
        ("put_item", {"Item": KEY}, False),
        ("scan", {}, False),
    ],
)  # fmt: skip
def test_policy_by_leading_keys_opens_single_partitions(
    owner: Account, other: Account, table: str, operation: str, members: Any, *, allowed: bool
) -> None:
    """Each account reaches the items whose partition key is its own id."""
    condition = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalAccount}"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    actions = ("GetItem", "PutItem", "Query", "Scan")
    owner.put_policy(table, other.allow(table, *actions, Condition=condition))
    call = getattr(other.dynamodb, operation)
    assert (outcome(call, {"TableName": table, **members}) == "allowed") is allowed


@pytest.mark.parametrize(
    ("operation", "members", "allowed"),
    [
        ("get_item", {"Key": KEY, "ProjectionExpression": "team"}, True),
        ("get_item", {"Key": KEY, "ProjectionExpression": "#s", "ExpressionAttributeNames": {"#s": "secret"}}, False),
        ("get_item", {"Key": KEY, "AttributesToGet": ["team", "secret"]}, False),
        ("get_item", {"Key": KEY}, False),
        ("scan", {"ProjectionExpression": "pk", "FilterExpression": "attribute_exists(secret)"}, False),
        ("scan", {"ProjectionExpression": "pk, team"}, True),
        ("scan", {"Select": "COUNT"}, False),
        ("update_item", {"Key": KEY, "UpdateExpression": "REMOVE team"}, True),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET team = secret"}, False),
        ("update_item", {"Key": KEY, "UpdateExpression": "REMOVE team", "ReturnValues": "ALL_OLD"}, False),
    ],
)  # fmt: skip
def test_policy_by_attributes_opens_single_attributes(
    owner: Account, other: Account, table: str, operation: str, members: Any, *, allowed: bool
) -> None:
    """AWS's example of fine-grained access: only some attributes, which a request has to name."""
    condition = {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "team"]},
        "StringEqualsIfExists": {
            "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
            "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"],
        },
    }
    actions = ("GetItem", "Scan", "UpdateItem")
    owner.put_policy(table, other.allow(table, *actions, Condition=condition))
    call = getattr(other.dynamodb, operation)
    assert (outcome(call, {"TableName": table, **members}) == "allowed") is allowed


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"StringLike": {"aws:UserAgent": "Boto3/*"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"NumericLessThan": {"aws:EpochTime": "1577836800"}}, False),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:root"}}, True),
        ({"StringEquals": {"aws:PrincipalType": "Account"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "red"}}, False),
        ({"StringEquals": {"dynamodb:ReturnConsumedCapacity": "NONE"}}, True),
    ],
)
def test_policy_by_the_circumstances_of_a_request(
    owner: Account, other: Account, table: str, condition: Any, *, allowed: bool
) -> None:
    """Global condition keys are those of the request."""
    owner.put_policy(table, other.allow(table, "GetItem", Condition=condition))
    done = outcome(other.dynamodb.get_item, {"TableName": table, "Key": KEY})
    assert (done == "allowed") is allowed


def test_policy_of_a_stream_opens_the_stream(
    owner: Account, other: Account, table: str, stream: str
) -> None:
    """The table's policy says nothing about its stream; the stream's own lets another account read it."""
    describe = {"StreamArn": stream}
    owner.put_policy(table, other.allow(table, "GetItem"))
    before = outcome(other.streams.describe_stream, describe)
    owner.put_policy(stream, other.allow(stream, "DescribeStream", "GetShardIterator"))
    shard = other.streams.describe_stream(**describe)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = other.streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    refused = outcome(other.streams.get_records, {"ShardIterator": iterator})
    owner.put_policy(stream, other.allow(stream, "GetRecords"))
    records = other.streams.get_records(ShardIterator=iterator)["Records"]
    lacking = "because no resource-based policy allows the dynamodb:{} action"
    start = f"AccessDeniedException: {stream} "
    assert before == start + lacking.format("DescribeStream")
    assert refused == start + lacking.format("GetRecords")
    assert [record["dynamodb"]["Keys"] for record in records] == [KEY]


def test_policy_of_a_stream_denies_its_own_account(owner: Account, stream: str) -> None:
    """A Deny in the stream's policy binds the owner."""
    owner.put_policy(stream, statement("*", stream, "DescribeStream", Effect="Deny"))
    refused = outcome(owner.streams.describe_stream, {"StreamArn": stream})
    assert refused == (
        f"AccessDeniedException: {stream} with an explicit deny in a resource-based policy"
    )


def test_policy_of_a_table_is_not_that_of_its_replica(
    owner: Account, other: Account, target: Target, table: str
) -> None:
    """Policies are never replicated."""
    owner.put_policy(table, other.allow(table, "GetItem"))
    both_images: Any = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    updates: Any = [{"Create": {"RegionName": "eu-west-1"}}]
    change = owner.dynamodb.update_table
    change(TableName=table, StreamSpecification={"StreamEnabled": False})
    change(TableName=table, StreamSpecification=both_images)
    change(TableName=table, ReplicaUpdates=updates)
    replica = table.replace("us-east-1", "eu-west-1")
    there = client_of(target, "dynamodb", owner.id, "eu-west-1")
    missing = refusal(there.get_resource_policy, ResourceArn=replica)
    there.close()
    assert missing[0] == "PolicyNotFoundException"
    assert owner.dynamodb.get_resource_policy(ResourceArn=table)["RevisionId"]
