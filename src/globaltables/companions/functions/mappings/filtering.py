"""Filter criteria: which records a function wants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from globaltables.companions.event_patterns import EventPattern, parse_pattern
from globaltables.companions.functions.refusals import invalid_parameter
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import LAMBDA_FILTERS_MAX


@dataclass(frozen=True, slots=True)
class Filters:
    """Patterns of which one has to match; without any, everything is wanted.

    Attributes:
        patterns: see there.
    """

    patterns: tuple[EventPattern, ...]

    def want(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a record is wanted."""
        return not self.patterns or any(pattern.matches(record) for pattern in self.patterns)


def filters_of(criteria: Mapping[str, Any]) -> Filters:
    """Return what filter criteria say.

    Raises:
        ApiError: InvalidParameterValueException.
    """
    filters: Sequence[Mapping[str, str]] = criteria.get("Filters") or ()
    if len(filters) > LAMBDA_FILTERS_MAX:
        raise invalid_parameter(f"Maximum number of filters is {LAMBDA_FILTERS_MAX}.")
    return Filters(
        tuple(parse_pattern(one["Pattern"], _refuse) for one in filters if one.get("Pattern"))
    )


def _refuse(reason: str) -> ApiError:
    return invalid_parameter(f"Invalid filter pattern definition. ({reason})")
