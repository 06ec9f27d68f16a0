"""The stage that takes out the requests for services beside DynamoDB, and what has neither service nor target."""

from collections.abc import Awaitable, Callable, Collection, Mapping

from globaltables.companions.dispatch import Dispatcher
from globaltables.companions.rest_json import Response
from globaltables.foundation.errors import ApiError
from globaltables.gateway import stages_http
from globaltables.gateway.exchange import JSON, Exchange, Reply
from globaltables.gateway.stages_aws import account_of
from globaltables.itemstore.node import Node
from globaltables.security.authorization import signed_service
from globaltables.security.sigv4 import Authenticator


def companions(
    services: Mapping[str, tuple[Dispatcher, Authenticator]], node: Node
) -> Callable[[Exchange], Reply | Awaitable[Reply] | None]:
    """Return the stage.

    Args:
        services: by the name that requests are signed for.
        node: the regions of this process.
    """

    def dispatch(exchange: Exchange) -> Reply | Awaitable[Reply] | None:
        if b"x-amz-target" in exchange.headers and exchange.method == b"POST":
            return None
        service = services.get(_service(exchange))
        if service is None:
            return stages_http.health(exchange)
        return _answer(exchange, *service, node)

    return dispatch


def health_of_others(services: Collection[str]) -> Callable[[Exchange], Reply | None]:
    """Return the stage that answers GET as DynamoDB does, unless it is for one of these services."""

    def answer_health(exchange: Exchange) -> Reply | None:
        if exchange.method == b"POST" or _service(exchange) in services:
            return None
        return stages_http.health(exchange)

    return answer_health


def _service(exchange: Exchange) -> str:
    return signed_service(exchange.headers.get(b"authorization", exchange.url))


async def _answer(
    exchange: Exchange, dispatcher: Dispatcher, authenticator: Authenticator, node: Node
) -> Reply:
    try:
        identity = authenticator.authenticate(
            exchange.method, exchange.url, exchange.headers, exchange.body
        )
        region = node.region(identity.region)
    except ApiError as error:
        return _reply(exchange, dispatcher.refuse(error))
    response = await dispatcher.answer(
        exchange.method.decode("latin-1"),
        exchange.url.decode("latin-1"),
        exchange.body,
        region,
        account_of(identity.access_key),
    )
    return _reply(exchange, response)


def _reply(exchange: Exchange, response: Response) -> Reply:
    fields = exchange.fields
    if response.error:
        fields += b"x-amzn-ErrorType: %b\r\n" % response.error.encode("ascii")
    return Reply(response.status, response.body, JSON, exchange.request_id, fields)
