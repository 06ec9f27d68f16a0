"""What is special about requests for objects: addresses, signatures, large bodies, the form of answers."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from globaltables.buckets.interface import BucketError
from globaltables.buckets.records import Bucket, is_there
from globaltables.companions.framework.response import Response
from globaltables.companions.framework.services import Services
from globaltables.companions.s3.cors import headers_for
from globaltables.companions.s3.places import store_in
from globaltables.companions.s3.refusals import s3_error
from globaltables.foundation.errors import ApiError
from globaltables.foundation.settings import Settings
from globaltables.gateway.callers import Callers
from globaltables.gateway.exchange import Exchange, Reply
from globaltables.security.authorization import signed_service
from globaltables.security.canonical import split_url
from globaltables.security.object_signatures import CheckChunk, is_version_2
from globaltables.security.principals import Principal
from globaltables.security.sigv4 import Authenticator

SERVICE = "s3"
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
#: bucket.s3.localhost, bucket.s3.eu-west-1.amazonaws.com, s3.amazonaws.com; the port is gone.
_OBJECTS_HOST = re.compile(
    rb"(?:(?P<bucket>[a-z0-9][a-z0-9.-]+)\.)?s3(?:[.-][a-z0-9-]+)??\.(?:amazonaws\.com|localhost)"
)
_LOCAL_HOST = re.compile(rb"(?P<bucket>[a-z0-9][a-z0-9.-]+)\.localhost")
_NOBODY = Principal("", "*", "Anonymous")
_REQUEST_ID_CHARACTERS = 16
#: What the root elements of answers are called, where that is not the shape's name in the model.
_ROOTS: Mapping[bytes, bytes] = {
    b"CompleteMultipartUploadOutput": b"CompleteMultipartUploadResult",
    b"CreateMultipartUploadOutput": b"InitiateMultipartUploadResult",
    b"DeleteObjectsOutput": b"DeleteResult",
    b"GetBucketAccelerateConfigurationOutput": b"AccelerateConfiguration",
    b"GetBucketAclOutput": b"AccessControlPolicy",
    b"GetBucketCorsOutput": b"CORSConfiguration",
    b"GetBucketLifecycleConfigurationOutput": b"LifecycleConfiguration",
    b"GetBucketLoggingOutput": b"BucketLoggingStatus",
    b"GetBucketRequestPaymentOutput": b"RequestPaymentConfiguration",
    b"GetBucketTaggingOutput": b"Tagging",
    b"GetBucketVersioningOutput": b"VersioningConfiguration",
    b"GetObjectAclOutput": b"AccessControlPolicy",
    b"GetObjectAttributesOutput": b"GetObjectAttributesResponse",
    b"GetObjectTaggingOutput": b"Tagging",
    b"ListBucketsOutput": b"ListAllMyBucketsResult",
    b"ListMultipartUploadsOutput": b"ListMultipartUploadsResult",
    b"ListObjectVersionsOutput": b"ListVersionsResult",
    b"ListObjectsOutput": b"ListBucketResult",
    b"ListObjectsV2Output": b"ListBucketResult",
    b"ListPartsOutput": b"ListPartsResult",
}
_ROOT = re.compile(rb"^(<\?xml[^>]*\?>\n)<(\w+)([^>]*)>")


class _Request:
    """A request as the handlers see it: always with the bucket in the path."""

    __slots__ = (
        "_exchange",
        "body",
        "headers",
        "method",
        "request_id",
        "spooled",
        "url",
        "verify_chunk",
    )

    def __init__(self, exchange: Exchange, url: bytes, verify_chunk: CheckChunk | None) -> None:
        self._exchange = exchange
        self.method = exchange.method
        self.url = url
        self.headers = exchange.headers
        self.body = exchange.body
        self.request_id = exchange.request_id[-_REQUEST_ID_CHARACTERS:]
        self.spooled = exchange.spooled
        self.verify_chunk = verify_chunk

    @property
    def source_ip(self) -> str:
        return self._exchange.source_ip

    @property
    def user_agent(self) -> str:
        return self._exchange.user_agent

    @property
    def encrypted(self) -> bool:
        return self._exchange.encrypted


def is_for_objects(url: bytes, headers: dict[bytes, bytes]) -> bool:
    """Tell whether a request is for objects, as far as signature and host say it."""
    return signed_service(headers.get(b"authorization", url)) == SERVICE or (
        is_version_2(url, headers) or _is_host(headers)
    )


class Objects:
    """Answers requests for objects.

    Args:
        services: among which they are.
        authenticator: tells who signed.
        callers: tells whose credentials these are.
        settings: say where the buckets are.
    """

    def __init__(
        self,
        services: Services,
        authenticator: Authenticator,
        callers: Callers,
        settings: Settings,
    ) -> None:
        self._services = services
        self._authenticator = authenticator
        self._callers = callers
        self._folder = settings.buckets_dir if settings.s3_endpoint is None else None
        self._regions = settings.regions
        # For requests that name no region: one that is here.
        home = services.home
        self._here = home if home in (self._regions or (home,)) else self._regions[0]

    def claims(self, exchange: Exchange) -> bool:
        """Tell whether a request that is signed for no service is for objects."""
        if exchange.url == b"/" and b"s3" not in exchange.headers.get(b"host", b""):
            return False
        if is_version_2(exchange.url, exchange.headers) or _is_host(exchange.headers):
            return True
        name = _first_segment(split_url(exchange.url)[0])
        return self._folder is not None and is_there(self._folder, name)

    async def answer(self, exchange: Exchange) -> Reply:
        """Return the reply to a request."""
        dispatcher = self._services.dispatchers[SERVICE]
        url, bucket = _addressed(exchange)
        request = _Request(exchange, url, None)
        exchange.fields = b""  # other rules hold for browsers here
        try:
            region, principal = self._caller(exchange, url, bucket)
            request.verify_chunk = self._authenticator.chunk_check(exchange.headers)
            caller = self._services.caller(SERVICE, region, principal.account, principal)
            if exchange.spooled is not None:
                await exchange.spooled.whole()
            response = await dispatcher.answer(request, caller)
        except ApiError as error:
            response = dispatcher.refuse(request, error)
        except BucketError as error:
            refusal = s3_error(error.code, error.text, error.status)
            response = dispatcher.refuse(request, refusal)
        finally:
            if exchange.spooled is not None:
                exchange.spooled.discard()
        if b"origin" in exchange.headers and bucket:
            exchange.fields = self._cors(exchange, bucket)
        return _reply(exchange, request, response)

    def _caller(self, exchange: Exchange, url: bytes, bucket: str) -> tuple[str, Principal]:
        """Return the region of a request, and who asks."""
        headers = exchange.headers
        if is_version_2(exchange.url, headers):
            path = split_url(url)[0]
            access_key = self._authenticator.check_version_2(
                exchange.method, exchange.url, path, headers
            )
            exchange.access_key, exchange.region_name = access_key, self._region_of(bucket)
        elif b"authorization" in headers or b"X-Amz-Algorithm=" in exchange.url:
            identity = self._authenticator.authenticate(
                exchange.method, exchange.url, headers, exchange.body
            )
            exchange.access_key, exchange.region_name = identity.access_key, identity.region
        else:
            return self._region_of(bucket), _NOBODY
        return exchange.region_name, self._callers(exchange, SERVICE)

    def _region_of(self, bucket: str) -> str:
        """Return where a bucket is, of which the request does not say it; if that is elsewhere, any region here."""
        found = self._find(bucket)
        region = self._here if found is None else found.region or self._here
        return region if region in (self._regions or (region,)) else self._here

    def _find(self, bucket: str) -> Bucket | None:
        if not bucket:
            return None
        try:
            region = self._services.caller(SERVICE, self._here, "").region
            return store_in(region).buckets.find(bucket)
        except (ApiError, BucketError):
            return None

    def _cors(self, exchange: Exchange, bucket: str) -> bytes:
        found = self._find(bucket)
        rules = [] if found is None else found.settings.get("cors", {}).get("CORSRules", [])
        origin = exchange.headers[b"origin"].decode("latin-1")
        return headers_for(rules, origin, exchange.method.decode("latin-1"))


def _is_host(headers: Mapping[bytes, bytes]) -> bool:
    host = headers.get(b"host", b"").partition(b":")[0]
    return _OBJECTS_HOST.fullmatch(host) is not None


def _addressed(exchange: Exchange) -> tuple[bytes, str]:
    """Return the URL with the bucket in the path, and the bucket's name; empty for none."""
    host = exchange.headers.get(b"host", b"").partition(b":")[0].lower()
    found = _OBJECTS_HOST.fullmatch(host) or _LOCAL_HOST.fullmatch(host)
    path, query = split_url(exchange.url)
    if found is not None and found["bucket"]:
        path = b"/" + found["bucket"] + path
    return path + (b"?" + query if query else b""), _first_segment(path)


