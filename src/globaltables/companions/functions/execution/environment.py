"""One execution environment: a process, its Runtime API, its output, its limits."""

import asyncio
import contextlib
import math
import os
import shutil
import signal
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from globaltables.companions.functions.execution.invocation import (
    Failure,
    Invocation,
    Outcome,
    exited,
    timed_out,
    too_large,
)
from globaltables.companions.functions.execution.memory import peak_mb, resident_bytes
from globaltables.companions.functions.execution.output import IsFull, Output, TakeLine
from globaltables.companions.functions.execution.platform_log import PlatformLog
from globaltables.companions.functions.execution.runtime_api import RuntimeReply, RuntimeServer
from globaltables.foundation.limits import (
    LAMBDA_ANSWER_BYTES_MAX,
    LAMBDA_INIT_MS_MAX,
    LAMBDA_MEMORY_LOOK_MS,
)
from globaltables.runtime.clock import Clock
from globaltables.runtime.stopwatch import Stopwatch

_MIB = 1024 * 1024
_ACCEPTED = RuntimeReply(202, body=b'{"status":"OK"}')


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What an environment is made from.

    Attributes:
        command: what is started.
        variables: the whole environment of the process but the Runtime API's address and the scratch folder.
        folder: where it starts: the unpacked code.
        version: as logs name it, e.g. "$LATEST".
        runtime: as logs name it.
        memory_mb: more ends the process.
        timeout_ms: longer ends an invocation, and the process.
        ahead_ms: how far the process's clock is ahead of the machine's.
        system_level: of logs in JSON, e.g. "INFO"; empty for logs as text.
    """

    command: tuple[str, ...]
    variables: Mapping[str, str]
    folder: Path
    version: str
    runtime: str
    memory_mb: int
    timeout_ms: int
    ahead_ms: int = 0
    system_level: str = ""


class Environment:
    """Runs invocations, one at a time, in a process that is started by the first one.

    Args:
        blueprint: what it is made from.
        clock: of the region.
        take_line: gets what is logged.
        is_full: tells whether the log can take no more now.
    """

    def __init__(
        self, blueprint: Blueprint, clock: Clock, take_line: TakeLine, is_full: IsFull
    ) -> None:
        self._blueprint = blueprint
        self._clock = clock
        self._output = Output(take_line, is_full)
        self._log = PlatformLog(self._output.say, clock, blueprint.system_level)
        self._server = RuntimeServer(self)
        self._loop = asyncio.get_running_loop()
        self._scratch = Path(tempfile.mkdtemp(prefix="globaltables-function-"))
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[Failure | None] = self._loop.create_future()
        self._asking: asyncio.Future[RuntimeReply] | None = None
        self._given: RuntimeReply | None = None
        self._request_id = ""
        self._answer: asyncio.Future[bytes | Failure] | None = None
        self._init_ms = 0.0
        self._memory_mb = 0
        self._is_over_memory = False
        self.ended = False

    @property
    def started(self) -> bool:
        """Whether the process was started."""
        return self._process is not None

    async def initialize(self) -> Failure | None:
        """Start the process, and return when its handler is loaded, or why it is not.

        What takes longer than ten seconds is started again, and has the time of an invocation then.
        """
        runtime = self._blueprint.runtime
        self._log.event(
            f"INIT_START Runtime Version: {runtime}",
            "initStart",
            {"initializationType": "on-demand", "phase": "init", "runtimeVersion": runtime},
        )
        watch = Stopwatch()
        await self._start()
        if not await self._initialized(LAMBDA_INIT_MS_MAX):
            spent_ms = watch.seconds() * 1000
            self._log.event(
                f"INIT_REPORT Init Duration: {spent_ms:.2f} ms\tPhase: init\tStatus: timeout",
                "initReport",
                {
                    "phase": "init",
                    "status": "timeout",
                    "metrics": {"durationMs": round(spent_ms, 2)},
                },
                "WARN",
            )
            await self._kill()
            self._server.stop()
            self._ready = self._loop.create_future()
            self.ended = False
            await self._start()
            if not await self._initialized(self._blueprint.timeout_ms):
                return timed_out(self._request_id, self._blueprint.timeout_ms, self._log.moment())
        self._init_ms = watch.seconds() * 1000
        return self._ready.result()

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run one invocation; whatever the process does, it ends in time."""
        self._output.drain()
        self._output.begin_tail()
        self._request_id = invocation.request_id
        failure = None
        is_cold = not self.started
        if is_cold:
            failure = await self.initialize()
        version = self._blueprint.version
        self._log.event(
            f"START RequestId: {invocation.request_id} Version: {version}",
            "start",
            {"requestId": invocation.request_id, "version": version},
        )
        watch = Stopwatch()
        answer: bytes | Failure = failure or await self._run(invocation)
        duration_ms = watch.seconds() * 1000
        if isinstance(answer, bytes) and len(answer) > LAMBDA_ANSWER_BYTES_MAX:
            answer = too_large(len(answer), LAMBDA_ANSWER_BYTES_MAX)
        self._output.drain()
        if isinstance(answer, Failure) and answer.line:
            self._log.failure(answer.line, invocation.request_id)
        self._report(invocation, answer, duration_ms, is_cold=is_cold)
        self._answer = None
        if isinstance(answer, Failure):
            payload, error_type = answer.body, answer.error_type
        else:
            payload, error_type = answer, ""
        return Outcome(payload, error_type, self._output.tail, duration_ms, self._memory_mb)

    async def close(self) -> None:
        """End the process and everything that it started."""
        self.ended = True
        await self._kill()
        self._server.stop()
        self._output.drain()
        self._output.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    # --- the process

    async def _start(self) -> None:
        address = await self._server.start()
        variables = {
            **self._blueprint.variables,
            "AWS_LAMBDA_RUNTIME_API": address,
            # Else clients would read the settings of the node's user.
            "HOME": str(self._scratch),
            "TMPDIR": str(self._scratch),
        }
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._blueprint.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=self._output.write_end,
                stderr=self._output.write_end,
                cwd=self._blueprint.folder,
                env=variables,
                start_new_session=True,
            )
        except OSError as error:
            self.ended = True
            reason = f"fork/exec {self._blueprint.command[0]}: {(error.strerror or '').lower()}"
            entry = "Runtime.InvalidEntrypoint"
            self._ready.set_result(exited(self._request_id, reason, entry))
            return
        self._watching = self._loop.create_task(self._watch(self._process))

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Tell whoever waits for the process that it has ended."""
        code = await process.wait()
        self.ended = True
        reason, error_type = _reason(code), "Runtime.ExitError"
        if self._is_over_memory:
            reason, error_type = "Runtime exited with error: signal: killed", "Runtime.OutOfMemory"
        failure = exited(self._request_id, reason, error_type)
        if not self._ready.done():
            self._ready.set_result(failure)
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(failure)

    async def _initialized(self, limit_ms: int) -> bool:
        """Tell whether the process has got so far, in time, that there is a handler or will not be one."""
        return await self._in_time(self._ready, limit_ms)

    async def _run(self, invocation: Invocation) -> bytes | Failure:
        """Give the process an invocation and return what became of it."""
        self._answer = answer = self._loop.create_future()
        limit_ms = self._blueprint.timeout_ms
        clock = self._clock
        deadline_ms = clock.now_ms() - clock.offset_ms + self._blueprint.ahead_ms + limit_ms
        reply = _given(invocation, deadline_ms)
        if self._asking is not None:
            asking, self._asking = self._asking, None
            asking.set_result(reply)
        elif self.ended:
            return exited(invocation.request_id, "Runtime exited without providing a reason")
        else:
            self._given = reply
        in_time = await self._in_time(answer, limit_ms)
        if self._process is not None:
            self._memory_mb = max(self._memory_mb, peak_mb(self._process.pid))
        if in_time:
            found: bytes | Failure = answer.result()
            return found
        await self._kill()
        return timed_out(invocation.request_id, limit_ms, self._log.moment())

    async def _in_time(self, future: "asyncio.Future[Any]", limit_ms: int) -> bool:
        """Wait for what the process does, while it has not too much memory; tell whether it did it in time."""
        if future.done():
            return True
        assert self._process is not None
        pid = self._process.pid
        last = self._loop.time() + limit_ms / 1000
        while not future.done() and (left := last - self._loop.time()) > 0:
            await asyncio.wait({future}, timeout=min(left, LAMBDA_MEMORY_LOOK_MS / 1000))
            if resident_bytes(pid) > self._blueprint.memory_mb * _MIB:
                self._is_over_memory = True
                _end_group(pid)
                await asyncio.wait({future})
        return future.done()

    async def _kill(self) -> None:
        if self._process is not None and self._watching is not None:
            _end_group(self._process.pid)
            await asyncio.wait({self._watching})
        self._process = None
        self._asking = None

    def _report(
        self, invocation: Invocation, answer: bytes | Failure, duration_ms: float, *, is_cold: bool
    ) -> None:
        """Log what an invocation took."""
        memory_mb = self._blueprint.memory_mb if self._is_over_memory else self._memory_mb
        billed_ms = math.ceil(duration_ms)
        parts = [
            f"REPORT RequestId: {invocation.request_id}",
            f"Duration: {duration_ms:.2f} ms",
            f"Billed Duration: {billed_ms} ms",
            f"Memory Size: {self._blueprint.memory_mb} MB",
            f"Max Memory Used: {memory_mb} MB",
        ]
        metrics: dict[str, float] = {
            "durationMs": round(duration_ms, 2),
            "billedDurationMs": billed_ms,
            "memorySizeMB": self._blueprint.memory_mb,
            "maxMemoryUsedMB": memory_mb,
        }
        record = {"requestId": invocation.request_id, "status": "success", "metrics": metrics}
        if is_cold:
            parts.append(f"Init Duration: {self._init_ms:.2f} ms")
            metrics["initDurationMs"] = round(self._init_ms, 2)
        if isinstance(answer, Failure) and answer.line:
            record["status"] = answer.status
            parts.append(f"Status: {answer.status}")
            if answer.status == "error":
                record["errorType"] = answer.error_type
                parts.append(f"Error Type: {answer.error_type}")
        level = "INFO" if record["status"] == "success" else "WARN"
        done = {"requestId": invocation.request_id, "status": record["status"]}
        self._log.event(f"END RequestId: {invocation.request_id}", "runtimeDone", done, "DEBUG")
        self._log.event("\t".join(parts) + "\t", "report", record, level)

    # --- what the process asks

    def next_invocation(self) -> "asyncio.Future[RuntimeReply]":
        """Return the next invocation, once there is one; who asks for the first time has a handler."""
        asking: asyncio.Future[RuntimeReply] = self._loop.create_future()
        if not self._ready.done():
            self._ready.set_result(None)
        if self._given is not None:
            asking.set_result(self._given)
            self._given = None
        else:
            self._asking = asking
        return asking

    def answered(self, request_id: str, body: bytes) -> RuntimeReply:
        """Take what the handler answered."""
        return self._take(request_id, body)

    def failed(self, request_id: str, error_type: str, body: bytes) -> RuntimeReply:
        """Take what the handler raised."""
        return self._take(request_id, Failure(error_type or _error_type(body), body))

    def not_initialized(self, error_type: str, body: bytes) -> RuntimeReply:
        """Take why there is no handler; the process ends now by itself."""
        if not self._ready.done():
            failure = Failure(error_type or _error_type(body), body)
            self._ready.set_result(failure)
            self.ended = True
        return _ACCEPTED

    def _take(self, request_id: str, answer: bytes | Failure) -> RuntimeReply:
        if request_id != self._request_id or self._answer is None or self._answer.done():
            body = b'{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}'
            return RuntimeReply(400, body=body)
        self._answer.set_result(answer)
        return _ACCEPTED


def _given(invocation: Invocation, deadline_ms: int) -> RuntimeReply:
    headers = {
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
    }
    if invocation.client_context:
        headers["Lambda-Runtime-Client-Context"] = invocation.client_context
    return RuntimeReply(200, headers, invocation.payload)


def _end_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _reason(code: int) -> str:
    if code == 0:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    name = signal.strsignal(-code) or str(-code)
    return f"Runtime exited with error: signal: {name.lower()}"


def _error_type(body: bytes) -> str:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "Runtime.Unknown"
    return str(told.get("errorType", "Runtime.Unknown")) if isinstance(told, dict) else "Unknown"
