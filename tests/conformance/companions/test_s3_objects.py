"""Buckets and objects with boto3."""

import hashlib
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.server import Server

_NUMBERS = count(1)
MIB = 1024 * 1024


def client_of(server: Server, region: str = "us-east-1", account: str = "123456789012") -> Any:
    """Return a client of S3."""
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def s3(server: Server) -> Any:
    """A client of S3."""
    return client_of(server)


@pytest.fixture
def bucket(s3: Any, worker_id: str) -> Iterator[str]:
    """A bucket that goes away with the test."""
    name = f"things-{worker_id}-{next(_NUMBERS)}"
    s3.create_bucket(Bucket=name)
    yield name
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
    s3.delete_bucket(Bucket=name)


def refusal(call: Callable[..., Any], **members: Any) -> tuple[str, int]:
    """Return code and status with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call(**members)
    response: Any = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def keys_of(answer: dict[str, Any]) -> list[str]:
    """Return the keys on a page."""
    return [one["Key"] for one in answer.get("Contents", [])]


def test_put_object_comes_back_with_everything_that_was_said_of_it(s3: Any, bucket: str) -> None:
    """Content, type, metadata, tags and checksum."""
    put = s3.put_object(
        Bucket=bucket,
        Key="a/b c+ü%.txt",
        Body=b"hello",
        ContentType="text/plain",
        CacheControl="max-age=1",
        Metadata={"Name": "value"},
        Tagging="x=1&y=2",
        ChecksumAlgorithm="SHA256",
    )
    got = s3.get_object(Bucket=bucket, Key="a/b c+ü%.txt", ChecksumMode="ENABLED")

    etag = f'"{hashlib.md5(b"hello", usedforsecurity=False).hexdigest()}"'
    assert (etag, etag) == (put["ETag"], got["ETag"])
    assert b"hello" == got["Body"].read()
    assert ("text/plain", "max-age=1", {"name": "value"}, 2) == (
        got["ContentType"],
        got["CacheControl"],
        got["Metadata"],
        got["TagCount"],
    )
    assert put["ChecksumSHA256"] == got["ChecksumSHA256"]
    assert got["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"]


@pytest.mark.parametrize(
    ("asked", "content", "shown"),
    [
        ("bytes=1-2", b"el", "bytes 1-2/5"),
        ("bytes=3-", b"lo", "bytes 3-4/5"),
        ("bytes=-2", b"lo", "bytes 3-4/5"),
        ("bytes=0-99", b"hello", "bytes 0-4/5"),
    ],
)
def test_get_object_with_a_range_returns_that_part(
    s3: Any, bucket: str, asked: str, content: bytes, shown: str
) -> None:
    """With status 206."""
    s3.put_object(Bucket=bucket, Key="x", Body=b"hello")
    got = s3.get_object(Bucket=bucket, Key="x", Range=asked)

    assert (content, shown, 206) == (
        got["Body"].read(),
        got["ContentRange"],
        got["ResponseMetadata"]["HTTPStatusCode"],
    )


def test_get_object_refusals_are_those_of_s3(s3: Any, bucket: str) -> None:
    """Codes and statuses."""
    s3.put_object(Bucket=bucket, Key="x", Body=b"hello")
    get = s3.get_object
    etag = s3.head_object(Bucket=bucket, Key="x")["ETag"]

    assert ("NoSuchKey", 404) == refusal(get, Bucket=bucket, Key="y")
    assert ("NoSuchBucket", 404) == refusal(get, Bucket="no-such-bucket-here", Key="y")
    assert ("InvalidRange", 416) == refusal(get, Bucket=bucket, Key="x", Range="bytes=9-")
    assert ("304", 304) == refusal(get, Bucket=bucket, Key="x", IfNoneMatch=etag)
    assert ("PreconditionFailed", 412) == refusal(get, Bucket=bucket, Key="x", IfMatch='"0"')
    assert ("404", 404) == refusal(s3.head_object, Bucket=bucket, Key="y")
    assert ("NoSuchVersion", 404) == refusal(get, Bucket=bucket, Key="x", VersionId="0")


def test_put_object_only_when_there_is_none_is_refused_when_there_is(s3: Any, bucket: str) -> None:
    """What locks are made of."""
    s3.put_object(Bucket=bucket, Key="lock", Body=b"1", IfNoneMatch="*")
    put = s3.put_object

    assert ("PreconditionFailed", 412) == refusal(
        put, Bucket=bucket, Key="lock", Body=b"2", IfNoneMatch="*"
    )
    assert ("PreconditionFailed", 412) == refusal(
        put, Bucket=bucket, Key="lock", Body=b"2", IfMatch='"0"'
    )
    assert b"1" == s3.get_object(Bucket=bucket, Key="lock")["Body"].read()


def test_put_object_with_a_wrong_checksum_is_refused_and_stores_nothing(
    s3: Any, bucket: str
) -> None:
    """Of any algorithm."""
    put = s3.put_object
    wrong = "AAAAAA=="

    for name in ("ChecksumCRC32", "ChecksumCRC32C"):
        assert ("BadDigest", 400) == refusal(
            put, Bucket=bucket, Key="x", Body=b"1", **{name: wrong}
        )
    assert ("BadDigest", 400) == refusal(
        put, Bucket=bucket, Key="x", Body=b"1", ContentMD5="AAAAAAAAAAAAAAAAAAAAAA=="
    )
    assert ("InvalidDigest", 400) == refusal(put, Bucket=bucket, Key="x", Body=b"1", ContentMD5="x")
    assert 0 == s3.list_objects_v2(Bucket=bucket)["KeyCount"]


def test_list_objects_v2_pages_through_keys_and_prefixes(s3: Any, bucket: str) -> None:
    """In the order of UTF-8; what is below a delimiter is one entry."""
    keys = ["a", "a/1", "a/2", "b/", "b/x", "c d", "ü"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    pages = list(
        s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2}
        )
    )

    assert ["a", "c d", "ü"] == [key for page in pages for key in keys_of(page)]
    assert ["a/", "b/"] == [
        one["Prefix"] for page in pages for one in page.get("CommonPrefixes", [])
    ]
    assert [2, 2, 1] == [page["KeyCount"] for page in pages]
    assert ["a/2", "b/"] == keys_of(s3.list_objects_v2(Bucket=bucket, StartAfter="a/1", MaxKeys=2))
    assert keys == [
        key
        for page in s3.get_paginator("list_objects").paginate(
            Bucket=bucket, PaginationConfig={"PageSize": 3}
        )
        for key in keys_of(page)
    ]


def test_versions_are_kept_listed_and_deleted(s3: Any, bucket: str) -> None:
    """A mark of deletion hides an object; without it, it is back."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="x", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="x", Body=b"2")["VersionId"]
    deleted = s3.delete_object(Bucket=bucket, Key="x")
    listed = s3.list_object_versions(Bucket=bucket)

    assert deleted["DeleteMarker"]
    assert [second, first] == [one["VersionId"] for one in listed["Versions"]]
    assert [True] == [one["IsLatest"] for one in listed["DeleteMarkers"]]
    assert ("NoSuchKey", 404) == refusal(s3.get_object, Bucket=bucket, Key="x")
    assert ("MethodNotAllowed", 405) == refusal(
        s3.get_object, Bucket=bucket, Key="x", VersionId=deleted["VersionId"]
    )
    assert ("BucketNotEmpty", 409) == refusal(s3.delete_bucket, Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="x", VersionId=deleted["VersionId"])
    assert b"2" == s3.get_object(Bucket=bucket, Key="x")["Body"].read()
    assert b"1" == s3.get_object(Bucket=bucket, Key="x", VersionId=first)["Body"].read()
    paged = s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 1}
    )
    assert [second, first] == [one["VersionId"] for page in paged for one in page["Versions"]]


