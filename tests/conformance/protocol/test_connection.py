"""What AWS answers before it looks into a request, as measured on AWS by dynalite's tests."""

import json
import re
import zlib
from collections.abc import Callable
from http.client import HTTPResponse
from typing import Any

import pytest

Ask = Callable[..., tuple[HTTPResponse, bytes]]

JSON_10 = "application/x-amz-json-1.0"
TARGET = {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
FRAMEWORK = "com.amazon.coral.service#"


def expect_headers(response: HTTPResponse, body: bytes) -> None:
    """Assert the headers that every answer has."""
    assert re.fullmatch("[0-9A-Z]{52}", response.headers["x-amzn-RequestId"])
    assert str(zlib.crc32(body)) == response.headers["x-amz-crc32"]
    assert str(len(body)) == response.headers["Content-Length"]


def expect_error(
    answered: tuple[HTTPResponse, bytes], body: dict[str, Any], content_type: str
) -> None:
    """Assert an error with exactly this body."""
    response, sent = answered
    assert (400, body) == (response.status, json.loads(sent))
    assert content_type == response.headers["Content-Type"]
    expect_headers(response, sent)


def test_get_answers_healthy(ask: Ask) -> None:
    """AWS's own health check; the trailing blank is AWS's."""
    response, body = ask("GET")

    assert 200 == response.status
    assert b"healthy: dynamodb.us-east-1.amazonaws.com " == body
    expect_headers(response, body)


def test_healthz_answers_ok(ask: Ask) -> None:
    """For those who start and watch a node."""
    response, body = ask("GET", "/healthz")

    assert (200, b"ok\n") == (response.status, body)


@pytest.mark.parametrize(
    ("method", "body", "headers"),
    [
        ("OPTIONS", b"", {}),
        ("PUT", b"", {}),
        ("DELETE", b"", {}),
        ("POST", b"hi", {}),
        ("POST", b"hi", {"Content-Type": "whatever"}),
        ("POST", b"hi", {"Content-Type": "application/x-amz-json-1.1"}),
        ("POST", b"hi", {"Content-Type": "application/jsonasdf"}),
    ],
)
def test_request_of_no_known_kind_is_not_found(
    ask: Ask, method: str, body: bytes, headers: dict[str, str]
) -> None:
    """Other methods and content types."""
    response, sent = ask(method, "/", body, headers)

    assert (404, b"<UnknownOperationException/>\n") == (response.status, sent)
    expect_headers(response, sent)


@pytest.mark.parametrize(
    ("content_type", "answered_type"),
    [
        ("application/json", "application/json"),
        ("application/json;", "application/json"),
        ("  application/json  ;   asfd", "application/json"),
        (JSON_10, JSON_10),
        (f"{JSON_10};blahblah", JSON_10),
    ],
)
def test_body_that_is_no_json_is_a_serialization_error(
    ask: Ask, content_type: str, answered_type: str
) -> None:
    """The answer has the type of the request."""
    answered = ask("POST", "/", b"hi", {"Content-Type": content_type})

    expect_error(answered, {"__type": f"{FRAMEWORK}SerializationException"}, answered_type)


@pytest.mark.parametrize(
    "target", [None, "whatever", "DynamoDB_20120810.ListTable", "DynamoDB_20120810"]
)
def test_unknown_target_is_an_unknown_operation(ask: Ask, target: str | None) -> None:
    """No target, or one that AWS does not have."""
    headers = {"X-Amz-Target": target} if target else {}

    expect_error(
        ask("POST", "/", b"{}", {"Content-Type": JSON_10, **headers}),
        {"__type": f"{FRAMEWORK}UnknownOperationException"},
        JSON_10,
    )


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/", {"Authorization": "AWS4"}),
        ("/?X-Amz-Algorith", {"Authorization": "X"}),
        ("/?X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-SignedHeaders=c&X-Amz-Date=d", {}),
    ],
)
def test_unsigned_request_misses_its_token(ask: Ask, path: str, headers: dict[str, str]) -> None:
    """Nothing that looks like a signature."""
    expect_error(
        ask("POST", path, b"", {**TARGET, **headers}),
        {
            "__type": f"{FRAMEWORK}MissingAuthenticationTokenException",
            "message": "Request is missing Authentication Token",
        },
        "application/json",
    )


