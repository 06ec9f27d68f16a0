"""Members of S3's requests: those that travel as headers are read, and what has no effect is refused."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from globaltables.buckets.checksums import checksum_of
from tests.support.target import Target

_NUMBERS = count(1)
_LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
_WRONG_MD5 = b64encode(bytes(16)).decode()


@pytest.fixture(scope="module")
def s3(target: Target) -> Any:
    """A client of S3."""
    return target.other("s3")


@pytest.fixture
def bucket(s3: Any, worker_id: str) -> Iterator[str]:
    """A bucket with an object "x", that goes away with the test."""
    name = f"members-{worker_id}-{next(_NUMBERS)}"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="x", Body=b"0123456789")
    yield name
    for one in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=one["Key"])
    s3.delete_bucket(Bucket=name)


def _refusal(call: Callable[..., Any], **members: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        call(**members)
    response: Any = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_content_md5_of_documents_is_checked(s3: Any, bucket: str) -> None:
    """A bucket's settings come whole, as the content of objects does."""
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}

    def put(**members: Any) -> Any:
        return s3.put_bucket_tagging(Bucket=bucket, Tagging=tags, **members)

    policy = {"Bucket": bucket, "Policy": "{}", "ContentMD5": _WRONG_MD5}
    content = {"Bucket": bucket, "Key": "x", "Body": b"1", "ContentMD5": _WRONG_MD5}
    assert ("BadDigest", 400) == _refusal(put, ContentMD5=_WRONG_MD5)
    assert ("InvalidDigest", 400) == _refusal(put, ContentMD5="AAAA")
    assert ("BadDigest", 400) == _refusal(s3.put_bucket_policy, **policy)
    assert ("BadDigest", 400) == _refusal(s3.put_object, **content)
    assert ("NoSuchTagSet", 404) == _refusal(s3.get_bucket_tagging, Bucket=bucket)
    put()
    assert tags["TagSet"] == s3.get_bucket_tagging(Bucket=bucket)["TagSet"]


@pytest.mark.parametrize(
    ("algorithm", "size"),
    [("CRC32", 4), ("CRC32C", 4), ("CRC64NVME", 8), ("SHA1", 20), ("SHA256", 32), ("SHA512", 64)],
)
def test_checksum_of_every_algorithm_is_checked(
    s3: Any, bucket: str, algorithm: str, size: int
) -> None:
    """Of objects, of parts and of documents; the right one is kept and told."""
    name, wrong = f"Checksum{algorithm}", {f"Checksum{algorithm}": b64encode(bytes(size)).decode()}
    upload = {"Bucket": bucket, "Key": "u"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    right = checksum_of(algorithm, b"abc")

    put = s3.put_object(Bucket=bucket, Key="z", Body=b"abc", **{name: right})

    assert right == put[name]
    assert ("BadDigest", 400) == _refusal(s3.put_object, Bucket=bucket, Key="y", Body=b"1", **wrong)
    assert ("BadDigest", 400) == _refusal(
        s3.upload_part, **upload, PartNumber=1, Body=b"1", **wrong
    )
    s3.abort_multipart_upload(**upload)


def test_checksum_of_a_document_is_checked(s3: Any, bucket: str) -> None:
    """Newer clients send one with every change of a bucket."""
    wrong = b64encode(bytes(4)).decode()

    def spoil(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["x-amz-checksum-crc32"] = wrong

    s3.meta.events.register("before-call.s3.PutBucketTagging", spoil)
    try:
        assert ("BadDigest", 400) == _refusal(
            s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": []}
        )
    finally:
        s3.meta.events.unregister("before-call.s3.PutBucketTagging", spoil)


def test_conditions_on_the_source_of_a_copy_hold(s3: Any, bucket: str) -> None:
    """Of whole objects and of parts, each of the four."""
    etag = s3.head_object(Bucket=bucket, Key="x")["ETag"]
    later = datetime.now(UTC) + timedelta(days=1)
    copy = {"Bucket": bucket, "Key": "y", "CopySource": f"{bucket}/x"}
    part = copy | {
        "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="y")["UploadId"],
        "PartNumber": 1,
    }
    failing: list[dict[str, Any]] = [
        {"CopySourceIfMatch": "other"},
        {"CopySourceIfNoneMatch": etag},
        {"CopySourceIfModifiedSince": later},
        {"CopySourceIfUnmodifiedSince": _LONG_AGO},
    ]

    for call, members in ((s3.copy_object, copy), (s3.upload_part_copy, part)):
        refusals = [_refusal(call, **members, **condition) for condition in failing]
        assert [("PreconditionFailed", 412)] * 4 == refusals
        call(**members, CopySourceIfMatch=etag, CopySourceIfModifiedSince=_LONG_AGO)
        call(**members, CopySourceIfNoneMatch="other", CopySourceIfUnmodifiedSince=later)
    s3.abort_multipart_upload(Bucket=bucket, Key="y", UploadId=part["UploadId"])


def test_headers_of_the_answer_are_those_asked_for(s3: Any, bucket: str) -> None:
    """Of GetObject and HeadObject alike, in the place of what is stored."""
    wanted = {
        "CacheControl": "no-store",
        "ContentDisposition": "attachment",
        "ContentEncoding": "identity",
        "ContentLanguage": "de",
        "ContentType": "text/plain",
    }
    asked = {f"Response{name}": value for name, value in wanted.items()}

    for call in (s3.get_object, s3.head_object):
        told = call(Bucket=bucket, Key="x", **asked)
        assert wanted == {name: told[name] for name in wanted}


@pytest.mark.parametrize(
    "members",
    [
        {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32},
        {"ObjectLockEventHold": "ON"},
        {"ChecksumXXHASH64": "AAAAAAAAAAA="},
    ],
)
def test_members_without_effect_are_refused(s3: Any, bucket: str, members: dict[str, Any]) -> None:
    """By name, instead of storing an object that is not as it was asked for."""
    put = {"Bucket": bucket, "Key": "y", "Body": b"1", **members}

    assert ("NotImplemented", 501) == _refusal(s3.put_object, **put)
    assert ("404", 404) == _refusal(s3.head_object, Bucket=bucket, Key="y")


def test_keys_of_customers_are_refused_when_reading(s3: Any, bucket: str) -> None:
    """An object that was asked for with a key is not given without it."""
    key = "k" * 32
    customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}

    assert ("NotImplemented", 501) == _refusal(s3.get_object, Bucket=bucket, Key="x", **customer)


def test_passing_by_a_lock_is_refused_where_there_is_none(s3: Any, bucket: str) -> None:
    """No bucket has Object Lock; so does AWS answer for one without."""
    one: dict[str, Any] = {"Bucket": bucket, "BypassGovernanceRetention": True}

    assert ("InvalidArgument", 400) == _refusal(s3.delete_object, **one, Key="x")
    assert ("InvalidArgument", 400) == _refusal(
        s3.delete_objects, **one, Delete={"Objects": [{"Key": "x"}]}
    )


def test_namespace_of_an_account_is_refused(s3: Any, worker_id: str) -> None:
    """The names of buckets are everybody's here."""
    name = f"own-namespace-{worker_id}"

    assert ("NotImplemented", 501) == _refusal(
        s3.create_bucket, Bucket=name, BucketNamespace="account-regional"
    )
