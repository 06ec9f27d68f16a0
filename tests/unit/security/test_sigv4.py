"""Signature Version 4: well-formed claims, verification against botocore's signer, AWS's refusals."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from globaltables.foundation.errors import ApiError
from globaltables.runtime.clock import SystemClock, VirtualClock
from globaltables.security.canonical import (
    canonical_path,
    canonical_query,
    canonical_start,
)
from globaltables.security.region_names import served_regions
from globaltables.security.sigv4 import Authenticator, Identity

KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BODY = b'{"TableName":"Music"}'
TARGET = "DynamoDB_20120810.DescribeTable"
WRONG = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. "
    "Consult the service documentation for details."
)


def verifying(clock: Any = None, regions: tuple[str, ...] = ()) -> Authenticator:
    """Return an authenticator that knows one key."""
    return Authenticator(clock or SystemClock(), {KEY: SECRET}, served_regions(regions))


def accepting(regions: tuple[str, ...] = ()) -> Authenticator:
    """Return an authenticator that checks the form only."""
    return Authenticator(VirtualClock(), None, served_regions(regions))


def signed(
    *,
    url: str = "http://localhost:8000/",
    body: bytes = BODY,
    headers: dict[str, str] | None = None,
    signer: Any = None,
) -> tuple[bytes, bytes, dict[bytes, bytes], bytes]:
    """Return method, URL, headers and body as botocore signs them."""
    request = AWSRequest(
        "POST", url, data=body, headers={"X-Amz-Target": TARGET, **(headers or {})}
    )
    chosen = signer or SigV4Auth(Credentials(KEY, SECRET), "dynamodb", "eu-west-1")
    chosen.add_auth(request)
    address = urlsplit(str(request.url))
    target = address.path + (f"?{address.query}" if address.query else "")
    received = {
        name.lower().encode(): str(value).encode() for name, value in request.headers.items()
    }
    received.setdefault(b"host", address.netloc.encode())
    # A presigned URL carries what a JSON body has at its top.
    return b"POST", target.encode(), received, request.data or b""


def refusal(authenticator: Authenticator, *request: Any) -> tuple[str, str | None]:
    """Return code and text of a refusal."""
    with pytest.raises(ApiError) as caught:
        authenticator.authenticate(*request)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://localhost:8000/", {}),
        ("http://localhost:8000", {"X-Note": "  two   blanks \t and a tab "}),
        ("http://localhost:8000/a/../b//c/", {"X-Percent%": "100%"}),
        ("http://localhost:8000/with%20blank/%7Etilde", {}),
        ("http://localhost:8000/?b=2&a=1&a=0&empty=", {}),
        ("http://localhost:8000/?key=a%2Fb%20c%2Bd", {}),
        ("http://localhost:8000/", {"Date": "ignored when X-Amz-Date is there"}),
    ],
)
def test_authenticate_signed_by_botocore_is_accepted(url: str, headers: dict[str, str]) -> None:
    """What botocore signs verifies, whatever path, query and headers it signs."""
    request = signed(url=url, headers=headers)

    assert Identity(KEY, "eu-west-1") == verifying().authenticate(*request)


def test_authenticate_presigned_by_botocore_is_accepted() -> None:
    """A presigned URL verifies."""
    signer = SigV4QueryAuth(Credentials(KEY, SECRET), "dynamodb", "eu-west-1", expires=60)

    assert Identity(KEY, "eu-west-1") == verifying().authenticate(*signed(signer=signer))


def test_authenticate_session_token_is_signed_like_any_header() -> None:
    """Temporary credentials verify with the secret of their key."""
    signer = SigV4Auth(Credentials(KEY, SECRET, "token"), "dynamodb", "eu-west-1")

    assert Identity(KEY, "eu-west-1") == verifying().authenticate(*signed(signer=signer))


def test_authenticate_parts_in_another_order_is_accepted() -> None:
    """The parts of the header are named; their order is free."""
    method, url, headers, body = signed()
    algorithm, _, rest = headers[b"authorization"].partition(b" ")
    parts = rest.split(b", ")
    headers[b"authorization"] = algorithm + b" " + b",".join(reversed(parts))

    assert Identity(KEY, "eu-west-1") == verifying().authenticate(method, url, headers, body)


@pytest.mark.parametrize("change", ["body", "header", "url", "method", "signature", "missing"])
def test_authenticate_changed_request_is_refused(change: str) -> None:
    """Every signed part counts."""
    method, url, headers, body = signed()
    if change == "body":
        body += b" "
    elif change == "header":
        headers[b"x-amz-target"] += b"s"
    elif change == "url":
        url += b"?a=1"
    elif change == "method":
        method = b"PUT"
    elif change == "signature":
        last = headers[b"authorization"][-1:]
        headers[b"authorization"] = headers[b"authorization"][:-1] + (
            b"0" if last != b"0" else b"1"
        )
    else:
        del headers[b"x-amz-target"]

    found = refusal(verifying(), method, url, headers, body)

    assert ("InvalidSignatureException", WRONG) == found


def test_authenticate_wrong_secret_is_refused() -> None:
    """The right key id with another secret."""
    signer = SigV4Auth(Credentials(KEY, "another"), "dynamodb", "eu-west-1")

    found = refusal(verifying(), *signed(signer=signer))

    assert ("InvalidSignatureException", WRONG) == found


def test_authenticate_unknown_key_is_refused() -> None:
    """A key that is not configured."""
    signer = SigV4Auth(Credentials("AKIDOTHER", SECRET), "dynamodb", "eu-west-1")

    found = refusal(verifying(), *signed(signer=signer))

    assert (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ) == found


def test_authenticate_changed_presigned_url_is_refused() -> None:
    """The parameters of a presigned URL are signed, too."""
    signer = SigV4QueryAuth(Credentials(KEY, SECRET), "dynamodb", "eu-west-1", expires=60)
    method, url, headers, body = signed(signer=signer)

    found = refusal(verifying(), method, url.replace(b"Expires=60", b"Expires=61"), headers, body)

    assert ("InvalidSignatureException", WRONG) == found


def _at(text: str) -> VirtualClock:
    moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return VirtualClock(int(moment.timestamp()) * 1000)


def _dated(date: str) -> tuple[bytes, bytes, dict[bytes, bytes], bytes]:
    method, url, headers, body = signed()
    headers[b"x-amz-date"] = date.encode()
    return method, url, headers, body


@pytest.mark.parametrize(
    ("date", "code", "message"),
    [
        (
            "20130609T094514Z",
            "InvalidSignatureException",
            "Signature expired: 20130609T094514Z is now earlier than 20130609T094515Z "
            "(20130609T100015Z - 15 min.)",
        ),
        (
            "20130609T101516Z",
            "InvalidSignatureException",
            "Signature not yet current: 20130609T101516Z is still later than 20130609T101515Z "
            "(20130609T100015Z + 15 min.)",
        ),
        (
            "201",
            "IncompleteSignatureException",
            "Date must be in ISO-8601 'basic format'. Got '201'. "
            "See http://en.wikipedia.org/wiki/ISO_8601",
        ),
    ],
)
def test_authenticate_date_out_of_range_is_refused(date: str, code: str, message: str) -> None:
    """A signature is valid for 15 minutes in both directions."""
    found = refusal(verifying(_at("20130609T100015Z")), *_dated(date))

    assert (code, message) == found


def test_authenticate_scope_of_another_day_is_refused() -> None:
    """The date of the credential scope is that of the request."""
    found = refusal(verifying(_at("20130609T100015Z")), *_dated("20130609T095204Z"))

    day = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC).strftime("%Y%m%d")
    assert (
        "InvalidSignatureException",
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        f"'{day}' != '20130609', from '20130609T095204Z'.",
    ) == found


def test_authenticate_expired_presigned_url_is_refused() -> None:
    """X-Amz-Expires limits a presigned URL's life."""
    signer = SigV4QueryAuth(Credentials(KEY, SECRET), "dynamodb", "eu-west-1", expires=60)
    clock = SystemClock()
    clock.shift(62_000)

    code, message = refusal(verifying(clock), *signed(signer=signer))

    assert "InvalidSignatureException" == code
    assert message is not None
    assert message.startswith("Signature expired: ")


