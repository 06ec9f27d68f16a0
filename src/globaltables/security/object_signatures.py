"""How requests for objects are signed: S3 differs from every other service.

The path is not normalised and encoded once, the body's hash is what a header says (so that a body can be sent before
it is known), chunks have signatures of their own, and URLs may still be signed with version 2, which clients do when
they are not told otherwise.

Sources: S3 API reference, "Authenticating requests"; S3 user guide, "Signing and authenticating REST requests" (v2).
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from hashlib import sha256
from urllib.parse import quote, unquote_to_bytes

from globaltables.foundation.errors import ApiError
from globaltables.security.canonical import canonical_query, query_pairs, split_url

UNSIGNED = b"UNSIGNED-PAYLOAD"
_EMPTY_HASH = sha256().hexdigest().encode()
_UNRESERVED = "-_.~"
#: Parameters that name what of an object is asked for: version 2 signs them with the path.
_SUBRESOURCES = frozenset(
    [
        b"acl",
        b"accelerate",
        b"cors",
        b"delete",
        b"encryption",
        b"lifecycle",
        b"location",
        b"logging",
        b"notification",
        b"partNumber",
        b"policy",
        b"requestPayment",
        b"replication",
        b"response-cache-control",
        b"response-content-disposition",
        b"response-content-encoding",
        b"response-content-language",
        b"response-content-type",
        b"response-expires",
        b"restore",
        b"tagging",
        b"torrent",
        b"uploadId",
        b"uploads",
        b"versionId",
        b"versioning",
        b"versions",
        b"website",
    ]
)
#: Told what follows: "PAYLOAD" or "TRAILER", its hash, and its signature.
CheckChunk = Callable[[str, bytes, bytes], None]


def object_start(method: bytes, url: bytes) -> bytes:
    """Return the first three lines of a canonical request: method, path and query."""
    path, query = split_url(url)
    once = quote(unquote_to_bytes(path), safe="/" + _UNRESERVED).encode()
    return b"%b\n%b\n%b\n" % (method, once, canonical_query(query))


def announced_hash(headers: Mapping[bytes, bytes], body: bytes) -> bytes:
    """Return the hash of the body as the request tells it; whoever reads the body compares."""
    return headers.get(b"x-amz-content-sha256", UNSIGNED)


def chunk_check(
    sign: Callable[[bytes], bytes], date: bytes, scope: bytes, seed: bytes
) -> CheckChunk:
    """Return what checks the signatures of a body's chunks, each of which is made with the one before.

    Args:
        sign: signs a text with the key of the request's signature; hexadecimal digits.
        date: of the request.
        scope: of its credentials.
        seed: its signature.
    """
    previous = [seed]

    def check(kind: str, digest: bytes, signature: bytes) -> None:
        header = _EMPTY_HASH + b"\n" if kind == "PAYLOAD" else b""
        start = b"AWS4-HMAC-SHA256-%b\n%b\n%b\n%b\n" % (kind.encode(), date, scope, previous[0])
        if not hmac.compare_digest(sign(start + header + digest), signature):
            raise wrong_signature()
        previous[0] = signature

    return check


def is_version_2(url: bytes, headers: Mapping[bytes, bytes]) -> bool:
    """Tell whether a request is signed with version 2."""
    return b"AWSAccessKeyId=" in url or headers.get(b"authorization", b"").startswith(b"AWS ")


def access_key_of_version_2(url: bytes, headers: Mapping[bytes, bytes]) -> str:
    """Return the access key's id."""
    return _parts(url, headers)[0].decode("latin-1")


def check_version_2(
    secret: str, method: bytes, url: bytes, path: bytes, headers: Mapping[bytes, bytes], now_s: int
) -> None:
    """Check a signature of version 2.

    Args:
        secret: of the access key.
        method: e.g. b"GET".
        url: path and query as on the request line.
        path: with the bucket, which may be in the host's name.
        headers: lower-case names.
        now_s: seconds since 1970.

    Raises:
        ApiError: it is wrong, or the URL has expired.
    """
    _, signature, expires = _parts(url, headers)
    if expires:
        check_expiry(int(expires) if expires.isdigit() else 0, now_s)
        date = expires
    else:
        date = b"" if b"x-amz-date" in headers else headers.get(b"date", b"")
    amz = b"".join(
        b"%b:%b\n" % (name, headers[name]) for name in sorted(headers) if name.startswith(b"x-amz-")
    )
    named = sorted(
        (name, value) for name, value in query_pairs(split_url(url)[1]) if name in _SUBRESOURCES
    )
    query = b"&".join(name + b"=" + value if value else name for name, value in named)
    resource = path + (b"?" + query if query else b"")
    text = b"%b\n%b\n%b\n%b\n%b%b" % (
        method,
        headers.get(b"content-md5", b""),
        headers.get(b"content-type", b""),
        date,
        amz,
        resource,
    )
    expected = base64.b64encode(hmac.digest(secret.encode(), text, "sha1"))
    if not hmac.compare_digest(expected, signature):
        raise wrong_signature()


def check_expiry(until_s: int, now_s: int) -> None:
    """Check that a URL has not expired.

    Raises:
        ApiError: AccessDenied.
    """
    if until_s < now_s:
        raise ApiError("AccessDenied", "Request has expired", status=403)


def wrong_signature() -> ApiError:
    """Return S3's refusal of a wrong signature."""
    msg = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method."
    )
    return ApiError("SignatureDoesNotMatch", msg, status=403)


def _parts(url: bytes, headers: Mapping[bytes, bytes]) -> tuple[bytes, bytes, bytes]:
    """Return access key, signature and, of a URL, the second in which it expires."""
    authorization = headers.get(b"authorization", b"")
    if authorization.startswith(b"AWS "):
        key, _, signature = authorization[len(b"AWS ") :].strip().partition(b":")
        return key, signature, b""
    # A blank in the signature is a plus sign that was not escaped.
    query = dict(query_pairs(split_url(url)[1]))
    signature = query.get(b"Signature", b"").replace(b" ", b"+")
    return query.get(b"AWSAccessKeyId", b""), signature, query.get(b"Expires", b"0")
