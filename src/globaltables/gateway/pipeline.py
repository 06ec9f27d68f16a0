"""THE list of stages that every request passes, and the one place where errors become replies."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import orjson

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.gateway import measuring, stages_aws, stages_http
from globaltables.gateway.callers import Callers
from globaltables.gateway.exchange import Exchange, Reply
from globaltables.gateway.stages_aws import Model
from globaltables.itemstore.node import Node
from globaltables.operations.context import Answer, Handler
from globaltables.runtime.randomness import Randomness
from globaltables.security.sigv4 import Authenticator

_log = logging.getLogger(__name__)

#: A step on the way: None passes the exchange on, anything else ends it.
Stage = Callable[[Exchange], Reply | Answer | Awaitable[Answer] | Awaitable[Reply] | None]
#: Called with the reply of an exchange that could not be answered at once.
Later = Callable[[Exchange, Reply], None]


def stages(
    authenticator: Authenticator,
    model: Model,
    handlers: Mapping[str, Handler],
    node: Node,
    randomness: Randomness,
    companions: Stage,
    callers: Callers,
) -> tuple[Stage, ...]:
    """Return the stages in the order in which AWS answers: wrong JSON before wrong target before wrong signature.

    Args:
        authenticator: finds out who asks.
        model: AWS's.
        handlers: by target.
        node: the regions of this process.
        randomness: makes request ids.
        companions: takes out what is for other services, and GET requests that are for none.
        callers: tells whose credentials signed.
    """
    return (
        stages_http.request_ids(randomness),
        stages_http.cross_origin,
        companions,
        stages_http.content_type,
        stages_http.parse_body,
        stages_aws.target(model, handlers),
        stages_aws.authentication(authenticator, callers, node),
        stages_aws.model_check,
        stages_aws.operation(node),
    )


class Pipeline:
    """Answers exchanges.

    Args:
        stages: see `stages`; the last one answers everything that reaches it.
    """

    def __init__(self, stages: tuple[Stage, ...]) -> None:
        self._stages = stages
        self._tasks: set[asyncio.Future[Any]] = set()

    def answer(self, exchange: Exchange, later: Later) -> Reply | None:
        """Return the reply, or None when `later` will be called with it."""
        try:
            for stage in self._stages:
                outcome = stage(exchange)
                if outcome is not None:
                    break
            else:
                msg = "the last stage answers"
                raise AssertionError(msg)
        except Exception as error:  # noqa: BLE001 - the place where every error becomes a reply
            return _failed(exchange, error)
        if type(outcome) is dict or type(outcome) is bytes:
            return _succeeded(exchange, outcome)
        if type(outcome) is Reply:
            return outcome
        if isinstance(outcome, Awaitable):
            return self._wait(exchange, outcome, later)
        return _failed(exchange, AssertionError(f"an operation answered {type(outcome).__name__}"))

    def _wait(self, exchange: Exchange, outcome: Awaitable[Any], later: Later) -> Reply | None:
        """Return the reply if the operation is done, or have `later` called when it is."""
        future = asyncio.ensure_future(outcome)
        if future.done():
            return _result(exchange, future)
        if future is not outcome:
            # The event loop keeps only weak references to tasks.
            self._tasks.add(future)
            future.add_done_callback(self._tasks.discard)
        future.add_done_callback(partial(_finish, exchange, later))
        return None


def _finish(exchange: Exchange, later: Later, future: asyncio.Future[Any]) -> None:
    later(exchange, _result(exchange, future))


def _result(exchange: Exchange, future: asyncio.Future[Any]) -> Reply:
    """Return the reply of an operation that is done."""
    if future.cancelled():
        return _failed(exchange, OperationalError("the node is stopping"))
    error = future.exception()
    return _succeeded(exchange, future.result()) if error is None else _failed(exchange, error)


def _succeeded(exchange: Exchange, answer: Answer | Reply) -> Reply:
    if type(answer) is Reply:
        return answer
    try:
        body = answer if type(answer) is bytes else orjson.dumps(answer)
    except orjson.JSONEncodeError as error:
        return _failed(exchange, error)
    if exchange.begun and exchange.operation.measured:
        measuring.succeeded(exchange)
    return Reply(200, body, exchange.content_type, exchange.request_id, exchange.fields)


def _failed(exchange: Exchange, error: BaseException) -> Reply:
    """Return the reply to an error of any of the three families; the world's and ours are logged."""
    if exchange.begun:
        measuring.failed(exchange, error)
    if isinstance(error, OperationalError):
        _log.error("request %s failed: %s", exchange.request_id, error)
        error = _unavailable()
    elif not isinstance(error, ApiError):
        _log.error("request %s failed", exchange.request_id, exc_info=error)
        error = _bug()
    body = orjson.dumps(error.body())
    return Reply(error.status, body, exchange.content_type, exchange.request_id, exchange.fields)


def _unavailable() -> ApiError:
    msg = "The request has failed due to a temporary failure of the server."
    return ApiError("ServiceUnavailable", msg, status=503)


def _bug() -> ApiError:
    msg = "The request processing has failed because of an unknown error, exception or failure."
    return ApiError("InternalServerError", msg, status=500)
