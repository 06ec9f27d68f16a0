"""A globaltables process under test: started, found, stopped and killed by its own process id."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

START_SECONDS_MAX = 20
STOP_SECONDS_MAX = 20
_ENDPOINT = re.compile(r"https?://[\w.:\[\]-]+:\d+")


def executable() -> Path:
    """Return the `globaltables` command of the environment that runs the tests."""
    return Path(sys.executable).parent / "globaltables"


def clean_environment() -> dict[str, str]:
    """Return the environment without what would change a server's or a client's behaviour."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "GLOBALTABLES_"))}
    return {**kept, "PYTHONUNBUFFERED": "1", "AWS_EC2_METADATA_DISABLED": "true"}


class Server:
    """One process of a node; a context manager that leaves none behind.

    Args:
        arguments: options after the command; `--port 0` is added where no port is named.
        environment: variables of the process beside those that every test has.
        command: of `globaltables`.
    """

    def __init__(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        command: str = "up",
    ) -> None:
        port = () if "--port" in arguments else ("--port", "0")
        self.command = [str(executable()), command, *port, *arguments]
        self.environment = dict(environment or {})
        self.output: list[str] = []
        self.endpoint = ""
        self._printed_endpoint = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._reading: threading.Thread | None = None

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None, "the server was not started"
        return self._process.pid

    def start(self) -> Self:
        """Start the process and return when it answers.

        Raises:
            RuntimeError: it ended or printed no endpoint in time; the text has its output.
        """
        assert self._process is None, "the server runs already"
        self.output = []
        self._printed_endpoint.clear()
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=clean_environment() | self.environment,
        )
        self._reading = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reading.start()
        if not self._printed_endpoint.wait(START_SECONDS_MAX) or not self.endpoint:
            self.kill()
            raise RuntimeError(f"no endpoint from {self.command}:\n" + "".join(self.output))
        self._expect_healthy()
        return self

    def stop(self) -> int:
        """Ask the process to end (SIGTERM) and return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """End the process with SIGKILL, as a crash would, and return its exit code."""
        return self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.stop()

    def _read(self, process: subprocess.Popen[str]) -> None:
        """Collect the output, so that the pipe never fills, and find the endpoint in it."""
        assert process.stdout is not None
        self.endpoint = ""
        for line in process.stdout:
            self.output.append(line)
            found = None if self.endpoint else _ENDPOINT.search(line)
            if found:
                self.endpoint = found.group()
                self._printed_endpoint.set()
        self._printed_endpoint.set()

    def _expect_healthy(self) -> None:
        address = urlsplit(self.endpoint)
        if address.scheme == "https":
            return  # what it is asked with is the test's own
        connection = HTTPConnection(address.hostname or "", address.port, timeout=START_SECONDS_MAX)
        try:
            connection.request("GET", "/healthz")
            status = connection.getresponse().status
        finally:
            connection.close()
        if status != 200:
            self.kill()
            raise RuntimeError(f"GET /healthz answered {status}:\n" + "".join(self.output))

    def _end(self, signal_number: int) -> int:
        process, reading = self._process, self._reading
        assert process is not None
        assert reading is not None
        self._process = None
        process.send_signal(signal_number)
        try:
            code = process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise RuntimeError("the server did not stop:\n" + "".join(self.output)) from None
        finally:
            reading.join(STOP_SECONDS_MAX)
            if process.stdout is not None:
                process.stdout.close()
        return code
