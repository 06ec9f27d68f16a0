"""The policies that AWS manages and every account has, as far as they are about what is served here.

The documents are AWS's (AWS managed policy reference), whole; ReadOnlyAccess alone is reduced to the services that are
served.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from globaltables.companions.iam.stored import arn
from globaltables.companions.records import Document

_FILE = Path(__file__).with_name("aws_managed_policies.json")


def aws_policy(policy_arn: str) -> Mapping[str, Any] | None:
    """Return one of AWS's policies; None when it is not among them."""
    return _by_arn().get(policy_arn)


def aws_policies() -> list[Mapping[str, Any]]:
    """Return all of them."""
    return list(_by_arn().values())


@lru_cache(1)
def _by_arn() -> Mapping[str, Mapping[str, Any]]:
    policies = (_policy(entry) for entry in orjson.loads(_FILE.read_bytes()))
    return MappingProxyType(
        {arn("aws", "policy", policy["path"], policy["name"]): policy for policy in policies}
    )


def _policy(entry: dict[str, Any]) -> Document:
    created, updated = (
        int(datetime.fromisoformat(entry[name]).timestamp()) for name in ("created", "updated")
    )
    text = orjson.dumps(entry["document"]).decode()
    return {
        "name": entry["name"],
        "path": entry["path"],
        "id": "ANPA" + sha256(entry["name"].encode()).hexdigest()[:17].upper(),
        "created_s": created,
        "updated_s": updated,
        "description": None,
        "tags": [],
        "default": entry["version"],
        "versions": {entry["version"]: {"document": text, "created_s": updated}},
    }
