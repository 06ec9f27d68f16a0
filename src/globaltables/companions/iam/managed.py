"""A managed policy by its ARN, whether the account's own or AWS's."""

from globaltables.companions.iam.aws_managed import aws_policy
from globaltables.companions.iam.stored import AWS_POLICIES, POLICIES, no_such
from globaltables.companions.records import Document
from globaltables.engine.interface import Reader
from globaltables.itemstore.stage import Stage


def find_policy(reader: Reader | Stage, account: str, arn: str) -> Document | None:
    """Return a managed policy, with what it is attached to in the account."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith("policy/"):
        return None
    name = parts[5].rpartition("/")[2]
    if parts[4] == "aws":
        policy = aws_policy(arn)
        if policy is None:
            return None
        return dict(policy) | (AWS_POLICIES.get(reader, account, name) or unused())
    if parts[4] != account or not name.isascii():
        return None
    found = POLICIES.get(reader, account, name.lower())
    same = found is not None and parts[5] == f"policy{found['path']}{found['name']}"
    return found if same else None


def policy_of(reader: Reader | Stage, account: str, arn: str) -> Document:
    """Return a managed policy that is attached to something.

    Raises:
        ApiError: NoSuchEntity.
    """
    policy = find_policy(reader, account, arn)
    if policy is None:
        raise no_such(f"Policy {arn} does not exist or is not attachable.")
    return policy


def save_policy(stage: Stage, account: str, arn: str, policy: Document) -> None:
    """Stage a managed policy; of AWS's what it is attached to."""
    if arn.split(":", 5)[4] == "aws":
        use = {name: policy[name] for name in unused()}
        AWS_POLICIES.put(stage, account, policy["name"], use)
    else:
        POLICIES.put(stage, account, policy["name"].lower(), policy)


def text_of(policy: Document) -> str:
    """Return the document that is in force."""
    text: str = policy["versions"][policy["default"]]["document"]
    return text


def unused() -> Document:
    """Return what a policy is attached to that nobody uses."""
    return {
        "attached": {"user": [], "group": [], "role": []},
        "bounds": {"user": [], "role": []},
    }
