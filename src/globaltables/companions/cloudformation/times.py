"""Times as the service writes them in texts."""

from datetime import UTC, datetime


def iso_time(time_ms: int) -> str:
    """Return a time as a text, e.g. "2026-11-21T12:00:00.000Z"."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
