"""The list of stages: what AWS answers first, and how errors of the three families leave."""

import asyncio
import logging
import zlib
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from globaltables.foundation.errors import ApiError, OperationalError, resource_not_found
from globaltables.gateway.callers import account_of, callers
from globaltables.gateway.exchange import JSON_10, Exchange, Reply
from globaltables.gateway.pipeline import Pipeline, stages
from globaltables.gateway.stages_http import health
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.operations.context import Call
from globaltables.runtime.clock import VirtualClock
from globaltables.runtime.randomness import SeededRandomness
from globaltables.security.identities import unstored
from globaltables.security.region_names import served_regions
from globaltables.security.sigv4 import Authenticator
from tests.support.regions import make_region

PREFIX = "DynamoDB_20120810."
BUG = "The request processing has failed because of an unknown error, exception or failure."
AUTHORIZATION = (
    b"AWS4-HMAC-SHA256 Credential=123456789012/20130609/eu-west-1/dynamodb/aws4_request, "
    b"SignedHeaders=host, Signature=00"
)


class Modelled:
    """An operation that accepts requests with a table's name."""

    def check(self, request: dict[str, Any]) -> None:
        """Refuse a request without TableName."""
        if "TableName" not in request:
            raise ApiError("ValidationException", "no table")


class Model:
    """A model of a few operations."""

    def operation(self, target: str) -> Modelled | None:
        """Return every operation of the service."""
        return Modelled() if target.startswith(PREFIX) else None


def fail(call: Call) -> dict[str, Any]:
    """Raise what the request asks for."""
    errors = {
        "api": resource_not_found(),
        "world": OperationalError("disk full"),
        "bug": KeyError("x"),
    }
    raise errors[call.request["Error"]]


async def fail_later(call: Call) -> dict[str, Any]:
    """Raise, but not at once."""
    await asyncio.sleep(0)
    return fail(call)


def describe(call: Call) -> dict[str, Any]:
    """Answer what the call says of itself."""
    return {
        "operation": call.operation,
        "request": call.request,
        "region": call.region.name,
        "account": call.account,
        "principal": call.principal,
        "bytes": call.body_bytes,
    }


async def describe_later(call: Call) -> dict[str, Any]:
    """Answer the same, but not at once."""
    await asyncio.sleep(0)
    return describe(call)


HANDLERS: Mapping[str, Any] = {
    f"{PREFIX}Describe": describe,
    f"{PREFIX}DescribeLater": describe_later,
    f"{PREFIX}Stored": lambda _: b'{"stored":true}',
    f"{PREFIX}Fail": fail,
    f"{PREFIX}FailLater": fail_later,
    f"{PREFIX}Unanswerable": lambda _: {"set": {1}},
    f"{PREFIX}Nothing": lambda _: None,
}


def _open(name: str) -> Region:
    return make_region(name).region


def make_pipeline() -> Pipeline:
    """Return a pipeline with all stages."""
    authenticator = Authenticator(VirtualClock(), None, served_regions(()))
    randomness = SeededRandomness(1)
    known = callers("wellformed", unstored())
    node = Node(_open)
    return Pipeline(stages(authenticator, Model(), HANDLERS, node, randomness, health, known))


def make_exchange(operation: str, request: Any, **headers: bytes) -> Exchange:
    """Return a request as a client sends it."""
    fields = {
        b"host": b"localhost",
        b"content-type": JSON_10,
        b"x-amz-target": f"{PREFIX}{operation}".encode(),
        b"x-amz-date": b"20130609T100015Z",
        b"authorization": AUTHORIZATION,
    }
    fields.update({name.replace("_", "-").encode(): value for name, value in headers.items()})
    body = request if isinstance(request, bytes) else orjson.dumps(request)
    return Exchange(b"POST", b"/", fields, body)


def answer(exchange: Exchange) -> Reply:
    """Return the reply, whenever it comes."""
    return asyncio.run(_answer(exchange))


async def _answer(exchange: Exchange) -> Reply:
    done: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    reply = make_pipeline().answer(exchange, lambda _, late: done.set_result(late))
    return await asyncio.wait_for(done, 5) if reply is None else reply


@pytest.mark.parametrize("operation", ["Describe", "DescribeLater"])
def test_pipeline_operation_receives_the_call(operation: str) -> None:
    """Region and account are those of the credential; the answer may come at once or later."""
    reply = answer(make_exchange(operation, {"TableName": "t"}))

    assert 200 == reply.status
    assert JSON_10 == reply.content_type
    assert {
        "operation": operation,
        "request": {"TableName": "t"},
        "region": "eu-west-1",
        "account": "123456789012",
        "principal": "123456789012",
        "bytes": 17,
    } == orjson.loads(reply.body)


