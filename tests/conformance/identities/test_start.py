"""How a node begins to decide on requests: the root's first key, what survives, who is refused."""

import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.support.identities import (
    AUTH_OPTIONS,
    ROOT_KEY,
    Person,
    allow,
    refusal,
    world_of,
)
from tests.support.server import Server, clean_environment, executable

_PRINTED = re.compile(r"AWS_ACCESS_KEY_ID=(AKIA\w{16}) AWS_SECRET_ACCESS_KEY=(\S{40})")
INVALID = "The security token included in the request is invalid."


def printed(server: Server) -> tuple[str, str] | None:
    """Return the root's key that a server has printed."""
    found = _PRINTED.search("".join(server.output))
    return None if found is None else (found.group(1), found.group(2))


def test_root_key_is_printed_once_and_stays_good(data_server: Callable[..., Server]) -> None:
    """The first start prints a key; the next one does not, and the key still signs."""
    server = data_server("--auth", "iam").start()
    key = printed(server)
    assert key is not None
    root = Person(server.endpoint, (*key, None))
    assert root.client("sts").get_caller_identity()["Arn"].endswith(":root")
    root.client("iam").create_user(UserName="alice")
    made = root.client("iam").create_access_key(UserName="alice")["AccessKey"]
    server.kill()
    again = data_server("--auth", "iam").start()
    assert printed(again) is None
    root = Person(again.endpoint, (*key, None))
    assert "alice" == root.client("iam").get_user(UserName="alice")["User"]["UserName"]
    alice = Person(again.endpoint, (made["AccessKeyId"], made["SecretAccessKey"], None))
    assert alice.client("sts").get_caller_identity()["Arn"].endswith(":user/alice")


def test_no_secret_is_in_the_data_folder(
    data_server: Callable[..., Server], tmp_path: Path
) -> None:
    """Secrets are derived from the root key, which only its owner reads; none is written anywhere."""
    server = data_server("--auth", "iam").start()
    key = printed(server)
    assert key is not None
    root = Person(server.endpoint, (*key, None))
    root.client("iam").create_user(UserName="alice")
    secrets = [key[1]]
    for _ in range(2):
        made = root.client("iam").create_access_key(UserName="alice")["AccessKey"]
        secrets.append(made["SecretAccessKey"])
    server.stop()
    file = tmp_path / "data" / "root.key"
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert [] == [secret for secret in secrets if secret.encode() in stored]


def test_unknown_keys_and_wrong_signatures_are_refused(data_server: Callable[..., Server]) -> None:
    """In the words of each protocol."""
    with Server("--in-memory", *AUTH_OPTIONS) as server:
        for key, services in (
            ("AKIAIOSFODNN7EXAMPLE", {"sts": "InvalidClientTokenId"}),
            (ROOT_KEY, {"sts": "SignatureDoesNotMatch"}),
        ):
            person = Person(server.endpoint, (key, "wrong", None))
            denied = refusal(person.client("sts").get_caller_identity)
            assert services["sts"] == denied[0]
        stranger = Person(server.endpoint, ("AKIAIOSFODNN7EXAMPLE", "wrong", None))
        denied = refusal(stranger.client().list_tables)
        assert ("UnrecognizedClientException", INVALID) == denied
        digits = Person(server.endpoint, ("111122223333", "wrong", None))
        assert "UnrecognizedClientException" == refusal(digits.client().list_tables)[0]


def test_keys_of_the_start_are_roots(data_server: Callable[..., Server]) -> None:
    """--access-key names roots, and then none is made; one of twelve digits is its account's."""
    with Server("--in-memory", *AUTH_OPTIONS) as server:
        world = world_of(server.endpoint)
        assert printed(server) is None
        told = [one.client("sts").get_caller_identity()["Arn"] for one in (world.root, world.other)]
        assert [world.root.arn, world.other.arn] == told


def test_keys_of_users_sign_where_signatures_are_verified(
    data_server: Callable[..., Server],
) -> None:
    """--auth signature knows IAM's keys beside its own, and lets them do everything."""
    options = ("--auth", "signature", "--access-key", f"{ROOT_KEY}:the-secret-of-the-root")
    with Server("--in-memory", *options) as server:
        world = world_of(server.endpoint)
        person = world.user()
        assert person.arn == person.client("sts").get_caller_identity()["Arn"]
        assert [] == person.client().list_tables()["TableNames"]
        wrong = Person(server.endpoint, (person.credentials[0], "wrong", None))
        assert "InvalidSignatureException" == refusal(wrong.client().list_tables)[0]
        session = person.session(person.client("sts").get_session_token()["Credentials"])
        assert [] == session.client().list_tables()["TableNames"]


def test_session_expires_by_the_clock() -> None:
    """When the clock was advanced past its end, a session is refused as expired."""
    with Server("--in-memory", *AUTH_OPTIONS) as server:
        world = world_of(server.endpoint)
        person = world.user(allow("dynamodb:*"))
        made = person.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
        session = person.session(made)
        session.client().list_tables()
        subprocess.run(
            [
                *(str(executable()), "clock", "advance", "1h"),
                *("--endpoint", server.endpoint),
            ],
            env={
                **clean_environment(),
                "AWS_ACCESS_KEY_ID": ROOT_KEY,
                "AWS_SECRET_ACCESS_KEY": "the-secret-of-the-root",
            },
            check=True,
            capture_output=True,
            timeout=20,
        )
        expired = "The security token included in the request is expired"
        denied = refusal(session.client().list_tables)
        assert ("ExpiredTokenException", expired) == denied
        denied = refusal(session.client("sts").get_caller_identity)
        assert ("ExpiredToken", expired) == denied


def test_processes_are_refused(tmp_path: Path) -> None:
    """Identities are one process's: several are told so at the start."""
    command = [str(executable()), "up", "--processes", "--regions", "us-east-1,eu-west-1"]
    done = subprocess.run(
        [*command, "--in-memory", *AUTH_OPTIONS],
        env=clean_environment(),
        check=False,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert 2 == done.returncode
    assert "--auth iam is for one process that has every region" in done.stderr


def test_vpc_endpoints_are_told_by_address() -> None:
    """--vpc-endpoint gives requests from a network the endpoint that conditions ask for."""
    with Server("--in-memory", *AUTH_OPTIONS, "--vpc-endpoint", "127.0.0.0/8=vpce-1/vpc-2") as one:
        world = world_of(one.endpoint)
        for condition, expected in (
            ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, True),
            ({"StringEquals": {"aws:SourceVpce": "vpce-9"}}, False),
            ({"StringEquals": {"aws:SourceVpc": "vpc-2"}}, True),
            ({"IpAddress": {"aws:VpcSourceIp": "127.0.0.1"}}, True),
            # Who comes through an endpoint has no public address.
            ({"IpAddress": {"aws:SourceIp": "127.0.0.1"}}, False),
        ):
            person = world.user(allow("dynamodb:ListTables", Condition=condition))
            if expected:
                person.client().list_tables()
            else:
                assert "AccessDeniedException" == refusal(person.client().list_tables)[0]
