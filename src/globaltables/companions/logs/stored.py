"""What is kept of logs: groups and streams as documents, events by stream and time.

    o stream number, time, stamp    [time of ingestion, message]

A group's document: `number`, `created`, `class`, and what was set: `retention` in days, `key`, `tags`, `protected`,
`metric_filters` and `subscription_filters` by name. A stream's: `number`, `created`, and of its events `first`, `last`,
`ingested`. Times are milliseconds since 1970. See docs/formats/companions.md.
"""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote

import orjson

from globaltables.companions.records import Document, Records
from globaltables.engine.interface import Reader
from globaltables.foundation.errors import OperationalError
from globaltables.itemstore.keyspaces import LOG_EVENTS, whole
from globaltables.itemstore.stage import Stage

_GROUPS = Records("logs", "group")
_STREAMS = Records("logs", "stream")
_NUMBER = LOG_EVENTS + b"n"
_EVENTS = LOG_EVENTS + b"e"
_DAY_MS = 24 * 3600 * 1000
_BYTES = 8


class Event(NamedTuple):
    """One event of a stream.

    Attributes:
        stamp: tells events of one time apart, in the order of their coming.
    """

    time_ms: int
    stamp: int
    stream: str
    ingested_ms: int
    message: str

    @property
    def event_id(self) -> str:
        """The id of the event: 56 digits."""
        return f"{self.time_ms:020}{self.stamp:036}"


def group_named(reader: Reader | Stage, account: str, name: str) -> Document | None:
    """Return a group."""
    return _GROUPS.get(reader, account, name)


def put_group(stage: Stage, account: str, name: str, group: Document | None) -> None:
    """Stage a group, or the end of one."""
    _GROUPS.put(stage, account, name, group)


def groups_of(reader: Reader, account: str) -> list[tuple[str, Document]]:
    """Return the groups of an account by name, in the order of their names."""
    return list(_GROUPS.of_account(reader, account))


def all_groups(reader: Reader) -> Iterator[tuple[str, str, Document]]:
    """Return every group with account and name."""
    return _GROUPS.of_everybody(reader)


def stream_named(reader: Reader | Stage, account: str, group: str, name: str) -> Document | None:
    """Return a stream of a group."""
    return _STREAMS.get(reader, account, _stream_key(group, name))


def put_stream(stage: Stage, account: str, group: str, name: str, stream: Document | None) -> None:
    """Stage a stream, or the end of one."""
    _STREAMS.put(stage, account, _stream_key(group, name), stream)


def streams_of(reader: Reader, account: str, group: str) -> list[tuple[str, Document]]:
    """Return the streams of a group by name, in the order of their names."""
    prefix = f"{group}:"
    found = [
        (unquote(name[len(prefix) :]), stream)
        for name, stream in _STREAMS.of_account(reader, account, prefix)
    ]
    return sorted(found, key=lambda one: one[0])


def next_number(stage: Stage) -> int:
    """Return a number that no group or stream had before."""
    number = int.from_bytes(stage.get(_NUMBER) or b"", "big") + 1
    stage.put(_NUMBER, number.to_bytes(_BYTES, "big"))
    return number


def put_event(stage: Stage, stream: Document, time_ms: int, now_ms: int, message: str) -> int:
    """Stage an event, and return its stamp."""
    stamp = stage.tick()
    key = _time_key(stream["number"], time_ms) + stamp.to_bytes(_BYTES, "big")
    stage.put(key, orjson.dumps([now_ms, message]))
    return stamp


def events_of(
    reader: Reader,
    name: str,
    stream: Document,
    start: tuple[int, int],
    end: tuple[int, int],
    *,
    reverse: bool = False,
) -> Iterator[Event]:
    """Return the events of a stream between two places, in order or backwards.

    Args:
        reader: of the region.
        name: of the stream.
        stream: its document.
        start: time and stamp; what is there is returned.
        end: time and stamp; what is there is not.
        reverse: the latest first.
    """
    prefix = _stream_prefix(stream["number"])
    first, last = (
        _time_key(stream["number"], t) + s.to_bytes(_BYTES, "big") for t, s in (start, end)
    )
    for key, raw in reader.range(first, last, reverse=reverse):
        place = len(prefix)
        try:
            ingested_ms, message = orjson.loads(raw)
        except ValueError as error:
            raise OperationalError(f"an event of a log is damaged: {error}") from error
        yield Event(
            int.from_bytes(key[place : place + _BYTES], "big"),
            int.from_bytes(key[place + _BYTES :], "big"),
            name,
            ingested_ms,
            message,
        )


def drop_events(stage: Stage, stream: Document, before_ms: int | None = None) -> None:
    """Stage the end of the events of a stream: of all, or of those before a time."""
    start, end = whole(_stream_prefix(stream["number"]))
    stage.delete_range(start, end if before_ms is None else _time_key(stream["number"], before_ms))


def drop_group(stage: Stage, reader: Reader, account: str, name: str) -> None:
    """Stage the end of a group with its streams and events."""
    for stream_name, stream in streams_of(reader, account, name):
        drop_events(stage, stream)
        put_stream(stage, account, name, stream_name, None)
    put_group(stage, account, name, None)


def oldest_kept(group: Document, now_ms: int) -> int:
    """Return the time before which the events of a group are gone."""
    days = group.get("retention")
    return 0 if days is None else max(now_ms - days * _DAY_MS, 0)


def _stream_key(group: str, name: str) -> str:
    return f"{group}:{quote(name, safe=' !#$&()+,-./;<=>?@[]^_`{|}~')}"


def _stream_prefix(number: int) -> bytes:
    return _EVENTS + number.to_bytes(_BYTES, "big")


def _time_key(number: int, time_ms: int) -> bytes:
    return _stream_prefix(number) + min(max(time_ms, 0), 2**63).to_bytes(_BYTES, "big")
