"""DescribeArchive: a region that is shipped, and one that is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from tests.support.server import Server
from tests.support.waiting import eventually

_REGION = "us-east-1"


def test_describe_archive_without_one_is_disabled(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says how to have one, and its exit code that there is none."""
    connection = Connection(server.endpoint, _REGION)

    answer = connection.call(connection.own().describe_archive)

    assert "DISABLED" == answer["Status"]
    assert 1 == main(["archive", "--endpoint", server.endpoint, "--region", _REGION])
    assert "without --archive" in capsys.readouterr().out


def test_describe_archive_shows_how_far_it_is(
    data_server: Callable[..., Server], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Generation, times, lag; the command prints the same."""
    (tmp_path / "safe").mkdir()
    url = f"file://{tmp_path}/safe"
    with data_server("--archive", url, "--archive-interval", "0.1") as node:
        connection = Connection(node.endpoint, _REGION)
        own = connection.own()

        def shipped() -> bool:
            found = connection.call(own.describe_archive)
            return bool(found["Status"] == "SHIPPING" and found["LagBytes"] == 0)

        assert eventually(shipped)
        answer = connection.call(own.describe_archive)
        arguments = ["archive", "--endpoint", node.endpoint, "--region", _REGION]

        assert (url, 0.0) == (answer["Url"], answer["LagSeconds"])
        assert answer["EarliestRecoverableDateTime"] == answer["GenerationDateTime"]
        assert "Error" not in answer
        assert 0 == main(arguments)
        assert answer["GenerationId"] in capsys.readouterr().out
        assert 0 == main([*arguments, "--json"])
        assert '"Status": "SHIPPING"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--archive", "/a"], "file:///folder"),
        (["--archive", "file:///a", "--in-memory"], "no effect with --in-memory"),
        (["--archive", "file:///a", "--archive-interval", "0"], "seconds"),
        (["--archive", "file:///a", "--archive-retention-days", "-1"], "number of days"),
    ],
)
def test_up_with_an_archive_that_cannot_be_is_refused(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is started."""
    with pytest.raises(SystemExit):
        main(["up", "--port", "0", *arguments])
    assert text in capsys.readouterr().err
