"""A key: what is stored of it, and what of that is told."""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from globaltables.companions.records import Document, Records
from globaltables.engine.interface import Reader
from globaltables.foundation.arns import partition_of
from globaltables.itemstore.stage import Stage
from globaltables.security.sealing.root_key import RootKey
from globaltables.tables.codec import from_stored

_KEYS = Records("kms", "key")

Usage = Literal["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"]
Rotated = Literal["", "AUTOMATIC", "ON_DEMAND"]
SYMMETRIC = "SYMMETRIC_DEFAULT"


@dataclass(frozen=True, slots=True)
class Material:
    """What a key encrypted with for a time.

    Attributes:
        id: 64 hexadecimal digits.
        wrapped: by the root key, in Base64.
        since_ms: when it began to be used.
        rotated: why it replaced the one before.
    """

    id: str
    wrapped: str
    since_ms: int
    rotated: Rotated = ""


@dataclass(frozen=True, slots=True)
class Rotation:
    """That a key is rotated by itself."""

    period_days: int
    next_ms: int


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Attributes:
        manager: AWS's own key for one of its services, or a customer's.
        enabled: what it is unless it is to be deleted.
        deletion_ms: when it is deleted; None unless that is scheduled.
        changed_ms: when `enabled` or `deletion_ms` changed.
        materials: oldest first; the last one encrypts.
        primary: of a multi-Region key the region that has its primary; empty for others.
        replicas: of a multi-Region key the regions that have its replicas.
    """

    id: str
    account: str
    region: str
    created_ms: int
    usage: Usage
    spec: str
    policy: str
    materials: tuple[Material, ...]
    description: str = ""
    manager: Literal["AWS", "CUSTOMER"] = "CUSTOMER"
    enabled: bool = True
    deletion_ms: int | None = None
    window_days: int = 0
    changed_ms: int = 0
    tags: tuple[tuple[str, str], ...] = ()
    rotation: Rotation | None = None
    primary: str = ""
    replicas: tuple[str, ...] = ()
    used_ms: int = field(default=0)

    @property
    def arn(self) -> str:
        """The key's ARN."""
        return key_arn(self.region, self.account, self.id)

    @property
    def state(self) -> str:
        """How AWS names its state."""
        if self.deletion_ms is not None:
            return "PendingDeletion"
        return "Enabled" if self.enabled else "Disabled"

    @property
    def usable(self) -> bool:
        """Whether it may be used now."""
        return self.enabled and self.deletion_ms is None

    @property
    def symmetric(self) -> bool:
        """Whether it is a symmetric key that encrypts."""
        return self.spec == SYMMETRIC

    @property
    def current(self) -> Material:
        """What it encrypts with."""
        return self.materials[-1]


def key_arn(region: str, account: str, key_id: str) -> str:
    """Return the ARN of a key."""
    return f"arn:{partition_of(region)}:kms:{region}:{account}:key/{key_id}"


def alias_arn(region: str, account: str, name: str) -> str:
    """Return the ARN of an alias; its name begins with "alias/"."""
    return f"arn:{partition_of(region)}:kms:{region}:{account}:{name}"


def load_key(reader: Reader | Stage, account: str, key_id: str, now_ms: int) -> Key | None:
    """Return a key; None when there is none, also when its time to be deleted has come."""
    document = _KEYS.get(reader, account, key_id)
    key = None if document is None else _key(document)
    if key is None or (key.deletion_ms is not None and key.deletion_ms <= now_ms):
        return None
    return key


def save_key(stage: Stage, key: Key) -> None:
    """Stage a key."""
    _KEYS.put(stage, key.account, key.id, asdict(key))


def drop_key(stage: Stage, key: Key) -> None:
    """Stage the end of a key: nothing can be opened with it any more."""
    _KEYS.put(stage, key.account, key.id, None)


