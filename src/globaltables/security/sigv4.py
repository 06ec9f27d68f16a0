"""Signature Version 4: who signed a request, and whether the signature is right.

    signing key = HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")
    signature   = HMAC(signing key, algorithm + date and time + scope + SHA256(canonical request))

What depends only on the client (the parsed header, the signing key) is cached within a limit; the hash of the body,
of the canonical request and the signature are computed for every request.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import Any

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import (
    PRESIGNED_SECONDS_MAX,
    SIGNATURE_AGE_MS_MAX,
    SIGNERS_CACHED_MAX,
)
from globaltables.runtime.clock import Clock
from globaltables.security.authorization import (
    Claim,
    claim,
    header_parts,
    incomplete,
    invalid,
    query_parts,
)
from globaltables.security.canonical import canonical_headers, canonical_start, split_url

_BASIC_FORMAT = "%Y%m%dT%H%M%SZ"
_BLOCK_BYTES = 64
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
    """A parsed Authorization header less its signature, ready to build canonical requests from."""

    claim: Claim
    identity: Identity
    values: Callable[[Mapping[bytes, bytes]], Any]
    header_lines: bytes
    signed_line: bytes


@lru_cache(maxsize=256)
def _instant_ms(text: str) -> int | None:
    """Return milliseconds since 1970 of a date in ISO 8601 basic format, or None."""
    try:
        moment = datetime.strptime(text, _BASIC_FORMAT)  # noqa: DTZ007 - the format's Z is UTC
    except ValueError:
        return None
    return int(moment.replace(tzinfo=UTC).timestamp()) * 1000


def _basic(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime(_BASIC_FORMAT)


def _request_date(headers: Mapping[bytes, bytes]) -> str:
    """Return the request's date in basic format; a Date header may also have HTTP's form."""
    date = headers.get(b"x-amz-date")
    if date is not None:
        return date.decode("latin-1")
    text = headers.get(b"date", b"").decode("latin-1")
    if _instant_ms(text) is None:
        try:
            return parsedate_to_datetime(text).astimezone(UTC).strftime(_BASIC_FORMAT)
        except ValueError:
            return text
    return text


class Authenticator:
    """Tells who signed a request.

    Args:
        clock: what a signature's age is measured with.
        secrets: access key id -> secret access key; None accepts every key and checks the form only.
        served: says, in AWS's words, what is wrong with a region's name; empty when it is served.
    """

    def __init__(
        self, clock: Clock, secrets: Mapping[str, str] | None, served: Callable[[str], str]
    ) -> None:
        self._clock = clock
        self._secrets = secrets
        self._served = served
        self._signer = lru_cache(SIGNERS_CACHED_MAX)(self._parse_signer)
        self._key = lru_cache(SIGNERS_CACHED_MAX)(self._derive_key)

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
        claimed = signer.claim
        if self._secrets is None:
            _check_form(claimed)
            return signer.identity
        date = _request_date(headers)
        self._check_date(date, self._clock.now_ms())
        secret = self._check_claim(claimed, date)
        try:
            canonical = signer.header_lines % signer.values(headers)
            if b"  " in canonical or b"\t" in canonical:
                canonical = canonical_headers(headers, claimed.signed)
        except KeyError:
            raise invalid(_WRONG_SIGNATURE) from None
        request = b"%b%b\n%b\n%b" % (
            canonical_start(method, url),
            canonical,
            signer.signed_line,
            sha256(body).hexdigest().encode(),
        )
        self._compare(claimed, secret, date, request, signature)
        return signer.identity

    def _compare(
        self, claimed: Claim, secret: str, date: str, request: bytes, signature: bytes
    ) -> None:
        """Raise unless the signature is that of the canonical request."""
        text = (
            f"AWS4-HMAC-SHA256\n{date}\n{claimed.date}/{claimed.region}/dynamodb/aws4_request\n"
            f"{sha256(request).hexdigest()}"
        )
        inner, outer = self._key(secret, claimed.date, claimed.region)
        inner = inner.copy()
        inner.update(text.encode("latin-1"))
        outer = outer.copy()
        outer.update(inner.digest())
        if not hmac.compare_digest(outer.hexdigest().encode(), signature):
            raise invalid(_WRONG_SIGNATURE)

    def _presigned(
        self, method: bytes, url: bytes, query: bytes, headers: Mapping[bytes, bytes], body: bytes
    ) -> Identity:
        """Return who signed a URL."""
        parts = query_parts(query)
        signer = self._signer_of(
            parts["X-Amz-Algorithm"], parts["X-Amz-Credential"], parts["X-Amz-SignedHeaders"]
        )
        claimed = signer.claim
        if self._secrets is None:
            _check_form(claimed)
            return signer.identity
        date = parts["X-Amz-Date"]
        self._check_date(date, self._clock.now_ms(), parts.get("X-Amz-Expires"))
        secret = self._check_claim(claimed, date)
        try:
            lines = canonical_headers(headers, claimed.signed)
        except KeyError:
            raise invalid(_WRONG_SIGNATURE) from None
        request = b"%b%b\n%b\n%b" % (
            canonical_start(method, url),
            lines,
            signer.signed_line,
            sha256(body).hexdigest().encode(),
        )
        self._compare(claimed, secret, date, request, parts["X-Amz-Signature"].encode("latin-1"))
        return signer.identity

    def _check_date(self, date: str, now_ms: int, expires: str | None = None) -> None:
        """Raise unless a signature of that date is valid now."""
        instant = _instant_ms(date)
        if instant is None:
            msg = f"Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
            raise incomplete(msg)
        if instant - now_ms > SIGNATURE_AGE_MS_MAX:
            limit = _basic(now_ms + SIGNATURE_AGE_MS_MAX)
            msg = f"Signature not yet current: {date} is still later than {limit} ({_basic(now_ms)} + 15 min.)"
            raise invalid(msg)
        lifetime_ms = SIGNATURE_AGE_MS_MAX
        if expires is not None:
            if not (
                expires.isascii() and expires.isdigit() and int(expires) <= PRESIGNED_SECONDS_MAX
            ):
                msg = (
                    f"X-Amz-Expires must be a number of seconds of at most {PRESIGNED_SECONDS_MAX}"
                )
                raise incomplete(msg)
            lifetime_ms = int(expires) * 1000
        if now_ms - instant > lifetime_ms:
            limit = _basic(now_ms - lifetime_ms)
            span = "15 min." if expires is None else f"{expires} sec."
            msg = (
                f"Signature expired: {date} is now earlier than {limit} ({_basic(now_ms)} - {span})"
            )
            raise invalid(msg)

    def _check_claim(self, claimed: Claim, date: str) -> str:
        """Return the secret of a claim that may be verified."""
        if claimed.malformed is not None:
            raise ApiError(*claimed.malformed)
        wrong = claimed.out_of_scope
        if not date.startswith(claimed.date) or len(claimed.date) != len("YYYYMMDD"):
            wrong += (
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                f"'{claimed.date}' != '{date[:8]}', from '{date}'."
            )
        if wrong:
            raise invalid(wrong)
        secret = self._secrets.get(claimed.access_key) if self._secrets is not None else None
        if secret is None:
            msg = "The security token included in the request is invalid."
            raise ApiError("UnrecognizedClientException", msg)
        return secret

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
        """Return signer and signature of a header whose parts are in another order, or refuse what is missing."""
        dated = b"x-amz-date" in headers or b"date" in headers
        algorithm, parts = header_parts(authorization.decode("latin-1"), dated=dated)
        signer = self._signer_of(algorithm, parts["Credential"], parts["SignedHeaders"])
        return signer, parts["Signature"].encode("latin-1")

    def _signer_of(self, algorithm: str, credential: str, signed_headers: str) -> _Signer:
        claimed = claim(algorithm, credential, signed_headers, self._served)
        lines = b"".join(name.replace(b"%", b"%%") + b":%b\n" for name in claimed.signed)
        identity = Identity(claimed.access_key, claimed.region)
        return _Signer(
            claimed, identity, itemgetter(*claimed.signed), lines, b";".join(claimed.signed)
        )

    def _derive_key(self, secret: str, date: str, region: str) -> tuple[Any, Any]:
        """Return the two started hashes of HMAC under the signing key (RFC 2104), to be copied for each use."""
        key = b"AWS4" + secret.encode()
        for part in (date, region, "dynamodb", "aws4_request"):
            key = hmac.digest(key, part.encode("latin-1"), "sha256")
        block = key.ljust(_BLOCK_BYTES, b"\0")
        return sha256(bytes(byte ^ 0x36 for byte in block)), sha256(
            bytes(byte ^ 0x5C for byte in block)
        )


def _check_form(claimed: Claim) -> None:
    """Raise unless a claim is well-formed and names a region that is served."""
    if claimed.malformed is not None:
        raise ApiError(*claimed.malformed)
    if claimed.out_of_scope:
        raise invalid(claimed.out_of_scope)
