"""The protocols of AWS, each found by what a request looks like: clients of one service may speak several.

A request with the header `smithy-protocol` is CBOR over /service/S/operation/O; one with `X-Amz-Target: S.O` is JSON; a
form or a query with Action=O is answered in XML; anything else is REST, with JSON or XML as the service's model says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from globaltables.api.service_model import ServiceModel, ServiceOperation
from globaltables.companions.framework.json_protocol import (
    read_cbor,
    read_json,
    refusal_members,
    write_cbor,
    write_json,
)
from globaltables.companions.framework.query import (
    read_form,
    read_query,
    write_query,
    write_query_error,
)
from globaltables.companions.framework.response import Response
from globaltables.companions.framework.rest import read_rest, write_rest
from globaltables.companions.framework.routes import Routes, parameters_of
from globaltables.companions.framework.xml import element, written
from globaltables.companions.service import Http
from globaltables.foundation.errors import ApiError

#: An operation, its request, and the members that are bodies of their own.
Asked = tuple[ServiceOperation, dict[str, Any], dict[str, Any]]

_FORM = b"application/x-www-form-urlencoded"
#: What the codes of the framework are called in the query protocol.
_QUERY_CODES: Mapping[str, str] = {
    "SerializationException": "MalformedInput",
    "UnknownOperationException": "InvalidAction",
    "ValidationException": "ValidationError",
    "AccessDeniedException": "AccessDenied",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "IncompleteSignatureException": "IncompleteSignature",
    "ExpiredTokenException": "ExpiredToken",
}
#: And in REST with XML, which S3 alone has.
_XML_CODES: Mapping[str, str] = {
    "SerializationException": "InvalidArgument",
    "UnknownOperationException": "MethodNotAllowed",
    "ValidationException": "InvalidArgument",
    "AccessDeniedException": "AccessDenied",
    "UnrecognizedClientException": "InvalidAccessKeyId",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "MissingAuthenticationTokenException": "AccessDenied",
    "IncompleteSignatureException": "AuthorizationHeaderMalformed",
    "ExpiredTokenException": "ExpiredToken",
}
#: What is 403 in every protocol but JSON's, where it is 400.
_FORBIDDEN = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    }
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A service as the protocols see it.

    Attributes:
        error_codes: see `Implementation`.
        form_model: the model as the query protocol has it.
    """

    model: ServiceModel
    routes: Routes
    error_codes: Mapping[str, str]
    form_model: ServiceModel


class WireProtocol(Protocol):
    """How requests and answers travel."""

    def read(self, spoken: Spoken, http: Http, body: bytes) -> Asked:
        """Return what is asked for.

        Args:
            spoken: of which service.
            http: the request.
            body: of the request, unpacked.

        Raises:
            ApiError: the service has no such operation, or the request cannot be read.
        """

    def write(
        self,
        spoken: Spoken,
        operation: ServiceOperation,
        answer: Mapping[str, Any],
        request_id: str,
    ) -> Response:
        """Return the response to what was carried out."""

    def refuse(self, spoken: Spoken, error: ApiError, request_id: str) -> Response:
        """Return the response to what was refused."""


class _Json:
    def read(self, spoken: Spoken, http: Http, body: bytes) -> Asked:
        target = http.headers[b"x-amz-target"].decode("latin-1")
        prefix, _, name = target.rpartition(".")
        if prefix != spoken.model.target_prefix:
            raise ApiError("UnknownOperationException", None)
        return _operation(spoken.model, name), read_json(body), {}

    def write(
        self,
        spoken: Spoken,
        operation: ServiceOperation,
        answer: Mapping[str, Any],
        request_id: str,
    ) -> Response:
        written_body = (
            write_json(spoken.model, operation.output, answer) if operation.output else b""
        )
        return Response(operation.status, written_body, self._content_type(spoken))

    def refuse(self, spoken: Spoken, error: ApiError, request_id: str) -> Response:
        body = orjson.dumps(_error_members(spoken.model, error))
        return Response(
            _status(spoken.model, error),
            body,
            self._content_type(spoken),
            _query_header(spoken, error),
        )

    @staticmethod
    def _content_type(spoken: Spoken) -> str:
        return f"application/x-amz-json-{spoken.model.json_version}"


class _Cbor:
    def read(self, spoken: Spoken, http: Http, body: bytes) -> Asked:
        name = http.url.partition(b"?")[0].decode("latin-1").rpartition("/")[2]
        return _operation(spoken.model, name), read_cbor(body), {}

    def write(
        self,
        spoken: Spoken,
        operation: ServiceOperation,
        answer: Mapping[str, Any],
        request_id: str,
    ) -> Response:
        written_body = (
            write_cbor(spoken.model, operation.output, answer) if operation.output else b""
        )
        return Response(operation.status, written_body, "application/cbor", _CBOR_HEADERS)

    def refuse(self, spoken: Spoken, error: ApiError, request_id: str) -> Response:
        import cbor2  # noqa: PLC0415 - only one service's clients speak it

        body = cbor2.dumps(_error_members(spoken.model, error))
        headers = _CBOR_HEADERS + _query_header(spoken, error)
        return Response(_status(spoken.model, error), body, "application/cbor", headers)


