"""Works on many resources at a time, each as soon as those that it waits for are done."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import CLOUDFORMATION_PARALLEL_MAX


async def in_waves(
    needed: Mapping[str, Collection[str]],
    work: Callable[[str], Awaitable[None]],
    call_off: Callable[[], None] | None,
) -> dict[str, ApiError]:
    """Do the work for every name and return the refusals by name.

    Args:
        needed: by name, what has to be done before; names that are not in it are.
        work: for one name.
        call_off: is called at the first refusal, after which nothing new begins; None goes on with what does not
            wait for it.
    """
    waiting = {
        name: {other for other in others if other in needed} for name, others in needed.items()
    }
    running: dict[asyncio.Task[None], str] = {}
    refused: dict[str, ApiError] = {}
    try:
        while True:
            if not refused or call_off is None:
                _begin(waiting, running, work)
            if not running:
                return refused
            finished, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                name = running.pop(task)
                try:
                    task.result()
                except ApiError as error:
                    if not refused and call_off is not None:
                        call_off()
                    refused[name] = error
                else:
                    for others in waiting.values():
                        others.discard(name)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _begin(
    waiting: dict[str, set[str]],
    running: dict[asyncio.Task[None], str],
    work: Callable[[str], Awaitable[None]],
) -> None:
    async def begin(name: str) -> None:
        await work(name)

    for name in [name for name, others in waiting.items() if not others]:
        if len(running) == CLOUDFORMATION_PARALLEL_MAX:
            return
        del waiting[name]
        running[asyncio.get_running_loop().create_task(begin(name))] = name
