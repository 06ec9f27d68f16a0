"""CreateKey, ReplicateKey, DescribeKey, ListKeys, UpdateKeyDescription."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from globaltables.companions.kms.changing import change, wake
from globaltables.companions.kms.errors import invalid, invalid_state, unsupported
from globaltables.companions.kms.finding import (
    MATERIAL_BYTES,
    Asked,
    existing,
    find_key,
    new_id,
    page,
)
from globaltables.companions.kms.keys import (
    SYMMETRIC,
    Key,
    Usage,
    algorithms_of,
    keys_of,
    load_key,
    metadata,
    new_material,
    save_key,
    secret_of,
)
from globaltables.companions.kms.policies import check_policy, default_policy
from globaltables.companions.kms.tagging import checked_tags
from globaltables.companions.kms.vault import vault
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.stage import Stage
from globaltables.runtime.randomness import new_bytes

_CURVES: Mapping[str, ec.EllipticCurve] = MappingProxyType(
    {
        "ECC_NIST_P256": ec.SECP256R1(),
        "ECC_NIST_P384": ec.SECP384R1(),
        "ECC_NIST_P521": ec.SECP521R1(),
        "ECC_SECG_P256K1": ec.SECP256K1(),
    }
)


async def create_key(call: ServiceCall) -> dict[str, Any]:
    """Create a key with its first key material."""
    request, region = call.request, call.region
    spec = request.get("KeySpec") or request.get("CustomerMasterKeySpec") or SYMMETRIC
    usage = _usage(request, spec)
    if request.get("Origin", "AWS_KMS") != "AWS_KMS" or "CustomKeyStoreId" in request:
        raise unsupported("Only key material of AWS_KMS is supported by globaltables.")
    policy = request.get("Policy") or default_policy(region.name, call.account)
    check_policy(policy, call, bypass=request.get("BypassPolicyLockoutSafetyCheck", False))
    tags = checked_tags((), request.get("Tags") or ())
    secret = await asyncio.to_thread(new_secret, spec)
    now_ms, multi = region.clock.now_ms(), bool(request.get("MultiRegion"))
    key_id = f"mrk-{new_bytes(16).hex()}" if multi else region.randomness.uuid()
    key = Key(
        id=key_id,
        account=call.account,
        region=region.name,
        created_ms=now_ms,
        usage=usage,
        spec=spec,
        policy=policy,
        materials=(new_material(vault(region).root, key_id, secret, new_id(), now_ms),),
        description=request.get("Description", ""),
        changed_ms=now_ms,
        tags=tags,
        primary=region.name if multi else "",
    )
    await region.store.submit(lambda stage: save_key(stage, key))
    wake(call)
    return {"KeyMetadata": metadata(key)}


async def replicate_key(call: ServiceCall) -> dict[str, Any]:
    """Make a replica of a multi-Region key: the same id and key material in another region."""
    request, node = call.request, call.node
    key = await find_key(call, request["KeyId"], aliases=False)
    target = request["ReplicaRegion"]
    if key.primary != key.region:
        raise unsupported(f"{key.arn} is not a multi-region primary key.")
    if not key.usable:
        raise invalid_state(key, "is not enabled.")
    if target == key.region or target in key.replicas:
        raise ApiError(
            "AlreadyExistsException", f"A replica of {key.arn} already exists in {target}"
        )
    if target in node.remote_peers:
        raise unsupported(
            "globaltables makes replicas of keys in regions of the same process only."
        )
    region = node.region(target)
    policy = request.get("Policy") or default_policy(target, call.account)
    check_policy(policy, call, bypass=request.get("BypassPolicyLockoutSafetyCheck", False))
    now_ms = region.clock.now_ms()
    here, there = vault(call.region).root, vault(region).root
    materials = tuple(
        new_material(there, key.id, secret_of(here, key, one), one.id, one.since_ms, one.rotated)
        for one in key.materials
    )
    replicas = (*key.replicas, target)
    replica = replace(
        key,
        region=target,
        created_ms=now_ms,
        changed_ms=now_ms,
        policy=policy,
        materials=materials,
        description=request.get("Description", ""),
        tags=checked_tags((), request.get("Tags") or ()),
        replicas=replicas,
    )
    asked = Asked.by(call)

    def make(stage: Stage) -> None:
        if load_key(stage, call.account, key.id, now_ms) is not None:
            raise ApiError(
                "AlreadyExistsException", f"A replica of {key.arn} already exists in {target}"
            )
        save_key(stage, replica)

    def note(stage: Stage) -> None:
        save_key(stage, replace(existing(asked, stage, key.id), replicas=replicas))

    await region.store.submit(make)
    await call.region.store.submit(note)
    return {
        "ReplicaKeyMetadata": metadata(replica),
        "ReplicaPolicy": policy,
        "ReplicaTags": [{"TagKey": name, "TagValue": value} for name, value in replica.tags],
    }


async def describe_key(call: ServiceCall) -> dict[str, Any]:
    """Describe a key; that of an AWS service is made when it is first asked for."""
    key = await find_key(call, call.request["KeyId"])
    if key.manager == "AWS":  # it may just have been made, and is rotated by itself
        wake(call)
    return {"KeyMetadata": metadata(key)}


def list_keys(call: ServiceCall) -> dict[str, Any]:
    """List the keys of the account."""
    found = keys_of(call.region.store.reader(), call.account, call.region.clock.now_ms())
    return page(call, "Keys", ((key.id, {"KeyId": key.id, "KeyArn": key.arn}) for key in found))


async def update_key_description(call: ServiceCall) -> dict[str, Any]:
    """Change a key's description."""
    description = call.request["Description"]

    def alter(key: Key) -> Key:
        if key.deletion_ms is not None:
            raise invalid_state(key, "is pending deletion.")
        return replace(key, description=description)

    await change(call, alter)
    return {}


