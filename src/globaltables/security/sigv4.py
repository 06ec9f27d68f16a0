"""Signature Version 4: who signed a request, and whether the signature is right.

    signing key = HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")
    signature   = HMAC(signing key, algorithm + date and time + scope + SHA256(canonical request))

What depends only on the client (the parsed header, the signing key) is cached within a limit; the hash of the body,
of the canonical request and the signature are computed for every request.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from hashlib import sha256
from operator import itemgetter
from typing import Any, Protocol

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import (
    PRESIGNED_SECONDS_MAX,
    SIGNATURE_AGE_MS_MAX,
    SIGNERS_CACHED_MAX,
)
from globaltables.runtime.clock import Clock
from globaltables.security.authorization import (
    DYNAMODB_SERVICES,
    Claim,
    claim,
    header_parts,
    incomplete,
    invalid,
    query_parts,
)
from globaltables.security.canonical import canonical_start, split_url
from globaltables.security.object_signatures import (
    CheckChunk,
    access_key_of_version_2,
    announced_hash,
    check_expiry,
    check_version_2,
    chunk_check,
    object_start,
)

_BASIC_FORMAT = "%Y%m%dT%H%M%SZ"
_BASIC_DATE = re.compile(rb"\d{8}T\d{6}Z")
_BLOCK_BYTES = 64
_UNKNOWN_KEY = "The security token included in the request is invalid."
_WRONG_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed a request, and for which region."""

    access_key: str
    region: str


@dataclass(frozen=True, slots=True)
class _Signer:
    """What is the same in all requests of a client on one day.

    Attributes:
        key: the two started hashes of HMAC under the signing key, to be copied for each use; None when the
            claim is faulty or its access key is not known.
        date: YYYYMMDD of the credential scope.
        values: takes the values of the signed headers from a request's headers, as a tuple.
        template: the canonical request, with places for its start, those values and the body's hash.
        scope: date/region/service/terminator.
    """

    claim: Claim
    identity: Identity
    key: tuple[Any, Any] | None
    date: bytes
    values: Callable[[Mapping[bytes, bytes]], tuple[bytes, ...]]
    template: bytes
    scope: bytes


@lru_cache(maxsize=256)
def _instant_ms(date: bytes) -> int | None:
    """Return milliseconds since 1970 of a date in ISO 8601 basic format, or None."""
    if _BASIC_DATE.fullmatch(date) is None:
        return None
    try:
        moment = datetime.strptime(date.decode(), _BASIC_FORMAT)  # noqa: DTZ007 - the format's Z is UTC
    except ValueError:
        return None
    return int(moment.replace(tzinfo=UTC).timestamp()) * 1000


