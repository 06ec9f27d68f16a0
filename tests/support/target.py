"""What the conformance tests talk to: a server of ours, any other endpoint, or AWS itself."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient, DynamoDBServiceResource
    from types_boto3_dynamodbstreams import DynamoDBStreamsClient

REGION = "us-east-1"
ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # AWS's documentation's example
_TARGETS = {"dynamodb": "DynamoDB_20120810", "dynamodbstreams": "DynamoDBStreams_20120810"}


@dataclass(frozen=True)
class Reply:
    """A raw HTTP answer.

    Attributes:
        status: e.g. 400.
        body: the parsed JSON, an empty dict when there was none.
        headers: names in lower case.
    """

    status: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The error code without its namespace; empty when it is no error."""
        return str(self.body.get("__type", "")).rpartition("#")[2]

    @property
    def message(self) -> str:
        """The error's text."""
        return str(self.body.get("message", self.body.get("Message", "")))


@dataclass
class Target:
    """An endpoint with DynamoDB's API.

    Attributes:
        endpoint: its URL; None means AWS itself, with the credentials of the environment.
    """

    endpoint: str | None
    _clients: dict[tuple[str, str, bool], Any] = field(default_factory=dict)
    _session: boto3.session.Session = field(init=False)

    def __post_init__(self) -> None:
        self._session = boto3.session.Session(
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY if self.endpoint else None,
            aws_secret_access_key=SECRET_KEY if self.endpoint else None,
        )

    def client(self, region: str = REGION, *, validated: bool = True) -> "DynamoDBClient":
        """Return a boto3 client without retries; `validated=False` sends what boto3 would refuse."""
        client: DynamoDBClient = self._client("dynamodb", region, validated=validated)
        return client

    def streams(self, region: str = REGION, *, validated: bool = True) -> "DynamoDBStreamsClient":
        """Return a boto3 client of the streams API without retries."""
        client: DynamoDBStreamsClient = self._client("dynamodbstreams", region, validated=validated)
        return client

    def scaling(self, region: str = REGION, *, validated: bool = True) -> Any:
        """Return a boto3 client of Application Auto Scaling without retries."""
        return self._client("application-autoscaling", region, validated=validated)

    def fault_injection(self, region: str = REGION, *, validated: bool = True) -> Any:
        """Return a boto3 client of Fault Injection Service without retries."""
        return self._client("fis", region, validated=validated)

    def other(self, service: str, region: str = REGION, *, validated: bool = True) -> Any:
        """Return a boto3 client of any service without retries."""
        return self._client(service, region, validated=validated)

    def resource(self, region: str = REGION) -> "DynamoDBServiceResource":
        """Return a boto3 resource, which takes Python values in place of DynamoDB JSON."""
        return self._session.resource(
            "dynamodb", region_name=region, endpoint_url=self.endpoint, config=_config()
        )

    def call(
        self,
        operation: str,
        request: dict[str, Any] | bytes,
        *,
        region: str = REGION,
        service: Literal["dynamodb", "dynamodbstreams"] = "dynamodb",
    ) -> Reply:
        """Send one signed request as it is, without any check by a client."""
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        url = self.endpoint or f"https://{_host(service)}.{region}.amazonaws.com"
        signed = AWSRequest(
            method="POST",
            url=url + "/",
            data=body,
            headers={
                "X-Amz-Target": f"{_TARGETS[service]}.{operation}",
                "Content-Type": "application/x-amz-json-1.0",
            },
        )
        SigV4Auth(self._credentials(), "dynamodb", region).add_auth(signed)
        return send(url, "POST", "/", body, dict(signed.headers.items()))

    def close(self) -> None:
        """Close the connections of every client."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _client(self, service: str, region: str, *, validated: bool) -> Any:
        key = (service, region, validated)
        if key not in self._clients:
            make: Callable[..., Any] = self._session.client
            self._clients[key] = make(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                config=_config(validated=validated),
            )
        return self._clients[key]

    def _credentials(self) -> Credentials:
        found = self._session.get_credentials()
        assert found is not None, "no credentials in the environment"
        return found


def send(url: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
    """Send one HTTP request on a connection of its own."""
    address = urlsplit(url)
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=30)
    try:
        connection.request(method, path, body, headers)
        response: HTTPResponse = connection.getresponse()
        text = response.read()
        lowered = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, json.loads(text) if text[:1] == b"{" else {}, lowered)
    finally:
        connection.close()


def _host(service: str) -> str:
    return "streams.dynamodb" if service == "dynamodbstreams" else service


def _config(*, validated: bool = True) -> Config:
    return Config(
        retries={"total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=50,
        parameter_validation=validated,
    )
