"""A small Kinesis: data streams that take records over HTTP, and fail as a test says."""

import json
import re
import threading
import time
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

ACCOUNT = "123456789012"
_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/kinesis/")


@dataclass
class DataStream:
    """A stream.

    Attributes:
        taken: partition key and parsed data of every record, in the order of their arrival.
        requests: how many records each PutRecords request had.
        access_keys: which signed the requests.
        failures: what becomes of the next requests, one each: an HTTP status, or which records are not taken.
        delay_seconds: how long every request takes.
    """

    status: str = "ACTIVE"
    taken: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    access_keys: set[str] = field(default_factory=set)
    failures: deque[int | Callable[[int], bool]] = field(default_factory=deque)
    delay_seconds: float = 0

    @property
    def records(self) -> list[dict[str, Any]]:
        """The data of every record."""
        return [data for _, data in self.taken]


class KinesisEndpoint:
    """An HTTP server that speaks as much of Kinesis as a destination needs; a context manager.

    Attributes:
        url: where it listens.
        streams: by region and name.
    """

    def __init__(self) -> None:
        self.streams: dict[tuple[str, str], DataStream] = {}
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self._port}"

    def create(self, name: str, region: str = "us-east-1", status: str = "ACTIVE") -> DataStream:
        """Create a stream."""
        stream = self.streams[region, name] = DataStream(status)
        return stream

    def start(self) -> None:
        """Listen, on the same port as before a `stop`."""
        server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler_of(self))
        server.daemon_threads = True
        self._server, self._port = server, server.server_port
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Be away: connections are refused from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer(
        self, operation: str, request: dict[str, Any], authorization: str
    ) -> tuple[int, dict[str, Any]]:
        """Return status and body of the answer to a request."""
        scope = _SCOPE.search(authorization)
        assert scope is not None, "the request is not signed for Kinesis"
        stream = self.streams.get((scope.group(2), request["StreamName"]))
        if stream is None:
            return 400, {"__type": "ResourceNotFoundException", "message": "Stream not found."}
        if operation == "DescribeStreamSummary":
            return 200, {"StreamDescriptionSummary": {"StreamStatus": stream.status}}
        assert operation == "PutRecords", operation
        time.sleep(stream.delay_seconds)
        with self._lock:
            stream.access_keys.add(scope.group(1))
            return _put(stream, request["Records"])


def stream_arn(name: str, region: str = "us-east-1", account: str = ACCOUNT) -> str:
    """Return a stream's ARN."""
    return f"arn:aws:kinesis:{region}:{account}:stream/{name}"


def _put(stream: DataStream, records: list[dict[str, str]]) -> tuple[int, dict[str, Any]]:
    stream.requests.append(len(records))
    failure = stream.failures.popleft() if stream.failures else None
    if isinstance(failure, int):
        return failure, {"__type": "InternalFailure"}
    results: list[dict[str, str]] = []
    for index, record in enumerate(records):
        if failure is not None and failure(index):
            results.append({"ErrorCode": "ProvisionedThroughputExceededException"})
            continue
        stream.taken.append((record["PartitionKey"], json.loads(b64decode(record["Data"]))))
        results.append({"SequenceNumber": str(len(stream.taken)), "ShardId": "shardId-0"})
    failed = sum("ErrorCode" in one for one in results)
    return 200, {"FailedRecordCount": failed, "Records": results}


def _handler_of(endpoint: KinesisEndpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body in one packet

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            authorization = self.headers["Authorization"]
            status, body = endpoint.answer(operation, request, authorization)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Be quiet."""

    return Handler
