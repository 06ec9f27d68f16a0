"""ListOutbox and `globaltables outbox`: mails and texts of SNS."""

import json
from collections.abc import Callable

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from tests.support.server import Server
from tests.support.target import Target

REGION = "us-east-1"


def test_outbox_has_what_would_have_gone_out(
    data_server: Callable[..., Server], capsys: pytest.CaptureFixture[str]
) -> None:
    """The request to confirm first: with its token the subscription is confirmed, and gets what is published."""
    with data_server() as server:
        sns = Target(server.endpoint).other("sns")
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
        sns.publish(TopicArn=topic, Message="nobody yet")
        connection = Connection(server.endpoint, REGION)
        (asked,) = connection.call(connection.own().list_outbox)["Messages"]
        sns.confirm_subscription(TopicArn=topic, Token=json.loads(asked["Message"])["Token"])
        sns.publish(TopicArn=topic, Message="disk full", Subject="Alert")
        sns.publish(PhoneNumber="+491234567", Message="short")
        messages = connection.call(connection.own().list_outbox)["Messages"]

        assert 0 == main(["outbox", "--endpoint", server.endpoint, "--region", REGION])
        printed = capsys.readouterr().out

    assert ("email", "ops@example.com") == (asked["Protocol"], asked["Endpoint"])
    assert [("email", "disk full", "Alert"), ("sms", "short", None)] == [
        (one["Protocol"], one["Message"], one.get("Subject")) for one in messages[1:]
    ]
    assert "sms  to +491234567\n  short" in printed
    assert printed.endswith(f"3 messages in {REGION}\n")