def test_multipart_upload_becomes_an_object_of_its_parts(s3: Any, bucket: str) -> None:
    """With S3's ETag, the checksum of checksums, and parts that can be read alone."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m", ChecksumAlgorithm="CRC32")
    place = {"Bucket": bucket, "Key": "m", "UploadId": upload["UploadId"]}
    contents = [b"x" * (5 * MIB), b"end"]
    parts = []
    for number, content in enumerate(contents, 1):
        part = s3.upload_part(**place, PartNumber=number, Body=content, ChecksumAlgorithm="CRC32")
        parts.append(
            {"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}
        )
    assert [5 * MIB, 3] == [one["Size"] for one in s3.list_parts(**place)["Parts"]]
    assert ["m"] == [one["Key"] for one in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]]
    done = s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})

    digests = b"".join(hashlib.md5(one, usedforsecurity=False).digest() for one in contents)
    assert f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-2"' == done["ETag"]
    assert done["ChecksumCRC32"].endswith("-2")
    second = s3.get_object(Bucket=bucket, Key="m", PartNumber=2)
    assert (b"end", 2) == (second["Body"].read(), second["PartsCount"])
    assert ("NoSuchUpload", 404) == refusal(s3.list_parts, **place)
    attributes = s3.get_object_attributes(
        Bucket=bucket, Key="m", ObjectAttributes=["ObjectParts", "ObjectSize"]
    )
    assert (2, 5 * MIB + 3) == (
        attributes["ObjectParts"]["TotalPartsCount"],
        attributes["ObjectSize"],
    )


def test_multipart_upload_with_wrong_parts_is_refused(s3: Any, bucket: str) -> None:
    """Too small, unknown, out of order, none; and it can be aborted."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m")
    place = {"Bucket": bucket, "Key": "m", "UploadId": upload["UploadId"]}
    etags = [s3.upload_part(**place, PartNumber=number, Body=b"small")["ETag"] for number in (1, 2)]

    def complete(*parts: tuple[int, str]) -> tuple[str, int]:
        named = [{"PartNumber": number, "ETag": etag} for number, etag in parts]
        return refusal(s3.complete_multipart_upload, **place, MultipartUpload={"Parts": named})

    assert ("EntityTooSmall", 400) == complete((1, etags[0]), (2, etags[1]))
    assert ("InvalidPartOrder", 400) == complete((2, etags[1]), (1, etags[0]))
    assert ("InvalidPart", 400) == complete((1, '"0"'))
    assert ("MalformedXML", 400) == complete()
    s3.abort_multipart_upload(**place)
    assert ("NoSuchUpload", 404) == complete((1, etags[0]))


