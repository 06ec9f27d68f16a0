"""What is remembered of identities, and when it is forgotten."""

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.security.identities import Identities, LastingKey
from globaltables.security.policies.documents import Policy
from globaltables.security.policies.evaluation import AppliedPolicies
from globaltables.security.principals import Principal
from globaltables.security.session_tokens import Session, SessionTokens, new_access_key
from tests.support.policies import Keys, policy, request_of, user

KEY_ID = "AKIAAAAAAAAAAAAAAAAA"
ALICE = user("alice")


class Stored:
    """Identities as tests store them; counts what is read."""

    def __init__(self) -> None:
        self.keys = {KEY_ID: LastingKey("secret", ALICE)}
        self.identity: tuple[Policy, ...] | None = ()
        self.reads = 0

    def key(self, access_key: str) -> LastingKey | None:
        """Return an access key."""
        self.reads += 1
        return self.keys.get(access_key)

    def policies(self, principal: Principal) -> AppliedPolicies | None:
        """Return the policies of a principal."""
        self.reads += 1
        return None if self.identity is None else AppliedPolicies(identity=self.identity)


class Clock:
    """A time that tests set."""

    now_ms = 1_000


def made(stored: Stored | None) -> Identities:
    """Return identities over what is stored."""
    return Identities(
        lambda: Clock.now_ms, lambda: SessionTokens(bytes(32)), lambda: stored, enforced=True
    )


def code_of(identities: Identities, access_key: str, token: bytes = b"") -> str:
    """Return the code with which credentials are refused."""
    with pytest.raises(ApiError) as caught:
        identities.admitted(access_key, token)
    return caught.value.code


def test_admitted_reads_once_until_something_changes() -> None:
    """The same caller is answered from memory; after a change everything is read anew."""
    stored = Stored()
    identities = made(stored)
    grant = identities.admitted(KEY_ID, b"")
    assert 2 == stored.reads
    assert grant is identities.admitted(KEY_ID, b"")
    assert 2 == stored.reads
    told: list[int] = []
    identities.watch(lambda: told.append(1))
    identities.changed()
    assert [1] == told
    assert grant is not identities.admitted(KEY_ID, b"")
    stored.keys.clear()
    identities.changed()
    assert "UnrecognizedClientException" == code_of(identities, KEY_ID)


def test_admitted_of_who_is_gone_is_refused() -> None:
    """A key without a user, a token of nobody, no store at all."""
    stored = Stored()
    stored.identity = None
    assert "UnrecognizedClientException" == code_of(made(stored), KEY_ID)
    assert "UnrecognizedClientException" == code_of(made(None), KEY_ID)
    assert "UnrecognizedClientException" == code_of(made(Stored()), KEY_ID, b"token")
    assert "UnrecognizedClientException" == code_of(made(Stored()), "ASIAAAAAAAAAAAAAAAAA")


def test_session_is_refused_from_its_end_on() -> None:
    """Also when it was admitted, and remembered, before."""
    identities = made(Stored())
    access_key = new_access_key("ASIA", ALICE.account)
    token = identities.tokens.seal(Session(access_key, 2_000, ALICE)).encode()
    Clock.now_ms = 1_999
    try:
        assert ALICE == identities.admitted(access_key, token).principal
        assert ALICE == identities.recognised(access_key, token)
        Clock.now_ms = 2_000
        assert "ExpiredTokenException" == code_of(identities, access_key, token)
        with pytest.raises(ApiError):
            identities.recognised(access_key, token)
    finally:
        Clock.now_ms = 1_000


def test_recognised_of_keys_that_nobody_issued_is_nobody() -> None:
    """Where any key is good, most are of nobody here."""
    identities = made(Stored())
    for access_key in ("local", "123456789012", "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"):
        assert identities.recognised(access_key, b"") is None
        assert identities.recognised(access_key, b"token of AWS") is None
    assert ALICE == identities.recognised(KEY_ID, b"")


def test_grant_decides_with_the_policies_of_the_resource() -> None:
    """A grant has the principal's side of a decision."""
    stored = Stored()
    stored.identity = (policy({"Action": "dynamodb:GetItem"}),)
    grant = made(stored).grant_of(ALICE)
    keys = Keys()
    assert grant.decide(request_of(ALICE, keys=keys), None).allowed
    assert [] == keys.asked
    assert not grant.decide(request_of(ALICE, "dynamodb:PutItem"), None).allowed
