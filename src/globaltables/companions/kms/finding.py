"""From what a request names a key with to the key: id, ARN, alias, ARN of an alias; AWS's own keys are made here."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import orjson

from globaltables.companions.kms.errors import access_denied, missing_key, not_found
from globaltables.companions.kms.keys import (
    SYMMETRIC,
    Key,
    alias_arn,
    key_arn,
    load_key,
    new_material,
    save_key,
)
from globaltables.companions.kms.vault import vault
from globaltables.companions.records import Document, Records
from globaltables.companions.service import ServiceCall
from globaltables.engine.interface import Reader
from globaltables.foundation.arns import partition_of
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.runtime.randomness import new_bytes

ALIASES = Records("kms", "alias")
RESERVED = "alias/aws/"
_KEY_ID = re.compile(r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})\Z")
#: The services that have a key of their own in an account.
_SERVICES = (
    *("acm", "backup", "cloudtrail", "codecommit", "dynamodb", "ebs", "elasticfilesystem", "es"),
    *("fsx", "glue", "kinesis", "kinesisvideo", "lambda", "lex", "rds", "redshift", "s3", "ses"),
    *("secretsmanager", "sns", "sqs", "ssm", "workspaces", "xray"),
)
_PERIOD_MS = 365 * 24 * 3600 * 1000
MATERIAL_BYTES = 32


def new_id() -> str:
    """Return 64 hexadecimal digits that nobody can guess, e.g. for key material."""
    return new_bytes(32).hex()


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a key, and for what."""

    region: Region
    account: str
    operation: str
    principal: str

    @classmethod
    def by(cls, call: ServiceCall) -> "Asked":
        """Return who makes a request."""
        return cls(call.region, call.account, call.operation, call.principal.arn)


async def find_key(call: ServiceCall, identifier: str, *, aliases: bool = True) -> Key:
    """Return the key that a request names.

    Args:
        call: the request.
        identifier: id or ARN; where `aliases`, an alias or its ARN too.
        aliases: whether the operation takes aliases.

    Raises:
        ApiError: there is no such key.
    """
    asked = Asked.by(call)
    key_id = await resolve(asked, identifier, aliases=aliases)
    return existing(asked, call.region.store.reader(), key_id)


def existing(asked: Asked, reader: Reader | Stage, key_id: str) -> Key:
    """Return the key of an id.

    Raises:
        ApiError: there is none.
    """
    region = asked.region
    key = load_key(reader, asked.account, key_id, region.clock.now_ms())
    if key is None:
        raise missing_key(key_arn(region.name, asked.account, key_id))
    return key


async def resolve(asked: Asked, identifier: str, *, aliases: bool) -> str:
    """Return the id of the key that is named; it need not exist.

    Raises:
        ApiError: the name is no name, or of an alias that there is not.
    """
    name = _local(asked, identifier)
    if name.startswith("alias/"):
        if not aliases:
            raise not_found(f"Invalid keyId '{identifier}'")
        return await _target(asked, name)
    if name.startswith("key/"):
        name = name.removeprefix("key/")
    if not _KEY_ID.match(name):
        raise not_found(f"Invalid keyId '{identifier}'")
    return name


async def _target(asked: Asked, name: str) -> str:
    region = asked.region
    alias = ALIASES.get(region.store.reader(), asked.account, name)
    if alias is None and name.removeprefix(RESERVED) in _SERVICES and name.startswith(RESERVED):
        alias = await region.store.submit(
            partial(_make_service_key, region=region, account=asked.account, name=name)
        )
    if alias is None:
        raise not_found(f"Alias {alias_arn(region.name, asked.account, name)} is not found.")
    target: str = alias["target"]
    return target