def new_secret(spec: str) -> bytes:
    """Return new key material: random bytes, or a private key in PKCS #8."""
    if spec == SYMMETRIC:
        return new_bytes(MATERIAL_BYTES)
    if spec.startswith("HMAC_"):
        return new_bytes(int(spec[5:]) // 8)
    private: Any
    if spec.startswith("RSA_"):
        private = rsa.generate_private_key(65537, int(spec[4:]))
    elif spec == "ECC_NIST_EDWARDS25519":
        private = ed25519.Ed25519PrivateKey.generate()
    else:
        private = ec.generate_private_key(_CURVES[spec])
    encoded: bytes = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return encoded


def _usage(request: dict[str, Any], spec: str) -> Usage:
    """Return what a new key is for.

    Raises:
        ApiError: the specification is not supported here, or is not for that.
    """
    usage = request.get("KeyUsage")
    if usage is None:
        if spec != SYMMETRIC and not spec.startswith("HMAC_"):
            raise invalid(
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
            )
        usage = "GENERATE_VERIFY_MAC" if spec.startswith("HMAC_") else "ENCRYPT_DECRYPT"
    known = any(algorithms_of(one, spec) for one in _USAGES)
    if not known or usage not in _USAGES:
        what = spec if not known else f"KeyUsage {usage}"
        raise unsupported(f"{what} is not supported by globaltables; see docs/services/kms.md")
    if not algorithms_of(usage, spec):
        raise invalid(f"KeyUsage {usage} is not compatible with KeySpec {spec}")
    return _USAGES[usage]


_USAGES: Mapping[str, Usage] = MappingProxyType(
    {
        "ENCRYPT_DECRYPT": "ENCRYPT_DECRYPT",
        "SIGN_VERIFY": "SIGN_VERIFY",
        "GENERATE_VERIFY_MAC": "GENERATE_VERIFY_MAC",
    }
)
