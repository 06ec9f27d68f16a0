"""The condition keys that every service has: who asks, from where, when, with which tags.

Source: IAM user guide, reference_policies_condition-keys.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any, Protocol

from globaltables.foundation.settings import VpcEndpoint
from globaltables.security.principals import Principal

#: What is known of a key: its values, its only value, or that the request does not have it.
Found = str | tuple[str, ...] | None


class Origin(Protocol):
    """The connection that a request came by."""

    @property
    def source_ip(self) -> str:
        """The client's address; empty when it is not known."""

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""

    @property
    def encrypted(self) -> bool:
        """Whether the connection is encrypted."""


class Facts(Protocol):
    """What is known of a request to any service."""

    @property
    def caller(self) -> Principal:
        """Who asks."""

    @property
    def region(self) -> str:
        """Where the request arrived."""

    @property
    def now_ms(self) -> int:
        """The time."""

    @property
    def origin(self) -> Origin | None:
        """The connection; None inside the process."""

    @property
    def vpc_endpoints(self) -> tuple[VpcEndpoint, ...]:
        """Which addresses come through which endpoint."""


@dataclass(slots=True)
class ServiceKeys:
    """The condition keys of a request to a service that is not DynamoDB.

    Attributes:
        caller: who asks.
        region: where the request arrived.
        now_ms: the time.
        origin: None inside the process.
        vpc_endpoints: which addresses come through which endpoint.
        members: the request.
        resource_account: who owns the resource.
        resource_tags: of the resource, where the service tells them.
        own: keys of the service itself, in lower case.
        asked: whether a key was asked for, so that the decision is about this request alone.
    """

    caller: Principal
    region: str
    now_ms: int
    origin: Origin | None
    vpc_endpoints: tuple[VpcEndpoint, ...]
    members: Mapping[str, Any]
    resource_account: str
    resource_tags: tuple[tuple[str, str], ...] = ()
    own: Mapping[str, tuple[str, ...]] | None = None
    asked: bool = False

    def values(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a key, given in lower case; None when the request does not have the key."""
        self.asked = True
        if self.own is not None and key in self.own:
            return self.own[key]
        if key == "aws:resourceaccount":
            return (self.resource_account,)
        if key == "aws:tagkeys":
            return tag_keys(self.members)
        return global_values(self, key, self._tags)

    def _tags(self, group: str) -> Iterable[tuple[str, str]]:
        if group == "aws:requesttag":
            return request_tags(self.members)
        # IAM and others have the tags of a resource under their own prefix too.
        return self.resource_tags if group.endswith(":resourcetag") else ()


def global_values(
    facts: Facts, key: str, tags: Callable[[str], Iterable[tuple[str, str]]]
) -> tuple[str, ...] | None:
    """Return the values of a key that every service has.

    Args:
        facts: of the request.
        key: in lower case.
        tags: tells the tags of "aws:resourcetag" or "aws:requesttag".
    """
    compute = _KEYS.get(key)
    if compute is not None:
        found = compute(facts)
        return (found,) if isinstance(found, str) else found
    group, slash, name = key.partition("/")
    if not slash:
        return None
    pairs = facts.caller.tags if group == "aws:principaltag" else tags(group)
    return next(((value,) for tag, value in pairs if tag.lower() == name), None)


def request_tags(members: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Return the tags that a request gives a resource; services write them as a list or as a mapping."""
    tags = members.get("Tags") or members.get("tags") or ()
    if isinstance(tags, Mapping):
        return tags.items()
    return [
        (tag.get("Key", tag.get("TagKey", "")), tag.get("Value", tag.get("TagValue", "")))
        for tag in tags
        if isinstance(tag, Mapping)
    ]


def tag_keys(members: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the names of the tags that a request sets or removes; None for none."""
    given = [name for name, _ in request_tags(members)]
    removed = members.get("TagKeys") or members.get("tagKeys") or ()
    return tuple(given or removed) or None


def vpc_endpoint(facts: Facts) -> VpcEndpoint | None:
    """Return the endpoint that a request came through."""
    source = "" if facts.origin is None else facts.origin.source_ip
    if not source or not facts.vpc_endpoints:
        return None
    address = ip_address(source)
    return next((one for one in facts.vpc_endpoints if address in ip_network(one.network)), None)


def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _secure(facts: Facts) -> str:
    # Nobody listens inside the process, and AWS's services ask each other with TLS.
    return "true" if facts.origin is None or facts.origin.encrypted else "false"


def _source_ip(facts: Facts) -> Found:
    """Return the client's address; who comes through a VPC endpoint has none that is public."""
    if facts.origin is None or vpc_endpoint(facts) is not None:
        return None
    return facts.origin.source_ip or None


def _vpc_source_ip(facts: Facts) -> Found:
    if facts.origin is None or vpc_endpoint(facts) is None:
        return None
    return facts.origin.source_ip


def _source_vpce(facts: Facts) -> Found:
    endpoint = vpc_endpoint(facts)
    return None if endpoint is None else endpoint.endpoint


def _source_vpc(facts: Facts) -> Found:
    endpoint = vpc_endpoint(facts)
    return None if endpoint is None else endpoint.vpc or None


#: Key in lower case -> what it is of a request.
_KEYS: Mapping[str, Callable[[Facts], Found]] = {
    "aws:currenttime": lambda facts: _iso(facts.now_ms),
    "aws:epochtime": lambda facts: str(facts.now_ms // 1000),
    "aws:federatedprovider": lambda facts: facts.caller.provider or None,
    # Only sessions know of it, and none of ours was made with a second factor.
    "aws:multifactorauthpresent": lambda facts: "false" if facts.caller.issued_ms else None,
    "aws:principalaccount": lambda facts: facts.caller.account or None,
    "aws:principalarn": lambda facts: facts.caller.identity_arn or None,
    "aws:principalisawsservice": lambda facts: "true" if facts.caller.service else "false",
    "aws:principalservicename": lambda facts: facts.caller.service or None,
    "aws:principalservicenameslist": lambda facts: facts.caller.service or None,
    "aws:principaltype": lambda facts: facts.caller.kind,
    "aws:requestedregion": lambda facts: facts.region,
    "aws:securetransport": _secure,
    # Only a service that acts for an account says for which.
    "aws:sourceaccount": lambda facts: facts.caller.account if facts.caller.service else None,
    "aws:sourcearn": lambda facts: facts.caller.source_arn or None,
    "aws:sourceidentity": lambda facts: facts.caller.source_identity or None,
    "aws:sourceip": _source_ip,
    "aws:sourcevpc": _source_vpc,
    "aws:sourcevpce": _source_vpce,
    "aws:tokenissuetime": lambda facts: (
        _iso(facts.caller.issued_ms) if facts.caller.issued_ms else None
    ),
    "aws:useragent": lambda facts: (
        None if facts.origin is None else facts.origin.user_agent or None
    ),
    "aws:userid": lambda facts: facts.caller.user_id or None,
    "aws:username": lambda facts: facts.caller.user_name or None,
    "aws:viaawsservice": lambda _: "false",
    "aws:vpcsourceip": _vpc_source_ip,
}
