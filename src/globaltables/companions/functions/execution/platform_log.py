"""What the platform itself logs of a function: as text, or as JSON of the Telemetry API's events.

Source: "Using Lambda CloudWatch logs" of the Lambda developer guide; levels WARN, INFO and DEBUG tell more and more.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from globaltables.runtime.clock import Clock

_ORDER: Mapping[str, int] = {"DEBUG": 0, "INFO": 1, "WARN": 2}


class PlatformLog:
    """Writes the platform's lines.

    Args:
        say: takes a line.
        clock: of the region.
        level: of JSON logs, e.g. "INFO"; empty for logs as text.
    """

    def __init__(self, say: Callable[[str], None], clock: Clock, level: str) -> None:
        self._say = say
        self._clock = clock
        self._level = level

    def moment(self) -> str:
        """Return the time as logs have it."""
        moment = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def event(self, text: str, kind: str, record: Mapping[str, Any], level: str = "INFO") -> None:
        """Log an event.

        Args:
            text: in logs as text; empty for what they do not have.
            kind: in JSON, e.g. "start".
            record: in JSON.
            level: that has to be asked for.
        """
        if not self._level:
            if text:
                self._say(text)
        elif _ORDER[level] >= _ORDER[self._level]:
            self._json({"time": self.moment(), "type": f"platform.{kind}", "record": dict(record)})

    def failure(self, text: str, request_id: str) -> None:
        """Log why an invocation failed, where the process did not."""
        if not self._level:
            self._say(text)
        else:
            self._json(
                {
                    "timestamp": self.moment(),
                    "level": "ERROR",
                    "message": text,
                    "requestId": request_id,
                }
            )

    def _json(self, members: Mapping[str, Any]) -> None:
        self._say(orjson.dumps(members).decode("utf-8"))