def _first_segment(path: bytes) -> str:
    """Return what a path begins with; empty for the root, and for the * of OPTIONS."""
    return path.partition(b"/")[2].partition(b"/")[0].decode("latin-1")


def _reply(exchange: Exchange, request: _Request, response: Response) -> Reply:
    """Return the bytes and header fields of an answer."""
    lines = [
        f"x-amz-request-id: {request.request_id}\r\n",
        f"x-amz-id-2: {exchange.request_id}\r\n",
    ]
    length: int | None = None
    status = response.status
    for name, value in response.headers:
        lower = name.lower()
        if lower == "content-length":
            length = int(value)
        elif lower == "content-range" and status == 200:
            status = 206
        if lower not in ("content-type", "content-length"):
            lines.append(f"{name}: {_field(value)}\r\n")
    fields = "".join(lines).encode("utf-8") + exchange.fields
    body = b"" if status == 304 else _body(response.body, exchange.request_id)
    reply = Reply(
        status,
        body,
        response.content_type.encode("utf-8") if body or length is not None else b"",
        exchange.request_id,
        fields,
    )
    reply.is_plain = True
    reply.content = response.content
    if exchange.method == b"HEAD" or response.content is not None:
        reply.length = length
    return reply


def _field(value: Any) -> str:
    """Return a header's value; what is not ASCII is written as clients sent it: in UTF-8, or escaped."""
    text = str(value).replace("\r", " ").replace("\n", " ")
    return text if text.isascii() else quote(text, safe=" !#$&'()*+,/:;=?@[]\"")


def _body(body: bytes, host_id: str) -> bytes:
    """Return a document with S3's names and namespace."""
    found = _ROOT.match(body)
    if found is None:
        return body
    start, shape, attributes = found.groups()
    if shape == b"Error":
        host = f"<HostId>{host_id}</HostId></Error>".encode()
        return body.removesuffix(b"</Error>") + host
    if shape == b"GetBucketLocationOutput":
        inner = body[found.end() :].removesuffix(b"</GetBucketLocationOutput>")
        region = inner.removeprefix(b"<LocationConstraint>").removesuffix(b"</LocationConstraint>")
        return b'%b<LocationConstraint xmlns="%b">%b</LocationConstraint>' % (
            start,
            _NAMESPACE.encode(),
            region,
        )
    name = _ROOTS.get(shape, shape)
    if b"xmlns=" not in attributes:
        attributes += f' xmlns="{_NAMESPACE}"'.encode()
    rest = body[found.end() :].removesuffix(b"</%b>" % shape)
    return b"%b<%b%b>%b</%b>" % (start, name, attributes, rest, name)
