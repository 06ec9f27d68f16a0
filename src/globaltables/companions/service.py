"""What a service beside DynamoDB consists of: operations over a region's durable state.

To add one: write a package of handlers, list it in registry.py.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from globaltables.itemstore.region import Region


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """One request.

    Attributes:
        operation: AWS's name.
        request: checked against the model; members of path, query and body alike.
        region: where it arrived.
        account: whose resources it is about.
    """

    operation: str
    request: dict[str, Any]
    region: Region
    account: str


#: The members of an operation's response, at once or later.
Handler = Callable[[ServiceCall], dict[str, Any] | Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Implementation:
    """The code of a service, imported at its first use.

    Attributes:
        handlers: by operation; what is not in it is refused by name.
        resume: goes on, on the event loop, with what a stop of the process interrupted in a region.
    """

    handlers: Mapping[str, Handler]
    resume: Callable[[Region], None]


@dataclass(frozen=True, slots=True)
class Service:
    """A service as it is known before its first use.

    Attributes:
        name: in the credential scope of its requests, and in the keys of its records.
        model_file: in botocore's data folder.
        load: imports the code.
    """

    name: str
    model_file: str
    load: Callable[[], Implementation]