def test_authenticate_http_date_is_accepted() -> None:
    """Without X-Amz-Date the Date header counts, in HTTP's form, too."""
    authenticator = verifying(_at("20130609T100015Z"))
    headers = {
        b"host": b"localhost",
        b"date": b"Sun, 09 Jun 2013 10:00:15 GMT",
        b"authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/20130609/eu-west-1/dynamodb/"
        "aws4_request, SignedHeaders=date;host, Signature=00".encode(),
    }

    assert ("InvalidSignatureException", WRONG) == refusal(
        authenticator, b"POST", b"/", headers, b""
    )


CREDENTIAL = "AKIDEXAMPLE/20130609/us-east-1/dynamodb/aws4_request"


@pytest.mark.parametrize(
    ("authorization", "code", "message"),
    [
        (
            f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=date, Signature=0",
            "InvalidSignatureException",
            "'Host' must be a 'SignedHeader' in the AWS Authorization.",
        ),
        (
            f"AWS4-HMAC-SHA25 Credential={CREDENTIAL}, SignedHeaders=host, Signature=0",
            "IncompleteSignatureException",
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). ",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=0",
            "IncompleteSignatureException",
            "Credential must have exactly 5 slash-delimited elements, "
            "e.g. keyid/date/region/service/term, got 'a/b/c/d'",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0",
            "InvalidSignatureException",
            "Credential should be scoped to a valid region, not 'c'. "
            "Credential should be scoped to correct service: 'dynamodb'. "
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. ",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a, SignedHeaders, Signature=0",
            "IncompleteSignatureException",
            "'SignedHeaders' not a valid key=value pair (missing equal-sign) in Authorization "
            "header: 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders, Signature=0'.",
        ),
        (
            "AWS4-",
            "IncompleteSignatureException",
            "Authorization header requires 'Credential' parameter. "
            "Authorization header requires 'Signature' parameter. "
            "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-",
        ),
    ],
)
def test_authenticate_malformed_header_is_refused(
    authorization: str, code: str, message: str
) -> None:
    """Without verification the form and the scope are checked all the same."""
    headers = {b"authorization": authorization.encode(), b"x-amz-date": b"20130609T100015Z"}

    assert (code, message) == refusal(accepting(), b"POST", b"/", headers, b"")


