"""From a request for a service of the tail to its answer."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlencode

from globaltables.companions.framework.dispatch import Caller, Dispatcher
from globaltables.companions.framework.permissions import check_unknown
from globaltables.companions.framework.response import Response
from globaltables.companions.service import Http, Service, ServiceCall
from globaltables.companions.tail.child import Answered, TailProcess
from globaltables.companions.tail.services import (
    ACCOUNT_HEADER,
    READS_HEADER,
    REFUSED,
    REGION_HEADER,
    SERVICE_HEADER,
    name_in_moto,
)
from globaltables.foundation.errors import ApiError

_READS = ("BatchGet", "Describe", "Get", "List", "Search", "Validate")
#: Headers of one connection, or that the node writes itself.
_NOT_PASSED_ON = frozenset(
    ("connection", "content-length", "content-type", "date", "server", "transfer-encoding")
)
_NOT_ASKED = frozenset(
    ("accept-encoding", "connection", "content-length", "expect", "host", "x-amz-security-token")
)


class TailDispatcher(Dispatcher):
    """Answers the requests for one service of the tail.

    Args:
        service: which.
        process: moto.
    """

    def __init__(self, service: Service, process: TailProcess) -> None:
        super().__init__(service)
        self._process = process

    async def answer(self, http: Http, caller: Caller) -> Response:
        """Return the response to a request whose signer is known."""
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in http.headers.items()
        }
        operation = _operation(headers, http.body)
        try:
            self._permit(operation, caller, http)
        except ApiError as error:
            return self.refuse(http, error)
        answered = await self._ask(
            http.method.decode("latin-1"),
            http.url.decode("latin-1"),
            headers,
            http.body,
            caller,
            operation,
        )
        if answered.status >= 500:
            return self.refuse(http, _missing(self.service.name, operation))
        kept = tuple(
            (name, value)
            for name, value in answered.headers.items()
            if name.lower() not in _NOT_PASSED_ON
        )
        content_type = answered.headers.get("Content-Type", "")
        return Response(answered.status, answered.body, content_type, kept)

    async def call(
        self, operation_name: str, request: Mapping[str, Any], caller: Caller
    ) -> dict[str, Any]:
        """Return the answer to a request inside the process.

        Raises:
            ApiError: it is refused.
        """
        from botocore.awsrequest import prepare_request_dict  # noqa: PLC0415 - only calls inside need it
        from botocore.parsers import create_parser  # noqa: PLC0415
        from botocore.serialize import create_serializer  # noqa: PLC0415

        self._permit(operation_name, caller, None)
        model = _client_model(self.service.model_file)
        operation = model.operation_model(operation_name)
        protocol = model.metadata["protocol"]
        serializer = create_serializer(protocol, include_validation=False)
        asked = serializer.serialize_to_request(dict(request), operation)
        prepare_request_dict(asked, "http://tail")
        body = asked["body"]
        if isinstance(body, dict):
            body = urlencode(body)
        raw = body.encode("utf-8") if isinstance(body, str) else body or b""
        url = asked["url"].removeprefix("http://tail")
        answered = await self._ask(
            asked["method"], url, dict(asked["headers"]), raw, caller, operation_name
        )
        if answered.status >= 500:
            raise _missing(self.service.name, operation_name)
        read = create_parser(protocol).parse(
            {
                "status_code": answered.status,
                "headers": {name.lower(): value for name, value in answered.headers.items()},
                "body": answered.body,
            },
            operation.output_shape,
        )
        read.pop("ResponseMetadata", None)
        if answered.status >= 300:
            error = read["Error"]
            raise ApiError(error["Code"], error["Message"], status=answered.status)
        members: dict[str, Any] = _with_seconds(read)
        return members

    def _permit(self, operation: str, caller: Caller, http: Http | None) -> None:
        """Check that an operation is served and that the caller may carry it out.

        Raises:
            ApiError: it would do nothing here, or the caller may not.
        """
        if (self.service.name, operation) in REFUSED:
            raise _missing(self.service.name, operation)
        if caller.node.identities.enforced:
            call = ServiceCall(
                operation,
                {},
                caller.region,
                caller.account,
                caller.node,
                caller.principal,
                caller.services,
                http,
            )
            check_unknown(self.service, operation or "Unknown", call)

    async def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        caller: Caller,
        operation: str,
    ) -> Answered:
        if self._process.stop not in caller.services.at_stop:
            caller.services.at_stop.append(self._process.stop)
        region, service = caller.region.name, self.service.name
        scope = f"node/20260101/{region}/{service}/aws4_request"
        own = {
            ACCOUNT_HEADER: caller.account,
            REGION_HEADER: region,
            SERVICE_HEADER: name_in_moto(service),
            READS_HEADER: "yes" if operation.startswith(_READS) else "",
            "host": f"{service}.{region}.amazonaws.com",
            # moto takes the region from it; who asks is known already.
            "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        asked = {name: value for name, value in headers.items() if name.lower() not in _NOT_ASKED}
        asked.pop("authorization", None)
        return await self._process.ask(method, url, asked | own, body)


def _operation(headers: Mapping[str, str], body: bytes) -> str:
    """Return the name of the operation that a request is for; empty when it does not say."""
    target = headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2]
    return parse_qs(body.decode("latin-1")).get("Action", [""])[0]


def _missing(service: str, operation: str) -> ApiError:
    msg = f"{operation} of {service} is not supported by globaltables; see docs/compatibility.md"
    return ApiError("NotImplemented", msg, status=501)


@lru_cache
def _client_model(model_file: str) -> Any:
    from botocore.loaders import Loader  # noqa: PLC0415 - only calls inside the process need it
    from botocore.model import ServiceModel  # noqa: PLC0415

    service, version, _ = model_file.split("/")
    document = Loader().load_service_model(service, "service-2", version)
    return ServiceModel(document, service)


def _with_seconds(value: Any) -> Any:
    """Return what a client's parser read with moments as seconds."""
    if isinstance(value, dict):
        return {key: _with_seconds(content) for key, content in value.items()}
    if isinstance(value, list):
        return [_with_seconds(content) for content in value]
    return value.timestamp() if isinstance(value, datetime) else value
