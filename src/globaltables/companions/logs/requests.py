"""What the requests of CloudWatch Logs have in common: names, ARNs, pages, and its refusals."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from globaltables.companions.logs.patterns.pattern import PatternError, parse_pattern
from globaltables.companions.service import ServiceCall
from globaltables.foundation.arns import partition_of
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import LOG_LIST_MAX

T = TypeVar("T")
_GROUP = "log-group:"


def group_arn(call: ServiceCall, name: str) -> str:
    """Return the ARN of a group, without the star that its older form ends in."""
    region = call.region.name
    return f"arn:{partition_of(region)}:logs:{region}:{call.account}:{_GROUP}{name}"


def group_name(request: Mapping[str, Any]) -> str:
    """Return the name of the group that a request names by name, identifier or ARN.

    Raises:
        ApiError: InvalidParameterException.
    """
    name, identifier = request.get("logGroupName"), request.get("logGroupIdentifier")
    if (name is None) == (identifier is None):
        raise invalid("Exactly one of logGroupName and logGroupIdentifier must be specified.")
    if name is not None:
        return str(name)
    return name_of_arn(str(identifier))


def name_of_arn(text: str) -> str:
    """Return the name in the ARN of a group; what is no ARN is a name already."""
    if not text.startswith("arn:"):
        return text
    parts = text.split(":", 6)
    if len(parts) < 7 or parts[2] != "logs" or parts[5] != "log-group":
        raise invalid(f"Invalid ARN: {text}")
    return parts[6].removesuffix(":*")


def invalid(message: str) -> ApiError:
    """Return an InvalidParameterException."""
    return ApiError("InvalidParameterException", message)


def unsupported(what: str) -> ApiError:
    """Return the refusal of a part of an operation."""
    return invalid(f"{what} is not supported by globaltables; see docs/compatibility.md")


def not_found(what: str) -> ApiError:
    """Return a ResourceNotFoundException."""
    return ApiError("ResourceNotFoundException", f"The specified {what} does not exist.")


def exists_already(what: str) -> ApiError:
    """Return a ResourceAlreadyExistsException."""
    return ApiError("ResourceAlreadyExistsException", f"The specified {what} already exists")


def too_many(what: str = "Resource limit exceeded.") -> ApiError:
    """Return a LimitExceededException."""
    return ApiError("LimitExceededException", what)


def page(
    request: Mapping[str, Any], found: Sequence[T], size: int = LOG_LIST_MAX
) -> tuple[list[T], str | None]:
    """Return a page of what a request lists, and the token of the next one.

    Raises:
        ApiError: InvalidParameterException, for a token that is none.
    """
    place = place_of(request.get("nextToken"))
    begin = int(place) if place.isdecimal() else 0
    end = begin + int(request.get("limit", size))
    return list(found[begin:end]), token_of(str(end)) if end < len(found) else None


def token_of(place: str) -> str:
    """Return the token of a page that goes on behind a place."""
    return urlsafe_b64encode(place.encode()).decode("ascii")


def place_of(token: str | None) -> str:
    """Return the place that a token stands for, empty without one.

    Raises:
        ApiError: InvalidParameterException.
    """
    if not token:
        return ""
    try:
        return urlsafe_b64decode(token.encode("ascii")).decode()
    except ValueError:
        raise invalid("The specified nextToken is invalid.") from None


def matcher_of(pattern: str) -> Callable[[str], Mapping[str, str] | None]:
    """Return a filter pattern.

    Raises:
        ApiError: InvalidParameterException.
    """
    try:
        return parse_pattern(pattern)
    except PatternError as error:
        raise invalid(f"Invalid filter pattern: {error.text}") from None
