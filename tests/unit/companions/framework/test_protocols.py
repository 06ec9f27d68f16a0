"""Requests that botocore wrote are read, and answers are written as botocore reads them, in every protocol."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import botocore.session
import pytest
from botocore.awsrequest import prepare_request_dict
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from globaltables.companions.framework.dispatch import Caller, Dispatcher
from globaltables.companions.framework.response import Response
from globaltables.companions.service import Handler, Implementation, Service, ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.node import Node

_MOMENT = datetime(2026, 11, 21, 16, 38, 0, 250_000, tzinfo=UTC)
_SECONDS = _MOMENT.timestamp()
_METRICS = "cloudwatch/2010-08-01"


@dataclass
class _Request:
    """A request as the listener hands it on."""

    method: bytes
    url: bytes
    headers: dict[bytes, bytes]
    body: bytes
    request_id: str = "RID"
    source_ip: str = ""
    user_agent: str = ""
    encrypted: bool = False


@dataclass
class _Spoken:
    """A service under test, its handlers, and what they were called with."""

    folder: str
    protocol: str = ""
    calls: list[ServiceCall] = field(default_factory=list)

    def ask(
        self, operation: str, request: Mapping[str, Any], answer: Mapping[str, Any] | ApiError
    ) -> tuple[dict[str, Any], dict[str, Any], Response]:
        """Return what the handler got, what botocore reads in its answer, and the bytes of that."""
        loader = botocore.session.get_session()
        model = loader.get_service_model(self.folder.partition("/")[0])
        protocol = self.protocol or model.protocol

        def handle(call: ServiceCall) -> dict[str, Any]:
            self.calls.append(call)
            if isinstance(answer, ApiError):
                raise answer
            return dict(answer)

        handlers: dict[str, Handler] = {operation: handle}
        service = Service(
            self.folder, f"{self.folder}/service-2.json.gz", lambda: Implementation(handlers)
        )
        operation_model = model.operation_model(operation)
        serialized = create_serializer(protocol, include_validation=False).serialize_to_request(
            dict(request), operation_model
        )
        prepare_request_dict(serialized, "http://localhost:8000")
        sent = _sent(serialized)
        nothing: Any = None
        nobody = Caller(nothing, "123456789012", Node(nothing), nothing, nothing)
        response = asyncio.run(Dispatcher(service).answer(sent, nobody))
        parsed = create_parser(protocol).parse(
            {
                "status_code": response.status,
                "headers": _Headers(
                    {name.lower(): value for name, value in response.headers}
                    | {"content-type": response.content_type}
                ),
                "body": response.body,
            },
            cast("Any", operation_model.output_shape),
        )
        got = self.calls[-1].request if self.calls else {}
        return got, parsed, response


class _Headers(dict[str, str]):
    """Headers as HTTP clients give them: names in any case."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key.lower(), default)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(str(key).lower())

    def __getitem__(self, key: str) -> str:
        return super().__getitem__(key.lower())


def _sent(serialized: Mapping[str, Any]) -> _Request:
    url = serialized["url"].removeprefix("http://localhost:8000")
    if serialized.get("query_string"):
        assert "?" in url, "the serialized query is part of the URL"
    body = serialized["body"]
    if isinstance(body, dict):
        from urllib.parse import urlencode  # noqa: PLC0415

        body = urlencode(body).encode("utf-8")
    elif isinstance(body, str):
        body = body.encode("utf-8")
    headers = {
        key.lower().encode("ascii"): str(value).encode("utf-8")
        for key, value in serialized["headers"].items()
    }
    return _Request(serialized["method"].encode("ascii"), url.encode("ascii"), headers, body or b"")


def _without_metadata(parsed: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parsed.items() if name != "ResponseMetadata"}


def test_json_carries_blobs_and_moments() -> None:
    """A handler gets and gives blobs as bytes and moments as seconds."""
    spoken = _Spoken("kms/2014-11-01")
    request = {"KeyId": "k", "Plaintext": b"\x00secret", "EncryptionContext": {"a": "b"}}

    got, parsed, _ = spoken.ask("Encrypt", request, {"CiphertextBlob": b"\xff\x00", "KeyId": "k"})
    _, described, _ = spoken.ask(
        "DescribeKey", {"KeyId": "k"}, {"KeyMetadata": {"KeyId": "k", "CreationDate": _SECONDS}}
    )

    assert request == got
    assert {"CiphertextBlob": b"\xff\x00", "KeyId": "k"} == _without_metadata(parsed)
    assert described["KeyMetadata"]["CreationDate"].timestamp() == pytest.approx(_SECONDS)


