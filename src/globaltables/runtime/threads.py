"""Blocking calls beside the event loop."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(call: Callable[[], T], name: str) -> T:
    """Run a blocking call in a thread of its own and return its result.

    Not in an executor: the process would wait at its end for a call that waits for somebody who is away.

    Args:
        call: what is run.
        name: of the thread, for whoever looks at the process.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)  # type: ignore[arg-type]
        else:
            future.set_exception(error)

    def run() -> None:
        result: T | None = None
        raised: BaseException | None = None
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the caller is told
            raised = error
        # The loop is closed when the process stops, and nobody waits any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, result, raised)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await future
