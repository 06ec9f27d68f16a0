"""A server whose policies decide on requests."""

from collections.abc import Iterator

import pytest

from tests.support.identities import AUTH_OPTIONS, World, world_of
from tests.support.server import Server


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """A server in memory with the key of a root, one for the whole run of this worker."""
    with Server("--in-memory", *AUTH_OPTIONS) as running:
        yield world_of(running.endpoint)
