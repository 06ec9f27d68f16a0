"""Durations as ISO 8601 writes them: days, hours, minutes and seconds."""

import re

_DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?")
_SECONDS = (86_400, 3_600, 60, 1)


def milliseconds_of(text: str) -> int | None:
    """Return the length of a duration such as "PT5M", None for what is none."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()) or text.endswith("T"):
        return None
    return 1000 * sum(
        int(count) * seconds
        for count, seconds in zip(found.groups(), _SECONDS, strict=True)
        if count is not None
    )