def _basic(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime(_BASIC_FORMAT)


def _date_header(headers: Mapping[bytes, bytes]) -> bytes:
    """Return the Date header in basic format; it may also have HTTP's form."""
    date = headers[b"date"]
    if _instant_ms(date) is None:
        try:
            moment = parsedate_to_datetime(date.decode("latin-1"))
        except ValueError:
            return date
        return moment.astimezone(UTC).strftime(_BASIC_FORMAT).encode()
    return date


class Secrets(Protocol):
    """Who knows secret access keys; a mapping does."""

    def get(self, access_key: str, /) -> str | None:
        """Return the secret access key of an access key's id; None when it is not known."""


def _hash(headers: Mapping[bytes, bytes], body: bytes) -> bytes:
    return sha256(body).hexdigest().encode()


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the requests of a service are signed.

    Attributes:
        start: returns the first three lines of a canonical request, from method and URL.
        body_hash: returns the last one, from headers and body.
        tells_expiry: whether a URL that was good is refused in words of its own.
    """

    start: Callable[[bytes, bytes], bytes]
    body_hash: Callable[[Mapping[bytes, bytes], bytes], bytes]
    tells_expiry: bool = False


USUAL = Dialect(canonical_start, _hash)
OBJECTS = Dialect(object_start, announced_hash, tells_expiry=True)


class Authenticator:
    """Tells who signed a request.

    Args:
        clock: what a signature's age is measured with.
        secrets: knows the secret access key of an access key's id; None accepts every key and checks the form only.
        served: says, in AWS's words, what is wrong with a region's name; empty when it is served.
        services: for which requests may be signed.
        dialect: how their requests are signed.
    """

    def __init__(
        self,
        clock: Clock,
        secrets: Secrets | None,
        served: Callable[[str], str],
        services: tuple[str, ...] = DYNAMODB_SERVICES,
        dialect: Dialect = USUAL,
    ) -> None:
        self._clock = clock
        self._secrets = secrets
        self._served = served
        self._services = services
        self._start = dialect.start
        self._body_hash = dialect.body_hash
        self._tells_expiry = dialect.tells_expiry
        self._signer = lru_cache(SIGNERS_CACHED_MAX)(self._parse_signer)

    def forget(self) -> None:
        """Forget the keys that were looked up, because one may have gone."""
        self._signer.cache_clear()

    def authenticate(
        self, method: bytes, url: bytes, headers: Mapping[bytes, bytes], body: bytes
    ) -> Identity:
        """Return who signed a request.

        Args:
            method: e.g. b"POST".
            url: path and query as on the request line.
            headers: lower-case names; values of repeated headers joined by commas.
            body: as it was sent, before any decompression.

        Raises:
            ApiError: AWS's refusal.
        """
        authorization = headers.get(b"authorization")
        if b"?" in url and (query := split_url(url)[1]) and b"X-Amz-Algorithm" in query:
            if authorization is not None:
                msg = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
                raise invalid(msg)
            return self._presigned(method, url, query, headers, body)
        if authorization is None or not authorization.startswith(b"AWS4-"):
            msg = "Request is missing Authentication Token"
            raise ApiError("MissingAuthenticationTokenException", msg)
        # Clients put the signature last; what is before it is the same from request to request.
        fixed, _, signature = authorization.rpartition(b"Signature=")
        signer = self._signer(fixed)
        if (
            signer is None
            or not signature.isalnum()
            or (b"x-amz-date" not in headers and b"date" not in headers)
        ):
            signer, signature = self._unusual(authorization, headers)
        if self._secrets is None:
            _check_form(signer.claim)
            return signer.identity
        date = headers.get(b"x-amz-date") or _date_header(headers)
        self._check_date(date)
        self._verify(signer, date, self._start(method, url), headers, body, signature)
        return signer.identity

    def _presigned(
        self, method: bytes, url: bytes, query: bytes, headers: Mapping[bytes, bytes], body: bytes
    ) -> Identity:
        """Return who signed a URL."""
        parts = query_parts(query)
        signer = self._signer_of(
            parts["X-Amz-Algorithm"], parts["X-Amz-Credential"], parts["X-Amz-SignedHeaders"]
        )
        if self._secrets is None:
            _check_form(signer.claim)
            return signer.identity
        date = parts["X-Amz-Date"].encode("latin-1")
        signature = parts["X-Amz-Signature"].encode("latin-1")
        self._check_date(date, parts.get("X-Amz-Expires"))
        self._verify(signer, date, self._start(method, url), headers, body, signature)
        return signer.identity

    def _check_date(self, date: bytes, expires: str | None = None) -> None:
        """Raise unless a signature of that date is valid now."""
        now_ms = self._clock.now_ms()
        instant = _instant_ms(date)
        if (
            instant is None
            or expires is not None
            or not -SIGNATURE_AGE_MS_MAX <= instant - now_ms <= SIGNATURE_AGE_MS_MAX
        ):
            if self._tells_expiry and instant is not None and (expires or "").isdecimal():
                check_expiry(instant // 1000 + int(expires or 0), now_ms // 1000)
            _check_lifetime(date.decode("latin-1"), instant, now_ms, expires)

    def _verify(
        self,
        signer: _Signer,
        date: bytes,
        start: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes,
        signature: bytes,
    ) -> None:
        """Raise unless the signature is that of the request."""
        key = signer.key
        if key is None or not date.startswith(signer.date):
            raise _refusal(signer.claim, date.decode("latin-1"))
        body_hash = self._body_hash(headers, body)
        try:
            request = signer.template % (start, *signer.values(headers), body_hash)
        except KeyError:  # a signed header did not arrive
            raise invalid(_WRONG_SIGNATURE) from None
        if not _signs(key, date, signer.scope, request, signature):
            # Runs of white space count as one blank; they are so rare that they are looked for only now.
            tidy = {name: b" ".join(headers[name].split()) for name in signer.claim.signed}
            request = signer.template % (start, *signer.values(tidy), body_hash)
            if not _signs(key, date, signer.scope, request, signature):
                raise invalid(_WRONG_SIGNATURE)

    def check_version_2(
        self, method: bytes, url: bytes, path: bytes, headers: Mapping[bytes, bytes]
    ) -> str:
        """Return the access key of a request that is signed with version 2; see `object_signatures`.

        Raises:
            ApiError: the signature is wrong.
        """
        access_key = access_key_of_version_2(url, headers)
        if self._secrets is not None:
            secret = self._secrets.get(access_key)
            if secret is None:
                raise ApiError("UnrecognizedClientException", _UNKNOWN_KEY)
            now_s = self._clock.now_ms() // 1000
            check_version_2(secret, method, url, path, headers, now_s)
        return access_key

    def chunk_check(self, headers: Mapping[bytes, bytes]) -> CheckChunk | None:
        """Return what checks the chunks of a request that was found good; None where signatures are not verified."""
        authorization = headers.get(b"authorization", b"")
        fixed, _, seed = authorization.rpartition(b"Signature=")
        signer = None if self._secrets is None else self._signer(fixed)
        if signer is None or signer.key is None:
            return None
        key = signer.key
        return chunk_check(
            partial(_signed, key), headers.get(b"x-amz-date", b""), signer.scope, seed.strip()
        )

    def _parse_signer(self, fixed: bytes) -> _Signer | None:
        """Return the signer of a header that ends in its signature, or None when it has another form."""
        algorithm, _, rest = fixed.decode("latin-1").partition(" ")
        parts = dict(word.partition("=")[::2] for word in rest.replace(",", " ").split())
        if parts.keys() != {"Credential", "SignedHeaders"} or not all(parts.values()):
            return None
        return self._signer_of(algorithm, parts["Credential"], parts["SignedHeaders"])

    def _unusual(
        self, authorization: bytes, headers: Mapping[bytes, bytes]
    ) -> tuple[_Signer, bytes]:
        """Return signer and signature of a header in another order, or refuse what is missing."""
        dated = b"x-amz-date" in headers or b"date" in headers
        algorithm, parts = header_parts(authorization.decode("latin-1"), dated=dated)
        signer = self._signer_of(algorithm, parts["Credential"], parts["SignedHeaders"])
        return signer, parts["Signature"].encode("latin-1")

    def _signer_of(self, algorithm: str, credential: str, signed_headers: str) -> _Signer:
        claimed = claim(algorithm, credential, signed_headers, self._served, self._services)
        names = claimed.signed
        # With one name alone, `itemgetter` returns no tuple.
        values = itemgetter(*names) if len(names) > 1 else partial(_single, names[0])
        lines = b"".join(name.replace(b"%", b"%%") + b":%b\n" for name in names)
        signed_line = b";".join(names).replace(b"%", b"%%")
        scope = f"{claimed.date}/{claimed.region}/{claimed.service}/aws4_request".encode("latin-1")
        key: tuple[Any, Any] | None = None
        if self._secrets is not None and claimed.malformed is None and not claimed.out_of_scope:
            secret = self._secrets.get(claimed.access_key)
            if secret is not None and len(claimed.date) == len("YYYYMMDD"):
                key = _signing_key(secret, scope)
        return _Signer(
            claim=claimed,
            identity=Identity(claimed.access_key, claimed.region),
            key=key,
            date=claimed.date.encode("latin-1"),
            values=values,
            template=b"%b" + lines + b"\n" + signed_line + b"\n%b",
            scope=scope,
        )


def _single(name: bytes, headers: Mapping[bytes, bytes]) -> tuple[bytes, ...]:
    return (headers[name],)


def _signing_key(secret: str, scope: bytes) -> tuple[Any, Any]:
    """Return the two started hashes of HMAC (RFC 2104) under the signing key of a scope."""
    key = b"AWS4" + secret.encode()
    for part in scope.split(b"/"):
        key = hmac.digest(key, part, "sha256")
    block = key.ljust(_BLOCK_BYTES, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in block)), sha256(
        bytes(byte ^ 0x5C for byte in block)
    )


def _signs(
    key: tuple[Any, Any], date: bytes, scope: bytes, request: bytes, signature: bytes
) -> bool:
    """Tell whether a signature is that of a canonical request."""
    text = b"AWS4-HMAC-SHA256\n%b\n%b\n%b" % (date, scope, sha256(request).hexdigest().encode())
    return hmac.compare_digest(_signed(key, text), signature)


def _signed(key: tuple[Any, Any], text: bytes) -> bytes:
    inner, outer = key[0].copy(), key[1].copy()
    inner.update(text)
    outer.update(inner.digest())
    digest: str = outer.hexdigest()
    return digest.encode()


def _check_lifetime(date: str, instant: int | None, now_ms: int, expires: str | None) -> None:
    """Raise AWS's refusal of a date that is none, that is to come, or that is too long ago."""
    if instant is None:
        msg = (
            f"Date must be in ISO-8601 'basic format'. Got '{date}'. "
            "See http://en.wikipedia.org/wiki/ISO_8601"
        )
        raise incomplete(msg)
    if instant - now_ms > SIGNATURE_AGE_MS_MAX:
        limit = _basic(now_ms + SIGNATURE_AGE_MS_MAX)
        msg = f"Signature not yet current: {date} is still later than {limit} ({_basic(now_ms)} + 15 min.)"
        raise invalid(msg)
    lifetime_ms, span = SIGNATURE_AGE_MS_MAX, "15 min."
    if expires is not None:
        if not (expires.isascii() and expires.isdigit() and int(expires) <= PRESIGNED_SECONDS_MAX):
            raise incomplete(
                f"X-Amz-Expires must be a number of seconds of at most {PRESIGNED_SECONDS_MAX}"
            )
        lifetime_ms, span = int(expires) * 1000, f"{expires} sec."
    if now_ms - instant > lifetime_ms:
        limit = _basic(now_ms - lifetime_ms)
        msg = f"Signature expired: {date} is now earlier than {limit} ({_basic(now_ms)} - {span})"
        raise invalid(msg)


def _refusal(claimed: Claim, date: str) -> ApiError:
    """Return why a claim cannot be verified."""
    if claimed.malformed is not None:
        return ApiError(*claimed.malformed)
    wrong = claimed.out_of_scope
    if claimed.date != date[: len("YYYYMMDD")]:
        wrong += (
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{claimed.date}' != '{date[:8]}', from '{date}'."
        )
    if wrong:
        return invalid(wrong)
    return ApiError("UnrecognizedClientException", _UNKNOWN_KEY)


def _check_form(claimed: Claim) -> None:
    """Raise unless a claim is well-formed and names a region that is served."""
    if claimed.malformed is not None:
        raise ApiError(*claimed.malformed)
    if claimed.out_of_scope:
        raise invalid(claimed.out_of_scope)
