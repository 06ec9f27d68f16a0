"""Policy documents as IAM takes them: their grammar, their sizes, their principals."""

from collections.abc import Mapping
from urllib.parse import quote

from globaltables.companions.iam.stored import find, limit, quota_exceeded
from globaltables.engine.interface import Reader
from globaltables.foundation.limits import (
    IAM_GROUP_INLINE_CHARACTERS_MAX,
    IAM_POLICY_CHARACTERS_MAX,
    IAM_ROLE_INLINE_CHARACTERS_MAX,
    IAM_TRUST_CHARACTERS_MAX,
    IAM_USER_INLINE_CHARACTERS_MAX,
)
from globaltables.itemstore.stage import Stage
from globaltables.security.policies.documents import PolicyKind
from globaltables.security.policies.parsing import malformed, parse

_INLINE_MAX: Mapping[str, int] = {
    "user": IAM_USER_INLINE_CHARACTERS_MAX,
    "group": IAM_GROUP_INLINE_CHARACTERS_MAX,
    "role": IAM_ROLE_INLINE_CHARACTERS_MAX,
}


def check_managed(text: str) -> None:
    """Check the document of a managed policy.

    Raises:
        ApiError: MalformedPolicyDocument, LimitExceeded.
    """
    parse(text, PolicyKind.IDENTITY)
    if size(text) > IAM_POLICY_CHARACTERS_MAX:
        raise quota_exceeded("PolicySize", IAM_POLICY_CHARACTERS_MAX)


def check_inline(kind: str, name: str, texts: list[str]) -> None:
    """Check the inline policies of a user, group or role, the last of which is new.

    Raises:
        ApiError: MalformedPolicyDocument, LimitExceeded.
    """
    parse(texts[-1], PolicyKind.IDENTITY)
    most = _INLINE_MAX[kind]
    if sum(map(size, texts)) > most:
        raise limit(f"Maximum policy size of {most} bytes exceeded for {kind} {name}")


def check_trust(reader: Reader | Stage, account: str, text: str) -> None:
    """Check a role's trust policy, whose users and roles of this account have to be there.

    Raises:
        ApiError: MalformedPolicyDocument, LimitExceeded.
    """
    policy = parse(text, PolicyKind.TRUST)
    if size(text) > IAM_TRUST_CHARACTERS_MAX:
        raise quota_exceeded("ACLSizePerRole", IAM_TRUST_CHARACTERS_MAX)
    for statement in policy.statements:
        assert statement.principals is not None, "a trust policy names principals"
        for action in statement.actions:
            if action != "*" and not action.lower().startswith("sts:"):
                raise malformed("AssumeRole policy may only specify STS AssumeRole actions.")
        for name in statement.principals.of("AWS"):
            if name != "*" and not _known(reader, account, name):
                raise malformed(f'Invalid principal in policy: "AWS":"{name}"')
        for name in statement.principals.of("Service"):
            if "." not in name:
                raise malformed(f'Invalid principal in policy: "SERVICE":"{name}"')


def size(text: str) -> int:
    """Return the characters of a document, white space left out."""
    return len("".join(text.split()))


def encoded(text: str) -> str:
    """Return a document as responses carry it (RFC 3986)."""
    return quote(text, safe="-_.~")


def _known(reader: Reader | Stage, account: str, name: str) -> bool:
    parts = name.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[2] not in ("iam", "sts"):
        return False
    kind, _, path = parts[5].partition("/")
    if parts[4] != account or kind not in ("user", "role"):
        return kind in ("root", "user", "role", "assumed-role", "federated-user")
    return find(kind, reader, account, path.rpartition("/")[2]) is not None
