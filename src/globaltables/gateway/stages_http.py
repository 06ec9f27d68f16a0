"""The stages that know HTTP: request ids, browsers, health, content types, bodies."""

import zlib
from collections.abc import Callable

import orjson

from globaltables.foundation.errors import serialization
from globaltables.foundation.limits import REQUEST_BODY_BYTES_MAX
from globaltables.gateway.exchange import JSON, JSON_10, JSON_11, Exchange, Reply
from globaltables.runtime.randomness import Randomness

_HEALTHY = b"healthy: dynamodb.us-east-1.amazonaws.com "
_NOT_FOUND = b"<UnknownOperationException/>\n"
_GZIP_WINDOW = 31  # zlib's code for "32 KiB window, gzip header and checksum"


def request_ids(randomness: Randomness) -> Callable[[Exchange], None]:
    """Return the stage that gives every exchange an id."""

    def give_request_id(exchange: Exchange) -> None:
        exchange.request_id = randomness.request_id()

    return give_request_id


def cross_origin(exchange: Exchange) -> Reply | None:
    """Let browsers in, and answer their preflight requests."""
    if b"origin" not in exchange.headers:
        return None
    exchange.fields = b"Access-Control-Allow-Origin: *\r\n"
    if exchange.method != b"OPTIONS":
        return None
    asked_headers = exchange.headers.get(b"access-control-request-headers")
    asked_method = exchange.headers.get(b"access-control-request-method")
    if asked_headers is not None:
        exchange.fields += b"Access-Control-Allow-Headers: %b\r\n" % asked_headers
    if asked_method is not None:
        exchange.fields += b"Access-Control-Allow-Methods: %b\r\n" % asked_method
    exchange.fields += b"Access-Control-Max-Age: 172800\r\n"
    return Reply(200, b"", b"", exchange.request_id, exchange.fields)


def health(exchange: Exchange) -> Reply | None:
    """Answer GET as AWS does, and `/healthz` for those who start and watch a node."""
    if exchange.method == b"POST":
        return None
    if exchange.method in {b"GET", b"HEAD"} and exchange.url.partition(b"?")[0] == b"/healthz":
        return Reply(200, b"ok\n", b"text/plain", exchange.request_id, exchange.fields)
    if exchange.method == b"GET":
        return Reply(200, _HEALTHY, b"", exchange.request_id, exchange.fields)
    return _not_found(exchange)


def content_type(exchange: Exchange) -> Reply | None:
    """Refuse bodies of a type that DynamoDB does not read; the reply has the type of the request."""
    given = exchange.headers.get(b"content-type", b"")
    if given != JSON_10:
        given = given.partition(b";")[0].strip()
    if given == JSON_10:
        exchange.content_type = JSON_10
    elif given == JSON_11 and _is_for_scaling(exchange):
        exchange.content_type = JSON_11
    elif exchange.body and given != JSON:
        return _not_found(exchange)
    return None


def _is_for_scaling(exchange: Exchange) -> bool:
    """Tell whether a request is for Application Auto Scaling, which speaks another version of the protocol."""
    return exchange.headers.get(b"x-amz-target", b"").startswith(b"AnyScaleFrontendService.")


def parse_body(exchange: Exchange) -> Reply | None:
    """Unpack and parse the body; AWS refuses wrong JSON before it looks at the target or the signature.

    Raises:
        ApiError: SerializationException.
    """
    body = exchange.body
    headers = exchange.headers
    if b"content-encoding" in headers and body and headers[b"content-encoding"].lower() == b"gzip":
        unpacked = _gunzip(body)
        if unpacked is None:
            return Reply(413, b"", b"", exchange.request_id, exchange.fields)
        body = unpacked
    try:
        exchange.request = orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        raise serialization(None) from None
    return None


def _gunzip(body: bytes) -> bytes | None:
    """Return the unpacked body, or None when it is larger than a body may be."""
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    try:
        unpacked = unpacker.decompress(body, REQUEST_BODY_BYTES_MAX + 1)
    except zlib.error:
        raise serialization(None) from None
    if len(unpacked) > REQUEST_BODY_BYTES_MAX:
        return None
    if not unpacker.eof:
        raise serialization(None)
    return unpacked


def _not_found(exchange: Exchange) -> Reply:
    return Reply(404, _NOT_FOUND, b"", exchange.request_id, exchange.fields)
