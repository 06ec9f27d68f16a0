"""DeleteResourcePolicy: what it answers, and that it restores."""

from tests.conformance.policies.conftest import Account, refusal, statement

KEY = {"pk": {"S": "a"}}


def test_delete_resource_policy_answers_what_was_removed(
    owner: Account, other: Account, table: str
) -> None:
    """Never a policy: nothing; the removal: the policy's revision; after it: that of the removal."""
    delete = owner.dynamodb.delete_resource_policy
    never = delete(ResourceArn=table)
    revision = owner.put_policy(table, other.allow(table, "GetItem"))
    removed = delete(ResourceArn=table, ExpectedRevisionId=revision)
    again = delete(ResourceArn=table)
    assert set(never) == {"ResponseMetadata"}
    assert removed["RevisionId"] == revision
    assert int(again["RevisionId"]) > int(revision)
    assert delete(ResourceArn=table)["RevisionId"] == again["RevisionId"]


def test_delete_resource_policy_with_a_stale_revision_is_refused(
    owner: Account, other: Account, table: str
) -> None:
    """Also when the policy is gone already."""
    name = table.rpartition("/")[2]
    delete = owner.dynamodb.delete_resource_policy
    revision = owner.put_policy(table, other.allow(table, "GetItem"))
    stale = refusal(delete, ResourceArn=table, ExpectedRevisionId="unknown")
    delete(ResourceArn=table)
    code, message = refusal(delete, ResourceArn=table, ExpectedRevisionId=revision)
    assert stale == (
        "PolicyNotFoundException",
        "Resource-based policy not found for the provided ResourceArn: Requested update for policy "
        f"with revision id unknown, but the policy associated to target table {name} has revision "
        f"id {revision}.",
    )
    assert code == "PolicyNotFoundException"
    assert f"with revision id {revision}, but the policy associated to target table" in message


def test_delete_resource_policy_restores_what_it_was_before(
    owner: Account, other: Account, table: str
) -> None:
    """What the policy denied to its owner is allowed, what it allowed to another account is refused."""
    deny = statement("*", table, "PutItem", Effect="Deny")
    owner.put_policy(table, deny, other.allow(table, "GetItem"))
    item = {"TableName": table, "Item": KEY}
    denied = refusal(owner.dynamodb.put_item, **item)
    allowed = other.dynamodb.get_item(TableName=table, Key=KEY)["Item"]["pk"]
    owner.dynamodb.delete_resource_policy(ResourceArn=table)
    owner.dynamodb.put_item(TableName=table, Item=KEY)
    code, message = refusal(other.dynamodb.get_item, TableName=table, Key=KEY)
    assert denied[1].endswith("with an explicit deny in a resource-based policy")
    assert allowed == {"S": "a"}
    assert code == "AccessDeniedException"
    assert message.endswith("because no resource-based policy allows the dynamodb:GetItem action")


def test_delete_resource_policy_may_be_denied(owner: Account, table: str) -> None:
    """A policy that only denies its own removal is accepted; another one can replace it."""
    owner.put_policy(table, statement("*", table, "DeleteResourcePolicy", Effect="Deny"))
    code, _ = refusal(owner.dynamodb.delete_resource_policy, ResourceArn=table)
    owner.put_policy(table, owner.allow(table, "GetItem"))
    assert code == "AccessDeniedException"
    assert owner.dynamodb.delete_resource_policy(ResourceArn=table)["RevisionId"]
