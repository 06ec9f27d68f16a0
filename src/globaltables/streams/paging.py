"""The Limit member of stream operations, whose upper bounds botocore's model does not hold."""

from collections.abc import Mapping
from typing import Any

from globaltables.foundation.errors import validation


def checked_limit(request: Mapping[str, Any], maximum: int) -> int:
    """Return the number of results that a request asks for; `maximum` when it does not say.

    Raises:
        ApiError: ValidationException when it asks for more than the maximum.
    """
    limit: int = request.get("Limit", maximum)
    if limit > maximum:
        raise validation(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {maximum}"
        )
    return limit
