"""A small S3: buckets that take objects over HTTP, and fail as a test says."""

import hashlib
import threading
from base64 import b64decode
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE_OBJECTS = 3
Headers = dict[str, str]
#: Status, body, headers.
Answer = tuple[int, bytes, Headers]
_md5 = partial(hashlib.md5, usedforsecurity=False)


@dataclass
class Bucket:
    """A bucket.

    Attributes:
        objects: content by key.
        headers: what the last request for an object was sent with, by key.
        owner: the account that it belongs to.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    owner: str | None = None


class S3Endpoint:
    """An HTTP server that speaks as much of S3 as exports and imports need; a context manager.

    Attributes:
        buckets: by name.
        failures: HTTP statuses of the next answers, one each.
    """

    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.failures: list[int] = []
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        server.daemon_threads = True
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def create(self, name: str, owner: str | None = None) -> Bucket:
        """Create a bucket."""
        bucket = self.buckets[name] = Bucket(owner=owner)
        return bucket

    def stop(self) -> None:
        """Be away from now on."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _answer(endpoint: S3Endpoint, method: str, path: str, sent: Headers, body: bytes) -> Answer:
    """Return the answer to a request."""
    if endpoint.failures:
        return _refusal(endpoint.failures.pop(0), "InternalError", "We failed")
    parts = urlsplit(path)
    name, _, key = unquote(parts.path).removeprefix("/").partition("/")
    bucket = endpoint.buckets.get(name)
    if bucket is None:
        return _refusal(404, "NoSuchBucket", "The specified bucket does not exist")
    expected = sent.get("x-amz-expected-bucket-owner")
    if expected is not None and bucket.owner not in (None, expected):
        return _refusal(403, "AccessDenied", "Access Denied")
    if method == "PUT":
        assert b64decode(sent["content-md5"]) == _md5(body).digest()
        bucket.objects[key] = body
        bucket.headers[key] = sent
        return 200, b"", {"ETag": f'"{_md5(body).hexdigest()}"'}
    if method == "DELETE":
        bucket.objects.pop(key, None)
        return 204, b"", {}
    if not key:
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return 200, _page(bucket, query), {"Content-Type": "application/xml"}
    content = bucket.objects.get(key)
    if content is None:
        return _refusal(404, "NoSuchKey", "The specified key does not exist.")
    return 200, content, {"ETag": f'"{_md5(content).hexdigest()}"'}


def _page(bucket: Bucket, query: dict[str, str]) -> bytes:
    prefix = query.get("prefix", "")
    after = query.get("continuation-token", query.get("start-after", ""))
    keys = sorted(bucket.objects, key=str.encode)
    page = list(islice((k for k in keys if k.startswith(prefix) and k > after), PAGE_OBJECTS + 1))
    contents = "".join(
        f"<Contents><Key>{escape(key)}</Key><Size>{len(bucket.objects[key])}</Size></Contents>"
        for key in page[:PAGE_OBJECTS]
    )
    more = "<IsTruncated>false</IsTruncated>"
    if len(page) > PAGE_OBJECTS:
        token = f"<NextContinuationToken>{escape(page[-2])}</NextContinuationToken>"
        more = f"<IsTruncated>true</IsTruncated>{token}"
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    return f"<ListBucketResult xmlns='{space}'>{more}{contents}</ListBucketResult>".encode()


def _refusal(status: int, code: str, text: str) -> Answer:
    return status, f"<Error><Code>{code}</Code><Message>{text}</Message></Error>".encode(), {}


def _handler_of(endpoint: S3Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body in one packet

        def _handle(self) -> None:
            sent = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(sent.get("content-length", 0)))
            status, content, headers = _answer(endpoint, self.command, self.path, sent, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_HEAD = do_GET = do_PUT = do_DELETE = _handle  # noqa: N815 - names of http.server

        def handle_expect_100(self) -> bool:
            """Let the body come; what asks for it is not to wait in a buffer."""
            answered = super().handle_expect_100()
            self.wfile.flush()
            return answered

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
