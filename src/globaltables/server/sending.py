"""Sends replies that are too large for memory, as fast as the client reads."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from globaltables.foundation.limits import MIB
from globaltables.gateway.exchange import LargeContent
from globaltables.runtime.threads import in_thread

_log = logging.getLogger(__name__)


async def send(
    content: LargeContent, transport: asyncio.Transport, room: Callable[[], Awaitable[None]]
) -> bool:
    """Send a content and close it; tell whether all of it was sent, otherwise the connection is cut.

    Args:
        content: its length was announced.
        transport: to the client.
        room: waits until the client has read enough.
    """
    left = content.length
    try:
        while left:
            piece = await in_thread(partial(content.read, MIB), "send")
            if not piece or transport.is_closing():
                break
            left -= len(piece)
            transport.write(piece)
            await room()
    except OSError as error:
        _log.error("a reply broke off: %s", error)
    finally:
        content.close()
    if left:
        transport.abort()
    return not left
