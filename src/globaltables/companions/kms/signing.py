"""Sign, Verify, GetPublicKey, GenerateMac, VerifyMac."""

import hashlib
import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)

from globaltables.companions.kms.errors import (
    check_usable,
    check_usage,
    dry_run,
    invalid,
    unsupported,
)
from globaltables.companions.kms.finding import find_key
from globaltables.companions.kms.keys import Key, algorithms_of, metadata, secret_of
from globaltables.companions.kms.vault import vault
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError

_HASHES: Mapping[str, hashes.HashAlgorithm] = MappingProxyType(
    {
        "256": hashes.SHA256(),
        "384": hashes.SHA384(),
        "512": hashes.SHA512(),
    }
)
_EDWARDS = "ED25519_SHA_512"


async def sign(call: ServiceCall) -> dict[str, Any]:
    """Sign a message, or its digest."""
    key, algorithm = await _key(call, "SIGN_VERIFY", "SigningAlgorithm")
    private = _private(call, key)
    message = call.request["Message"]
    if algorithm == _EDWARDS:
        signature = private.sign(message)
    elif algorithm.startswith("ECDSA"):
        signature = private.sign(message, ec.ECDSA(_digest(call, algorithm)))
    else:
        signature = private.sign(message, _padding(algorithm), _digest(call, algorithm))
    return {"KeyId": key.arn, "Signature": signature, "SigningAlgorithm": algorithm}


async def verify(call: ServiceCall) -> dict[str, Any]:
    """Verify a signature; one that is not right is an error, not an answer."""
    key, algorithm = await _key(call, "SIGN_VERIFY", "SigningAlgorithm")
    public = _private(call, key).public_key()
    message, signature = call.request["Message"], call.request["Signature"]
    try:
        if algorithm == _EDWARDS:
            public.verify(signature, message)
        elif algorithm.startswith("ECDSA"):
            public.verify(signature, message, ec.ECDSA(_digest(call, algorithm)))
        else:
            public.verify(signature, message, _padding(algorithm), _digest(call, algorithm))
    except InvalidSignature:
        raise ApiError("KMSInvalidSignatureException", None) from None
    return {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}


async def get_public_key(call: ServiceCall) -> dict[str, Any]:
    """Return the public part of an asymmetric key."""
    key = await find_key(call, call.request["KeyId"])
    check_usable(key)
    if not key.spec.startswith(("RSA_", "ECC_")):
        raise unsupported(f"{key.arn} is not an asymmetric key.")
    public = _private(call, key).public_key()
    told = metadata(key)
    names = ("CustomerMasterKeySpec", "KeySpec", "KeyUsage", "EncryptionAlgorithms")
    answer = {name: told[name] for name in (*names, "SigningAlgorithms") if name in told}
    encoded = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return answer | {"KeyId": key.arn, "PublicKey": encoded}


async def generate_mac(call: ServiceCall) -> dict[str, Any]:
    """Return the HMAC of a message."""
    key, algorithm = await _key(call, "GENERATE_VERIFY_MAC", "MacAlgorithm")
    return {"Mac": _mac(call, key, algorithm), "MacAlgorithm": algorithm, "KeyId": key.arn}


async def verify_mac(call: ServiceCall) -> dict[str, Any]:
    """Verify an HMAC; one that is not right is an error, not an answer."""
    key, algorithm = await _key(call, "GENERATE_VERIFY_MAC", "MacAlgorithm")
    if not hmac.compare_digest(_mac(call, key, algorithm), call.request["Mac"]):
        raise ApiError("KMSInvalidMacException", None)
    return {"KeyId": key.arn, "MacValid": True, "MacAlgorithm": algorithm}


async def _key(call: ServiceCall, usage: str, member: str) -> tuple[Key, str]:
    """Return the key of a request and the algorithm, which fits it."""
    key = await find_key(call, call.request["KeyId"])
    check_usable(key)
    check_usage(key, usage, call.operation)
    algorithm: str = call.request[member]
    if algorithm not in algorithms_of(key.usage, key.spec):
        raise ApiError(
            "InvalidKeyUsageException",
            f"Algorithm {algorithm} and key spec {key.spec} are incompatible for key {key.arn}.",
        )
    if call.request.get("DryRun"):
        dry_run()
    return key, algorithm


def _private(call: ServiceCall, key: Key) -> Any:
    return load_der_private_key(secret_of(vault(call.region).root, key, key.current), None)


def _mac(call: ServiceCall, key: Key, algorithm: str) -> bytes:
    digest = getattr(hashlib, f"sha{algorithm[-3:]}")
    secret = secret_of(vault(call.region).root, key, key.current)
    return hmac.digest(secret, call.request["Message"], digest)


def _padding(algorithm: str) -> padding.AsymmetricPadding:
    if algorithm.startswith("RSASSA_PSS"):
        return padding.PSS(padding.MGF1(_HASHES[algorithm[-3:]]), padding.PSS.DIGEST_LENGTH)
    return padding.PKCS1v15()


def _digest(call: ServiceCall, algorithm: str) -> hashes.HashAlgorithm | utils.Prehashed:
    """Return how the message is hashed: not at all when it is a digest.

    Raises:
        ApiError: the digest has not the right length.
    """
    digest = _HASHES[algorithm[-3:]]
    kind = call.request.get("MessageType", "RAW")
    if kind == "RAW":
        return digest
    if kind != "DIGEST":
        raise unsupported(f"MessageType {kind} is not supported by globaltables.")
    if len(call.request["Message"]) != digest.digest_size:
        raise invalid(f"Digest is invalid length for algorithm {algorithm}.")
    return utils.Prehashed(digest)
