"""Random identifiers, from the operating system or from a seed."""

import random
import secrets
import string
from itertools import count
from typing import Protocol
from uuid import UUID, uuid4

_REQUEST_ID_ALPHABET = string.ascii_uppercase + string.digits


class Randomness(Protocol):
    """A source of identifiers, and of chance."""

    def uuid(self) -> str:
        """Return a version 4 UUID in its textual form."""

    def request_id(self) -> str:
        """Return a request id as DynamoDB's look: 52 upper-case letters and digits."""

    def share(self) -> float:
        """Return a number from 0 to 1, so that those who wait do not all come back at once."""


class SystemRandomness:
    """Identifiers that nobody can guess."""

    def __init__(self) -> None:
        self._process = f"{random.SystemRandom().getrandbits(144):036X}"
        self._requests = count()

    def uuid(self) -> str:
        """Return a version 4 UUID."""
        return str(uuid4())

    def request_id(self) -> str:
        """Return 52 letters and digits: those of the process, then the request's number."""
        return f"{self._process}{next(self._requests):016X}"

    def share(self) -> float:
        """Return a number from 0 to 1."""
        return random.random()  # noqa: S311 - decides how long somebody waits, nothing secret


def new_secret() -> str:
    """Return 64 hexadecimal digits that nobody can guess."""
    return secrets.token_hex(32)


def new_bytes(count: int) -> bytes:
    """Return bytes that nobody can guess."""
    return secrets.token_bytes(count)


class SeededRandomness:
    """Identifiers that repeat with the seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def uuid(self) -> str:
        """Return a version 4 UUID derived from the seed."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def request_id(self) -> str:
        """Return 52 letters and digits derived from the seed."""
        return "".join(self._random.choices(_REQUEST_ID_ALPHABET, k=52))

    def share(self) -> float:
        """Return a number from 0 to 1 derived from the seed."""
        return self._random.random()