def keys_of(reader: Reader, account: str, now_ms: int) -> Iterator[Key]:
    """Return the keys of an account in the order of their ids."""
    for _, document in _KEYS.of_account(reader, account):
        key = _key(document)
        if key.deletion_ms is None or key.deletion_ms > now_ms:
            yield key


def all_keys(reader: Reader) -> list[Key]:
    """Return every key that is stored."""
    return [_key(document) for _, _, document in _KEYS.of_everybody(reader)]


def new_material(
    root: RootKey, key_id: str, secret: bytes, material_id: str, now_ms: int, rotated: Rotated = ""
) -> Material:
    """Return key material as it is stored."""
    wrapped = root.wrap(secret, _purpose(key_id, material_id))
    return Material(material_id, b64encode(wrapped).decode("ascii"), now_ms, rotated)


def secret_of(root: RootKey, key: Key, material: Material) -> bytes:
    """Return the secret of key material.

    Raises:
        OperationalError: the root key is another one.
    """
    return root.unwrap(b64decode(material.wrapped), _purpose(key.id, material.id))


def metadata(key: Key) -> dict[str, Any]:
    """Return a KeyMetadata."""
    answer: dict[str, Any] = {
        "AWSAccountId": key.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.created_ms / 1000,
        "Enabled": key.usable,
        "Description": key.description,
        "KeyUsage": key.usage,
        "KeyState": key.state,
        "Origin": "AWS_KMS",
        "KeyManager": key.manager,
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "MultiRegion": bool(key.primary),
    }
    member = _ALGORITHMS[key.usage]
    answer[member] = list(algorithms_of(key.usage, key.spec))
    if key.symmetric:
        answer["CurrentKeyMaterialId"] = key.current.id
    if key.deletion_ms is not None:
        answer["DeletionDate"] = key.deletion_ms / 1000
    if key.primary:
        answer["MultiRegionConfiguration"] = {
            "MultiRegionKeyType": "PRIMARY" if key.primary == key.region else "REPLICA",
            "PrimaryKey": _place(key, key.primary),
            "ReplicaKeys": [_place(key, region) for region in key.replicas],
        }
    return answer


def algorithms_of(usage: str, spec: str) -> tuple[str, ...]:
    """Return the algorithms of a kind of key; none for what there is not."""
    if usage == "ENCRYPT_DECRYPT":
        if spec == SYMMETRIC:
            return (SYMMETRIC,)
        return ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256") if spec.startswith("RSA_") else ()
    if usage == "GENERATE_VERIFY_MAC":
        return (f"HMAC_SHA_{spec[5:]}",) if spec.startswith("HMAC_") else ()
    if spec.startswith("RSA_"):
        return tuple(
            f"{kind}_SHA_{bits}"
            for kind in ("RSASSA_PKCS1_V1_5", "RSASSA_PSS")
            for bits in (256, 384, 512)
        )
    return _SIGNING.get(spec, ())


_ALGORITHMS: Mapping[str, str] = MappingProxyType(
    {
        "ENCRYPT_DECRYPT": "EncryptionAlgorithms",
        "SIGN_VERIFY": "SigningAlgorithms",
        "GENERATE_VERIFY_MAC": "MacAlgorithms",
    }
)
_SIGNING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ECC_NIST_P256": ("ECDSA_SHA_256",),
        "ECC_NIST_P384": ("ECDSA_SHA_384",),
        "ECC_NIST_P521": ("ECDSA_SHA_512",),
        "ECC_SECG_P256K1": ("ECDSA_SHA_256",),
        "ECC_NIST_EDWARDS25519": ("ED25519_SHA_512",),
    }
)


def _place(key: Key, region: str) -> dict[str, str]:
    return {"Arn": key_arn(region, key.account, key.id), "Region": region}


def _purpose(key_id: str, material_id: str) -> bytes:
    return f"{key_id}/{material_id}".encode("ascii")


def _key(document: Document) -> Key:
    key: Key = from_stored(Key, document)
    return key
