"""The process of the tail: moto's services behind a Unix socket, one request at a time, for one node.

    python -m globaltables.companions.tail.process SOCKET FOLDER

It ends when its standard input does, which its parent holds open. FOLDER keeps the state; "-" keeps none. A request
names its service, account and region in headers of our own; who asks was found out by the node.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from globaltables.companions.tail import saving
from globaltables.companions.tail.services import (
    ACCOUNT_HEADER,
    READS_HEADER,
    REGION_HEADER,
    SERVICE_HEADER,
)

_StartResponse = Callable[..., Any]
_Application = Callable[[dict[str, Any], _StartResponse], Iterable[bytes]]


class Tail:
    """Answers requests as a WSGI application.

    Args:
        folder: where state is kept; None keeps none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._applications: dict[str, _Application] = {}

    def __call__(self, environ: dict[str, Any], start_response: _StartResponse) -> Iterable[bytes]:
        """Answer a request; what moto does not have is 501."""
        service, region = _header(environ, SERVICE_HEADER), _header(environ, REGION_HEADER)
        application = self._applications.get(service)
        if application is None:
            application = self._applications[service] = self._restored(service)
        try:
            answer = list(application(environ, start_response))
        except NotImplementedError as error:
            start_response("501 Not Implemented", [("Content-Type", "text/plain")])
            return [str(error).encode("utf-8")]
        if self._folder is not None and not _header(environ, READS_HEADER):
            account = _header(environ, ACCOUNT_HEADER)
            state = _backends(service)[account][region]
            saving.save(self._folder / service, account, region, state)
        return answer

    def _restored(self, service: str) -> _Application:
        from moto.moto_server.werkzeug_app import create_backend_app  # noqa: PLC0415 - takes seconds

        application: _Application = create_backend_app(service)  # type: ignore[arg-type]
        if self._folder is not None:
            for account, region, state in saving.saved(self._folder / service):
                _backends(service)[account][region] = state
        return application


def _backends(service: str) -> Any:
    """Return moto's state of a service by account and region."""
    from moto.backends import get_backend  # noqa: PLC0415 - takes seconds

    return get_backend(service)  # type: ignore[call-overload]


def _header(environ: dict[str, Any], name: str) -> str:
    value: str = environ.get("HTTP_" + name.upper().replace("-", "_"), "")
    return value


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Serve until the parent is gone."""
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415 - of this process alone

    class Quiet(WSGIRequestHandler):
        """Says nothing of each request."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    socket, folder = sys.argv[1:]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    tail = Tail(None if folder == "-" else Path(folder))
    server = make_server(f"unix://{socket}", 0, tail, threaded=False, request_handler=Quiet)
    server.serve_forever()


if __name__ == "__main__":
    main()