def test_copy_object_keeps_or_replaces_what_is_said_of_it(s3: Any, bucket: str) -> None:
    """By the directive; onto itself only with a change."""
    s3.put_object(Bucket=bucket, Key="a b", Body=b"1", Metadata={"x": "1"}, Tagging="t=1")
    source = {"Bucket": bucket, "Key": "a b"}
    s3.copy_object(Bucket=bucket, Key="c", CopySource=source)
    s3.copy_object(
        Bucket=bucket,
        Key="d",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"y": "2"},
    )

    assert {"x": "1"} == s3.head_object(Bucket=bucket, Key="c")["Metadata"]
    assert {"y": "2"} == s3.head_object(Bucket=bucket, Key="d")["Metadata"]
    tags = s3.get_object_tagging(Bucket=bucket, Key="d")["TagSet"]
    assert [{"Key": "t", "Value": "1"}] == tags
    assert ("InvalidRequest", 400) == refusal(
        s3.copy_object, Bucket=bucket, Key="a b", CopySource=source
    )
    assert ("NoSuchKey", 404) == refusal(
        s3.copy_object, Bucket=bucket, Key="e", CopySource={"Bucket": bucket, "Key": "none"}
    )


def test_delete_objects_deletes_each_for_itself(s3: Any, bucket: str) -> None:
    """Also what is not there."""
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    answer = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "not there"}]}
    )

    assert ["a", "not there"] == [one["Key"] for one in answer["Deleted"]]
    assert 0 == s3.list_objects_v2(Bucket=bucket)["KeyCount"]


def test_large_object_goes_through_files(s3: Any, bucket: str, tmp_path: Any) -> None:
    """More than a request of DynamoDB may have; by one request and by many."""
    content = bytes(range(256)) * (20 * 4096)
    s3.put_object(Bucket=bucket, Key="one", Body=content)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    s3.upload_file(str(source), bucket, "many")
    s3.download_file(bucket, "many", str(target))

    assert content == s3.get_object(Bucket=bucket, Key="one")["Body"].read()
    assert content == target.read_bytes()
