"""What is stored about identities, as the evaluator asks for it."""

from functools import lru_cache

from globaltables.companions.iam.access_keys import is_active, key_of
from globaltables.companions.iam.managed import find_policy, text_of
from globaltables.companions.iam.stored import find
from globaltables.companions.records import Document
from globaltables.engine.interface import Reader
from globaltables.foundation.limits import POLICIES_CACHED_MAX
from globaltables.itemstore.region import Region
from globaltables.security.identities import LastingKey
from globaltables.security.policies.documents import ADMINISTRATOR, Policy, PolicyKind
from globaltables.security.policies.evaluation import AppliedPolicies
from globaltables.security.policies.parsing import parse
from globaltables.security.principals import Principal, account_root
from globaltables.security.session_tokens import SessionTokens, account_of_access_key


class StoredIdentities:
    """The identities of every account.

    Args:
        region: that has IAM's records.
        tokens: know the secret keys.
    """

    def __init__(self, region: Region, tokens: SessionTokens) -> None:
        self._region = region
        self._tokens = tokens

    def key(self, access_key: str) -> LastingKey | None:
        """Return an access key that may be used."""
        account = account_of_access_key(access_key)
        reader = self._region.store.reader()
        key = None if account is None else key_of(reader, account, access_key)
        if account is None or key is None or not is_active(key):
            return None
        secret = self._tokens.secret(access_key)
        if not key["user"]:
            return LastingKey(secret, account_root(account))
        user = find("user", reader, account, key["user"])
        assert user is not None, "a user goes after the keys"
        return LastingKey(secret, user_principal(account, user))

    def policies(self, principal: Principal) -> AppliedPolicies | None:
        """Return the policies of a principal; None when it is not there any more."""
        session = (
            None
            if principal.session_policies is None
            else tuple(policy_of_text(text) for text in principal.session_policies)
        )
        reader = self._region.store.reader()
        match principal.kind:
            case "Account":
                return AppliedPolicies(identity=(ADMINISTRATOR,), session=session)
            case "User":
                return _of_user(reader, principal, principal.arn, session)
            case "AssumedRole":
                return _of_role(reader, principal, session)
            case "FederatedUser" if principal.issuer_arn.endswith(":root"):
                return AppliedPolicies(identity=(ADMINISTRATOR,), session=session or ())
            case "FederatedUser":
                return _of_user(reader, principal, principal.issuer_arn, session or ())
            case _:
                return AppliedPolicies()


def user_principal(account: str, user: Document) -> Principal:
    """Return a user as policies name it."""
    return Principal(
        account,
        f"arn:aws:iam::{account}:user{user['path']}{user['name']}",
        "User",
        user_id=user["id"],
        user_name=user["name"],
        tags=tuple((key, value) for key, value in user["tags"]),
    )


def holder_policies(reader: Reader, account: str, holder: Document) -> tuple[Policy, ...]:
    """Return the policies that a user, group or role has, a user's groups' included."""
    found = [policy_of_text(text) for text in holder["inline"].values()]
    for arn in holder["attached"]:
        policy = find_policy(reader, account, arn)
        assert policy is not None, "a policy goes after its attachments"
        found.append(policy_of_text(text_of(policy)))
    for name in holder.get("groups", ()):
        group = find("group", reader, account, name)
        assert group is not None, "a group goes after its users"
        found += holder_policies(reader, account, group)
    return tuple(found)


def boundary_policies(reader: Reader, account: str, holder: Document) -> tuple[Policy, ...] | None:
    """Return the permissions boundary of a user or role; None when it has none."""
    if not holder["boundary"]:
        return None
    policy = find_policy(reader, account, holder["boundary"])
    assert policy is not None, "a policy goes after those whom it bounds"
    return (policy_of_text(text_of(policy)),)


@lru_cache(POLICIES_CACHED_MAX)
def policy_of_text(text: str) -> Policy:
    """Return the policy of a document that was checked when it was stored."""
    return parse(text, PolicyKind.IDENTITY)


def _of_user(
    reader: Reader, principal: Principal, arn: str, session: tuple[Policy, ...] | None
) -> AppliedPolicies | None:
    user = find("user", reader, principal.account, arn.rpartition("/")[2])
    if user is None or (principal.kind == "User" and user["id"] != principal.user_id):
        return None
    return _applied(reader, principal.account, user, session)


def _of_role(
    reader: Reader, principal: Principal, session: tuple[Policy, ...] | None
) -> AppliedPolicies | None:
    role = find("role", reader, principal.account, principal.role_arn.rpartition("/")[2])
    # A role of the same name that was made later is another one.
    if role is None or role["id"] != principal.user_id.partition(":")[0]:
        return None
    return _applied(reader, principal.account, role, session)


def _applied(
    reader: Reader, account: str, holder: Document, session: tuple[Policy, ...] | None
) -> AppliedPolicies:
    return AppliedPolicies(
        identity=holder_policies(reader, account, holder),
        boundary=boundary_policies(reader, account, holder),
        session=session,
    )