def test_query_carries_lists_maps_and_moments() -> None:
    """Forms of dotted names become structures; answers are XML."""
    iam, metrics = _Spoken("iam/2010-05-08"), _Spoken("cloudwatch/2010-08-01", "query")
    tags = [{"Key": f"k{number}", "Value": "ü @"} for number in range(11)]
    role = {
        "Path": "/",
        "RoleName": "r",
        "RoleId": "AROA1234567890123456",
        "Arn": "arn:aws:iam::1:role/r",
    }

    got, parsed, response = iam.ask(
        "CreateRole",
        {"RoleName": "r", "AssumeRolePolicyDocument": "{}", "Tags": tags},
        {"Role": role | {"CreateDate": _SECONDS, "Tags": tags}},
    )
    points, read, _ = metrics.ask(
        "GetMetricStatistics",
        {
            "Namespace": "N",
            "MetricName": "m",
            "StartTime": _MOMENT,
            "EndTime": _MOMENT,
            "Period": 60,
            "Statistics": ["Sum"],
        },
        {"Label": "m", "Datapoints": [{"Timestamp": _SECONDS, "Sum": 1.5, "Unit": "Count"}]},
    )

    assert tags == got["Tags"]
    assert tags == parsed["Role"]["Tags"]
    assert parsed["Role"]["CreateDate"] == _MOMENT
    assert b"<RequestId>RID</RequestId>" in response.body
    assert (60, _SECONDS, 1.5) == (
        points["Period"],
        int(points["StartTime"]) + 0.25,
        read["Datapoints"][0]["Sum"],
    )


def test_query_carries_maps() -> None:
    """As entries of key and value."""
    got, parsed, _ = _Spoken("sns/2010-03-31").ask(
        "CreateTopic", {"Name": "t", "Attributes": {"DisplayName": "d"}}, {"TopicArn": "arn:t"}
    )
    _, read, _ = _Spoken("sns/2010-03-31").ask(
        "GetTopicAttributes", {"TopicArn": "arn:t"}, {"Attributes": {"DisplayName": "d", "a": ""}}
    )

    assert {"Name": "t", "Attributes": {"DisplayName": "d"}} == got
    assert "arn:t" == parsed["TopicArn"]
    assert {"DisplayName": "d", "a": ""} == read["Attributes"]


def test_rest_json_carries_payloads_and_headers() -> None:
    """A body that is one member arrives and leaves as it is."""
    got, parsed, response = _Spoken("lambda/2015-03-31").ask(
        "Invoke",
        {"FunctionName": "f", "Payload": b'{"a":1}', "InvocationType": "Event", "Qualifier": "1"},
        {"StatusCode": 202, "Payload": b'"x"', "FunctionError": "Unhandled"},
    )

    assert {
        "FunctionName": "f",
        "Payload": b'{"a":1}',
        "InvocationType": "Event",
        "Qualifier": "1",
    } == got
    assert (202, b'"x"', "Unhandled") == (response.status, response.body, parsed["FunctionError"])


def test_rest_xml_carries_attributes_metadata_and_flat_lists() -> None:
    """Objects are told apart from parts and copies by query and headers."""
    s3 = _Spoken("s3/2006-03-01")

    put, _, _ = s3.ask(
        "PutObject",
        {"Bucket": "b", "Key": "a/b c+d", "Body": b"x", "Metadata": {"m": "v"}},
        {"ETag": '"e"'},
    )
    part, _, _ = s3.ask(
        "UploadPart",
        {"Bucket": "b", "Key": "k", "PartNumber": 2, "UploadId": "u", "Body": b"x"},
        {},
    )
    copy, copied, _ = s3.ask(
        "CopyObject",
        {"Bucket": "b", "Key": "k", "CopySource": "b/k"},
        {"CopyObjectResult": {"ETag": '"e"', "LastModified": _SECONDS}},
    )
    listed, page, _ = s3.ask(
        "ListObjectsV2",
        {"Bucket": "b", "Prefix": "p", "MaxKeys": 7},
        {
            "KeyCount": 1,
            "Contents": [{"Key": "p&1", "Size": 3}],
            "CommonPrefixes": [{"Prefix": "p/"}],
        },
    )
    deleted, _, _ = s3.ask(
        "DeleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "1"}, {"Key": "2"}]}}, {}
    )

    assert ("a/b c+d", {"m": "v"}, b"x") == (put["Key"], put["Metadata"], put["Body"])
    assert (2, "u") == (part["PartNumber"], part["UploadId"])
    assert "b/k" == copy["CopySource"]
    assert _MOMENT == copied["CopyObjectResult"]["LastModified"]
    assert ("p", 7) == (listed["Prefix"], listed["MaxKeys"])
    assert [{"Key": "p&1", "Size": 3}] == page["Contents"]
    assert [{"Prefix": "p/"}] == page["CommonPrefixes"]
    assert [{"Key": "1"}, {"Key": "2"}] == deleted["Delete"]["Objects"]


