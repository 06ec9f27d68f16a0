"""Who signed a request for objects: every form of signature, of URLs and of bodies, verified."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from globaltables.buckets.checksums import checksum_of
from tests.support.server import Server

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # AWS's documentation's
_EMPTY = hashlib.sha256().hexdigest()


@pytest.fixture(scope="module")
def verifying() -> Iterator[Server]:
    """A server that verifies signatures."""
    with Server("--in-memory", "--auth", "signature", "--access-key", f"{KEY}:{SECRET}") as running:
        made = client_of(running)
        made.create_bucket(Bucket="signed")
        made.put_object(Bucket="signed", Key="a b", Body=b"hello")
        yield running


def client_of(server: Server, secret: str = SECRET, **config: Any) -> Any:
    """Return a client of S3."""
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=secret,
        config=Config(**config),
    )


def answered(url: str | Request) -> tuple[int, bytes]:
    """Return status and body of an answer."""
    try:
        with urlopen(url) as answer:  # noqa: S310 - ours
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_url_is_good_for_what_was_signed(verifying: Server, version: str) -> None:
    """Both versions, reading and writing; not for another object, not with another secret."""
    s3 = client_of(verifying, signature_version=version)
    object_ = {"Bucket": "signed", "Key": "a b"}
    url = s3.generate_presigned_url("get_object", Params=object_)

    assert (200, b"hello") == answered(url)
    assert 403 == answered(url.replace("a%20b", "other"))[0]
    wrong = client_of(verifying, "wrong", signature_version=version)
    refused = answered(wrong.generate_presigned_url("get_object", Params=object_))
    assert (403, True) == (refused[0], b"<Code>SignatureDoesNotMatch</Code>" in refused[1])
    put = s3.generate_presigned_url("put_object", Params={"Bucket": "signed", "Key": "put"})
    # Version 2 signs the type, of which urllib would make one up.
    untyped = {"Content-Type": ""}
    stored = answered(Request(put, b"1", untyped, method="PUT"))  # noqa: S310 - ours
    assert 200 == stored[0]


def test_wrong_secret_is_refused(verifying: Server) -> None:
    """In S3's words."""
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        client_of(verifying, "wrong").list_objects_v2(Bucket="signed")


def test_body_that_is_not_the_signed_one_is_refused(verifying: Server) -> None:
    """Its hash is signed, so the body is compared with that."""
    request = _signed(verifying, "x", b"hello", hashlib.sha256(b"other").hexdigest())

    status, body = answered(request)
    assert (400, True) == (status, b"XAmzContentSHA256Mismatch" in body)


@pytest.mark.parametrize(("signed", "trailer"), [(True, False), (True, True), (False, True)])
@pytest.mark.parametrize("size", [11, 3_000_000])
def test_body_in_chunks_is_put_together(
    verifying: Server, size: int, *, signed: bool, trailer: bool
) -> None:
    """Signed or not, with a checksum behind it or not, in memory or through a file."""
    content = bytes(range(251)) * (size // 251 + 1)
    request = _chunked(verifying, content, signed=signed, trailer=trailer)

    assert 200 == answered(request)[0]
    s3 = client_of(verifying)
    assert content == s3.get_object(Bucket="signed", Key="chunked")["Body"].read()


def test_chunk_that_is_not_the_signed_one_is_refused(verifying: Server) -> None:
    """One byte is enough; so is a wrong checksum behind the body."""
    request = _chunked(verifying, b"hello world", signed=True, trailer=False)
    assert isinstance(request.data, bytes)
    request.data = request.data.replace(b"world", b"w0rld")
    assert (403, True) == _refused(request, b"SignatureDoesNotMatch")

    request = _chunked(verifying, b"hello world", signed=False, trailer=True)
    assert isinstance(request.data, bytes)
    request.data = request.data.replace(b"world", b"w0rld")
    assert (400, True) == _refused(request, b"BadDigest")


def _refused(request: Request, code: bytes) -> tuple[int, bool]:
    status, body = answered(request)
    return status, code in body


def _signed(
    server: Server, key: str, body: bytes, sha256: str, headers: dict[str, str] | None = None
) -> Request:
    """Return a request that announces a hash of its body."""
    url = f"{server.endpoint}/signed/{key}"
    request = AWSRequest("PUT", url, headers={**(headers or {}), "X-Amz-Content-SHA256": sha256})
    signer = S3SigV4Auth(Credentials(KEY, SECRET), "s3", "us-east-1")
    signer.payload = lambda request: sha256  # type: ignore[method-assign]  # noqa: ARG005
    signer.add_auth(request)
    return Request(url, data=body, method="PUT", headers=dict(request.headers))  # noqa: S310 - ours


def _chunked(server: Server, content: bytes, *, signed: bool, trailer: bool) -> Request:
    """Return a request whose body is in chunks of 64 KiB."""
    name = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" if signed else "STREAMING-UNSIGNED-PAYLOAD"
    headers = {"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": str(len(content))}
    if trailer:
        name += "-TRAILER"
        headers["X-Amz-Trailer"] = "x-amz-checksum-crc32"
    request = _signed(server, "chunked", b"", name, headers)
    authorization = str(request.get_header("Authorization"))
    date = str(request.get_header("X-amz-date"))
    previous = authorization.rpartition("Signature=")[2]
    scope = f"{date[:8]}/us-east-1/s3/aws4_request"
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")

    def signature(kind: str, *hashes: str) -> str:
        text = "\n".join([f"AWS4-HMAC-SHA256-{kind}", date, scope, previous, *hashes])
        return hmac.digest(key, text.encode(), "sha256").hex()

    body = b""
    pieces = [content[at : at + 65_536] for at in range(0, len(content), 65_536)]
    for piece in [*pieces, b""]:
        extension = ""
        if signed:
            previous = signature("PAYLOAD", _EMPTY, hashlib.sha256(piece).hexdigest())
            extension = f";chunk-signature={previous}"
        body += f"{len(piece):x}{extension}\r\n".encode() + piece + (b"\r\n" if piece else b"")
    if trailer:
        line = f"x-amz-checksum-crc32:{checksum_of('CRC32', content)}"
        body += f"{line}\r\n".encode()
        if signed:
            digest = hashlib.sha256(f"{line}\n".encode()).hexdigest()
            body += f"x-amz-trailer-signature:{signature('TRAILER', digest)}\r\n".encode()
    request.data = body + b"\r\n"
    return request
