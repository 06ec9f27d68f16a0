"""Waiting for whichever comes first."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any


async def first_of(*works: Awaitable[Any]) -> None:
    """Return when one of several is done; the others are given up."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
