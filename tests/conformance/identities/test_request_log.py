"""--log-requests: a line of JSON for each request, without anything that could be used again."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.identities import (
    AUTH_OPTIONS,
    ROOT_SECRET,
    Person,
    World,
    allow,
    refusal,
    world_of,
)
from tests.support.server import Server
from tests.support.target import send

_Line = dict[str, Any]


def told(work: Callable[[World], Any]) -> tuple[list[_Line], str, Any]:
    """Return the lines about some work's requests, everything that was printed, and what the work returned."""
    server = Server("--in-memory", "--log-requests", *AUTH_OPTIONS)
    with server:
        returned = work(world_of(server.endpoint))
    output = "".join(server.output)
    return (
        [json.loads(line) for line in output.split("\n") if line.startswith("{")],
        output,
        returned,
    )


def test_request_is_told_with_caller_and_outcome() -> None:
    """Who asked for what, where, and how it was answered."""

    def work(world: World) -> Person:
        person = world.user(allow("dynamodb:ListTables"))
        person.client(region="eu-west-1").list_tables()
        refusal(person.client("iam").list_users)
        return person

    lines, _, person = told(work)
    allowed = next(line for line in lines if line.get("operation") == "ListTables")
    assert ("dynamodb", "eu-west-1", person.arn, 200) == (
        allowed["service"],
        allowed["region"],
        allowed["caller"],
        allowed["status"],
    )
    denied = next(line for line in lines if line.get("operation") == "ListUsers")
    assert ("iam", 403, "AccessDenied", "127.0.0.1") == (
        denied["service"],
        denied["status"],
        denied["error"],
        denied["source_ip"],
    )


def test_request_log_has_no_secrets() -> None:
    """No secret key, session token or signature, wherever a request carries it or a refusal repeats it."""

    def work(world: World) -> list[str]:
        person = world.user(allow("*"))
        session = person.client("sts").get_session_token()["Credentials"]
        holder = person.session(session)
        holder.client().list_tables()
        holder.client("s3").create_bucket(Bucket="private")
        url = holder.client("s3").generate_presigned_url(
            "list_objects_v2", Params={"Bucket": "private"}
        )
        path = "/" + url.split("/", 3)[3]
        send(world.endpoint, "GET", path, b"", {})
        signature = path.rpartition("X-Amz-Signature=")[2].partition("&")[0]
        # AWS's refusal repeats the whole header.
        odd = "AWS4-HMAC-SHA256 Credential=AKIA, Signature=5ec2e7"
        told = send(
            world.endpoint,
            "POST",
            "/",
            b"{}",
            {
                "X-Amz-Target": "DynamoDB_20120810.ListTables",
                "Content-Type": "application/x-amz-json-1.0",
                "Authorization": odd,
            },
        )
        assert "5ec2e7" in told.message
        wrong = Person(world.endpoint, (person.credentials[0], "not-the-secret", "not-a-token"))
        refusal(wrong.client().list_tables)
        return [
            ROOT_SECRET,
            person.credentials[1],
            session["SecretAccessKey"],
            session["SessionToken"],
            signature,
            "5ec2e7",
            "not-a-token",
        ]

    lines, output, secrets = told(work)
    assert 8 <= len(lines)
    assert [] == [secret for secret in secrets if secret in output]


def test_requests_are_not_told_unless_asked_for() -> None:
    """Without the option nothing is written."""
    server = Server("--in-memory", *AUTH_OPTIONS)
    with server:
        world_of(server.endpoint).root.client().list_tables()
    assert [] == [line for line in server.output if line.startswith("{")]
