"""The data folder: one process, one format."""

from pathlib import Path

import pytest

from globaltables.foundation.errors import OperationalError
from globaltables.server.data_folder import held, region_folder, stored_regions


def test_held_new_folder_is_made_with_its_format(tmp_path: Path) -> None:
    """The version is there from the beginning."""
    with held(tmp_path / "a" / "b"):
        assert "1\n" == (tmp_path / "a" / "b" / "format").read_text()


def test_held_twice_is_refused(tmp_path: Path) -> None:
    """Two nodes would destroy each other's files."""
    with (
        held(tmp_path),
        pytest.raises(OperationalError, match="another process is using"),
        held(tmp_path),
    ):
        pass


def test_held_again_after_it_was_let_go(tmp_path: Path) -> None:
    """A stopped node leaves nothing that stops the next."""
    for _ in range(2):
        with held(tmp_path):
            pass


def test_held_other_format_is_refused(tmp_path: Path) -> None:
    """What would be misread is not read."""
    (tmp_path / "format").write_text("7\n")

    with pytest.raises(OperationalError, match="has format '7'"), held(tmp_path):
        pass


def test_held_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    """The system's reason is told."""
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(OperationalError, match="cannot use the data folder"),
        held(tmp_path / "file"),
    ):
        pass


def test_stored_regions_are_the_folders(tmp_path: Path) -> None:
    """What a former process opened is found again."""
    assert [] == stored_regions(tmp_path)
    for region in ("us-east-1", "eu-west-1"):
        region_folder(tmp_path, region).mkdir(parents=True)

    assert ["eu-west-1", "us-east-1"] == stored_regions(tmp_path)
