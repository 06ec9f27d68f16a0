"""What the requests of CloudWatch have in common: metrics, times, pages, and its refusals."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from globaltables.companions.cloudwatch.series import Metric
from globaltables.companions.service import ServiceCall
from globaltables.foundation.arns import partition_of
from globaltables.foundation.errors import ApiError


def metric_of(members: Mapping[str, Any]) -> Metric:
    """Return the metric that the members Namespace, MetricName and Dimensions name."""
    pairs = sorted((one["Name"], one["Value"]) for one in members.get("Dimensions") or ())
    return Metric(members["Namespace"], members["MetricName"], tuple(pairs))


def dimensions_of(metric: Metric) -> list[dict[str, str]]:
    """Return the member Dimensions of a metric."""
    return [{"Name": name, "Value": value} for name, value in metric.dimensions]


def arn_of(call: ServiceCall, kind: str, name: str) -> str:
    """Return the ARN of an alarm or, without a region, of a dashboard."""
    region = "" if kind.startswith("dashboard") else call.region.name
    partition = partition_of(call.region.name)
    separator = "/" if kind.startswith("dashboard") else ":"
    return f"arn:{partition}:cloudwatch:{region}:{call.account}:{kind}{separator}{name}"


def iso(time_ms: int) -> str:
    """Return a time as AWS's texts have it: 2026-11-21T16:38:00.000+0000."""
    time = datetime.fromtimestamp(time_ms / 1000, UTC)
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_ms % 1000:03}+0000"


def invalid_value(message: str) -> ApiError:
    """Return an InvalidParameterValue."""
    return ApiError("InvalidParameterValue", message)


def invalid_combination(message: str) -> ApiError:
    """Return an InvalidParameterCombination."""
    return ApiError("InvalidParameterCombination", message)


def missing(message: str) -> ApiError:
    """Return a MissingParameter."""
    return ApiError("MissingParameter", message)


def invalid(message: str) -> ApiError:
    """Return the ValidationError that most of its checks of several members are."""
    return ApiError("ValidationError", message)


def unsupported(what: str) -> ApiError:
    """Return the refusal of a part of an operation."""
    return invalid(f"{what} is not supported by globaltables; see docs/compatibility.md")


def token_of(place: str) -> str:
    """Return the token of a page that goes on behind a place."""
    return urlsafe_b64encode(place.encode()).decode("ascii")


def place_of(token: str | None) -> str:
    """Return the place that a token stands for, empty without one.

    Raises:
        ApiError: InvalidNextToken.
    """
    if not token:
        return ""
    try:
        return urlsafe_b64decode(token.encode("ascii")).decode()
    except ValueError:
        raise ApiError("InvalidNextToken", "The next token specified is invalid.") from None
