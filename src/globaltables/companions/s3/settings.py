"""What a bucket is set to: documents stored as they came, each with the refusal that says that there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from globaltables.buckets.records import Bucket
from globaltables.buckets.store import ObjectStore
from globaltables.companions.s3.asking import BucketWork, changed_settings
from globaltables.companions.s3.cors import check_rules
from globaltables.companions.s3.refusals import s3_error
from globaltables.companions.service import ServiceCall

#: What keeps everybody out whatever policies say; a new bucket has all of it.
PUBLIC_ACCESS = (
    "BlockPublicAcls",
    "IgnorePublicAcls",
    "BlockPublicPolicy",
    "RestrictPublicBuckets",
)
#: What a new bucket has on AWS since 2023.
_ENCRYPTION: Mapping[str, Any] = {
    "Rules": [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": False,
        }
    ]
}


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of document.

    Attributes:
        setting: its name among the bucket's settings.
        member: of the requests that set it.
        answer: the member of the answers that have it; None when its members are those of the answer.
        missing: code and text when there is none; None when an answer without members says so.
    """

    setting: str
    member: str
    answer: str | None
    missing: tuple[str, str] | None = None

    def get(self) -> BucketWork:
        """Return the operation that reads it."""

        def run(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
            document = bucket.settings.get(self.setting)
            if document is None:
                if self.missing is None:
                    return {}
                code, text = self.missing
                raise s3_error(code, text, 404, {"BucketName": bucket.name})
            return dict(document) if self.answer is None else {self.answer: document}

        return run

    def put(self) -> BucketWork:
        """Return the operation that sets it."""

        def run(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
            document = call.request[self.member]
            changed_settings(
                store, call, lambda settings: settings.update({self.setting: document})
            )
            return {}

        return run

    def delete(self) -> BucketWork:
        """Return the operation that takes it away."""

        def run(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
            changed_settings(store, call, lambda settings: _drop(settings, self.setting))
            return {}

        return run


def never(code: str, text: str) -> BucketWork:
    """Return the operation that reads what no bucket here has."""

    def run(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
        raise s3_error(code, text, 404, {"BucketName": bucket.name})

    return run


def get_encryption(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return with what objects are encrypted that say nothing else."""
    document = bucket.settings.get("encryption", _ENCRYPTION)
    return {"ServerSideEncryptionConfiguration": document}


def get_request_payment(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Tell that the owner pays."""
    return {"Payer": "BucketOwner"}


def get_abac(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Tell that a bucket's tags decide nothing."""
    return {"AbacStatus": {"Status": "Disabled"}}


def get_accelerate(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Tell that nothing is accelerated."""
    return {}


def put_cors(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Store which pages may use the bucket."""
    document = call.request["CORSConfiguration"]
    check_rules(document)
    changed_settings(store, call, lambda settings: settings.update(cors=document))
    return {}


def put_public_access_block(
    call: ServiceCall, store: ObjectStore, bucket: Bucket
) -> dict[str, Any]:
    """Store the four switches."""
    asked = call.request["PublicAccessBlockConfiguration"]
    document = {name: bool(asked.get(name)) for name in PUBLIC_ACCESS}
    changed_settings(store, call, lambda settings: settings.update(public_access=document))
    return {}


def _drop(settings: dict[str, Any], name: str) -> None:
    settings.pop(name, None)
