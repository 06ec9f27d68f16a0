"""The identities of a node: the keys that it was started with, what IAM has stored, and the root's first key."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from globaltables.foundation.settings import DEFAULT_ACCOUNT, Settings
from globaltables.gateway.callers import account_of
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.runtime.clock import Clock
from globaltables.security.identities import Identities, IdentitySource, LastingKey
from globaltables.security.policies.evaluation import AppliedPolicies
from globaltables.security.principals import Principal, account_root
from globaltables.security.session_tokens import SessionTokens
from globaltables.server.keys import NodeKeys

if TYPE_CHECKING:
    from globaltables.companions.iam.source import StoredIdentities

_PURPOSE = b"secrets of identities"


class _Source:
    """The keys that a node was started with, before those that are stored.

    Args:
        configured: secret keys by the ids of access keys.
        stored: what IAM has.
    """

    def __init__(self, configured: Mapping[str, str], stored: "StoredIdentities") -> None:
        self._configured = configured
        self._stored = stored

    def key(self, access_key: str) -> LastingKey | None:
        """Return an access key that may be used; one of the start is its account's root."""
        secret = self._configured.get(access_key)
        if secret is not None:
            return LastingKey(secret, account_root(account_of(access_key)))
        return self._stored.key(access_key)

    def policies(self, principal: Principal) -> AppliedPolicies | None:
        """Return the policies of a principal; None when it is not there any more."""
        return self._stored.policies(principal)


def build_identities(
    settings: Settings, clock: Clock, keys: NodeKeys, node: Callable[[], Node]
) -> Identities:
    """Return the identities of a node that is being built.

    Args:
        settings: of the node.
        clock: the process's own, for as long as no region is open that sessions expire by.
        keys: secret keys are derived from.
        node: returns the node when it is there.
    """
    source: IdentitySource | None = None
    home: Region | None = None

    def open_source() -> IdentitySource | None:
        nonlocal source
        if source is None:
            region = _home(settings, node())
            if region is None:
                return None
            # The code of a service is loaded when it is first needed.
            from globaltables.companions.iam.source import StoredIdentities  # noqa: PLC0415

            stored = StoredIdentities(region, identities.tokens)
            source = _Source(dict(settings.access_keys), stored)
        return source

    def now_ms() -> int:
        # Every request asks; a region that is open stays open.
        nonlocal home
        if home is None:
            home = _open_home(settings, node())
        return (clock if home is None else home.clock).now_ms()

    identities = Identities(
        now_ms,
        lambda: SessionTokens(keys.derived(_PURPOSE)),
        open_source,
        enforced=settings.auth == "iam",
    )
    return identities


async def first_root_key(settings: Settings, node: Node) -> tuple[str, str] | None:
    """Make the first access key of the root where there is none; return its id and its secret.

    Args:
        settings: of the node; keys that it was started with are roots too.
        node: which is enforcing policies.
    """
    if settings.auth != "iam" or settings.access_keys:
        return None
    from globaltables.companions.iam.root_key import make_root_key  # noqa: PLC0415 - as above

    key_id = await make_root_key(node.region(settings.home_region), DEFAULT_ACCOUNT)
    if key_id is None:
        return None
    node.identities.changed()
    return key_id, node.identities.tokens.secret(key_id)


def _home(settings: Settings, node: Node) -> Region | None:
    """Return the region that has IAM's records; where any key is good only when it is open."""
    if settings.auth == "wellformed":
        return _open_home(settings, node)
    return node.region(settings.home_region)


def _open_home(settings: Settings, node: Node) -> Region | None:
    regions = (region for region in node.open_regions if region.name == settings.home_region)
    return next(regions, None)
