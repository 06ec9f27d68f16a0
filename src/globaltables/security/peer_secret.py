"""How the nodes of one deployment know each other: a secret that all of them have, proved with every request.

    Authorization: GlobalTables-Peer time=<milliseconds>, mac=<HMAC-SHA256 over time, path and body>

The secret itself never travels. What an eavesdropper could repeat within the time has no second effect, because every
verb of replication may be repeated; confidentiality is TLS's.
"""

import hmac
from hashlib import sha256

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import PEER_REQUEST_AGE_MS_MAX, PEER_SECRET_BYTES_MIN

_SCHEME = "GlobalTables-Peer"


class PeerSecret:
    """Signs requests between nodes and checks their signatures.

    Args:
        secret: the same bytes in every node.

    Raises:
        ValueError: it is so short that it could be guessed.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < PEER_SECRET_BYTES_MIN:
            msg = f"a peer secret has at least {PEER_SECRET_BYTES_MIN} bytes"
            raise ValueError(msg)
        self._secret = secret

    def authorization(self, path: bytes, body: bytes, now_ms: int) -> str:
        """Return the Authorization header of a request."""
        return f"{_SCHEME} time={now_ms}, mac={self._mac(path, body, str(now_ms))}"

    def check(self, authorization: str, path: bytes, body: bytes, now_ms: int) -> None:
        """Check the Authorization header of a request.

        Raises:
            ApiError: AccessDeniedException; it does not prove the secret, or is too old.
        """
        scheme, _, rest = authorization.partition(" ")
        parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        time, mac = parts.get("time", ""), parts.get("mac", "")
        proved = scheme == _SCHEME and hmac.compare_digest(
            mac.encode(), self._mac(path, body, time).encode()
        )
        if not proved or not time.isdigit():
            raise ApiError("AccessDeniedException", "The peer does not prove the secret.")
        if abs(now_ms - int(time)) > PEER_REQUEST_AGE_MS_MAX:
            raise ApiError(
                "AccessDeniedException",
                f"The peer's clock differs by more than {PEER_REQUEST_AGE_MS_MAX // 1000} seconds.",
            )

    def _mac(self, path: bytes, body: bytes, time: str) -> str:
        signed = b"\n".join((time.encode(), path, sha256(body).digest()))
        return hmac.new(self._secret, signed, sha256).hexdigest()
