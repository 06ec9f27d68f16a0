"""From a request for a service to its answer."""

import gzip
import zlib
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from globaltables.api.service_model import ServiceModel, ServiceOperation, read_service_model
from globaltables.companions.framework.permissions import check_permissions
from globaltables.companions.framework.protocols import Spoken, protocol_of
from globaltables.companions.framework.response import Response
from globaltables.companions.framework.routes import Routes
from globaltables.companions.framework.values import as_json, with_bytes
from globaltables.companions.service import Http, Implementation, Neighbours, Service, ServiceCall
from globaltables.companions.uncovered import refused_members
from globaltables.foundation.errors import ApiError, serialization
from globaltables.foundation.limits import REQUEST_BODY_BYTES_MAX
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.security.principals import Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, where, and whose resources it is about."""

    region: Region
    account: str
    node: Node
    principal: Principal
    services: Neighbours


@dataclass(frozen=True, slots=True)
class _Loaded:
    spoken: Spoken
    implementation: Implementation
    refused: Mapping[str, Mapping[str, str]]

    @property
    def model(self) -> ServiceModel:
        return self.spoken.model


class Dispatcher:
    """Answers the requests for one service; its model and its code are loaded with the first one.

    Args:
        service: which.

    Attributes:
        service: see there.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._loaded: _Loaded | None = None

    async def answer(self, http: Http, caller: Caller) -> Response:
        """Return the response to a request whose signer is known."""
        spoken = self._load().spoken
        protocol = protocol_of(http, spoken.model.protocol)
        try:
            body = _unpacked(http)
            operation, request, payload = protocol.read(spoken, http, body)
            self._check(operation, request, payload)
            answer = await self._carry_out(operation, request, caller, http)
            return protocol.write(spoken, operation, answer, http.request_id)
        except ApiError as error:
            return protocol.refuse(spoken, error, http.request_id)
        except RecursionError:  # documents in requests may nest as deeply as their senders like
            refusal = serialization("The request is nested too deeply")
            return protocol.refuse(spoken, refusal, http.request_id)

    def refuse(self, http: Http, error: ApiError) -> Response:
        """Return the response to a request that is refused, in the form of the service."""
        spoken = self._load().spoken
        protocol = protocol_of(http, spoken.model.protocol)
        return protocol.refuse(spoken, error, http.request_id)

    async def call(
        self, operation_name: str, request: Mapping[str, Any], caller: Caller
    ) -> dict[str, Any]:
        """Return the answer to a request inside the process.

        Raises:
            ApiError: it is refused.
        """
        model = self._load().model
        operation = model.operations.get(operation_name)
        if operation is None:
            msg = f"{self.service.name} has no operation {operation_name}"
            raise ApiError("UnknownOperationException", msg)
        payload_name = self._payload(operation)
        payload = {name: value for name, value in request.items() if name == payload_name}
        members = as_json({name: request[name] for name in request if name != payload_name})
        self._check(operation, members, payload)
        return await self._carry_out(operation, members, caller, None)

    def _check(
        self, operation: ServiceOperation, request: dict[str, Any], payload: Mapping[str, Any]
    ) -> None:
        """Check a request against the model and turn it into what handlers get, in place."""
        # A body of its own may be large, and the model asks nothing of it but that it is there.
        request.update(dict.fromkeys(payload, ""))
        operation.check(request)
        if operation.input:
            with_bytes(self._load().model.shapes, operation.input["shape"], request)
        request.update(payload)

    def _payload(self, operation: ServiceOperation) -> str:
        """Return the name of the member that is a body of bytes, empty when there is none."""
        if not operation.input:
            return ""
        shapes = self._load().model.shapes
        shape = shapes[operation.input["shape"]]
        name: str = shape.get("payload", "")
        if name and shapes[shape["members"][name]["shape"]]["type"] == "blob":
            return name
        return ""

    async def _carry_out(
        self,
        operation: ServiceOperation,
        request: dict[str, Any],
        caller: Caller,
        http: Http | None,
    ) -> dict[str, Any]:
        handler = self._load().implementation.handlers.get(operation.name)
        if handler is None:
            msg = f"{operation.name} is not supported by globaltables; see docs/compatibility.md"
            raise ApiError("NotImplemented", msg, status=501)
        call = ServiceCall(
            operation=operation.name,
            request=request,
            region=caller.region,
            account=caller.account,
            node=caller.node,
            principal=caller.principal,
            services=caller.services,
            http=http,
        )
        if caller.node.identities.enforced:
            check_permissions(self.service, self._load().implementation, call)
        refused = self._load().refused.get(operation.name)
        if refused is not None:
            _check_members(request, refused)
        answer = handler(call)
        return await answer if isinstance(answer, Awaitable) else answer

    def _load(self) -> _Loaded:
        if self._loaded is None:
            model = read_service_model(self.service.model_file)
            implementation = self.service.load()
            spoken = Spoken(
                model,
                Routes(model),
                implementation.error_codes,
                model.with_names(implementation.form_names),
            )
            refused = refused_members(self.service.name, model)
            self._loaded = _Loaded(spoken, implementation, refused)
        return self._loaded


def _check_members(request: Mapping[str, Any], refused: Mapping[str, str]) -> None:
    """Check that a request has nothing that would have no effect; what is false or empty asks for nothing.

    Raises:
        ApiError: NotImplemented.
    """
    for name, reason in refused.items():
        if request.get(name):
            msg = f"{name} is not supported by globaltables ({reason}); see docs/coverage.md"
            raise ApiError("NotImplemented", msg, status=501)


def _unpacked(http: Http) -> bytes:
    """Return the body of a request without its compression; objects keep theirs.

    Raises:
        ApiError: SerializationException.
    """
    if http.headers.get(b"content-encoding") != b"gzip" or http.method != b"POST":
        return http.body
    try:
        with gzip.GzipFile(fileobj=BytesIO(http.body)) as packed:
            # A few bytes may stand for any number: no more of them than may be sent.
            body = packed.read(REQUEST_BODY_BYTES_MAX + 1)
    except (OSError, EOFError, zlib.error):
        raise serialization(None) from None
    if len(body) > REQUEST_BODY_BYTES_MAX:
        raise ApiError("RequestEntityTooLarge", "the body is too large", status=413)
    return body
