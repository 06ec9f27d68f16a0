"""A load for requests that take long: every request that was sent is waited for, and counts.

wrk drops what is under way when its time is over. A server that works on 64 requests of a twentieth of a second each
would lose up to three seconds of work by that, or all of it when it gives each request a part of its time.
"""

import selectors
import socket
import statistics
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

_HEAD_END = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"
_BUFFER_BYTES = 1 << 18


class _Line:
    """One connection, with at most one request under way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.started = 0.0
        self.status = 0
        self._head = b""
        self._missing = 0
        self._ending = b""

    def begin(self, request: bytes) -> None:
        """Send a request."""
        self.status, self._head, self._missing, self._ending = 0, b"", 0, b""
        self.started = time.perf_counter()
        self.socket.sendall(request)

    def read(self, buffer: bytearray) -> bool:
        """Read what has arrived; return whether the answer is complete.

        Raises:
            ConnectionError: the server closed the connection.
        """
        count = self.socket.recv_into(buffer)
        if count == 0:
            raise ConnectionError("closed")
        if self.status == 0:
            self._head += buffer[:count]
            head, end, body = self._head.partition(_HEAD_END)
            if not end:
                return False
            self._start_body(head.lower())
            count, tail = len(body), body[-len(_LAST_CHUNK) :]
        else:
            tail = bytes(buffer[max(0, count - len(_LAST_CHUNK)) : count])
        if self._missing < 0:
            self._ending = (self._ending + tail)[-len(_LAST_CHUNK) :]
            return self._ending == _LAST_CHUNK
        self._missing -= count
        return self._missing == 0

    def _start_body(self, head: bytes) -> None:
        lines = head.split(b"\r\n")
        self.status = int(lines[0].split()[1])
        headers = dict(line.split(b":", 1) for line in lines[1:])
        # Below zero: the body has chunks, and ends with an empty one.
        self._missing = int(headers.get(b"content-length", b"-1"))


def drive(
    endpoint: str, series: Sequence[bytes], connections: int, seconds: float, wait_seconds: float
) -> dict[str, Any]:
    """Send requests for some time, wait for the last answer, and return what replay.lua prints for wrk.

    Args:
        endpoint: is asked.
        series: is repeated.
        connections: each has one request under way.
        seconds: after which nothing more is sent.
        wait_seconds: for any answer; then what is under way counts as broken.
    """
    parts = urlsplit(endpoint)
    lines = [_Line((parts.hostname or "", parts.port or 80)) for _ in range(connections)]
    buffer = bytearray(_BUFFER_BYTES)
    latencies: list[float] = []
    sent = refused = broken = 0
    busy = len(lines)
    with selectors.DefaultSelector() as selector:
        started = last = time.perf_counter()
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.begin(series[sent % len(series)])
            sent += 1
        while busy:
            ready = selector.select(wait_seconds)
            if not ready:
                broken += busy
                break
            for key, _ in ready:
                line = key.data
                try:
                    if not line.read(buffer):
                        continue
                except ConnectionError:
                    broken += 1
                else:
                    last = time.perf_counter()
                    latencies.append(last - line.started)
                    refused += line.status >= 400
                    if last - started < seconds:
                        line.begin(series[sent % len(series)])
                        sent += 1
                        continue
                selector.unregister(line.socket)
                busy -= 1
    for line in lines:
        line.socket.close()
    return _result(latencies, last - started, refused, broken)


def _result(
    latencies: Sequence[float], seconds: float, refused: int, broken: int
) -> dict[str, Any]:
    ordered = sorted(latencies) or [0.0]
    return {
        "requests": len(latencies),
        "seconds": max(seconds, 1e-9),
        "p50_ms": 1e3 * statistics.median(ordered),
        "p99_ms": 1e3 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        "max_ms": 1e3 * ordered[-1],
        "refused": refused,
        "broken": broken,
    }
