"""Pages of what the service lists: a token is the number of the first element of the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from globaltables.companions.cloudformation.refusals import invalid
from globaltables.foundation.limits import CLOUDFORMATION_LIST_MAX


def page(request: Mapping[str, Any], found: Sequence[Any], member: str) -> dict[str, Any]:
    """Return the answer of an operation that lists, a page of it.

    Args:
        request: may have NextToken and MaxResults.
        found: everything, in the same order for every page.
        member: of the answer.

    Raises:
        ApiError: ValidationError; the token is none.
    """
    token = request.get("NextToken") or "0"
    if not token.isdecimal():
        raise invalid("NextToken is invalid")
    first = int(token)
    last = first + (request.get("MaxResults") or CLOUDFORMATION_LIST_MAX)
    answer: dict[str, Any] = {member: list(found[first:last])}
    if last < len(found):
        answer["NextToken"] = str(last)
    return answer
