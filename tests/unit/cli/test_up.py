"""`globaltables up`: its arguments, and what it prints."""

from pathlib import Path

import pytest

from globaltables.cli.main import main
from globaltables.cli.node_options import (
    announcement,
    buckets_settled,
    default_data_dir,
    is_loopback,
)
from globaltables.foundation.settings import Settings


def test_announcement_has_endpoint_exports_and_data() -> None:
    """Everything that a person needs to go on."""
    assert (
        "globaltables is ready: http://127.0.0.1:8123\n\n"
        "  export AWS_ENDPOINT_URL=http://127.0.0.1:8123 AWS_ACCESS_KEY_ID=local "
        "AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1\n\n"
        "  regions: every AWS region name\n"
        "  data:    /data (durability: fsync)\n"
        "  buckets: /data/buckets"
    ) == announcement(Settings(data_dir=Path("/data"), buckets_dir=Path("/data/buckets")), 8123)


def test_announcement_keeps_secrets_out_of_terminals() -> None:
    """A configured secret is not printed."""
    settings = Settings(auth="signature", access_keys=(("AKID", "hidden"),))

    text = announcement(settings, 8123)

    assert "AWS_ACCESS_KEY_ID=AKID" in text
    assert "hidden" not in text


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("::1", "http://[::1]:1"),
        ("0.0.0.0", "http://127.0.0.1:1"),  # noqa: S104
        ("db.local", "http://db.local:1"),
    ],
)
def test_announcement_endpoint_can_be_used(host: str, endpoint: str) -> None:
    """Addresses that mean "all" are shown as one that clients reach."""
    assert f"ready: {endpoint}\n" in announcement(Settings(host=host), 1)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104
        ("192.168.1.2", False),
        ("example.org", False),
    ],
)
def test_is_loopback_tells_who_reaches_an_address(host: str, *, loopback: bool) -> None:
    """Names other than localhost may be anything."""
    assert loopback == is_loopback(host)


def test_default_data_dir_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own data folder."""
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")

    assert Path("/somewhere/globaltables") == default_data_dir()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "70000"], "is no port"),
        (["--regions", "mars-1"], "'mars-1' is no AWS region name"),
        (["--access-key", "secretwithoutid"], "expected ID:SECRET"),
        (["--auth", "signature"], "needs at least one --access-key"),
        (["--access-key", "a:b"], "has no effect without --auth signature"),
        (["--in-memory", "--data-dir", "x"], "not allowed with"),
        (["--durability", "none"], "invalid choice"),
        (["--kinesis-endpoint", "secretwithoutid"], "expected a URL such as"),
        (["--s3-endpoint", "secretwithoutid"], "expected a URL such as"),
        (["--s3-endpoint", "aws", "--buckets-dir", "x"], "two places for the same buckets"),
    ],
)
def test_up_wrong_arguments_are_explained(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    """Exit code 2 and a sentence; a mistyped secret is not repeated."""
    with pytest.raises(SystemExit) as ended:
        main(["up", *arguments])

    error = capsys.readouterr().err
    assert 2 == ended.value.code
    assert says in error
    assert "secretwithoutid" not in error


def test_up_address_that_others_reach_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Without verification, only this machine may reach the node."""
    code = main(["up", "--in-memory", "--host", "0.0.0.0"])  # noqa: S104

    assert 1 == code
    assert (
        "globaltables: 0.0.0.0 can be reached by others, and signatures are not verified: "
        "add --auth signature with --access-key ID:SECRET, or --allow-insecure\n"
    ) == capsys.readouterr().err


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_KINESIS", "AWS_ENDPOINT_URL_S3"])
def test_up_endpoint_of_the_environment_has_to_be_a_url(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """The text does not repeat it: it may hold a secret."""
    monkeypatch.setenv(variable, "hidden")

    code = main(["up", "--in-memory"])

    assert 1 == code
    assert (
        f"globaltables: {variable} is no URL such as http://127.0.0.1:4566\n"
    ) == capsys.readouterr().err


def test_announcement_does_not_show_the_s3_endpoint() -> None:
    """It may hold a secret."""
    assert "hidden" not in announcement(Settings(s3_endpoint="http://hidden@127.0.0.1"), 1)


def test_buckets_settled_gives_a_node_in_memory_a_folder_that_goes_with_it() -> None:
    """A node that keeps nothing keeps no exports; one with a place of its own keeps it."""
    with buckets_settled(Settings()) as settings:
        path = settings.buckets_dir
        assert path is not None
        assert path.is_dir()

    assert not path.exists()
    with buckets_settled(Settings(s3_endpoint="aws")) as settings:
        assert settings.buckets_dir is None
