"""A server and a person of one's own: the recipes use fixed names."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documents import Reader
from tests.support.server import Server
from tests.support.target import Target


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Somebody who deploys, with an empty server."""
    home = tmp_path / "home"
    home.mkdir()
    with Server("--in-memory") as running:
        yield Reader(running.endpoint, home)


@pytest.fixture
def onlooker(reader: Reader) -> Iterator[Target]:
    """Clients of that server, for what the commands do not look at."""
    made = Target(reader.endpoint)
    yield made
    made.close()
