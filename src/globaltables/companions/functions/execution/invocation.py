"""What an invocation is, and how it can end."""

from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event for a handler.

    Attributes:
        request_id: names it in logs and answers.
        payload: JSON.
        function_arn: as it was invoked, with its qualifier.
        client_context: JSON of the caller; empty for none.
    """

    request_id: str
    payload: bytes
    function_arn: str
    client_context: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer of a handler.

    Attributes:
        error_type: e.g. "Runtime.ExitError".
        body: the error as JSON.
        status: in the REPORT line: "error" or "timeout".
        line: what the log says of it; empty when the process has said it.
    """

    error_type: str
    body: bytes
    status: str = "error"
    line: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended.

    Attributes:
        payload: what the handler answered, or the error as JSON.
        error_type: empty for a success.
        log_tail: the last of what was printed.
        duration_ms: without the initialization.
        memory_mb: the most that the process has used so far.
    """

    payload: bytes
    error_type: str
    log_tail: bytes
    duration_ms: float
    memory_mb: int


def exited(request_id: str, reason: str, error_type: str = "Runtime.ExitError") -> Failure:
    """Return the failure of a process that has ended, or could not be started.

    Args:
        request_id: of the invocation.
        reason: why it ended.
        error_type: for the REPORT line; AWS answers "Runtime.ExitError" for too much memory, too.
    """
    text = f"RequestId: {request_id} Error: {reason}"
    told = "Runtime.ExitError" if error_type == "Runtime.OutOfMemory" else error_type
    body = orjson.dumps({"errorType": told, "errorMessage": text})
    return Failure(error_type, body, line=f"{text}\n{told}")


def timed_out(request_id: str, timeout_ms: int, moment: str) -> Failure:
    """Return the failure of a handler that took too long.

    Args:
        request_id: of the invocation.
        timeout_ms: how long it had.
        moment: now, in ISO 8601.
    """
    text = f"Task timed out after {timeout_ms / 1000:.2f} seconds"
    body = {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: {text}",
    }
    line = f"{moment} {request_id} {text}\n"
    return Failure("Sandbox.Timedout", orjson.dumps(body), "timeout", line)


def too_large(size: int, most: int) -> Failure:
    """Return the failure of a handler whose answer is too large."""
    text = f"Response payload size ({size} bytes) exceeded maximum allowed payload size ({most} bytes)."
    error_type = "Function.ResponseSizeTooLarge"
    return Failure(error_type, orjson.dumps({"errorType": error_type, "errorMessage": text}))
