"""Signatures of requests for objects: what cannot be seen over HTTP without waiting."""

from typing import Any

import pytest
from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from globaltables.foundation.errors import ApiError
from globaltables.runtime.clock import SystemClock
from globaltables.security.region_names import served_regions
from globaltables.security.sigv4 import OBJECTS, Authenticator

_CREDENTIALS = Credentials("AKIDEXAMPLE", "secret")


def _authenticator(ahead_ms: int) -> Authenticator:
    """Return one whose clock is ahead of that of the client."""
    clock = SystemClock()
    clock.shift(ahead_ms)
    return Authenticator(clock, {"AKIDEXAMPLE": "secret"}, served_regions(()), ("s3",), OBJECTS)


def _url(auth: Any) -> bytes:
    request = AWSRequest("GET", "http://localhost/things/a%20b")
    auth.add_auth(request)
    url: str = request.prepare().url
    return url.removeprefix("http://localhost").encode()


def test_presigned_url_is_good_until_it_expires() -> None:
    """In version 4 also when that is later than the age of any other signature."""
    url = _url(S3SigV4QueryAuth(_CREDENTIALS, "s3", "eu-west-1", expires=3600))
    headers = {b"host": b"localhost"}

    found = _authenticator(3_000_000).authenticate(b"GET", url, headers, b"")
    assert ("AKIDEXAMPLE", "eu-west-1") == (found.access_key, found.region)
    with pytest.raises(ApiError, match="AccessDenied: Request has expired"):
        _authenticator(3_700_000).authenticate(b"GET", url, headers, b"")


def test_presigned_url_of_version_2_is_good_until_it_expires() -> None:
    """The second is in the URL."""
    url = _url(HmacV1QueryAuth(_CREDENTIALS, expires=3600))
    path = b"/things/a%20b"

    assert "AKIDEXAMPLE" == _authenticator(3_000_000).check_version_2(b"GET", url, path, {})
    with pytest.raises(ApiError, match="AccessDenied: Request has expired"):
        _authenticator(3_700_000).check_version_2(b"GET", url, path, {})
