"""What a request brings as content: to a file that is complete, and that every checksum agrees with."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

from globaltables.buckets.checksums import ALGORITHMS, Digest, checksum_of, encoded
from globaltables.buckets.store import ObjectStore
from globaltables.companions.s3.chunks import ChunkedBody, Verify, incomplete_body
from globaltables.companions.s3.refusals import not_implemented, s3_error
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import MIB

_HASH = re.compile(r"[0-9a-f]{64}")
_CHECKSUM = b"x-amz-checksum-"
#: Headers that begin as checksums do and are none.
_ABOUT_CHECKSUMS = frozenset({b"algorithm", b"type", b"mode"})
#: Operations whose digests are of an object's content, which has its own checks.
_WITH_CONTENT = frozenset({"PutObject", "UploadPart", "CompleteMultipartUpload"})
_UNKNOWN = frozenset({b"xxhash64", b"xxhash3", b"xxhash128"})


class Spooled(Protocol):
    """A body that the server wrote to a file as it came."""

    path: Path

    def take(self) -> None:
        """Own the file: the server deletes it no more."""


@dataclass(frozen=True, slots=True)
class Content:
    """Content in a file of `incoming`, durable if it has to be.

    Attributes:
        file: whose the caller is from now on.
        md5: hexadecimal digits.
        checksums: by algorithm, those that the client sent.
    """

    file: Path
    size: int
    md5: str
    checksums: dict[str, str] = field(default_factory=dict)

    def discard(self) -> None:
        """Delete the file, if it was not given a name."""
        self.file.unlink(missing_ok=True)


def receive(call: ServiceCall, store: ObjectStore) -> Content:
    """Take the content of a request.

    Raises:
        ApiError: it is not what the headers say.
    """
    http = call.http
    if http is None:
        return _Receiving(store, {}, None).run(BytesIO(call.request.get("Body", b"")), None)
    spooled: Spooled | None = getattr(http, "spooled", None)
    verify: Verify | None = getattr(http, "verify_chunk", None)
    receiving = _Receiving(store, http.headers, verify)
    if spooled is None:
        return receiving.run(BytesIO(http.body), None)
    with spooled.path.open("rb") as source:
        return receiving.run(source, spooled)


class _Receiving:
    """One request's content on its way into a file."""

    def __init__(
        self, store: ObjectStore, headers: Mapping[bytes, bytes], verify: Verify | None
    ) -> None:
        self._store = store
        self._headers = headers
        self._verify = verify
        self._hash = headers.get(b"x-amz-content-sha256", b"").decode("latin-1")
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._digests: dict[str, Digest] = {}
        self._size = 0

    def run(self, source: BinaryIO, spooled: Spooled | None) -> Content:
        for name in self._announced():
            self._digests[name] = ALGORITHMS[name]()
        digest = hashlib.sha256() if _HASH.fullmatch(self._hash) else None
        chunked: ChunkedBody | None = None
        if self._hash.startswith("STREAMING-"):
            signed = "HMAC" in self._hash
            chunked = ChunkedBody(source, self._verify if signed else None)
            spooled = None  # what was spooled has more in it than the content
        target, path = (None, spooled.path) if spooled is not None else self._store.temporary()
        try:
            reader = source if chunked is None else chunked
            while piece := reader.read(MIB):
                self._take(piece)
                if digest is not None:
                    digest.update(piece)
                if target is not None:
                    target.write(piece)
            if digest is not None and digest.hexdigest() != self._hash:
                msg = "The provided 'x-amz-content-sha256' header does not match what was computed."
                raise s3_error("XAmzContentSHA256Mismatch", msg)
            trailers = {} if chunked is None else chunked.trailers
            checksums = self._checked({**self._headers, **trailers})
            if spooled is not None:
                self._make_durable(spooled)
            else:
                assert target is not None, "content that was not spooled is written here"
                self._store.finish(target)
        except BaseException:
            if target is not None:
                target.close()
                path.unlink(missing_ok=True)
            raise
        return Content(path, self._size, self._md5.hexdigest(), checksums)

    def _make_durable(self, spooled: Spooled) -> None:
        spooled.path.chmod(0o644)
        self._store.finish(spooled.path.open("r+b"))
        spooled.take()

    def _take(self, piece: bytes) -> None:
        self._size += len(piece)
        self._md5.update(piece)
        for digest in self._digests.values():
            digest.update(piece)

    def _announced(self) -> set[str]:
        """Return the algorithms of the checksums that are there or will come behind the content."""
        names = [name for name in self._headers if name.startswith(_CHECKSUM)]
        names += self._headers.get(b"x-amz-trailer", b"").lower().replace(b" ", b"").split(b",")
        found = {name.removeprefix(_CHECKSUM) for name in names if name.startswith(_CHECKSUM)}
        for name in found & _UNKNOWN:
            raise not_implemented(f"The checksum {name.decode().upper()}")
        known = {name.decode("latin-1").upper() for name in found - _ABOUT_CHECKSUMS}
        return known & ALGORITHMS.keys()

    def _checked(self, headers: Mapping[bytes, bytes]) -> dict[str, str]:
        """Return the checksums after comparing them.

        Raises:
            ApiError: BadDigest and the like.
        """
        length = headers.get(b"x-amz-decoded-content-length")
        if length is not None and length != b"%d" % self._size:
            raise incomplete_body()
        given = headers.get(b"content-md5")
        if given is not None:
            check_md5(given, self._md5.digest())
        checksums = {}
        for name, digest in self._digests.items():
            sent = headers.get(_CHECKSUM + name.lower().encode())
            checksums[name] = encoded(digest)
            if sent is None:
                continue
            if sent.decode("latin-1") != checksums[name]:
                raise _bad_checksum(name)
        return checksums


