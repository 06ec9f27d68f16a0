"""Where the statements of a document stand in its text."""

import json

from globaltables.security.policies.positions import position_of


def statement_span(text: str, index: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return line and column, counted from 1, of a statement's first character and of what follows its last.

    Args:
        text: of a policy that was parsed before.
        index: of the statement; 0 for one that stands alone.
    """
    alone = isinstance(json.loads(text)["Statement"], dict)
    line, column = position_of(text, ("Statement",) if alone else ("Statement", index))
    lines = text.split("\n")
    begin = sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
    _, end = json.JSONDecoder().raw_decode(text, begin)
    last = text.rfind("\n", 0, end) + 1
    return (line, column), (text.count("\n", 0, end) + 1, end - last + 1)
