"""Operations called without HTTP: what happens between the arrival of a request and its answer can be looked at."""

import asyncio
from typing import Any

import orjson

from globaltables.foundation.errors import ApiError
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.operations.context import Call
from globaltables.operations.registry import HANDLERS
from tests.support.regions import ACCOUNT


class Caller:
    """Calls the operations of one region."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._node = Node(lambda _: region)

    def begin(self, operation: str, **request: Any) -> "asyncio.Future[dict[str, Any]]":
        """Let a request arrive now; what it is answered with comes in the future."""
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        body_bytes = len(orjson.dumps(request))
        call = Call(operation, request, self._region, self._node, ACCOUNT, "key", body_bytes)
        try:
            outcome = HANDLERS[f"DynamoDB_20120810.{operation}"](call)
        except ApiError as error:
            answer.set_exception(error)
            return answer
        if isinstance(outcome, dict | bytes):
            answer.set_result(_parsed(outcome))
            return answer
        assert isinstance(outcome, asyncio.Future)

        def finish(done: "asyncio.Future[Any]") -> None:
            if answer.done():
                return  # whoever asked has gone away
            error = done.exception()
            if error is None:
                answer.set_result(_parsed(done.result()))
            else:
                answer.set_exception(error)

        outcome.add_done_callback(finish)
        return answer

    async def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        """Return the answer of a request.

        Raises:
            ApiError: it was refused.
        """
        return await self.begin(operation, **request)


async def refusal(answer: "asyncio.Future[Any]") -> ApiError:
    """Return what a request was refused with."""
    await asyncio.wait([answer])
    error = answer.exception()
    assert isinstance(error, ApiError), error
    return error


def _parsed(answer: dict[str, Any] | bytes) -> dict[str, Any]:
    parsed = orjson.loads(answer if isinstance(answer, bytes) else orjson.dumps(answer))
    assert isinstance(parsed, dict)
    return parsed
