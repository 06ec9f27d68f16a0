"""Who makes a request, as policies name it: an account's root, a user, a role's session, an AWS service."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from globaltables.foundation.limits import SIGNERS_CACHED_MAX

#: The values of aws:PrincipalType, with what has none there.
PrincipalKind = Literal[
    "Account", "User", "AssumedRole", "FederatedUser", "AWSService", "Anonymous"
]
_SERVICE_LINKED = ":role/aws-service-role/"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request.

    Attributes:
        account: 12 digits; empty for a service and for nobody.
        arn: as AWS's refusals name it: of the root, the user, or the session.
        kind: aws:PrincipalType.
        user_id: aws:userid.
        user_name: aws:username, which only a user has.
        role_arn: of the role whose session it is.
        provider: who vouches for a federated user, e.g. "graph.facebook.com" or a SAML provider's ARN.
        service: e.g. "replication.dynamodb.amazonaws.com".
        source_arn: aws:SourceArn: for which resource a service acts.
        canonical_user: the account's canonical user id.
        tags: aws:PrincipalTag: of the user or role, and of the session.
        session_policies: documents that limit a session; None when it was made without any.
        issuer_arn: of the user who had a federated user's session made.
        issued_ms: aws:TokenIssueTime: when the session was made; 0 without a session.
        source_identity: aws:SourceIdentity: whom a role's session is told to stand for.
        transitive_tags: names of the session's tags that the next role in a chain inherits.
    """

    account: str
    arn: str
    kind: PrincipalKind
    user_id: str = ""
    user_name: str = ""
    role_arn: str = ""
    provider: str = ""
    service: str = ""
    source_arn: str = ""
    canonical_user: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    session_policies: tuple[str, ...] | None = None
    issuer_arn: str = ""
    issued_ms: int = 0
    source_identity: str = ""
    transitive_tags: tuple[str, ...] = ()

    @property
    def identity_arn(self) -> str:
        """The ARN in aws:PrincipalArn: a session has that of its role."""
        return self.role_arn or self.arn

    @property
    def service_linked(self) -> bool:
        """Whether it is a role that a service has in the account; control policies do not apply to it."""
        return _SERVICE_LINKED in self.identity_arn


@lru_cache(SIGNERS_CACHED_MAX)
def account_root(account: str) -> Principal:
    """Return the root of an account, which every caller is while there are no users."""
    return Principal(account, f"arn:aws:iam::{account}:root", "Account", user_id=account)


def service_linked_role(account: str, service: str, role: str) -> Principal:
    """Return the role that a service has in an account.

    Args:
        account: whose.
        service: e.g. "replication.dynamodb.amazonaws.com".
        role: its name, e.g. "AWSServiceRoleForDynamoDBReplication".
    """
    arn = f"arn:aws:iam::{account}{_SERVICE_LINKED}{service}/{role}"
    session = f"arn:aws:sts::{account}:assumed-role/{role}/{service}"
    return Principal(account, session, "AssumedRole", role_arn=arn)


def aws_service(name: str, account: str = "", source_arn: str = "") -> Principal:
    """Return a service that acts by itself.

    Args:
        name: e.g. "replication.dynamodb.amazonaws.com".
        account: on whose behalf: aws:SourceAccount.
        source_arn: for which resource of it: aws:SourceArn.
    """
    return Principal(account, name, "AWSService", service=name, source_arn=source_arn)
