"""Tokens of sessions: what was sealed is told again, and nothing else is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.security.principals import Principal
from globaltables.security.session_tokens import (
    LASTING,
    TEMPORARY,
    Session,
    SessionTokens,
    account_of_access_key,
    new_access_key,
)

KEY = bytes(32)
_TEXTS = st.text(max_size=12)
_PRINCIPALS = st.builds(
    Principal,
    st.just("111122223333"),
    _TEXTS,
    st.sampled_from(["User", "AssumedRole", "FederatedUser", "Account"]),
    tags=st.lists(st.tuples(_TEXTS, _TEXTS), max_size=3).map(tuple),
    session_policies=st.none() | st.lists(_TEXTS, max_size=2).map(tuple),
    transitive_tags=st.lists(_TEXTS, max_size=2).map(tuple),
    issued_ms=st.integers(0, 2**50),
)


@given(_PRINCIPALS, st.integers(0, 2**50))
def test_session_is_told_by_its_token(principal: Principal, expires_ms: int) -> None:
    """Everything about a principal comes back as it was."""
    tokens = SessionTokens(KEY)
    session = Session("ASIAEXAMPLE", expires_ms, principal)
    assert session == tokens.session(tokens.seal(session))


def test_token_of_another_key_or_damaged_is_none() -> None:
    """Only what this key has sealed, to the byte, is a token."""
    tokens = SessionTokens(KEY)
    sealed = tokens.seal(Session("ASIAEXAMPLE", 1, Principal("1", "a", "User")))
    assert SessionTokens(b"\1" * 32).session(sealed) is None
    for place in (0, 5, len(sealed) // 2, len(sealed) - 3):
        other = "A" if sealed[place] != "A" else "B"
        assert tokens.session(sealed[:place] + other + sealed[place + 1 :]) is None
    for text in ("", "AA==", "not base64", "é"):
        assert tokens.session(text) is None


def test_secret_belongs_to_its_id_and_to_the_key() -> None:
    """The same id has the same secret, of forty characters; another id or key has another."""
    tokens = SessionTokens(KEY)
    secrets = {tokens.secret("ASIA1"), tokens.secret("ASIA2")}
    secrets.add(SessionTokens(b"\1" * 32).secret("ASIA1"))
    assert 3 == len(secrets)
    assert {40} == {len(secret) for secret in secrets}
    assert tokens.secret("ASIA1") == SessionTokens(KEY).secret("ASIA1")


@pytest.mark.parametrize("account", ["000000000000", "123456789012", "999999999999"])
def test_access_key_tells_its_account(account: str) -> None:
    """As AWS's ids do: twenty characters, of which the account can be read."""
    for prefix in (LASTING, TEMPORARY):
        made = new_access_key(prefix, account)
        assert (20, prefix, account) == (len(made), made[:4], account_of_access_key(made))


@pytest.mark.parametrize("text", ["", "AKIA", "123456789012", "AKIAé", "AKIA/../../x", "local"])
def test_access_key_of_another_form_tells_nothing(text: str) -> None:
    """Whatever a client calls its key."""
    assert account_of_access_key(text) is None
