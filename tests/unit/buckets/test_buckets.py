"""Both places of buckets do the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from globaltables.buckets.folders import FolderBuckets
from globaltables.buckets.interface import BucketError, Buckets, ObjectOptions, StoredObject
from globaltables.buckets.opening import open_buckets
from globaltables.buckets.s3 import S3Buckets
from globaltables.buckets.shared import SharedBuckets
from globaltables.foundation.settings import Settings
from tests.support.s3 import S3Endpoint

OPTIONS = ObjectOptions("application/json")
KEYS = ["a", "a-b", "a/1", "a/b/2", "a//3", "b.json", "data/x", "data.bak", "data2/x", "ü/ä"]
KEYS += ["n" * 249 + end for end in ("", "a", "b" * 20, "b/c", "zz", "~" * 300)]


@pytest.fixture(params=["folders", "shared", "s3"])
def buckets(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Buckets]:
    """A place with the empty bucket `things`."""
    if request.param == "folders":
        (tmp_path / "things").mkdir()
        yield FolderBuckets(tmp_path)
        return
    if request.param == "shared":
        (tmp_path / "things").mkdir()
        yield SharedBuckets(tmp_path, sync=True)
        return
    with S3Endpoint() as endpoint:
        endpoint.create("things")
        yield S3Buckets(endpoint.url, "eu-west-1", "123456789012")


def _put(buckets: Buckets, key: str, content: bytes) -> StoredObject:
    upload = buckets.upload("things", key, OPTIONS)
    upload.write(content)
    return upload.commit()


def _get(buckets: Buckets, key: str) -> bytes:
    download = buckets.download("things", key)
    try:
        return download.read()
    finally:
        download.close()


def _keys(buckets: Buckets, prefix: str = "", after: str = "") -> list[str]:
    return [one.key for one in buckets.objects("things", prefix, after=after)]


def test_upload_is_stored_with_its_digest(buckets: Buckets) -> None:
    """What was written in parts is read as a whole."""
    upload = buckets.upload("things", "x/y.json", OPTIONS)
    upload.write(b"hel")
    upload.write(b"lo")

    digest = "5d41402abc4b2a76b9719d911017c592"
    assert StoredObject("x/y.json", 5, digest, digest) == upload.commit()
    assert b"hello" == _get(buckets, "x/y.json")


def test_upload_replaces_the_object_of_its_name(buckets: Buckets) -> None:
    """The last one stands."""
    _put(buckets, "x", b"1")
    _put(buckets, "x", b"22")

    assert b"22" == _get(buckets, "x")
    assert [2] == [one.size for one in buckets.objects("things", "")]


def test_upload_that_is_discarded_leaves_nothing(buckets: Buckets) -> None:
    """An object is there with its whole content or not at all."""
    upload = buckets.upload("things", "x", OPTIONS)
    upload.write(b"half")
    upload.discard()

    assert [] == _keys(buckets)


def test_download_is_read_in_parts(buckets: Buckets) -> None:
    """An empty part is the end."""
    _put(buckets, "x", b"hello")
    download = buckets.download("things", "x")

    assert [b"hel", b"lo", b""] == [download.read(3) for _ in range(3)]
    download.close()


def test_objects_come_in_the_order_of_their_keys(buckets: Buckets) -> None:
    """Bytes of UTF-8, whatever the folders are; an object can have the name of a folder."""
    for key in KEYS:
        _put(buckets, key, key.encode())

    assert sorted(KEYS, key=str.encode) == _keys(buckets)
    assert [key.encode() for key in KEYS] == [_get(buckets, key) for key in KEYS]


@pytest.mark.parametrize("prefix", ["a", "a/", "a/b", "data", "data/", "ü", "missing"])
def test_objects_with_a_prefix_are_those_whose_key_begins_with_it(
    buckets: Buckets, prefix: str
) -> None:
    """A prefix is no folder."""
    for key in KEYS:
        _put(buckets, key, b"")

    expected = [key for key in sorted(KEYS, key=str.encode) if key.startswith(prefix)]
    assert expected == _keys(buckets, prefix)


def test_objects_after_a_key_are_the_rest(buckets: Buckets) -> None:
    """Whoever goes on needs no page of its own."""
    for key in KEYS:
        _put(buckets, key, b"")
    ordered = sorted(KEYS, key=str.encode)

    assert [ordered[i + 1 :] for i in range(len(ordered))] == [
        _keys(buckets, after=key) for key in ordered
    ]


def test_delete_takes_the_object_away(buckets: Buckets) -> None:
    """A second time it has nothing to do."""
    for key in ("a/b/c", "a"):
        _put(buckets, key, b"")
    buckets.delete("things", "a/b/c")
    buckets.delete("things", "a/b/c")

    assert ["a"] == _keys(buckets)
    assert b"" == _get(buckets, "a")


def test_bucket_that_is_missing_is_refused(buckets: Buckets) -> None:
    """NoSuchBucket, in S3's words."""
    text = "NoSuchBucket: The specified bucket does not exist"
    with pytest.raises(BucketError, match=text):
        buckets.check("nothing")
    with pytest.raises(BucketError, match=text):
        list(buckets.objects("nothing", ""))
    with pytest.raises(BucketError, match=text):
        buckets.download("nothing", "x")
    with pytest.raises(BucketError, match=text):
        buckets.upload("nothing", "x", OPTIONS).commit()


