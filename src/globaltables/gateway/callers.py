"""Whose credentials a request was signed with, in each mode of authentication."""

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import parse_qs

from globaltables.foundation.limits import SIGNERS_CACHED_MAX
from globaltables.foundation.settings import DEFAULT_ACCOUNT, AuthMode
from globaltables.gateway.exchange import Exchange
from globaltables.security.identities import Identities
from globaltables.security.principals import Principal, account_root
from globaltables.security.session_tokens import LASTING, TEMPORARY

_ACCOUNT_DIGITS = 12
_ISSUED = (LASTING, TEMPORARY)
_TOKEN = b"x-amz-security-token"

#: Finds out whose credentials signed an exchange, whose access key and region are known, for a service.
Callers = Callable[[Exchange, str], Principal]


@lru_cache(SIGNERS_CACHED_MAX)
def account_of(access_key: str) -> str:
    """Return the account of a key that nobody issued: a key id of 12 digits is the account itself."""
    if len(access_key) == _ACCOUNT_DIGITS and access_key.isdigit() and access_key.isascii():
        return access_key
    return DEFAULT_ACCOUNT


@lru_cache(SIGNERS_CACHED_MAX)
def _root_of(access_key: str) -> Principal:
    return account_root(account_of(access_key))


def callers(mode: AuthMode, identities: Identities) -> Callers:
    """Return what tells the caller of a request whose signature was checked as the mode asks for.

    Any key is good where signatures are not verified: one that IAM issued is its user's, any other the account's root.
    Elsewhere a key has to be known, temporary credentials have to bring their token, and neither may have expired.
    """

    def recognise(exchange: Exchange, service: str) -> Principal:
        access_key = exchange.access_key
        if access_key.startswith(_ISSUED):
            principal = identities.recognised(access_key, _token(exchange))
            if principal is not None:
                identities.note_use(access_key, service, exchange.region_name)
                exchange.caller = principal
                return principal
        exchange.caller = root = _root_of(access_key)
        return root

    def admit(exchange: Exchange, service: str) -> Principal:
        access_key = exchange.access_key
        grant = identities.admitted(access_key, _token(exchange))
        identities.note_use(access_key, service, exchange.region_name)
        if identities.enforced:
            exchange.grant = grant
        exchange.caller = grant.principal
        return grant.principal

    return recognise if mode == "wellformed" else admit


def _token(exchange: Exchange) -> bytes:
    """Return the session token of a request: in a header, or a parameter of a presigned URL."""
    token = exchange.headers.get(_TOKEN)
    if token is not None:
        return token
    if b"X-Amz-Security-Token=" not in exchange.url:
        return b""
    query = exchange.url.partition(b"?")[2].decode("latin-1")
    return parse_qs(query).get("X-Amz-Security-Token", [""])[-1].encode("latin-1")
