"""Commands of queries: each takes records and gives records."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from globaltables.companions.logs.insights.expressions import (
    Expression,
    Moment,
    QueryError,
    Reader,
    number_of,
    text_of,
)

Record = dict[str, Any]
_Command = Callable[[list[Record]], list[Record]]
_SHOWN = ("@timestamp", "@message")


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read.

    Attributes:
        commands: in their order.
        shown: the fields of its rows.
    """

    commands: tuple[_Command, ...]
    shown: tuple[str, ...]

    def rows(self, records: list[Record]) -> list[list[dict[str, str]]]:
        """Return the rows that records make."""
        for command in self.commands:
            records = command(records)
        return [
            [
                {"field": name, "value": _shown(record[name])}
                for name in self.shown
                if record.get(name) is not None
            ]
            for record in records
        ]


def parse_query(text: str) -> Query:
    """Return a query.

    Raises:
        QueryError: it cannot be read.
    """
    commands: list[_Command] = []
    shown: tuple[str, ...] = _SHOWN
    named: list[str] = []
    for part in _parts(text):
        word, _, rest = part.partition(" ")
        reader = Reader(rest)
        match word.lower():
            case "fields" | "display":
                names, command = _fields(reader)
                named = names if word.lower() == "display" else [*named, *names]
                shown = tuple(dict.fromkeys(named))
                commands.append(command)
            case "filter":
                commands.append(_filter(reader.expression()))
            case "parse":
                commands.append(_parse(reader))
            case "stats":
                names, command = _stats(reader)
                named, shown = names, tuple(names)
                commands.append(command)
            case "sort":
                commands.append(_sort(reader))
            case "limit":
                commands.append(_first(_number(rest)))
                continue
            case _:
                raise QueryError(f"the command {word} is not supported by globaltables")
        if not reader.ended:
            raise QueryError(f"unexpected text at position {reader.place} of {word}")
    return Query(tuple(commands), shown)


