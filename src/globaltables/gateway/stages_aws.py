"""The stages that know AWS's protocol: target, signature, region, model, operation."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from globaltables.foundation.errors import ApiError, serialization
from globaltables.gateway.callers import Callers
from globaltables.gateway.exchange import Exchange, ModelledOperation, Operation
from globaltables.gateway.measuring import MEASURED
from globaltables.itemstore.node import Node
from globaltables.operations.context import Answer, Call, Handler
from globaltables.runtime.stopwatch import monotonic_ns
from globaltables.security.sigv4 import Authenticator


class Model(Protocol):
    """AWS's model of the services, as the gateway asks it."""

    def operation(self, target: str) -> ModelledOperation | None:
        """Return the operation of a target such as "DynamoDB_20120810.PutItem", or None."""


def target(model: Model, handlers: Mapping[str, Handler]) -> Callable[[Exchange], None]:
    """Return the stage that finds the operation of the X-Amz-Target header.

    Raises:
        ApiError: UnknownOperationException; with a text when AWS has the operation and this product does not.
    """
    known: dict[bytes, Operation] = {}

    def find_operation(exchange: Exchange) -> None:
        name = exchange.headers.get(b"x-amz-target", b"")
        operation = known.get(name)
        if operation is None:
            # Only what exists is remembered, so the model limits how much that is.
            operation = known[name] = _operation(model, handlers, name.decode("latin-1"))
        exchange.operation = operation

    return find_operation


def _operation(model: Model, handlers: Mapping[str, Handler], name: str) -> Operation:
    modelled = model.operation(name)
    if modelled is None:
        raise ApiError("UnknownOperationException", None)
    short_name = name.rpartition(".")[2]
    handler = handlers.get(name)
    if handler is None:
        msg = f"{short_name} is not supported by globaltables; see docs/compatibility.md"
        raise ApiError("UnknownOperationException", msg)
    return Operation(
        short_name,
        modelled,
        handler,
        measured=short_name in MEASURED,
        of_database=name.startswith("DynamoDB"),
    )


def authentication(
    authenticator: Authenticator, callers: Callers, node: Node
) -> Callable[[Exchange], None]:
    """Return the stage that finds out who signed the request, and for which region."""
    authenticate = authenticator.authenticate
    region = node.region

    def find_signer(exchange: Exchange) -> None:
        identity = authenticate(exchange.method, exchange.url, exchange.headers, exchange.body)
        exchange.access_key = identity.access_key
        exchange.region_name = identity.region
        exchange.region = region(identity.region)
        callers(exchange, "dynamodb")
        exchange.begun = monotonic_ns()

    return find_signer


def model_check(exchange: Exchange) -> None:
    """Check the request against the operation's input shape.

    Raises:
        ApiError: SerializationException or ValidationException.
    """
    request = exchange.request
    if type(request) is not dict:
        raise serialization(None)
    exchange.operation.model.check(request)


def operation(node: Node) -> Callable[[Exchange], Answer | Awaitable[Answer]]:
    """Return the last stage, which calls the operation in the region and account of the request."""

    def call_operation(exchange: Exchange) -> Answer | Awaitable[Answer]:
        called, grant = exchange.operation, exchange.grant
        return called.handle(
            Call(
                called.name,
                exchange.request,
                exchange.region,
                node,
                exchange.caller.account,
                exchange.access_key,
                len(exchange.body),
                exchange,
                None if grant is None else grant.principal,
                grant,
            )
        )

    return call_operation