def _local(asked: Asked, identifier: str) -> str:
    """Return what an ARN names in this region and account; anything else as it is.

    Raises:
        ApiError: the ARN is of another region or account, or none of KMS.
    """
    if not identifier.startswith("arn:"):
        return identifier
    parts = identifier.split(":", 5)
    if len(parts) != 6 or parts[2] != "kms" or parts[1] != partition_of(asked.region.name):
        raise ApiError("InvalidArnException", f"Invalid arn {identifier}")
    if parts[3] != asked.region.name:
        raise not_found(f"Invalid arn {parts[3]}")
    if parts[4] != asked.account:
        raise access_denied(asked.principal, asked.operation, identifier)
    return parts[5]


def _make_service_key(stage: Stage, region: Region, account: str, name: str) -> Document:
    """Make AWS's key for a service, unless a decision before has; its alias is what is returned."""
    alias = ALIASES.get(stage, account, name)
    if alias is not None:
        return alias
    service, now_ms = name.removeprefix(RESERVED), region.clock.now_ms()
    key_id = region.randomness.uuid()
    material = new_material(vault(region).root, key_id, new_bytes(MATERIAL_BYTES), new_id(), now_ms)
    key = Key(
        id=key_id,
        account=account,
        region=region.name,
        created_ms=now_ms,
        usage="ENCRYPT_DECRYPT",
        spec=SYMMETRIC,
        policy=_service_policy(region.name, account, service),
        materials=(material,),
        description=f"Default key that protects my {_TITLES.get(service, service)} data when no "
        "other key is defined",
        manager="AWS",
        changed_ms=now_ms,
    )
    save_key(stage, key)
    alias = {"target": key_id, "created_ms": now_ms, "updated_ms": now_ms}
    ALIASES.put(stage, account, name, alias)
    return alias


_TITLES: Mapping[str, str] = MappingProxyType(
    {"dynamodb": "DynamoDB", "s3": "S3 objects", "sns": "SNS", "sqs": "SQS messages"}
)


def _service_policy(region: str, account: str, service: str) -> str:
    """Return the policy of AWS's key for a service: through that service only, and for the account to look at."""
    policy = {
        "Version": "2012-10-17",
        "Id": f"auto-{service}-1",
        "Statement": [
            {
                "Sid": f"Allow access through {service} for all principals in the account that "
                f"are authorized to use {service}",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [
                    *("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*"),
                    *("kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"),
                ],
                "Resource": "*",
                "Condition": {
                    "StringEquals": {
                        "kms:CallerAccount": account,
                        "kms:ViaService": f"{service}.{region}.amazonaws.com",
                    }
                },
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition_of(region)}:iam::{account}:root"},
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
                "Resource": "*",
            },
        ],
    }
    return orjson.dumps(policy).decode()


def managed_rotation(key: Key, now_ms: int) -> int:
    """Return when AWS's own key is rotated next: every year."""
    passed = (now_ms - key.current.since_ms) // _PERIOD_MS
    return key.current.since_ms + (passed + 1) * _PERIOD_MS


def page(
    call: ServiceCall, member: str, entries: Iterable[tuple[str, Any]], limit_default: int = 100
) -> dict[str, Any]:
    """Return one page of a list.

    Args:
        call: has Limit and Marker.
        member: the list's name in the answer.
        entries: what is listed with what orders it, in that order.
        limit_default: entries of a page when the request has no Limit.

    Raises:
        ApiError: InvalidMarkerException.
    """
    after, limit = _after(call.request.get("Marker")), call.request.get("Limit", limit_default)
    left: Sequence[tuple[str, Any]] = [
        entry for entry in entries if after is None or entry[0] > after
    ]
    answer: dict[str, Any] = {
        member: [value for _, value in left[:limit]],
        "Truncated": len(left) > limit,
    }
    if len(left) > limit:
        answer["NextMarker"] = urlsafe_b64encode(left[limit - 1][0].encode()).decode("ascii")
    return answer


def _after(marker: str | None) -> str | None:
    if marker is None:
        return None
    try:
        return urlsafe_b64decode(marker.encode("ascii")).decode()
    except ValueError:
        raise ApiError("InvalidMarkerException", f"Invalid marker: {marker}") from None
