"""The placeholders in a text of Fn::Sub."""

import re
from collections.abc import Iterator

_PLACEHOLDER = re.compile(r"\$\{(!?)([^{}$]*)\}")


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Return the text in pieces: a literal, and the name that follows it; empty at the end.

    ${!Literal} stands for ${Literal}.
    """
    position = 0
    for found in _PLACEHOLDER.finditer(text):
        literal = text[position : found.start()]
        position = found.end()
        if found[1]:
            yield literal + "${" + found[2] + "}", ""
        else:
            yield literal, found[2].strip()
    yield text[position:], ""
