"""What functions do, as CloudWatch counts it in AWS/Lambda."""

from collections.abc import Mapping

from globaltables.companions.functions.execution.invocation import Outcome
from globaltables.companions.functions.names import LATEST
from globaltables.companions.functions.stored import Resolved
from globaltables.itemstore.region import Region

_NAMESPACE = "AWS/Lambda"
_UNITS: Mapping[str, str] = {"Duration": "Milliseconds", "IteratorAge": "Milliseconds"}


def measure_outcome(
    region: Region, account: str, target: Resolved, outcome: Outcome, working: int
) -> None:
    """Count an invocation that ran.

    Args:
        region: where.
        account: whose function it is.
        target: the function.
        outcome: how it ended.
        working: how many invocations run in the region.
    """
    measured = {
        "Invocations": 1,
        "Errors": 1 if outcome.error_type else 0,
        "Throttles": 0,
        "Duration": outcome.duration_ms,
        "ConcurrentExecutions": working,
    }
    measure(region, account, target, measured)


def measure(region: Region, account: str, target: Resolved, measured: Mapping[str, float]) -> None:
    """Count for the account, for the function, and for what of it was named."""
    if region.metrics is None:
        return
    name = target.configuration["FunctionName"]
    qualifier = target.arn.split(":", 7)[7:]
    resource = name if qualifier in ([], [LATEST]) else f"{name}:{qualifier[0]}"
    places: tuple[Mapping[str, str], ...] = (
        {},
        {"FunctionName": name},
        {"FunctionName": name, "Resource": resource},
    )
    for metric, value in measured.items():
        unit = _UNITS.get(metric, "Count")
        for dimensions in places:
            region.metrics.record(account, _NAMESPACE, metric, dimensions, value, unit=unit)
