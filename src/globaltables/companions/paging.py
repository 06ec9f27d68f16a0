"""Pages of lists that are in memory as a whole: tokens name the last element that was told."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence

from globaltables.foundation.errors import ApiError


def page_of(
    names: Sequence[str], most: int, token: str | None, refuse: Callable[[], ApiError]
) -> tuple[list[str], str | None]:
    """Return a page of sorted names, and the token of the next one if there is more.

    Args:
        names: all of them, sorted.
        most: how many at the most.
        token: of the page before.
        refuse: makes the refusal of a token that is none.

    Raises:
        ApiError: the token is none.
    """
    after = None if not token else _name_of(token, refuse)
    rest = [name for name in names if after is None or name > after]
    page = rest[:most]
    if len(rest) <= most:
        return page, None
    return page, urlsafe_b64encode(page[-1].encode()).decode("ascii")


def _name_of(token: str, refuse: Callable[[], ApiError]) -> str:
    try:
        return urlsafe_b64decode(token.encode()).decode()
    except (Base64Error, ValueError):
        raise refuse() from None
