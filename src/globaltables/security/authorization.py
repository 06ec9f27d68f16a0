"""What a request says about its signer: the Authorization header or the parameters of a presigned URL.

The checks and their texts are AWS's, in AWS's order; which of them apply without verification is decided by the
caller, so a claim carries the first fault of its fixed parts instead of raising it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from globaltables.foundation.errors import ApiError
from globaltables.security.canonical import query_pairs

ALGORITHM = "AWS4-HMAC-SHA256"
#: What clients sign for: DynamoDB, and the service that scales its tables.
DYNAMODB_SERVICES = ("dynamodb", "application-autoscaling")
#: keyid/date/region/SERVICE/terminator, in a header or (with %2F) as parameter of a presigned URL.
_SIGNED_SERVICE = re.compile(rb"Credential=[^,&]+?(?:/|%2F)([a-z0-9-]{1,64})(?:/|%2F)aws4_request")
_TERMINATOR = "aws4_request"
_SCOPE_PARTS = 5
_HEADER_PARTS = ("Credential", "Signature", "SignedHeaders")
_QUERY_PARTS = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-Date",
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The parts of an authorization that do not change from one request of a client to the next.

    Attributes:
        access_key: the access key id.
        date: YYYYMMDD of the credential scope.
        region: of the credential scope.
        service: of the credential scope.
        signed: lower-case names of the signed headers, sorted.
        malformed: code and text of the first fault in algorithm, signed headers or the credential's form.
        out_of_scope: AWS's sentences about a wrong region, service or terminator; empty when there is nothing wrong.
    """

    access_key: str
    date: str
    region: str
    service: str
    signed: tuple[bytes, ...]
    malformed: tuple[str, str] | None
    out_of_scope: str


def incomplete(message: str) -> ApiError:
    """Return an IncompleteSignatureException."""
    return ApiError("IncompleteSignatureException", message)


def invalid(message: str) -> ApiError:
    """Return an InvalidSignatureException."""
    return ApiError("InvalidSignatureException", message)


def claim(
    algorithm: str,
    credential: str,
    signed_headers: str,
    served: Callable[[str], str],
    services: tuple[str, ...],
) -> Claim:
    """Return what an authorization claims.

    Args:
        algorithm: as the request names it.
        credential: keyid/date/region/service/terminator.
        signed_headers: names separated by semicolons.
        served: says what is wrong with a region's name; empty when it is served.
        services: that the request may be for.
    """
    signed = tuple(sorted(name.encode("latin-1") for name in signed_headers.lower().split(";")))
    parts = credential.rstrip("/").split("/")
    malformed: tuple[str, str] | None = None
    if b"host" not in signed:
        malformed = (
            "InvalidSignatureException",
            "'Host' must be a 'SignedHeader' in the AWS Authorization.",
        )
    elif algorithm != ALGORITHM:
        text = f"Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} for now). "
        malformed = ("IncompleteSignatureException", text)
    if len(parts) != _SCOPE_PARTS:
        text = (
            "Credential must have exactly 5 slash-delimited elements, "
            f"e.g. keyid/date/region/service/term, got '{credential}'"
        )
        malformed = malformed or ("IncompleteSignatureException", text)
        return Claim("", "", "", "", signed, malformed, "")
    access_key, date, region, service, terminator = parts
    wrong = served(region)
    if service not in services:
        wrong += f"Credential should be scoped to correct service: '{services[0]}'. "
    if terminator != _TERMINATOR:
        wrong += f"Credential should be scoped with a valid terminator: '{_TERMINATOR}', not '{terminator}'. "
    return Claim(access_key, date, region, service, signed, malformed, wrong)


def signed_service(authorization: bytes) -> str:
    """Return the service for which a request was signed, as far as that can be read at a glance; else nothing.

    Args:
        authorization: the header's value, or a presigned URL.
    """
    found = _SIGNED_SERVICE.search(authorization)
    return "" if found is None else found.group(1).decode("ascii")


def header_parts(authorization: str, *, dated: bool) -> tuple[str, dict[str, str]]:
    """Return algorithm and named parts of an Authorization header.

    Args:
        authorization: the header's value, beginning with "AWS4-".
        dated: whether the request has an X-Amz-Date or a Date header.

    Raises:
        ApiError: IncompleteSignatureException, naming every part that is missing.
    """
    algorithm, _, rest = authorization.strip().partition(" ")
    parts: dict[str, str] = {}
    for word in rest.replace(",", " ").split():
        name, equals, value = word.partition("=")
        if not equals:
            msg = (
                f"'{word}' not a valid key=value pair (missing equal-sign) "
                f"in Authorization header: '{authorization}'."
            )
            raise incomplete(msg)
        parts[name] = value
    missing = "".join(
        f"Authorization header requires '{part}' parameter. "
        for part in _HEADER_PARTS
        if not parts.get(part)
    )
    if not dated:
        missing += (
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        )
    if missing:
        msg = f"{missing}Authorization={authorization}"
        raise incomplete(msg)
    return algorithm, parts


def query_parts(query: bytes) -> Mapping[str, str]:
    """Return the parameters of a presigned URL.

    Raises:
        ApiError: IncompleteSignatureException, naming every parameter that is missing.
    """
    parts = {name.decode("latin-1"): value.decode("latin-1") for name, value in query_pairs(query)}
    missing = "".join(
        f"AWS query-string parameters must include '{part}'. "
        for part in _QUERY_PARTS
        if not parts.get(part)
    )
    if missing:
        msg = f"{missing}Re-examine the query-string parameters."
        raise incomplete(msg)
    return parts