class _Query:
    def read(self, spoken: Spoken, http: Http, body: bytes) -> Asked:
        form = read_form(http.url.partition(b"?")[2]) | read_form(body)
        operation = _operation(spoken.model, form.get("Action", ""))
        return operation, read_query(spoken.form_model, operation, form), {}

    def write(
        self,
        spoken: Spoken,
        operation: ServiceOperation,
        answer: Mapping[str, Any],
        request_id: str,
    ) -> Response:
        body = write_query(spoken.form_model, operation, answer, request_id)
        return Response(operation.status, body, "text/xml")

    def refuse(self, spoken: Spoken, error: ApiError, request_id: str) -> Response:
        code = spoken.error_codes.get(error.code) or _QUERY_CODES.get(error.code, error.code)
        status = _web_status(spoken.model, error)
        body = write_query_error(error, code, status, spoken.model.namespace, request_id)
        return Response(status, body, "text/xml")


class _RestJson:
    def read(self, spoken: Spoken, http: Http, body: bytes) -> Asked:
        return _read_rest(spoken, http, body, is_xml=False)

    def write(
        self,
        spoken: Spoken,
        operation: ServiceOperation,
        answer: Mapping[str, Any],
        request_id: str,
    ) -> Response:
        return write_rest(spoken.model, operation, answer, is_xml=False)

    def refuse(self, spoken: Spoken, error: ApiError, request_id: str) -> Response:
        members = _error_members(spoken.model, error)
        name = members.pop("__type")
        headers = (("x-amzn-ErrorType", name),)
        status = _web_status(spoken.model, error)
        return Response(status, orjson.dumps(members), "application/json", headers)


class _RestXml:
    def read(self, spoken: Spoken, http: Http, body: bytes) -> Asked:
        return _read_rest(spoken, http, body, is_xml=True)

    def write(
        self,
        spoken: Spoken,
        operation: ServiceOperation,
        answer: Mapping[str, Any],
        request_id: str,
    ) -> Response:
        return write_rest(spoken.model, operation, answer, is_xml=True)

    def refuse(self, spoken: Spoken, error: ApiError, request_id: str) -> Response:
        parts = element("Code", written(_XML_CODES.get(error.code, error.code)))
        parts += element("Message", written(error.message or ""))
        for name, value in (error.fields or {}).items():
            parts += element(name, written(str(value)))
        parts += element("RequestId", written(request_id))
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n{element("Error", parts)}'
        status = _web_status(spoken.model, error)
        return Response(status, body.encode("utf-8"), "application/xml", error.headers)


_CBOR_HEADERS = (("smithy-protocol", "rpc-v2-cbor"),)
_JSON = _Json()
_CBOR = _Cbor()
_QUERY = _Query()
_REST_JSON = _RestJson()
_REST_XML = _RestXml()


def protocol_of(http: Http, model_protocol: str) -> WireProtocol:
    """Return the protocol that a request is in.

    Args:
        http: the request.
        model_protocol: what the model says that the service speaks.
    """
    headers = http.headers
    if b"smithy-protocol" in headers:
        return _CBOR
    if b"x-amz-target" in headers:
        return _JSON
    is_rest = model_protocol.startswith("rest")
    if not is_rest or (
        headers.get(b"content-type", b"").startswith(_FORM) and b"Action=" in http.body
    ):
        return _QUERY
    return _REST_XML if model_protocol == "rest-xml" else _REST_JSON


def _read_rest(spoken: Spoken, http: Http, body: bytes, *, is_xml: bool) -> Asked:
    path, _, query = http.url.decode("latin-1").partition("?")
    parameters = parameters_of(query)
    method = http.method.decode("latin-1")
    found = spoken.routes.find(method, path, parameters, http.headers)
    if found is None:
        raise ApiError("UnknownOperationException", f"there is no {method} {path}", status=404)
    operation, labels = found
    request, payload = read_rest(
        spoken.model, operation, labels, parameters, http.headers, body, is_xml=is_xml
    )
    return operation, request, payload


def _operation(model: ServiceModel, name: str) -> ServiceOperation:
    operation = model.operations.get(name)
    if operation is None:
        msg = f"Could not find operation {name} for version {model.api_version}"
        raise ApiError("UnknownOperationException", msg)
    return operation


def _status(model: ServiceModel, error: ApiError) -> int:
    return model.error_status.get(error.code, error.status)


def _web_status(model: ServiceModel, error: ApiError) -> int:
    """Return the status of a refusal in a protocol that has codes and statuses of the web."""
    return 403 if error.code in _FORBIDDEN else _status(model, error)


def _error_members(model: ServiceModel, error: ApiError) -> dict[str, Any]:
    """Return the members of an error's body; the model knows whether the text is a `message` or a `Message`."""
    name = model.error_shapes.get(error.code, error.code)
    members = refusal_members(error, name)
    modelled = model.shapes.get(name, {}).get("members", {})
    if "Message" in modelled and "message" in members:
        members["Message"] = members.pop("message")
    return members


def _query_header(spoken: Spoken, error: ApiError) -> tuple[tuple[str, str], ...]:
    """Return the header that has the code of the query protocol, for services that left it behind."""
    if not spoken.model.is_query_compatible:
        return ()
    code = spoken.error_codes.get(error.code, error.code)
    fault = "Receiver" if _status(spoken.model, error) >= 500 else "Sender"
    return (("x-amzn-query-error", f"{code};{fault}"),)
