"""TLS of a node: what it shows to clients and to other nodes, and whom it believes."""

import ssl

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.settings import Tls


def for_clients(tls: Tls) -> ssl.SSLContext:
    """Return what the clients' listener serves with.

    Raises:
        OperationalError: a file cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return _with_certificate(context, tls)


def for_peers(tls: Tls) -> ssl.SSLContext:
    """Return what the listener for other nodes serves with; it asks for their certificates when it can check them.

    Raises:
        OperationalError: a file cannot be used.
    """
    context = for_clients(tls)
    if tls.authority is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        _trust(context, tls)
    return context


def towards_peers(tls: Tls) -> ssl.SSLContext:
    """Return what requests to other nodes are sent with: their certificates are checked, names included.

    Raises:
        OperationalError: a file cannot be used.
    """
    context = ssl.create_default_context()
    if tls.authority is not None:
        _trust(context, tls)
    return _with_certificate(context, tls)


def _with_certificate(context: ssl.SSLContext, tls: Tls) -> ssl.SSLContext:
    try:
        context.load_cert_chain(tls.certificate, tls.key)
    except (OSError, ssl.SSLError) as error:
        raise OperationalError(
            f"cannot serve TLS with {tls.certificate} and {tls.key}: {error}"
        ) from error
    return context


def _trust(context: ssl.SSLContext, tls: Tls) -> None:
    try:
        context.load_verify_locations(tls.authority)
    except (OSError, ssl.SSLError) as error:
        raise OperationalError(f"cannot trust {tls.authority}: {error}") from error