@pytest.mark.parametrize(
    ("regions", "region", "served"),
    [
        ((), "us-east-1", True),
        ((), "ap-southeast-5", True),
        ((), "us-gov-west-1", True),
        ((), "us-isob-east-1", True),
        ((), "../../etc", False),
        ((), "local", False),
        (("eu-west-1",), "eu-west-1", True),
        (("eu-west-1",), "us-east-1", False),
    ],
)
def test_served_regions_says_what_is_wrong(
    regions: tuple[str, ...], region: str, *, served: bool
) -> None:
    """A region is served when it is of AWS's form, or one of those that were asked for."""
    assert served == (served_regions(regions)(region) == "")


def test_canonical_start_follows_the_published_example() -> None:
    """The example of "Create a signed AWS API request" (IAM ListUsers)."""
    start = canonical_start(b"GET", b"/?Action=ListUsers&Version=2010-05-08")

    assert b"GET\n/\nAction=ListUsers&Version=2010-05-08\n" == start


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        (b"/", b"/"),
        (b"//", b"/"),
        (b"/./", b"/"),
        (b"/example/..", b"/"),
        (b"/example1/example2/../..", b"/"),
        (b"//example//", b"/example/"),
        (b"/./example", b"/example"),
        (b"/-._~0123456789", b"/-._~0123456789"),
        (b"/example%20space/", b"/example%2520space/"),
    ],
)
def test_canonical_path_follows_the_test_suite(path: bytes, canonical: bytes) -> None:
    """Normalised and encoded once more, as AWS's test suite has it for services other than S3."""
    assert canonical == canonical_path(path)


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        (b"", b""),
        (b"Param2=value2&Param1=value1", b"Param1=value1&Param2=value2"),
        (b"Param1=value2&Param1=Value1", b"Param1=Value1&Param1=value2"),
        (b"-._~0=-._~0", b"-._~0=-._~0"),
        (b"Param1", b"Param1="),
        (b"a=%E1%88%B4", b"a=%E1%88%B4"),
        (b"X-Amz-Signature=0&a=1", b"a=1"),
    ],
)
def test_canonical_query_follows_the_test_suite(query: bytes, canonical: bytes) -> None:
    """Encoded, then sorted by name and value."""
    assert canonical == canonical_query(query)