def test_two_signatures_are_invalid(ask: Ask) -> None:
    """A header and a query parameter."""
    expect_error(
        ask("POST", "/?X-Amz-Algorithm", b"", {**TARGET, "Authorization": "X"}),
        {
            "__type": f"{FRAMEWORK}InvalidSignatureException",
            "message": "Found both 'X-Amz-Algorithm' as a query-string param "
            "and 'Authorization' as HTTP header.",
        },
        "application/json",
    )


@pytest.mark.parametrize(
    ("path", "headers", "message"),
    [
        (
            "/",
            {"Authorization": "AWS4-"},
            "Authorization header requires 'Credential' parameter. "
            "Authorization header requires 'Signature' parameter. "
            "Authorization header requires 'SignedHeaders' parameter. "
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            "Authorization=AWS4-",
        ),
        (
            "/",
            {"Authorization": "AWS4- Signature=b, Credential=a", "Date": "a"},
            "Authorization header requires 'SignedHeaders' parameter. "
            "Authorization=AWS4- Signature=b, Credential=a",
        ),
        (
            "/?X-Amz-Algorithm",
            {},
            "AWS query-string parameters must include 'X-Amz-Algorithm'. "
            "AWS query-string parameters must include 'X-Amz-Credential'. "
            "AWS query-string parameters must include 'X-Amz-Signature'. "
            "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
            "AWS query-string parameters must include 'X-Amz-Date'. "
            "Re-examine the query-string parameters.",
        ),
        (
            "/?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d",
            {},
            "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
            "Re-examine the query-string parameters.",
        ),
    ],
)
def test_signature_with_missing_parts_is_incomplete(
    ask: Ask, path: str, headers: dict[str, str], message: str
) -> None:
    """Every part that is missing is named."""
    expect_error(
        ask("POST", path, b"", {**TARGET, **headers}),
        {"__type": f"{FRAMEWORK}IncompleteSignatureException", "message": message},
        "application/json",
    )


def test_preflight_is_answered(ask: Ask) -> None:
    """Browsers may ask for any headers and methods."""
    response, body = ask(
        "OPTIONS",
        "/",
        b"",
        {
            "Origin": "whatever",
            "Access-Control-Request-Headers": "a, b, c",
            "Access-Control-Request-Method": "d",
        },
    )

    assert (200, b"") == (response.status, body)
    assert "*" == response.headers["Access-Control-Allow-Origin"]
    assert "a, b, c" == response.headers["Access-Control-Allow-Headers"]
    assert "d" == response.headers["Access-Control-Allow-Methods"]
    assert "172800" == response.headers["Access-Control-Max-Age"]
    assert "0" == response.headers["Content-Length"]


def test_error_to_a_browser_allows_its_origin(ask: Ask) -> None:
    """A page may read why it was refused."""
    answered = ask("POST", "/", b"", {"Origin": "whatever"})

    assert "*" == answered[0].headers["Access-Control-Allow-Origin"]
    expect_error(answered, {"__type": f"{FRAMEWORK}UnknownOperationException"}, "application/json")


def test_body_of_sixteen_mebibytes_is_read(ask: Ask) -> None:
    """The largest body."""
    response, _ = ask("POST", "/", b"a" * (16 << 20))

    assert 404 == response.status


def test_body_of_one_byte_more_is_too_large(ask: Ask) -> None:
    """AWS answers 413, chunked."""
    response, body = ask("POST", "/", b"a" * ((16 << 20) + 1))

    assert (413, b"") == (response.status, body)
    assert "chunked" == response.headers["Transfer-Encoding"]
