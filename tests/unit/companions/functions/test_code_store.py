"""Archives of code on the disk: kept by their hash, unpacked, forgotten when nothing names them."""

from pathlib import Path

import pytest

from globaltables.companions.functions.code_store import CodeStore
from globaltables.foundation.errors import ApiError
from tests.support.functions import archive
from tests.support.stores import run


def test_unpacked_archives_are_merged_in_their_order(tmp_path: Path) -> None:
    """Files of a later archive replace those of an earlier one; executables stay so."""

    async def work() -> tuple[str, str, bool]:
        store = CodeStore(tmp_path / "code")
        first = await store.add(archive({"a.txt": "1", "b.txt": "1"}))
        second = await store.add(archive({"b.txt": "2", "bin/run": "#!/bin/sh\n"}, mode=0o755))
        folder = await store.unpacked([first, second])
        runnable = (folder / "bin" / "run").stat().st_mode & 0o111
        return (folder / "a.txt").read_text(), (folder / "b.txt").read_text(), bool(runnable)

    assert ("1", "2", True) == run(work)


def test_forget_others_keeps_what_is_named_or_arriving(tmp_path: Path) -> None:
    """An archive that a decision is about to name is not deleted before it."""

    async def work() -> tuple[list[bool], list[bool]]:
        store = CodeStore(tmp_path / "code")
        digests = [await store.add(archive({"n": str(number)})) for number in range(3)]
        store.arrived(digests[0])
        store.arrived(digests[1])
        await store.forget_others(lambda: {digests[0]})
        before = [(tmp_path / "code" / f"{digest}.zip").exists() for digest in digests]
        store.arrived(digests[2])
        await store.forget_others(set)
        after = [(tmp_path / "code" / f"{digest}.zip").exists() for digest in digests]
        return before, after

    assert ([True, False, True], [False, False, False]) == run(work)


def test_add_bytes_that_are_no_archive_is_refused(tmp_path: Path) -> None:
    """Nothing is written."""

    async def work() -> None:
        await CodeStore(tmp_path / "code").add(b"nothing")

    with pytest.raises(ApiError, match="Could not unzip uploaded file"):
        run(work)
    assert not (tmp_path / "code").exists()


def test_unpacked_archive_with_a_path_upwards_stays_in_its_folder(tmp_path: Path) -> None:
    """A member's name cannot lead out of the folder."""

    async def work() -> list[str]:
        store = CodeStore(tmp_path / "code")
        folder = await store.unpacked([await store.add(archive({"../../outside.txt": "x"}))])
        return [path.name for path in folder.rglob("*")]

    assert ["outside.txt"] == run(work)
    assert not (tmp_path / "outside.txt").exists()


def test_unpacked_after_a_process_wrote_into_what_was_deleted_is_whole(tmp_path: Path) -> None:
    """The folder of code that is gone is gone, whoever still writes into it."""

    async def work() -> list[str]:
        store = CodeStore(tmp_path / "code")
        code = archive({"index.py": "x = 1"})
        digest = await store.add(code)
        store.arrived(digest)
        folder = await store.unpacked([digest])
        (folder / "__pycache__").mkdir()
        await store.forget_others(set)
        again = await store.unpacked([await store.add(code)])
        return [path.name for path in again.iterdir()]

    assert ["index.py"] == run(work)