def test_pipeline_stored_bytes_go_out_as_they_are() -> None:
    """An operation may answer with the whole body."""
    reply = answer(make_exchange("Stored", {"TableName": "t"}))

    assert b'{"stored":true}' == reply.body


@pytest.mark.parametrize("operation", ["Fail", "FailLater"])
@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (
            "api",
            400,
            {
                "__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                "message": "Requested resource not found",
            },
        ),
        (
            "world",
            503,
            {
                "__type": "com.amazon.coral.service#ServiceUnavailable",
                "message": "The request has failed due to a temporary failure of the server.",
            },
        ),
        (
            "bug",
            500,
            {"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError", "message": BUG},
        ),
    ],
)
def test_pipeline_error_leaves_in_aws_shape(
    operation: str, error: str, status: int, body: dict[str, str]
) -> None:
    """The caller's mistakes, the world's failures and our bugs."""
    reply = answer(make_exchange(operation, {"TableName": "t", "Error": error}))

    assert (status, body) == (reply.status, orjson.loads(reply.body))


@pytest.mark.parametrize("operation", ["Unanswerable", "Nothing"])
def test_pipeline_wrong_answer_is_a_bug(operation: str) -> None:
    """What is no answer becomes a 500, never a silent connection."""
    reply = answer(make_exchange(operation, {"TableName": "t"}))

    assert 500 == reply.status


def test_pipeline_bug_is_logged_with_the_request_id(caplog: pytest.LogCaptureFixture) -> None:
    """The reply names the request; the log has its traceback under that name."""
    with caplog.at_level(logging.ERROR):
        reply = answer(make_exchange("Fail", {"TableName": "t", "Error": "bug"}))

    assert [f"request {reply.request_id} failed"] == [record.message for record in caplog.records]
    assert caplog.records[0].exc_info is not None


def test_pipeline_callers_mistake_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Refusals are part of the product."""
    answer(make_exchange("Fail", {"TableName": "t", "Error": "api"}))

    assert [] == caplog.records


def test_pipeline_wrong_json_comes_before_everything() -> None:
    """AWS looks at the JSON before the target and the signature."""
    reply = answer(make_exchange("Nonsense", b"{", x_amz_target=b"x", authorization=b"x"))

    assert b'{"__type":"com.amazon.coral.service#SerializationException"}' == reply.body
    assert 3948637019 == zlib.crc32(reply.body)


def test_pipeline_unknown_target_comes_before_the_signature() -> None:
    """AWS looks at the target before the signature."""
    reply = answer(make_exchange("", {}, x_amz_target=b"Other.Get", authorization=b"x"))

    assert 1368724161 == zlib.crc32(reply.body)


def test_pipeline_signature_comes_before_the_model() -> None:
    """AWS looks at the signature before the request's members."""
    reply = answer(make_exchange("Describe", {}, authorization=b"x"))

    assert 2088342776 == zlib.crc32(reply.body)


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"null", b'"text"'])
def test_pipeline_body_that_is_no_object_is_a_serialization_error(body: bytes) -> None:
    """A request is a JSON object."""
    reply = answer(make_exchange("Describe", body))

    assert 3948637019 == zlib.crc32(reply.body)


def test_pipeline_request_that_does_not_fit_the_model_is_refused() -> None:
    """The model's check runs before the operation."""
    reply = answer(make_exchange("Describe", {"Table": "t"}))

    assert b"no table" in reply.body


def test_pipeline_operation_that_is_not_served_is_named() -> None:
    """AWS has it, this product does not: the text says so and where to read on."""
    reply = answer(make_exchange("ExportTableToPointInTime", {"TableName": "t"}))

    assert 400 == reply.status
    assert {
        "__type": "com.amazon.coral.service#UnknownOperationException",
        "message": "ExportTableToPointInTime is not supported by globaltables; "
        "see docs/compatibility.md",
    } == orjson.loads(reply.body)


@pytest.mark.parametrize(
    ("access_key", "account"),
    [
        ("123456789012", "123456789012"),
        ("AKIDEXAMPLE", "123456789012"),
        ("1234567890123", "123456789012"),
        ("12345678901²", "123456789012"),
    ],
)
def test_account_of_key_of_twelve_digits_is_the_account(access_key: str, account: str) -> None:
    """Every other key belongs to the default account."""
    assert account == account_of(access_key)
