"""Who holds which credentials, and what their policies let them do.

What is stored about users, roles and policies is told by a source, read when it is first needed and remembered until
anything of it changes.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Protocol

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import DECISIONS_CACHED_MAX, SIGNERS_CACHED_MAX
from globaltables.runtime.clock import SystemClock
from globaltables.runtime.randomness import new_bytes
from globaltables.security.policies.documents import Policy
from globaltables.security.policies.evaluation import AppliedPolicies, Decision, evaluate
from globaltables.security.policies.matching import AccessRequest
from globaltables.security.principals import Principal
from globaltables.security.session_tokens import (
    ACCESS_KEY_CHARACTERS,
    KEY_BYTES,
    LASTING,
    TEMPORARY,
    SessionTokens,
)

_INVALID = "The security token included in the request is invalid."
_EXPIRED = "The security token included in the request is expired"


@dataclass(frozen=True, slots=True)
class LastingKey:
    """An access key that does not expire.

    Attributes:
        secret: its secret key.
        principal: whose it is.
    """

    secret: str
    principal: Principal


class IdentitySource(Protocol):
    """What is stored about identities."""

    def key(self, access_key: str) -> LastingKey | None:
        """Return an access key that may be used; None when there is none, or it is inactive."""

    def policies(self, principal: Principal) -> AppliedPolicies | None:
        """Return the policies of a principal, its session's included; None when it is not there any more."""


class Grant:
    """What one principal may do.

    Args:
        principal: who.
        policies: those that apply to all of its requests.
    """

    __slots__ = ("_policies", "principal", "settled")

    def __init__(self, principal: Principal, policies: AppliedPolicies) -> None:
        self.principal = principal
        self._policies = policies
        #: What is allowed without a condition; the keys are the caller's own.
        self.settled: set[Hashable] = set()

    def decide(self, request: AccessRequest, resource: Policy | None) -> Decision:
        """Decide on a request.

        Args:
            request: by this principal.
            resource: the policy of the resource, if it has one.
        """
        policies = (
            self._policies if resource is None else replace(self._policies, resource=resource)
        )
        return evaluate(request, policies)

    def settle(self, key: Hashable) -> None:
        """Remember that something is allowed whatever the request says besides."""
        if len(self.settled) >= DECISIONS_CACHED_MAX:
            self.settled.clear()
        self.settled.add(key)


class Identities:
    """The identities of a deployment.

    Args:
        now_ms: the time that sessions expire by.
        enforced: whether policies decide on requests; otherwise everybody may do everything.
        tokens: makes the reader of session tokens, when the first one comes.
        source: returns what is stored; None while nothing is.
    """

    def __init__(
        self,
        now_ms: Callable[[], int],
        tokens: Callable[[], SessionTokens],
        source: Callable[[], IdentitySource | None],
        *,
        enforced: bool = False,
    ) -> None:
        self.enforced = enforced
        self._now_ms = now_ms
        self._make_tokens = tokens
        self._source = source
        self._tokens: SessionTokens | None = None
        self._keys: dict[str, LastingKey | None] = {}
        self._grants: dict[Principal, Grant | None] = {}
        self._callers: dict[tuple[str, bytes], tuple[Grant, int]] = {}
        self._watchers: list[Callable[[], None]] = []
        self._last_used: dict[str, tuple[int, str, str]] = {}

    @property
    def tokens(self) -> SessionTokens:
        """What makes and reads session tokens."""
        if self._tokens is None:
            self._tokens = self._make_tokens()
        return self._tokens

    def changed(self) -> None:
        """Forget what was read, because something stored has changed."""
        self._keys.clear()
        self._grants.clear()
        self._callers.clear()
        for watcher in self._watchers:
            watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have something called after every change."""
        self._watchers.append(watcher)

    def get(self, access_key: str) -> str | None:
        """Return the secret key of credentials; None when they are not known."""
        if access_key.startswith(TEMPORARY):
            return self.tokens.secret(access_key)
        key = self.key(access_key)
        return None if key is None else key.secret

    def key(self, access_key: str) -> LastingKey | None:
        """Return an access key that does not expire and may be used."""
        try:
            return self._keys[access_key]
        except KeyError:
            pass
        source = self._source()
        if source is None:
            return None
        if len(self._keys) >= SIGNERS_CACHED_MAX:
            self._keys.clear()
        key = self._keys[access_key] = source.key(access_key)
        return key

    def recognised(self, access_key: str, token: bytes) -> Principal | None:
        """Return whose credentials are those that were issued here; None for all others.

        Args:
            access_key: that signed, in whatever way.
            token: the session token that came with it.

        Raises:
            ApiError: they are of a session that has expired.
        """
        if len(access_key) != ACCESS_KEY_CHARACTERS:
            return None
        if access_key.startswith(LASTING):
            key = self.key(access_key)
            return None if key is None else key.principal
        if not token or not access_key.startswith(TEMPORARY):
            return None
        session = self.tokens.session(token.decode("latin-1"))
        if session is None or session.access_key != access_key:
            return None
        if session.expires_ms <= self._now_ms():
            raise _expired()
        return session.principal

    def admitted(self, access_key: str, token: bytes) -> Grant:
        """Return what the signer of a request may do, whose signature was verified.

        Raises:
            ApiError: the credentials are not, or no longer, good.
        """
        try:
            grant, expires_ms = self._callers[access_key, token]
        except KeyError:
            return self._admit(access_key, token)
        if expires_ms and expires_ms <= self._now_ms():
            raise _expired()
        return grant

    def grant_of(self, principal: Principal) -> Grant:
        """Return what a principal may do.

        Raises:
            ApiError: it is not there any more.
        """
        try:
            grant = self._grants[principal]
        except KeyError:
            source = self._source()
            policies = None if source is None else source.policies(principal)
            grant = None if policies is None else Grant(principal, policies)
            if len(self._grants) >= SIGNERS_CACHED_MAX:
                self._grants.clear()
            self._grants[principal] = grant
        if grant is None:
            raise invalid_token()
        return grant

    def note_use(self, access_key: str, service: str, region: str) -> None:
        """Remember when and for what an access key was used last."""
        if len(self._last_used) >= SIGNERS_CACHED_MAX and access_key not in self._last_used:
            self._last_used.clear()
        self._last_used[access_key] = self._now_ms(), service, region

    def last_use(self, access_key: str) -> tuple[int, str, str] | None:
        """Return when an access key was used last, for which service and in which region."""
        return self._last_used.get(access_key)

    def _admit(self, access_key: str, token: bytes) -> Grant:
        expires_ms = 0
        if access_key.startswith(TEMPORARY):
            session = self.tokens.session(token.decode("latin-1"))
            if session is None or session.access_key != access_key:
                raise invalid_token()
            principal, expires_ms = session.principal, session.expires_ms
            if expires_ms <= self._now_ms():
                raise _expired()
        else:
            key = self.key(access_key)
            if key is None or token:
                raise invalid_token()
            principal = key.principal
        grant = self.grant_of(principal)
        if len(self._callers) >= SIGNERS_CACHED_MAX:
            self._callers.clear()
        self._callers[access_key, token] = grant, expires_ms
        return grant


def unstored() -> Identities:
    """Return identities of which nothing is stored."""
    return Identities(
        SystemClock().now_ms, lambda: SessionTokens(new_bytes(KEY_BYTES)), lambda: None
    )


def invalid_token() -> ApiError:
    """Return the refusal of credentials that are not known, or not any more."""
    return ApiError("UnrecognizedClientException", _INVALID)


def _expired() -> ApiError:
    return ApiError("ExpiredTokenException", _EXPIRED)
