"""What is done with keys of KMS, with boto3."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.support.server import Server


def _client(server: Server, region: str = "us-east-1") -> Any:
    client: Any = boto3.client  # overloaded for every service by name
    return client(
        "kms",
        endpoint_url=server.endpoint,
        region_name=region,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 1}),
    )


@pytest.fixture
def kms(server: Server) -> Any:
    """A client of KMS."""
    return _client(server)


def _key(client: Any, **members: Any) -> str:
    key_id: str = client.create_key(**members)["KeyMetadata"]["KeyId"]
    return key_id


def _refused(call: Callable[..., Any], **members: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        call(**members)
    code: str = refusal.value.response["Error"]["Code"]
    return code


def test_a_ciphertext_is_opened_with_its_context_only(kms: Any) -> None:
    """It knows its key; another context, another key and damage are refused, each in its way."""
    key_id, other = _key(kms), _key(kms)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"hello", EncryptionContext={"a": "1", "b": "2"})
    ciphertext = blob["CiphertextBlob"]
    assert blob["KeyId"].endswith(key_id)
    opened = kms.decrypt(CiphertextBlob=ciphertext, EncryptionContext={"b": "2", "a": "1"})
    assert (b"hello", blob["KeyId"]) == (opened["Plaintext"], opened["KeyId"])
    context = {"a": "1", "b": "2"}
    invalid = "InvalidCiphertextException"
    assert invalid == _refused(kms.decrypt, CiphertextBlob=ciphertext)
    damaged = ciphertext[:-1] + bytes([ciphertext[-1] ^ 1])
    assert invalid == _refused(kms.decrypt, CiphertextBlob=damaged, EncryptionContext=context)
    assert invalid == _refused(kms.decrypt, CiphertextBlob=b"short")
    assert "IncorrectKeyException" == _refused(
        kms.decrypt, CiphertextBlob=ciphertext, EncryptionContext=context, KeyId=other
    )


def test_a_ciphertext_moves_to_another_key(kms: Any) -> None:
    """ReEncrypt tells both keys and nothing of what is in it."""
    one, two = _key(kms), _key(kms)
    blob = kms.encrypt(KeyId=one, Plaintext=b"hello")["CiphertextBlob"]
    moved = kms.re_encrypt(
        CiphertextBlob=blob, DestinationKeyId=two, DestinationEncryptionContext={"x": "y"}
    )
    assert moved["SourceKeyId"].endswith(one)
    assert moved["KeyId"].endswith(two)
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"x": "y"})
    assert b"hello" == opened["Plaintext"]


def test_data_keys_have_the_length_that_is_asked_for(kms: Any) -> None:
    """By specification or in bytes; what is encrypted is what is told."""
    key_id = _key(kms)
    for members, count in (
        ({"KeySpec": "AES_256"}, 32),
        ({"KeySpec": "AES_128"}, 16),
        ({"NumberOfBytes": 5}, 5),
    ):
        made = kms.generate_data_key(KeyId=key_id, **members)
        assert count == len(made["Plaintext"])
        opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], KeyId=key_id)
        assert made["Plaintext"] == opened["Plaintext"]
        assert "Plaintext" not in kms.generate_data_key_without_plaintext(KeyId=key_id, **members)
    assert "ValidationException" == _refused(kms.generate_data_key, KeyId=key_id)
    assert 9 == len(kms.generate_random(NumberOfBytes=9)["Plaintext"])


def test_a_dry_run_does_nothing(kms: Any) -> None:
    """It tells what would have been."""
    key_id = _key(kms)
    assert "DryRunOperationException" == _refused(
        kms.encrypt, KeyId=key_id, Plaintext=b"a", DryRun=True
    )


def test_a_pair_of_data_keys_fits(kms: Any) -> None:
    """The encrypted private key is that of the public one."""
    key_id = _key(kms)
    made = kms.generate_data_key_pair(KeyId=key_id, KeyPairSpec="ECC_NIST_P256")
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"])["Plaintext"]
    assert made["PrivateKeyPlaintext"] == opened
    told = kms.generate_data_key_pair_without_plaintext(KeyId=key_id, KeyPairSpec="ECC_NIST_P384")
    assert "PrivateKeyPlaintext" not in told


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [
        ("RSA_2048", "RSASSA_PSS_SHA_256"),
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512"),
        ("ECC_NIST_P256", "ECDSA_SHA_256"),
        ("ECC_NIST_P521", "ECDSA_SHA_512"),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"),
    ],
)
def test_a_signature_is_verified(kms: Any, spec: str, algorithm: str) -> None:
    """Of the message that was signed; another one is an error."""
    key_id = _key(kms, KeySpec=spec, KeyUsage="SIGN_VERIFY")
    signed = kms.sign(KeyId=key_id, Message=b"hello", SigningAlgorithm=algorithm)
    checked = {"KeyId": key_id, "SigningAlgorithm": algorithm, "Signature": signed["Signature"]}
    assert kms.verify(Message=b"hello", **checked)["SignatureValid"]
    assert "KMSInvalidSignatureException" == _refused(kms.verify, Message=b"other", **checked)
    assert "InvalidKeyUsageException" == _refused(kms.encrypt, KeyId=key_id, Plaintext=b"a")


def test_a_public_key_verifies_elsewhere(kms: Any) -> None:
    """What is signed here is verified by a library with the public key."""
    key_id = _key(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    signed = kms.sign(KeyId=key_id, Message=b"hello", SigningAlgorithm="ECDSA_SHA_256")
    public = load_der_public_key(kms.get_public_key(KeyId=key_id)["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signed["Signature"], b"hello", ec.ECDSA(hashes.SHA256()))


def test_an_rsa_key_encrypts(kms: Any) -> None:
    """With an asymmetric algorithm the key has to be named."""
    key_id = _key(kms, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    algorithm = "RSAES_OAEP_SHA_256"
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"hello", EncryptionAlgorithm=algorithm)
    members = {"CiphertextBlob": blob["CiphertextBlob"], "EncryptionAlgorithm": algorithm}
    assert b"hello" == kms.decrypt(KeyId=key_id, **members)["Plaintext"]
    assert "ValidationException" == _refused(kms.decrypt, **members)


def test_a_mac_is_verified(kms: Any) -> None:
    """Of the same message under the same key."""
    key_id = _key(kms, KeySpec="HMAC_384", KeyUsage="GENERATE_VERIFY_MAC")
    members = {"KeyId": key_id, "MacAlgorithm": "HMAC_SHA_384"}
    mac = kms.generate_mac(Message=b"hello", **members)["Mac"]
    assert kms.verify_mac(Message=b"hello", Mac=mac, **members)["MacValid"]
    assert "KMSInvalidMacException" == _refused(
        kms.verify_mac, Message=b"other", Mac=mac, **members
    )


def test_a_multi_region_key_opens_in_its_replica(kms: Any, server: Server) -> None:
    """The same id and key material in two regions, each with its own state."""
    key_id = _key(kms, MultiRegion=True)
    made = kms.replicate_key(KeyId=key_id, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]
    assert key_id.startswith("mrk-")
    assert "REPLICA" == made["MultiRegionConfiguration"]["MultiRegionKeyType"]
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"hello")["CiphertextBlob"]
    kms.disable_key(KeyId=key_id)
    opened = _client(server, "eu-west-1").decrypt(CiphertextBlob=blob)
    assert (b"hello", made["Arn"]) == (opened["Plaintext"], opened["KeyId"])
