"""Requests for any service as bytes, in each of the protocols that its clients speak, and the answers read back."""

import json
import random
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import botocore.session
import cbor2
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from tests.support.odd_json import mutated_bytes, mutated_json, odd_text
from tests.support.target import ACCESS_KEY

_SECONDS_MAX = 25
_CBOR = "smithy-rpc-v2-cbor"
_NO_TOKEN = re.compile(r"[^A-Za-z0-9_.-]")
_LINE_ENDS = re.compile(rb"[\r\n\x00]")


@dataclass(frozen=True)
class Message:
    """A request on the wire."""

    method: str
    url: str
    headers: dict[str, Any]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


def read_model(file: str) -> ServiceModel:
    """Return the service of a model file in botocore's data folder, e.g. "kms/2014-11-01/service-2.json.gz"."""
    name, version, _ = file.split("/")
    loader = botocore.session.get_session().get_component("data_loader")
    return ServiceModel(loader.load_service_model(name, "service-2", version), name)


def protocols_of(model: ServiceModel) -> list[str]:
    """Return the protocols that clients of a service may speak."""
    own = [model.metadata["protocol"], *model.metadata.get("protocols", ())]
    if "json" in own and (
        "awsQueryCompatible" in model.metadata or model.metadata.get("xmlNamespace")
    ):
        own.append("query")
    spoken = ("json", "query", "rest-json", "rest-xml", _CBOR)
    return [protocol for protocol in dict.fromkeys(own) if protocol in spoken]


class Wire:
    """Writes requests of one service and reads its answers.

    Args:
        service: the name that requests are signed for.
        model: of the service.
    """

    def __init__(self, service: str, model: ServiceModel) -> None:
        self._service = service
        self._model = model

    def message(self, protocol: str, operation: OperationModel, request: dict[str, Any]) -> Message:
        """Return a request as botocore writes it."""
        serializer = create_serializer(protocol, include_validation=False)
        made = serializer.serialize_to_request(
            _with_moments(request, operation.input_shape), operation
        )
        body = made["body"]
        if isinstance(body, dict):
            body = urlencode(body)
        raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body or b"")
        query = made["query_string"]
        parts = list(query.items()) if isinstance(query, dict) else query
        text = urlencode(parts, doseq=True) if parts else ""
        url = made["url_path"]
        if text:
            url += ("&" if "?" in url else "?") + text
        return Message(made["method"], url, dict(made["headers"]) | self._signed(), raw)

    def spoiled(self, chance: random.Random, protocol: str, message: Message) -> Message:
        """Return a request with something of what is written changed."""
        body = message.body
        if chance.random() < 0.2:
            return replace(message, body=mutated_bytes(chance, body))
        if protocol in ("json", "rest-json") and body[:1] == b"{":
            return replace(
                message, body=json.dumps(mutated_json(chance, json.loads(body))).encode()
            )
        if protocol == _CBOR and body:
            changed = mutated_json(chance, cbor2.loads(body))
            return replace(message, body=cbor2.dumps(_encodable(changed)))
        if protocol == "query":
            return replace(message, body=_spoiled_form(chance, body))
        if chance.random() < 0.5 and len(message.url) > 1:
            return replace(message, url=_spoiled_url(chance, message.url))
        return replace(message, body=mutated_bytes(chance, body))

    def fault(self, protocol: str, operation: OperationModel, method: str, answer: Answer) -> str:
        """Return what is wrong with an answer; empty when nothing is."""
        if answer.status >= 500 and answer.status != 501:
            return f"{answer.status} {answer.body[:300]!r}"
        if method == "HEAD" or answer.status == 304:
            return ""
        read_as = {"status_code": answer.status, "headers": answer.headers, "body": answer.body}
        shape: Any = operation.output_shape
        if shape is not None and operation.has_streaming_output and answer.status < 300:
            return ""
        try:
            parsed = create_parser(protocol).parse(read_as, shape)
        except Exception as error:  # noqa: BLE001 - whatever a client stumbles over is the finding
            return f"unreadable: {error!r} {answer.status} {answer.body[:300]!r}"
        if answer.status >= 400 and not parsed.get("Error", {}).get("Code"):
            return f"a refusal without a code: {answer.status} {answer.body[:300]!r}"
        return ""

    def read(self, protocol: str, operation: OperationModel, answer: Answer) -> dict[str, Any]:
        """Return the members of an answer."""
        if operation.output_shape is None or operation.has_streaming_output:
            return {}
        read_as = {"status_code": answer.status, "headers": answer.headers, "body": answer.body}
        parsed: dict[str, Any] = create_parser(protocol).parse(read_as, operation.output_shape)
        return parsed

    def _signed(self) -> dict[str, str]:
        scope = f"{ACCESS_KEY}/20260101/us-east-1/{self._service}/aws4_request"
        return {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00",
            "X-Amz-Date": "20260101T000000Z",
        }


