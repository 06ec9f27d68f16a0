"""What custom resources of stacks answer, and what wait conditions are told: by a URL that carries its own secret."""

from urllib.parse import unquote

from globaltables.companions.cloudformation.answers import PATH, take_answer
from globaltables.companions.framework.services import Services
from globaltables.foundation.errors import ApiError
from globaltables.gateway.exchange import Exchange, Reply

_PATH = PATH.encode("ascii")
_SERVICE = "cloudformation"


def is_answer(exchange: Exchange) -> bool:
    """Tell whether a request is such an answer."""
    return exchange.method == b"PUT" and exchange.url.startswith(_PATH)


async def answer(exchange: Exchange, services: Services) -> Reply:
    """Take an answer; who has the URL needs no signature, as with a presigned one."""
    path = exchange.url[len(_PATH) :].partition(b"?")[0].decode("latin-1")
    region, _, rest = unquote(path).partition("/")
    account, _, token = rest.partition("/")
    try:
        caller = services.caller(_SERVICE, region, account)
        await take_answer(caller.region, account, token, exchange.body)
    except ApiError as error:
        text = f"<Error><Code>{error.code}</Code><Message>{error.message}</Message></Error>"
        body = text.encode("utf-8")
        return Reply(error.status, body, b"text/xml", exchange.request_id, exchange.fields)
    return Reply(200, b"", b"text/plain", exchange.request_id, exchange.fields)
