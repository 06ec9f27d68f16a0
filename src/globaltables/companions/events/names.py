"""ARNs of buses and rules, and the names in them."""

from globaltables.companions.events.refusals import no_bus
from globaltables.companions.service import ServiceCall
from globaltables.foundation.arns import partition_of

DEFAULT_BUS = "default"


def bus_arn(region: str, account: str, bus: str) -> str:
    """Return a bus's ARN."""
    return f"arn:{partition_of(region)}:events:{region}:{account}:event-bus/{bus}"


def rule_arn(region: str, account: str, bus: str, rule: str) -> str:
    """Return a rule's ARN; a rule of the default bus does not name it."""
    path = rule if bus == DEFAULT_BUS else f"{bus}/{rule}"
    return f"arn:{partition_of(region)}:events:{region}:{account}:rule/{path}"


def bus_of(call: ServiceCall, member: str = "EventBusName") -> str:
    """Return the name of the bus that a request is about.

    Raises:
        ApiError: it is one of another region or account.
    """
    text: str = call.request.get(member) or DEFAULT_BUS
    return bus_name(text, call.region.name, call.account)


def bus_name(text: str, region: str, account: str) -> str:
    """Return the name in a name or ARN of a bus.

    Raises:
        ApiError: it is one of another region or account.
    """
    if not text.startswith("arn:"):
        return text
    name = text.rpartition("event-bus/")[2]
    if bus_arn(region, account, name) != text:
        raise no_bus(text)
    return name
