"""Whether what clients saw of some items could have happened one request after the other."""

from dataclasses import dataclass

#: Names of items -> their values; None where there is no item.
Values = dict[str, int | None]


@dataclass(frozen=True)
class Event:
    """One transaction, from its client's point of view.

    Attributes:
        began: before anything of it was sent.
        ended: after its answer was there.
        read: what it found, of the items that it read or put conditions on.
        written: what it left.
    """

    began: float
    ended: float
    read: Values
    written: Values


def is_serializable(history: list[Event], initial: Values) -> bool:
    """Tell whether one order of the events explains them all: what was over before another began comes before it.

    A search with backtracking: for histories of a dozen events.
    """
    return _explained(history, initial)


def _explained(left: list[Event], values: Values) -> bool:
    if not left:
        return True
    first_end = min(event.ended for event in left)
    for event in left:
        # Whoever began after another had ended cannot come before it.
        if event.began > first_end:
            continue
        if any(values.get(name) != value for name, value in event.read.items()):
            continue
        if _explained([other for other in left if other is not event], values | event.written):
            return True
    return False
