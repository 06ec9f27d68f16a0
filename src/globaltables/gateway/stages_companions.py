"""The stage that takes out the requests for services beside DynamoDB, and what has neither service nor target."""

from collections.abc import Awaitable, Callable, Collection, Mapping

from globaltables.companions.framework.dispatch import Caller, Dispatcher
from globaltables.companions.framework.response import Response
from globaltables.companions.framework.services import Services
from globaltables.foundation.errors import ApiError
from globaltables.gateway import custom_resources, stages_http
from globaltables.gateway.callers import Callers
from globaltables.gateway.exchange import Exchange, Reply
from globaltables.gateway.objects import SERVICE, Objects, is_for_objects
from globaltables.gateway.subscription_links import caller_of_link
from globaltables.security.authorization import DYNAMODB_SERVICES, signed_service
from globaltables.security.sigv4 import Authenticator

#: How the targets begin that are DynamoDB's, its streams', its scaling's, and our own.
_DATABASE_TARGETS = (b"DynamoDB", b"AnyScale", b"GlobalTables")

#: What STS is asked without a signature, by those whom others vouch for.
_FEDERATION = b"Action=AssumeRoleWith"
_NO_FEDERATION = (
    "AssumeRoleWithWebIdentity and AssumeRoleWithSAML are not supported by globaltables; "
    "see docs/compatibility.md"
)


def companions(
    services: Services,
    authenticators: Mapping[str, Authenticator],
    callers: Callers,
    objects: Objects,
) -> Callable[[Exchange], Reply | Awaitable[Reply] | None]:
    """Return the stage.

    Args:
        services: what is served.
        authenticators: who tells the signer of a request, by the name that it is signed for.
        callers: tells whose credentials signed.
        objects: answers what is for objects.
    """

    def dispatch(exchange: Exchange) -> Reply | Awaitable[Reply] | None:
        target = exchange.headers.get(b"x-amz-target")
        if target is not None and target.startswith(_DATABASE_TARGETS):
            return None if exchange.method == b"POST" else stages_http.health(exchange)
        if custom_resources.is_answer(exchange):
            return custom_resources.answer(exchange, services)
        service = _service(exchange)
        if service == SERVICE or (not service and objects.claims(exchange)):
            return objects.answer(exchange)
        if service in services.dispatchers:
            return _answer(exchange, services, service, authenticators[service], callers)
        if service and service not in DYNAMODB_SERVICES:
            return _not_served(exchange, service)
        if not service and _FEDERATION in exchange.body:
            error = ApiError("NotImplemented", _NO_FEDERATION, status=501)
            return _reply(exchange, services.dispatchers["sts"].refuse(exchange, error))
        by_link = caller_of_link(exchange, services)
        if by_link is not None:
            return _answer_link(exchange, services.dispatchers["sns"], by_link)
        return stages_http.health(exchange)

    return dispatch


def health_of_others(services: Collection[str]) -> Callable[[Exchange], Reply | None]:
    """Return the stage that answers GET as DynamoDB does, unless it is for one of these services."""

    def answer_health(exchange: Exchange) -> Reply | None:
        if exchange.method == b"POST" or _service(exchange) in services:
            return None
        if is_for_objects(exchange.url, exchange.headers):
            return None
        return stages_http.health(exchange)

    return answer_health


def _service(exchange: Exchange) -> str:
    return signed_service(exchange.headers.get(b"authorization", exchange.url))


async def _answer(
    exchange: Exchange,
    services: Services,
    service: str,
    authenticator: Authenticator,
    callers: Callers,
) -> Reply:
    dispatcher = services.dispatchers[service]
    try:
        identity = authenticator.authenticate(
            exchange.method, exchange.url, exchange.headers, exchange.body
        )
        exchange.access_key, exchange.region_name = identity.access_key, identity.region
        principal = callers(exchange, service)
        caller = services.caller(service, identity.region, principal.account, principal)
    except ApiError as error:
        return _reply(exchange, dispatcher.refuse(exchange, error))
    return _reply(exchange, await dispatcher.answer(exchange, caller))


async def _answer_link(exchange: Exchange, dispatcher: Dispatcher, caller: Caller) -> Reply:
    return _reply(exchange, await dispatcher.answer(exchange, caller))


def _reply(exchange: Exchange, response: Response) -> Reply:
    fields = exchange.fields
    for name, value in response.headers:
        if name.lower() != "content-type":
            line = f"{name}: {value}".replace("\r", " ").replace("\n", " ")
            fields += line.encode("utf-8") + b"\r\n"
    content_type = response.content_type.encode("latin-1")
    return Reply(response.status, response.body, content_type, exchange.request_id, fields)


def _not_served(exchange: Exchange, service: str) -> Reply:
    """Answer in JSON or XML, as what was asked looks like; a status that clients do not try again."""
    msg = f"The service {service} is not served by globaltables; see docs/compatibility.md"
    headers = exchange.headers
    if b"x-amz-target" in headers or b"json" in headers.get(b"content-type", b""):
        body = b'{"__type":"NotImplemented","message":"%b"}' % msg.encode("ascii")
        return Reply(501, body, b"application/json", exchange.request_id, exchange.fields)
    error = f"<Error><Type>Sender</Type><Code>NotImplemented</Code><Message>{msg}</Message></Error>"
    document = f"<ErrorResponse>{error}<RequestId>{exchange.request_id}</RequestId></ErrorResponse>"
    body = document.encode("ascii")
    return Reply(501, body, b"text/xml", exchange.request_id, exchange.fields)
