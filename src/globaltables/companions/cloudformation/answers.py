"""What is answered from outside: by custom resources, and to wait conditions.

Who is to answer gets a URL with a token that nobody can guess; only what was asked for is taken.
"""

import asyncio
from typing import Any

import orjson

from globaltables.companions.cloudformation.stored import ANSWERS, SERVICE
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import CLOUDFORMATION_CUSTOM_RESPONSE_BYTES_MAX
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

#: How the paths of the URLs begin; no bucket has such a name.
PATH = "/-/cloudformation/"


def answer_url(endpoint: str, region: str, account: str, token: str) -> str:
    """Return the URL at which an answer is taken, by PUT."""
    return f"{endpoint}{PATH}{region}/{account}/{token}"


async def expect_answers(region: Region, account: str, token: str) -> None:
    """Take answers for a token from now on."""

    def decide(stage: Stage) -> None:
        if ANSWERS.get(stage, account, token) is None:
            ANSWERS.put(stage, account, token, {"answers": []})

    await region.store.submit(decide)


async def forget_answers(region: Region, account: str, token: str) -> None:
    """Take no answers for a token any more."""
    _events(region).pop(token, None)
    await region.store.submit(lambda stage: ANSWERS.put(stage, account, token, None))


def answers_to(region: Region, account: str, token: str) -> list[Document]:
    """Return what was answered so far."""
    found = ANSWERS.get(region.store.reader(), account, token)
    return [] if found is None else list(found["answers"])


def answered(region: Region, token: str) -> asyncio.Event:
    """Return the event that is set when the next answer comes."""
    event = _events(region)[token] = asyncio.Event()
    return event


async def take_answer(region: Region, account: str, token: str, body: bytes) -> None:
    """Keep an answer.

    Raises:
        ApiError: nobody asked for it, or it is none.
    """
    if len(body) > CLOUDFORMATION_CUSTOM_RESPONSE_BYTES_MAX:
        raise ApiError("EntityTooLarge", "Response object is too long.")
    try:
        answer: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        # It is kept, so that whoever waits is told.
        answer = {"Status": "FAILED", "Reason": "Invalid response object: it is not JSON"}

    def decide(stage: Stage) -> None:
        known = ANSWERS.get(stage, account, token) if token.isascii() else None
        if known is None:
            raise ApiError("AccessDenied", "Access Denied", status=403)
        unique = answer.get("UniqueId")
        if unique is not None:
            others = known["answers"]
            known["answers"] = [one for one in others if one.get("UniqueId") != unique]
        known["answers"].append(answer)
        ANSWERS.put(stage, account, token, known)

    await region.store.submit(decide)
    event = _events(region).get(token)
    if event is not None:
        event.set()


def _events(region: Region) -> dict[str, asyncio.Event]:
    events: dict[str, asyncio.Event] = region.companions.setdefault(SERVICE, {})
    return events
