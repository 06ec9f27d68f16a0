"""Requests between nodes prove the shared secret."""

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import PEER_REQUEST_AGE_MS_MAX
from globaltables.security.peer_secret import PeerSecret

NOW = 1_700_000_000_000
PATH, BODY = b"/peer/1/eu-west-1/feed", b"\x93body"
SECRET = PeerSecret(b"sixteen bytes are enough")


def test_secret_is_proved_by_who_knows_it() -> None:
    """Also when the clocks differ a little."""
    authorization = SECRET.authorization(PATH, BODY, NOW)

    SECRET.check(authorization, PATH, BODY, NOW + PEER_REQUEST_AGE_MS_MAX)
    SECRET.check(authorization, PATH, BODY, NOW - PEER_REQUEST_AGE_MS_MAX)


@pytest.mark.parametrize(
    ("path", "body"), [(b"/peer/1/eu-west-1/drop", BODY), (PATH, b"another body")]
)
def test_signature_of_another_request_is_refused(path: bytes, body: bytes) -> None:
    """A signature holds for one path and one body."""
    with pytest.raises(ApiError, match="does not prove the secret"):
        SECRET.check(SECRET.authorization(PATH, BODY, NOW), path, body, NOW)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer x",
        "GlobalTables-Peer time=, mac=",
        f"GlobalTables-Peer time={NOW}, mac=ü",
        PeerSecret(b"another secret of this length").authorization(PATH, BODY, NOW),
    ],
)
def test_who_does_not_know_the_secret_is_refused(authorization: str) -> None:
    """Whatever the header looks like."""
    with pytest.raises(ApiError, match="does not prove the secret") as refused:
        SECRET.check(authorization, PATH, BODY, NOW)

    assert "AccessDeniedException" == refused.value.code


def test_old_request_is_refused() -> None:
    """What was recorded can not be sent for ever."""
    authorization = SECRET.authorization(PATH, BODY, NOW)

    with pytest.raises(ApiError, match="clock differs by more than 300 seconds"):
        SECRET.check(authorization, PATH, BODY, NOW + PEER_REQUEST_AGE_MS_MAX + 1)


def test_short_secret_is_refused() -> None:
    """One that could be guessed is none."""
    with pytest.raises(ValueError, match="at least 16 bytes"):
        PeerSecret(b"short")