def _parts(text: str) -> list[str]:
    """Return the commands between the bars outside of quotes and slashes."""
    bare = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found = re.findall(
        r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|/(?:[^/\\\n|]|\\.)*/|[^|])+""", bare
    )
    parts = [" ".join(part.split("\n")).strip() for part in found]
    return [part for part in parts if part]


def _named(reader: Reader) -> tuple[str, Expression]:
    """Return the next expression with its name: what follows `as`, else its text."""
    begin = reader.place
    expression = reader.expression()
    source = reader.source(begin).strip("`")
    return (reader.name() if reader.accept("as") else source), expression


def _fields(reader: Reader) -> tuple[list[str], _Command]:
    found = [_named(reader)]
    while reader.accept(","):
        found.append(_named(reader))

    def command(records: list[Record]) -> list[Record]:
        for record in records:
            record.update({name: expression(record) for name, expression in found})
        return records

    return [name for name, _ in found], command


def _filter(expression: Expression) -> _Command:
    return lambda records: [record for record in records if expression(record)]


def _parse(reader: Reader) -> _Command:
    field = "@message"
    begin = reader.place
    pattern = reader.regular()
    names: list[str] = []
    if pattern is None:
        try:
            glob = reader.text()
        except QueryError:
            field = Reader(reader.source(begin)).name()
            pattern = reader.regular()
            glob = "" if pattern is not None else reader.text()
        if pattern is None:
            pattern = re.compile(
                "(.*?)".join(re.escape(one) for one in glob.split("*")) + r"\Z", re.DOTALL
            )
    if reader.accept("as"):
        names.append(reader.name())
        while reader.accept(","):
            names.append(reader.name())
    number = pattern.groups
    if not pattern.groupindex and len(names) != number:
        raise QueryError(f"parse has {number} places and {len(names)} names")
    by_name = dict(pattern.groupindex) or {name: n for n, name in enumerate(names, 1)}

    def command(records: list[Record]) -> list[Record]:
        for record in records:
            found = pattern.search(text_of(record.get(field)))
            if found is not None:
                record.update({name: found[place] for name, place in by_name.items()})
        return records

    return command


def _stats(reader: Reader) -> tuple[list[str], _Command]:
    aggregates = [_aggregate(reader)]
    while reader.accept(","):
        aggregates.append(_aggregate(reader))
    groups: list[tuple[str, Expression]] = []
    if reader.accept("by"):
        groups.append(_named(reader))
        while reader.accept(","):
            groups.append(_named(reader))

    def command(records: list[Record]) -> list[Record]:
        found: dict[tuple[Any, ...], list[Record]] = {}
        for record in records:
            found.setdefault(tuple(one(record) for _, one in groups), []).append(record)
        if not groups and not found:
            found[()] = []
        return [
            dict(zip((name for name, _ in groups), key, strict=True))
            | {name: compute(members) for name, compute in aggregates}
            for key, members in found.items()
        ]

    return [*(name for name, _ in groups), *(name for name, _ in aggregates)], command


def _aggregate(reader: Reader) -> tuple[str, Callable[[list[Record]], Any]]:
    begin = reader.place
    function = reader.call()
    arguments: list[Expression] = []
    if not function:
        raise QueryError("stats takes functions such as count(*)")
    if not reader.accept("*") and not reader.accept(")"):
        arguments.append(reader.expression())
        while reader.accept(","):
            arguments.append(reader.expression())
        reader.expect(")")
    elif reader.source(begin).endswith("*"):
        reader.expect(")")
    source = reader.source(begin)
    name = reader.name() if reader.accept("as") else source
    if function == "count" and not arguments:
        return name, lambda records: float(len(records))
    compute = _AGGREGATES.get(function)
    if compute is None or not arguments:
        raise QueryError(f"the aggregate {source} is not supported by globaltables")
    share = arguments[1] if len(arguments) > 1 else None
    return name, lambda records: compute(
        [value for record in records if (value := arguments[0](record)) is not None],
        0.0 if share is None else number_of(share({})) or 0.0,
    )


def _sort(reader: Reader) -> _Command:
    orders = [(reader.expression(), reader.accept("asc", "desc") == "desc")]
    while reader.accept(","):
        orders.append((reader.expression(), reader.accept("asc", "desc") == "desc"))

    def command(records: list[Record]) -> list[Record]:
        for expression, descending in reversed(orders):
            records = sorted(
                records, key=lambda record: _order(expression(record)), reverse=descending
            )
        return records

    return command


def _first(limit: int) -> _Command:
    return lambda records: records[:limit]


def _number(text: str) -> int:
    if not text.strip().isdecimal():
        raise QueryError("limit takes a number")
    return int(text)


def _order(value: Any) -> tuple[int, float, str]:
    number = number_of(value)
    if number is not None:
        return 1, number, ""
    return (0, 0.0, "") if value is None else (2, 0.0, text_of(value))


def _numbers(values: Iterable[Any]) -> list[float]:
    return [number for value in values if (number := number_of(value)) is not None]


def _over_numbers(
    compute: Callable[[list[float]], float],
) -> Callable[[Sequence[Any], float], Any]:
    def computed(values: Sequence[Any], _: float) -> Any:
        numbers = _numbers(values)
        return compute(numbers) if numbers else None

    return computed


def _percentile(values: Sequence[Any], percent: float) -> Any:
    numbers = sorted(_numbers(values))
    if not numbers:
        return None
    return numbers[min(int(len(numbers) * percent / 100), len(numbers) - 1)]


_AGGREGATES: Mapping[str, Callable[[Sequence[Any], float], Any]] = MappingProxyType(
    {
        "count": lambda values, _: float(len(values)),
        "count_distinct": lambda values, _: float(len({text_of(value) for value in values})),
        "sum": _over_numbers(sum),
        "avg": _over_numbers(lambda numbers: sum(numbers) / len(numbers)),
        "min": _over_numbers(min),
        "max": _over_numbers(max),
        "pct": _percentile,
        "earliest": lambda values, _: values[0] if values else None,
        "latest": lambda values, _: values[-1] if values else None,
    }
)


def _shown(value: Any) -> str:
    if isinstance(value, Moment):
        time = datetime.fromtimestamp(value / 1000, UTC)
        return time.strftime("%Y-%m-%d %H:%M:%S.") + f"{value % 1000:03}"
    return text_of(value)
