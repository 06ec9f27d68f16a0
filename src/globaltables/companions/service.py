"""What a service beside DynamoDB consists of: operations over a region's durable state.

To add one: write a package of handlers, list it in registry.py.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.security.principals import Principal


class Http(Protocol):
    """The request as it came, for what no model tells of."""

    method: bytes
    url: bytes
    headers: dict[bytes, bytes]
    body: bytes
    request_id: str

    @property
    def source_ip(self) -> str:
        """The client's address; empty when it is not known."""

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""

    @property
    def encrypted(self) -> bool:
        """Whether the connection is encrypted."""


class Neighbours(Protocol):
    """The other services of this process, DynamoDB among them.

    Attributes:
        endpoint: URL at which clients on this machine reach them, e.g. "http://127.0.0.1:8000"; empty before the node
            listens.
        at_stop: called when the node begins to stop, before it has answered what it was asked.
    """

    endpoint: str
    at_stop: list[Callable[[], None]]

    async def call(
        self,
        service: str,
        operation: str,
        request: Mapping[str, Any],
        *,
        region: str,
        account: str,
        principal: Principal | None = None,
    ) -> dict[str, Any]:
        """Carry out an operation of another service and return the members of its response.

        Args:
            service: the name that its requests are signed for, e.g. "lambda", or "dynamodb".
            operation: AWS's name.
            request: its members; blobs are bytes, timestamps seconds since 1970 (DynamoDB: its JSON).
            region: e.g. "eu-west-1".
            account: whose resources it is about.
            principal: who asks; the root of the account when it is not given.

        Raises:
            ApiError: it was refused.
        """


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """One request.

    Attributes:
        operation: AWS's name.
        request: checked against the model; members of path, query, headers and body alike. Blobs are bytes,
            timestamps seconds since 1970.
        region: where it arrived; of a service without regions, where its state is.
        account: whose resources it is about.
        node: every region of this process.
        principal: who asks.
        services: the other services.
        http: the request as it came; None inside the process.
    """

    operation: str
    request: dict[str, Any]
    region: Region
    account: str
    node: Node
    principal: Principal
    services: Neighbours
    http: Http | None = None


#: The members of an operation's response, at once or later.
Handler = Callable[[ServiceCall], dict[str, Any] | Awaitable[dict[str, Any]]]


def do_nothing(region: Region) -> None:
    """Have nothing to go on with."""


def any_resource(call: ServiceCall) -> Sequence[str]:
    """Return what policies name when an operation is about no resource of its own."""
    return ("*",)


def no_keys(call: ServiceCall) -> Mapping[str, tuple[str, ...]]:
    """Return the condition keys of a service that has none of its own."""
    return {}


def no_policy(call: ServiceCall, arn: str) -> str:
    """Return the policy of a resource that has none."""
    return ""


@dataclass(frozen=True, slots=True)
class Implementation:
    """The code of a service, imported at its first use.

    Attributes:
        handlers: by operation; what is not in it is refused by name.
        resume: goes on, on the event loop, with what a stop of the process interrupted in a region.
        resources: the ARNs that a call is about, as policies name them.
        condition_keys: of the service itself, in lower case, e.g. "iam:policyarn" or "aws:resourcetag/team".
        policy_of: the JSON of the policy that a resource has itself, by its ARN; empty for none.
        policy_decides: whether that policy has to let its own account in, too, as that of a key.
        form_names: what members are called in the forms and the XML of the query protocol, by shape and member, where
            the model has forgotten it.
        error_codes: what an error is called on the wire of the query protocol, by its name in the model, where the
            model does not tell.
    """

    handlers: Mapping[str, Handler]
    resume: Callable[[Region], None] = do_nothing
    resources: Callable[[ServiceCall], Sequence[str]] = any_resource
    condition_keys: Callable[[ServiceCall], Mapping[str, tuple[str, ...]]] = no_keys
    policy_of: Callable[[ServiceCall, str], str] = no_policy
    policy_decides: bool = False
    error_codes: Mapping[str, str] = field(default_factory=dict)
    form_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """A service as it is known before its first use.

    Attributes:
        name: in the credential scope of its requests, and in the keys of its records.
        model_file: in botocore's data folder.
        load: imports the code.
        prefix: of its actions in policies; the name when empty.
        home: whether it has no regions: its state is in one region for all of them.
    """

    name: str
    model_file: str
    load: Callable[[], Implementation]
    prefix: str = ""
    home: bool = False

    @property
    def action_prefix(self) -> str:
        """What policies name its actions with, e.g. "cloudwatch"."""
        return self.prefix or self.name
