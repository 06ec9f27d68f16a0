"""When a schedule is due, within its dates."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from globaltables.companions.records import Document
from globaltables.companions.schedule_expressions import Expression, Once, parse_schedule
from globaltables.foundation.errors import validation


@dataclass(frozen=True, slots=True)
class _Within:
    """The times of an expression from one date to another."""

    expression: Expression
    start_ms: int
    end_ms: int | None

    def after(self, time_ms: int) -> int | None:
        """Return the first time after another."""
        due_ms = self.expression.after(max(time_ms, self.start_ms - 1))
        if due_ms is None or (self.end_ms is not None and due_ms > self.end_ms):
            return None
        return due_ms


def expression_of(document: Document) -> Expression:
    """Return when a schedule is due; the dates do not matter to one that is due once.

    Raises:
        ApiError: its expression or its time zone is none.
    """
    text: str = document["expression"]
    start_ms: int | None = document["start"]
    try:
        zone = ZoneInfo(document["zone"]).key
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise validation("Invalid Schedule Expression Timezone.") from None
    expression = parse_schedule(
        text,
        lambda: validation(f"Invalid Schedule Expression {text}."),
        from_ms=document["anchor"] if start_ms is None else start_ms,
        zone=zone,
        strict_units=False,
        once=True,
    )
    if isinstance(expression, Once):
        return expression
    return _Within(expression, start_ms or 0, document["end"])
