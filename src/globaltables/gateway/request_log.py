"""One line of JSON for each request: who asked for what, and how it was answered.

Nothing that could be used again is in it: no header, no query, no body, no text of an error, which may repeat them.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson

from globaltables.gateway.exchange import Exchange, Reply
from globaltables.gateway.pipeline import Later, Pipeline, Stage
from globaltables.runtime.clock import Clock
from globaltables.runtime.stopwatch import monotonic_ns
from globaltables.security.authorization import signed_service

_ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z0-9]{1,64})(?:&|$)")
_NAME = re.compile(rb"[A-Za-z0-9_.]{1,128}")
#: Where each protocol has the code of an error.
_CODES = (
    re.compile(rb"x-amzn-ErrorType: ?(?:[^\r\n#]*#)?([A-Za-z0-9.]{1,128})", re.IGNORECASE),
    re.compile(rb'"__type": ?"(?:[^"#]*#)?([A-Za-z0-9.]{1,128})"'),
    re.compile(rb"<Code>([A-Za-z0-9.]{1,128})</Code>"),
)


class LoggedPipeline(Pipeline):
    """Answers exchanges and writes a line about each.

    Args:
        stages: see `Pipeline`.
        clock: what the lines are dated with.
        write: takes a line.
    """

    def __init__(
        self, stages: tuple[Stage, ...], clock: Clock, write: Callable[[str], object]
    ) -> None:
        super().__init__(stages)
        self._clock = clock
        self._write = write

    def answer(self, exchange: Exchange, later: Later) -> Reply | None:
        """Return the reply, or None when `later` will be called with it."""
        begun = monotonic_ns()
        reply = super().answer(exchange, partial(self._tell_later, begun, later))
        if reply is not None:
            self._tell(begun, exchange, reply)
        return reply

    def _tell_later(self, begun: int, later: Later, exchange: Exchange, reply: Reply) -> None:
        self._tell(begun, exchange, reply)
        later(exchange, reply)

    def _tell(self, begun: int, exchange: Exchange, reply: Reply) -> None:
        line = _line(exchange, reply)
        line["milliseconds"] = round((monotonic_ns() - begun) / 1_000_000, 3)
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        told = {"time": now.isoformat(timespec="milliseconds"), **line}
        self._write(orjson.dumps(told).decode() + "\n")


def _line(exchange: Exchange, reply: Reply) -> dict[str, Any]:
    """Return what is told of a request; what it did not come to is left out."""
    caller = getattr(exchange, "caller", None)
    told = {
        "request_id": getattr(exchange, "request_id", None),
        "method": exchange.method.decode("latin-1"),
        "path": exchange.url.partition(b"?")[0].decode("latin-1"),
        "service": signed_service(exchange.headers.get(b"authorization", exchange.url)) or None,
        "operation": _operation(exchange),
        "region": getattr(exchange, "region_name", None),
        "account": None if caller is None else caller.account,
        "caller": None if caller is None else caller.arn,
        "source_ip": exchange.source_ip or None,
        "request_bytes": len(exchange.body),
        "status": reply.status,
        "error": _error(reply),
        "reply_bytes": len(reply.body),
    }
    return {name: value for name, value in told.items() if value is not None}


def _operation(exchange: Exchange) -> str | None:
    """Return the name of what was asked for; None where method and path say it."""
    target = exchange.headers.get(b"x-amz-target")
    if target is not None:
        name = target.rpartition(b".")[2]
        return name.decode("ascii") if _NAME.fullmatch(name) else None
    found = _ACTION.search(exchange.body)
    return None if found is None else found.group(1).decode("ascii")


def _error(reply: Reply) -> str | None:
    """Return the code of an error."""
    if reply.status < 400:
        return None
    for pattern in _CODES:
        found = pattern.search(reply.fields) or pattern.search(reply.body)
        if found is not None:
            return found.group(1).decode("ascii")
    return "Unknown"