def test_cbor_carries_moments_and_numbers() -> None:
    """Newest clients of CloudWatch speak it."""
    got, parsed, _ = _Spoken("cloudwatch/2010-08-01", "smithy-rpc-v2-cbor").ask(
        "PutMetricData",
        {"Namespace": "N", "MetricData": [{"MetricName": "m", "Timestamp": _MOMENT, "Value": 2.5}]},
        {},
    )
    _, alarms, _ = _Spoken("cloudwatch/2010-08-01", "smithy-rpc-v2-cbor").ask(
        "DescribeAlarms",
        {},
        {"MetricAlarms": [{"AlarmName": "a", "StateUpdatedTimestamp": _SECONDS}]},
    )

    assert {"MetricName": "m", "Timestamp": pytest.approx(_SECONDS), "Value": 2.5} == got[
        "MetricData"
    ][0]
    assert {} == _without_metadata(parsed)
    assert _MOMENT == alarms["MetricAlarms"][0]["StateUpdatedTimestamp"]


@pytest.mark.parametrize(
    ("folder", "protocol", "operation", "request_", "code", "status"),
    [
        ("kms/2014-11-01", "", "DescribeKey", {"KeyId": "k"}, "NotFoundException", 400),
        ("iam/2010-05-08", "", "GetRole", {"RoleName": "r"}, "NoSuchEntity", 404),
        ("fis/2020-12-01", "", "GetAction", {"id": "a"}, "ResourceNotFoundException", 404),
        ("lambda/2015-03-31", "", "GetFunction", {"FunctionName": "f"}, "ServiceException", 500),
        ("s3/2006-03-01", "", "GetObject", {"Bucket": "b", "Key": "k"}, "NoSuchKey", 404),
        (
            _METRICS,
            "smithy-rpc-v2-cbor",
            "GetDashboard",
            {"DashboardName": "d"},
            "ResourceNotFound",
            404,
        ),
        (_METRICS, "query", "GetDashboard", {"DashboardName": "d"}, "ResourceNotFound", 404),
        ("sqs/2012-11-05", "", "GetQueueUrl", {"QueueName": "q"}, "QueueDoesNotExist", 400),
    ],
)
def test_refusals_have_the_code_text_and_status_of_the_service(
    folder: str, protocol: str, operation: str, request_: dict[str, Any], code: str, status: int
) -> None:
    """As botocore reads them."""
    refused = ApiError(code, "it is not there", status=status)

    _, parsed, response = _Spoken(folder, protocol).ask(operation, request_, refused)

    assert status == response.status
    assert (code, "it is not there") == (parsed["Error"]["Code"], parsed["Error"]["Message"])


@pytest.mark.parametrize(
    ("folder", "operation", "request_", "code"),
    [
        ("kms/2014-11-01", "DescribeKey", {"KeyId": ""}, "ValidationException"),
        ("iam/2010-05-08", "GetRole", {"RoleName": ""}, "ValidationError"),
        ("fis/2020-12-01", "ListExperiments", {"maxResults": 0}, "ValidationException"),
    ],
)
def test_request_that_does_not_fit_the_model_is_refused(
    folder: str, operation: str, request_: dict[str, Any], code: str
) -> None:
    """Before any handler sees it."""
    spoken = _Spoken(folder)

    _, parsed, response = spoken.ask(operation, request_, {})

    assert (400, code) == (response.status, parsed["Error"]["Code"])
    assert "validation error" in parsed["Error"]["Message"]
    assert [] == spoken.calls
