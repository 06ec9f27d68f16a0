"""Requests over one connection at a time, for servers that do not verify signatures: quick enough to load one."""

from http.client import HTTPConnection, HTTPException
from typing import Any, Self
from urllib.parse import urlsplit

import orjson

from tests.support.target import ACCESS_KEY

_SECONDS_MAX = 20


class UnansweredError(Exception):
    """Nobody knows whether the request was carried out."""


class PlainClient:
    """Asks one region.

    Args:
        endpoint: of the server.
        region: is named in the signature, which is where a server finds it.
    """

    def __init__(self, endpoint: str, region: str) -> None:
        address = urlsplit(endpoint)
        assert address.hostname is not None
        self._connection = HTTPConnection(address.hostname, address.port, timeout=_SECONDS_MAX)
        self._authorization = (
            f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/{region}/dynamodb/aws4_request, "
            "SignedHeaders=host;x-amz-target, Signature=00"
        )

    def ask(self, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and body of an answer.

        Raises:
            UnansweredError: the connection failed.
        """
        headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "X-Amz-Date": "20260101T000000Z",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": self._authorization,
        }
        try:
            self._connection.request("POST", "/", orjson.dumps(request), headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise UnansweredError from error
        return response.status, orjson.loads(body)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
