"""Encrypt, Decrypt, ReEncrypt, GenerateDataKey and its kin, GenerateRandom."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)

from globaltables.companions.kms import ciphertexts
from globaltables.companions.kms.creation import new_secret
from globaltables.companions.kms.errors import (
    check_usable,
    check_usage,
    dry_run,
    incorrect_key,
    invalid,
    invalid_ciphertext,
    missing_key,
    unsupported,
)
from globaltables.companions.kms.finding import find_key
from globaltables.companions.kms.keys import SYMMETRIC, Key, key_arn, load_key, secret_of
from globaltables.companions.kms.vault import vault
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.runtime.randomness import new_bytes

_SPEC_BYTES: Mapping[str, int] = MappingProxyType({"AES_256": 32, "AES_128": 16})
_OAEP: Mapping[str, type[hashes.HashAlgorithm]] = MappingProxyType(
    {"RSAES_OAEP_SHA_1": hashes.SHA1, "RSAES_OAEP_SHA_256": hashes.SHA256}
)


async def encrypt(call: ServiceCall) -> dict[str, Any]:
    """Encrypt up to 4096 bytes."""
    request = call.request
    key = await _key_for_encryption(call, request["KeyId"], "Encrypt")
    algorithm = _algorithm(key, request.get("EncryptionAlgorithm", SYMMETRIC))
    _try_only(call)
    if key.symmetric:
        context = request.get("EncryptionContext") or {}
        blob = ciphertexts.encrypt(vault(call.region).root, key, request["Plaintext"], context)
    else:
        blob = _public(call, key).encrypt(request["Plaintext"], _padding(algorithm))
    return {"CiphertextBlob": blob, "KeyId": key.arn, "EncryptionAlgorithm": algorithm}


async def decrypt(call: ServiceCall) -> dict[str, Any]:
    """Decrypt a ciphertext; that of a symmetric key knows its key."""
    _refuse_recipient(call)
    request = call.request
    blob = request.get("CiphertextBlob")
    if blob is None:
        raise invalid("CiphertextBlob must be specified")
    algorithm = request.get("EncryptionAlgorithm", SYMMETRIC)
    key, plaintext = await _opened(
        call, blob, request.get("KeyId"), algorithm, request.get("EncryptionContext") or {}
    )
    _try_only(call)
    answer = {"KeyId": key.arn, "Plaintext": plaintext, "EncryptionAlgorithm": algorithm}
    if key.symmetric:
        answer["KeyMaterialId"] = ciphertexts.read(blob).material
    return answer


async def re_encrypt(call: ServiceCall) -> dict[str, Any]:
    """Decrypt a ciphertext and encrypt it again, without telling anybody what is in it."""
    request = call.request
    blob = request.get("CiphertextBlob")
    if blob is None:
        raise invalid("CiphertextBlob must be specified")
    source_algorithm = request.get("SourceEncryptionAlgorithm", SYMMETRIC)
    context = request.get("SourceEncryptionContext") or {}
    source, plaintext = await _opened(
        call, blob, request.get("SourceKeyId"), source_algorithm, context
    )
    key = await _key_for_encryption(call, request["DestinationKeyId"], "ReEncryptTo")
    algorithm = _algorithm(key, request.get("DestinationEncryptionAlgorithm", SYMMETRIC))
    _try_only(call)
    answer = {
        "SourceKeyId": source.arn,
        "KeyId": key.arn,
        "SourceEncryptionAlgorithm": source_algorithm,
        "DestinationEncryptionAlgorithm": algorithm,
    }
    if source.symmetric:
        answer["SourceKeyMaterialId"] = ciphertexts.read(blob).material
    if key.symmetric:
        wanted = request.get("DestinationEncryptionContext") or {}
        root = vault(call.region).root
        sealed = ciphertexts.encrypt(root, key, plaintext, wanted)
        return answer | {"CiphertextBlob": sealed, "DestinationKeyMaterialId": key.current.id}
    return answer | {"CiphertextBlob": _public(call, key).encrypt(plaintext, _padding(algorithm))}


async def generate_data_key(call: ServiceCall) -> dict[str, Any]:
    """Return a new data key, as it is and encrypted."""
    _refuse_recipient(call)
    return await _data_key(call)


async def generate_data_key_without_plaintext(call: ServiceCall) -> dict[str, Any]:
    """Return a new data key, encrypted."""
    answer = await _data_key(call)
    del answer["Plaintext"]
    return answer


async def generate_data_key_pair(call: ServiceCall) -> dict[str, Any]:
    """Return a new pair of keys, the private one as it is and encrypted."""
    _refuse_recipient(call)
    return await _data_key_pair(call)


async def generate_data_key_pair_without_plaintext(call: ServiceCall) -> dict[str, Any]:
    """Return a new pair of keys, the private one encrypted."""
    answer = await _data_key_pair(call)
    del answer["PrivateKeyPlaintext"]
    return answer


def generate_random(call: ServiceCall) -> dict[str, Any]:
    """Return random bytes."""
    _refuse_recipient(call)
    if "CustomKeyStoreId" in call.request:
        raise unsupported("Custom key stores are not supported by globaltables.")
    if "NumberOfBytes" not in call.request:
        raise invalid("NumberOfBytes must be specified")
    return {"Plaintext": new_bytes(call.request["NumberOfBytes"])}


async def _data_key(call: ServiceCall) -> dict[str, Any]:
    request = call.request
    if ("KeySpec" in request) == ("NumberOfBytes" in request):
        raise invalid("Please specify either number of bytes or key spec.")
    key = await _symmetric_key(call)
    _try_only(call)
    count = request.get("NumberOfBytes") or _SPEC_BYTES[request["KeySpec"]]
    plaintext = new_bytes(count)
    context = request.get("EncryptionContext") or {}
    return {
        "CiphertextBlob": ciphertexts.encrypt(vault(call.region).root, key, plaintext, context),
        "Plaintext": plaintext,
        "KeyId": key.arn,
        "KeyMaterialId": key.current.id,
    }


async def _data_key_pair(call: ServiceCall) -> dict[str, Any]:
    request = call.request
    key, spec = await _symmetric_key(call), request["KeyPairSpec"]
    if not spec.startswith(("RSA_", "ECC_")):
        raise unsupported(f"{spec} is not supported by globaltables; see docs/services/kms.md")
    _try_only(call)
    private = await asyncio.to_thread(new_secret, spec)
    loaded: Any = load_der_private_key(private, None)
    public = loaded.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    context = request.get("EncryptionContext") or {}
    root = vault(call.region).root
    return {
        "PrivateKeyCiphertextBlob": ciphertexts.encrypt(root, key, private, context),
        "PrivateKeyPlaintext": private,
        "PublicKey": public,
        "KeyId": key.arn,
        "KeyPairSpec": spec,
        "KeyMaterialId": key.current.id,
    }


async def _symmetric_key(call: ServiceCall) -> Key:
    key = await _key_for_encryption(call, call.request["KeyId"], call.operation)
    if not key.symmetric:
        raise ApiError(
            "InvalidKeyUsageException",
            f"{key.arn} key spec is {key.spec} which is not valid for {call.operation}.",
        )
    return key


async def _key_for_encryption(call: ServiceCall, identifier: str, operation: str) -> Key:
    key = await find_key(call, identifier)
    check_usable(key)
    check_usage(key, "ENCRYPT_DECRYPT", operation)
    return key


async def _opened(
    call: ServiceCall, blob: bytes, identifier: str | None, algorithm: str, context: dict[str, str]
) -> tuple[Key, bytes]:
    """Return the key of a ciphertext and what was encrypted."""
    if algorithm != SYMMETRIC:
        if identifier is None:
            raise invalid("KeyId is required with an asymmetric encryption algorithm.")
        key = await _key_for_encryption(call, identifier, "Decrypt")
        _algorithm(key, algorithm)
        private: Any = _private(call, key)
        try:
            plaintext: bytes = private.decrypt(blob, _padding(algorithm))
        except ValueError:
            raise invalid_ciphertext() from None
        return key, plaintext
    named = None if identifier is None else await find_key(call, identifier)
    ciphertext = ciphertexts.read(blob)
    if named is not None and (named.id, named.account) != (ciphertext.key_id, ciphertext.account):
        raise incorrect_key()
    region = call.region
    if ciphertext.account != call.account:
        raise _not_for_you()
    found = load_key(
        region.store.reader(), ciphertext.account, ciphertext.key_id, region.clock.now_ms()
    )
    if found is None:
        if named is not None:
            raise missing_key(key_arn(region.name, call.account, ciphertext.key_id))
        raise _not_for_you()
    check_usable(found)
    return found, ciphertexts.decrypt(vault(region).root, found, ciphertext, context)


def _not_for_you() -> ApiError:
    return ApiError(
        "AccessDeniedException",
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or "
        "you are not allowed to access.",
    )


def _algorithm(key: Key, algorithm: str) -> str:
    if (algorithm == SYMMETRIC) != key.symmetric:
        raise ApiError(
            "InvalidKeyUsageException",
            f"Algorithm {algorithm} and key spec {key.spec} are incompatible for key {key.arn}.",
        )
    return algorithm


def _padding(algorithm: str) -> padding.OAEP:
    digest = _OAEP[algorithm]()
    return padding.OAEP(padding.MGF1(digest), digest, None)


def _private(call: ServiceCall, key: Key) -> rsa.RSAPrivateKey:
    loaded = load_der_private_key(secret_of(vault(call.region).root, key, key.current), None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded


def _public(call: ServiceCall, key: Key) -> rsa.RSAPublicKey:
    return _private(call, key).public_key()


def _try_only(call: ServiceCall) -> None:
    if call.request.get("DryRun"):
        dry_run()


def _refuse_recipient(call: ServiceCall) -> None:
    if "Recipient" in call.request:
        raise unsupported("Nitro enclaves are not supported by globaltables.")
