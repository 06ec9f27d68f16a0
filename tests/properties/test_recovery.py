"""Restores of random instants of random histories, compared with what was remembered of them."""

from pathlib import Path

import pytest

from globaltables.itemstore import history
from tests.support.remembered import RememberedTable
from tests.support.slow_world import run

_DOINGS = 250


@pytest.mark.parametrize("rows_max", [3, 250])
def test_restores_equal_what_was_remembered(
    tmp_path: Path, fuzz_seed: int, rows_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over overwrites, deletions, transactions, replicated writes, expiry, indexes, clock steps and restarts.

    With pages of three items the writes fall between the pages.
    """
    monkeypatch.setattr(history, "COPY_ROWS_MAX", rows_max)
    table = RememberedTable(tmp_path, fuzz_seed)

    async def check() -> None:
        await table.begin()
        for _ in range(_DOINGS):
            await table.do()
        await table.end()
        assert table.restores
        for name, wanted in table.restores:
            assert wanted == table.held(name), name
            indexed = await table.indexed(name)
            if indexed is not None:
                assert {key: item for key, item in wanted.items() if "g" in item} == indexed, name

    run(table.world, check())
