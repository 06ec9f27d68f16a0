"""How events have their times."""

from datetime import UTC, datetime


def iso_seconds(time_ms: int) -> str:
    """Return a time in ISO 8601, to the second, in UTC."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
