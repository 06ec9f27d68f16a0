"""Owners as S3 names them: canonical ids, which are made of the account."""

from functools import lru_cache
from hashlib import sha256
from typing import Any

from globaltables.foundation.limits import SIGNERS_CACHED_MAX


@lru_cache(SIGNERS_CACHED_MAX)
def canonical_id(account: str) -> str:
    """Return the canonical user id of an account."""
    return sha256(b"canonical user of " + account.encode()).hexdigest()


def owner_of(account: str) -> dict[str, str]:
    """Return an owner as answers have it."""
    return {"ID": canonical_id(account)}


def private_acl(account: str) -> dict[str, Any]:
    """Return the access list of what belongs to its owner alone."""
    owner = owner_of(account)
    grant = {"Grantee": {**owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    return {"Owner": owner, "Grants": [grant]}
