"""Sequence numbers: log positions in the form that AWS prescribes, 21 to 40 digits in the log's order."""

#: Makes every 64-bit position a number of 21 digits without leading zeros: clients parse it as a big
#: integer and write it back, which would lose them.
_BASE = 10**20
_POSITION_MAX = (1 << 64) - 1


def sequence_number(position: int) -> str:
    """Return the sequence number of a log position; text order and number order are the log's order."""
    return str(_BASE + position)


def position_of(text: str) -> int | None:
    """Return the log position that a sequence number names, or None when it is not one of ours."""
    if not (text.isascii() and text.isdigit()):
        return None
    position = int(text) - _BASE
    return position if 0 <= position <= _POSITION_MAX else None
