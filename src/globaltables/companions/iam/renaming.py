"""What else has to learn the new name of a user or group."""

from globaltables.companions.iam.managed import policy_of, save_policy
from globaltables.companions.iam.stored import ACCESS_KEYS
from globaltables.companions.records import Document
from globaltables.itemstore.stage import Stage


def rename_holder(stage: Stage, account: str, kind: str, holder: Document, name: str) -> None:
    """Tell the policies of a user or group its new name."""
    old = holder["name"]
    for arn in holder["attached"]:
        policy = policy_of(stage, account, arn)
        policy["attached"][kind] = [name if one == old else one for one in policy["attached"][kind]]
        save_policy(stage, account, arn, policy)
    if holder["boundary"]:
        policy = policy_of(stage, account, holder["boundary"])
        policy["bounds"][kind] = [name if one == old else one for one in policy["bounds"][kind]]
        save_policy(stage, account, holder["boundary"], policy)


def rename_keys(stage: Stage, account: str, user: Document, name: str) -> None:
    """Tell the access keys of a user the new name."""
    for key_id in user["keys"]:
        key = ACCESS_KEYS.get(stage, account, key_id)
        assert key is not None, "a user's keys are there"
        ACCESS_KEYS.put(stage, account, key_id, key | {"user": name})
