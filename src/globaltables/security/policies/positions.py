"""Where in a JSON text a value stands: AWS's syntax errors name the line and the column."""

import json

_SPACE = " \t\r\n"


def position_of(text: str, path: tuple[str | int, ...]) -> tuple[int, int]:
    """Return line and column, counted from 1, at which the value of a path begins.

    Args:
        text: JSON that was read before, so that it is known to be well-formed.
        path: keys and list indexes; what lies beneath the last known one is looked for no further.
    """
    at = _skip_space(text, 0)
    for step in path:
        found = _member(text, at, step) if isinstance(step, str) else _element(text, at, step)
        if found is None:
            break
        at = found
    line_start = text.rfind("\n", 0, at) + 1
    return text.count("\n", 0, at) + 1, at - line_start + 1


def _member(text: str, at: int, key: str) -> int | None:
    """Return where the value of a key begins in the object at a position."""
    if text[at] != "{":
        return None
    at = _skip_space(text, at + 1)
    while text[at] != "}":
        name, at = json.JSONDecoder().raw_decode(text, at)
        at = _skip_space(text, _skip_space(text, at) + 1)
        if name == key:
            return at
        at = _next(text, at)
    return None


def _element(text: str, at: int, index: int) -> int | None:
    """Return where an element of the list at a position begins."""
    if text[at] != "[":
        return None
    at = _skip_space(text, at + 1)
    for _ in range(index):
        at = _next(text, at)
    return at


def _next(text: str, at: int) -> int:
    """Return where what follows the value at a position begins: the next key or value, or a closing bracket."""
    _, end = json.JSONDecoder().raw_decode(text, at)
    end = _skip_space(text, end)
    return _skip_space(text, end + 1) if text[end] == "," else end


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
