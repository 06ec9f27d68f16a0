"""One request on its way through the stages, and the reply to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from globaltables.itemstore.region import Region
from globaltables.operations.context import Handler
from globaltables.security.identities import Grant
from globaltables.security.principals import Principal

#: The content types that DynamoDB reads; what it answers in follows the request.
JSON_10 = b"application/x-amz-json-1.0"
JSON = b"application/json"
#: What Application Auto Scaling reads and answers in.
JSON_11 = b"application/x-amz-json-1.1"


class ModelledOperation(Protocol):
    """One operation of AWS's model."""

    @property
    def check(self) -> Callable[[dict[str, Any]], None]:
        """The check of a request: raises an `ApiError` when it does not fit the model; may change with its use."""


class Operation:
    """An operation that a target names, with what its requests go through.

    Args:
        name: AWS's name, e.g. "PutItem".
        model: checks requests.
        handle: answers a `Call`.
        measured: whether CloudWatch has its durations, by table.
        of_database: whether its errors are those of DynamoDB's users.
    """

    __slots__ = ("handle", "measured", "model", "name", "of_database")

    def __init__(
        self,
        name: str,
        model: ModelledOperation,
        handle: Handler,
        *,
        measured: bool = False,
        of_database: bool = False,
    ) -> None:
        self.name = name
        self.model = model
        self.handle = handle
        self.measured = measured
        self.of_database = of_database


class LargeContent(Protocol):
    """A body that is too large for memory."""

    @property
    def length(self) -> int:
        """Bytes of all of it."""

    def read(self, size: int) -> bytes:
        """Return the next bytes, at the most so many. It may take the disk's time."""

    def close(self) -> None:
        """Read no more."""


class SpooledBody(Protocol):
    """A body that is written to a file as it comes."""

    path: Path

    async def whole(self) -> None:
        """Return when everything is in the file."""

    def take(self) -> None:
        """Own the file: it is not deleted with the request any more."""

    def discard(self) -> None:
        """Delete the file, unless somebody took it."""


class Reply:
    """What is answered: status, body and the header fields that depend on the request.

    Attributes:
        status: e.g. 200.
        body: the bytes to send, complete.
        content_type: empty leaves the field out.
        request_id: empty leaves the field out.
        fields: further header lines, each ending in CR LF.
        is_plain: without the checksum and request id of DynamoDB's replies.
        length: of the body, where that is not in `body`: it is in `content`, or was asked for with HEAD.
        content: the body, instead of `body`, when it is large.
    """

    __slots__ = (
        "body",
        "content",
        "content_type",
        "fields",
        "is_plain",
        "length",
        "request_id",
        "status",
    )

    def __init__(
        self,
        status: int,
        body: bytes,
        content_type: bytes = b"",
        request_id: str = "",
        fields: bytes = b"",
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.request_id = request_id
        self.fields = fields
        self.is_plain = False
        self.length: int | None = None
        self.content: LargeContent | None = None


class Peer(Protocol):
    """The client's side of a connection, as asyncio's transports tell of it."""

    def get_extra_info(self, name: str) -> Any:
        """Return what is known under a name, None for what is not."""


class Exchange:
    """One request; the stages fill in what they find out.

    Attributes:
        method: e.g. b"POST".
        url: path and query as on the request line.
        headers: lower-case names; values of repeated headers joined by commas.
        body: as it was sent.
        request_id: tells this request from others, in the reply and in the log.
        content_type: what the reply is labelled with.
        fields: header lines of the reply that a stage decided on.
        request: the parsed body; None when the body is empty.
        operation: what the target names.
        access_key: who signed.
        caller: whose key that is.
        grant: what the caller's policies say; None where they do not count.
        region_name: where the request is for.
        region: the same; only of DynamoDB's requests.
        begun: when its signer was known, in nanoseconds; 0 before.
        peer: set by the server: tells of the connection, see `Peer`.
        kept_alive: set by the server: whether the connection stays open after the reply.
        rendered: set by the server: the reply's bytes, waiting for earlier replies of the connection.
        content: set by the server: what follows these bytes, of a large reply.
        spooled: set by the server: the body, when it is too large for `body`.
    """

    __slots__ = (
        "access_key",
        "begun",
        "body",
        "caller",
        "content",
        "content_type",
        "fields",
        "grant",
        "headers",
        "kept_alive",
        "method",
        "operation",
        "peer",
        "region",
        "region_name",
        "rendered",
        "request",
        "request_id",
        "spooled",
        "url",
    )

    access_key: str
    caller: Principal
    operation: Operation
    region: Region
    region_name: str
    request: Any
    request_id: str

    def __init__(self, method: bytes, url: bytes, headers: dict[bytes, bytes], body: bytes) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.content_type = JSON
        self.fields = b""
        self.begun = 0
        self.grant: Grant | None = None
        self.peer: Peer | None = None
        self.kept_alive = True
        self.rendered: bytes | None = None
        self.content: LargeContent | None = None
        self.spooled: SpooledBody | None = None

    @property
    def source_ip(self) -> str:
        """The client's address; empty when it is not known."""
        name = None if self.peer is None else self.peer.get_extra_info("peername")
        return str(name[0]) if type(name) is tuple else ""

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        return self.headers.get(b"user-agent", b"").decode("latin-1")

    @property
    def encrypted(self) -> bool:
        """Whether the connection is encrypted."""
        return self.peer is not None and self.peer.get_extra_info("sslcontext") is not None
