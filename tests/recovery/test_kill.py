"""The server is killed at random moments under concurrent writers; what was acknowledged is there afterwards, whole."""

import logging
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.support.crash_checks import Story, check_indexes, stored_items
from tests.support.crash_workload import (
    DEFINITION,
    SHARED_KEY,
    Connection,
    SharedCounter,
    Writer,
    run_all,
)
from tests.support.server import Server
from tests.support.target import Target

_log = logging.getLogger(__name__)
#: `GLOBALTABLES_KILLS=300` is the long run; its figures are logged (pytest -o log_cli=1 --log-level=INFO).
KILLS = int(os.environ.get("GLOBALTABLES_KILLS", "25"))
SEED = int(os.environ.get("GLOBALTABLES_SEED", "0")) or random.SystemRandom().getrandbits(32)
_WRITERS = 6
_COUNTERS = 2
_SECONDS_PER_KILL_MAX = 15


@pytest.mark.slow
@pytest.mark.timeout(60 + KILLS * _SECONDS_PER_KILL_MAX)
def test_kill_at_random_moments_keeps_what_was_acknowledged(
    data_server: Callable[..., Server],
) -> None:
    """Every acknowledged write is there; of the others all or nothing; indexes, counts and stream agree."""
    chance = random.Random(SEED)
    writers = [Writer(f"w{n}", random.Random(chance.random())) for n in range(_WRITERS)]
    counters = [SharedCounter() for _ in range(_COUNTERS)]
    story = Story()
    fates: Counter[str] = Counter()
    server = data_server()
    with server:
        Target(server.endpoint).client().create_table(**DEFINITION)
    for number in range(KILLS):
        if chance.random() < 0.1:
            kill_at_start(server, chance.random() * 0.6)
        server.start()
        _check(server, writers, counters, story, fates)
        finish = run_all(server.endpoint, [*writers, *counters])
        time.sleep(0.02 + chance.random() * 0.5)
        server.kill()
        finish()
        _log.info("kill %d: %s", number + 1, _figures(writers, counters, story, fates))
    with server:
        _check(server, writers, counters, story, fates)
    _log.info("seed %d, %d kills: %s", SEED, KILLS, _figures(writers, counters, story, fates))
    assert sum(writer.answered for writer in writers) > KILLS


def kill_at_start(server: Server, seconds: float) -> None:
    """Kill a server while it opens its storage."""
    with subprocess.Popen(
        server.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as p:
        time.sleep(seconds)
        p.kill()


def _check(
    server: Server,
    writers: list[Writer],
    counters: list[SharedCounter],
    story: Story,
    fates: Counter[str],
) -> None:
    connection = Connection(server.endpoint)
    target = Target(server.endpoint)
    items = stored_items(connection)
    check_indexes(connection, items)
    story.read_on(target)
    assert items == story.items
    fates.update(writer.settle(items, connection) for writer in writers)
    for writer in writers:
        accounts = [items.get((f"{writer.name}.account", which)) for which in "ab"]
        assert 0 == sum(int(item["n"]["N"]) for item in accounts if item is not None)
    counted = int(items.get(SHARED_KEY, {}).get("n", {"N": "0"})["N"])
    answered = sum(counter.answered for counter in counters)
    unanswered = sum(counter.unanswered for counter in counters)
    assert answered <= counted <= answered + unanswered
    target.close()
    connection.close()


def _figures(
    writers: list[Writer], counters: list[SharedCounter], story: Story, fates: Counter[str]
) -> str:
    answered = sum(w.answered for w in writers) + sum(c.answered for c in counters)
    known = ", ".join(f"{count} {fate}" for fate, count in sorted(fates.items()) if fate != "none")
    return f"{answered} acknowledged, {story.records} records, not answered: {known or 'none'}"