def test_object_that_is_missing_is_refused(buckets: Buckets) -> None:
    """NoSuchKey, also where a folder has the name."""
    _put(buckets, "a/b", b"")

    for key in ("missing", "a", "a/b/c"):
        with pytest.raises(BucketError, match="NoSuchKey"):
            buckets.download("things", key)


def test_folders_keep_a_key_with_points_inside_the_bucket(tmp_path: Path) -> None:
    """No name leads out."""
    (tmp_path / "things").mkdir()
    _put(FolderBuckets(tmp_path), "../../escaped", b"x")

    assert b"x" == (tmp_path / "things" / "%2E%2E" / "%2E%2E" / "escaped").read_bytes()
    assert not (tmp_path.parent / "escaped").exists()


def test_folders_have_no_keys_to_encrypt_with(tmp_path: Path) -> None:
    """A key of KMS is refused, because nothing would be encrypted with it."""
    (tmp_path / "things").mkdir()

    with pytest.raises(BucketError, match=r"KMS\.NotFoundException"):
        FolderBuckets(tmp_path).upload("things", "x", ObjectOptions(encryption="KMS"))


def test_s3_is_told_owner_encryption_and_type() -> None:
    """Every option is a header of the request; keys come from the account where the environment has none."""
    with S3Endpoint() as endpoint:
        bucket = endpoint.create("things", owner="111122223333")
        buckets = S3Buckets(endpoint.url, "eu-west-1", "111122223333")
        options = ObjectOptions("application/json", "111122223333", "KMS", "alias/mine")
        buckets.upload("things", "x", options).commit()
        sent = bucket.headers["x"]

    assert "application/json" == sent["content-type"]
    assert "111122223333" == sent["x-amz-expected-bucket-owner"]
    assert "aws:kms" == sent["x-amz-server-side-encryption"]
    assert "alias/mine" == sent["x-amz-server-side-encryption-aws-kms-key-id"]


def test_s3_bucket_of_somebody_else_is_refused() -> None:
    """AccessDenied, for a HEAD request too, whose answer has no body."""
    with S3Endpoint() as endpoint:
        endpoint.create("things", owner="111122223333")
        buckets = S3Buckets(endpoint.url, "eu-west-1", "123456789012")

        with pytest.raises(BucketError, match="AccessDenied: Access Denied"):
            buckets.check("things", "444455556666")


def test_s3_that_is_away_is_an_error_without_the_address() -> None:
    """What the settings say may hold a secret."""
    buckets = S3Buckets("http://127.0.0.1:1/secret", "eu-west-1", "123456789012")

    with pytest.raises(BucketError, match="S3 cannot be reached: EndpointConnectionError") as found:
        buckets.check("things")
    assert "secret" not in str(found.value)


def test_open_buckets_takes_the_endpoint_or_the_folder(tmp_path: Path) -> None:
    """An endpoint wins; without either there are no buckets."""
    s3 = open_buckets(Settings(s3_endpoint="aws"), "eu-west-1", "123456789012")

    assert isinstance(s3, S3Buckets)
    with pytest.raises(BucketError, match="NoSuchBucket"):
        open_buckets(Settings(), "eu-west-1", "123456789012").check("things")