class Sender:
    """Sends messages on a connection that is kept, or made anew when the server closed it."""

    def __init__(self, endpoint: str) -> None:
        address = urlsplit(endpoint)
        self._place = (address.hostname or "", address.port or 80)
        self._connection: HTTPConnection | None = None

    def send(self, message: Message) -> Answer:
        """Return the answer to a message."""
        if self._connection is None:
            self._connection = HTTPConnection(*self._place, timeout=_SECONDS_MAX)
        connection = self._connection
        url = quote(message.url, safe="/?&=%:+~!$'()*,;@-._#[]{}|^<>\\\"`") or "/"
        connection.putrequest(message.method, url, skip_accept_encoding=True)
        for name, value in message.headers.items():
            raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
            name = _NO_TOKEN.sub("-", name)
            connection.putheader(name, _LINE_ENDS.sub(b" ", raw))
        connection.putheader("Content-Length", str(len(message.body)))
        connection.endheaders(message.body)
        response = connection.getresponse()
        body = response.read()
        lowered = {name.lower(): value for name, value in response.getheaders()}
        if response.will_close:
            self.close()
        return Answer(response.status, lowered, body)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _with_moments(value: Any, shape: Any) -> Any:
    """Return a request with moments as the serialisers of botocore take them, where those can be dates."""
    if shape is None:
        return value
    if shape.type_name == "structure":
        return {name: _with_moments(one, shape.members[name]) for name, one in value.items()}
    if shape.type_name == "list":
        return [_with_moments(one, shape.member) for one in value]
    if shape.type_name == "map":
        return {key: _with_moments(one, shape.value) for key, one in value.items()}
    if shape.type_name == "timestamp":
        return datetime.fromtimestamp(min(max(value, 0.0), 4e9), UTC)
    return value


def _encodable(value: Any) -> Any:
    return value if not isinstance(value, int) or abs(value) < 2**64 else 2**63


def _spoiled_form(chance: random.Random, body: bytes) -> bytes:
    fields = body.split(b"&")
    at = chance.randrange(len(fields))
    name, _, value = fields[at].partition(b"=")
    match chance.randrange(6):
        case 0:
            del fields[at]
        case 1:
            fields.append(name + b".member.1=" + value)
        case 2:
            fields.append(name + b".entry.1.key=a&" + name + b"." + b"1." * 2_000 + b"=b")
        case 3:
            fields[at] = name + b"=" + quote_plus(odd_text(chance)).encode()
        case 4:
            fields.append(name.replace(b".1", b".99999999999999999999") + b"=" + value)
        case _:
            fields[at] = (
                name + b"=" + chance.choice((b"%ff%fe", b"%", b"9" * 5_000, b"", b"1e999", b"NaN"))
            )
    return b"&".join(fields)


def _spoiled_url(chance: random.Random, url: str) -> str:
    at = chance.randrange(1, len(url))
    odd = chance.choice(
        (
            "%ff",
            "%00",
            "%",
            "%2F",
            "%2e%2e/",
            "//",
            "?",
            "&",
            "=",
            "#",
            ";",
            "%0d%0a",
            "%F0%9F%98%80",
        )
    )
    return url[:at] + odd + url[at + chance.randrange(2) :]
