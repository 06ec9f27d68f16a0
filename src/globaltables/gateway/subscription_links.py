"""The links in what SNS sends: whoever has one confirms or ends a subscription by opening it, without a signature."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from globaltables.companions.framework.dispatch import Caller
from globaltables.companions.framework.services import Services
from globaltables.gateway.exchange import Exchange
from globaltables.security.authorization import signed_service

_SERVICE = "sns"
_LINKS: Mapping[bytes, str] = {
    b"/?Action=ConfirmSubscription&": "TopicArn",
    b"/?Action=Unsubscribe&": "SubscriptionArn",
}
_ARN_PARTS = 6


def caller_of_link(exchange: Exchange, services: Services) -> Caller | None:
    """Return as whom a link is opened: the account of its topic, in the topic's region; None for no link."""
    member = next((_LINKS[start] for start in _LINKS if exchange.url.startswith(start)), None)
    if member is None or exchange.method != b"GET" or _is_signed(exchange):
        return None
    query = parse_qs(exchange.url.partition(b"?")[2].decode("latin-1"))
    parts = query.get(member, [""])[0].split(":")
    if len(parts) < _ARN_PARTS or not services.is_open(parts[3]):
        return None
    return services.caller(_SERVICE, parts[3], parts[4])


def _is_signed(exchange: Exchange) -> bool:
    return bool(signed_service(exchange.headers.get(b"authorization", exchange.url)))