def check_document(call: ServiceCall) -> None:
    """Compare the digests that came with a document, if the request brings one.

    Raises:
        ApiError: InvalidDigest, BadDigest.
    """
    http = call.http
    if http is None or call.operation in _WITH_CONTENT or not http.body:
        return
    given = http.headers.get(b"content-md5")
    if given is not None:
        check_md5(given, hashlib.md5(http.body, usedforsecurity=False).digest())
    for name in ALGORITHMS:
        sent = http.headers.get(_CHECKSUM + name.lower().encode())
        if sent is not None and sent.decode("latin-1") != checksum_of(name, http.body):
            raise _bad_checksum(name)


def _bad_checksum(name: str) -> ApiError:
    return s3_error("BadDigest", f"The {name} you specified did not match the calculated checksum.")


def check_md5(given: bytes, digest: bytes) -> None:
    """Compare a Content-MD5 header.

    Raises:
        ApiError: InvalidDigest, BadDigest.
    """
    try:
        wanted = base64.b64decode(given, validate=True)
    except ValueError:
        wanted = b""
    if len(wanted) != len(digest):
        raise s3_error("InvalidDigest", "The Content-MD5 you specified was invalid.")
    if wanted != digest:
        fields = {"ExpectedDigest": wanted.hex(), "CalculatedDigest": digest.hex()}
        msg = "The Content-MD5 you specified did not match what we received."
        raise s3_error("BadDigest", msg, 400, fields)


def copied(store: ObjectStore, source: BinaryIO, size: int, algorithm: str | None) -> Content:
    """Return a copy of the next bytes of a file."""
    target, path = store.temporary()
    md5 = hashlib.md5(usedforsecurity=False)
    digest = None if algorithm is None else ALGORITHMS[algorithm]()
    left = size
    try:
        while left and (piece := source.read(min(left, MIB))):
            left -= len(piece)
            target.write(piece)
            md5.update(piece)
            if digest is not None:
                digest.update(piece)
        store.finish(target)
    except OSError:
        target.close()
        path.unlink(missing_ok=True)
        raise
    checksums = {} if digest is None or algorithm is None else {algorithm: encoded(digest)}
    return Content(path, size, md5.hexdigest(), checksums)
