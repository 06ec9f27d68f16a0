"""Stacks that a crash interrupts: they go on where they were."""

import threading
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError

from tests.support.server import Server
from tests.support.stacks import Stacks, table
from tests.support.target import Target
from tests.support.waiting import eventually

_TABLES = 24
_SEEN = 6


def _chain() -> dict[str, Any]:
    """Return tables of which each waits for the one before it."""
    made = {"T0": table()}
    for number in range(1, _TABLES):
        made[f"T{number}"] = {**table(), "DependsOn": f"T{number - 1}"}
    return made


def _tables(target: Target) -> list[str]:
    found: list[str] = target.client().list_tables()["TableNames"]
    return found


def _ask(client: Any, request: dict[str, str]) -> None:
    """Create a stack; the server is killed before it answers, or just after."""
    with suppress(BotoCoreError):
        client.create_stack(**request)


def test_a_creation_goes_on_after_a_crash(data_server: Callable[..., Server]) -> None:
    """Every table is made once, whatever was begun when the process was killed."""
    first = data_server()
    first.start()
    target = Target(first.endpoint)
    made = Stacks(target.other("cloudformation"), "chain")
    request = {"StackName": "chain", "TemplateBody": made.body(_chain())}
    asking = threading.Thread(target=_ask, args=(made.client, request))
    asking.start()
    assert eventually(lambda: len(_tables(target)) >= _SEEN)
    first.kill()
    asking.join()
    target.close()

    second = data_server()
    with second:
        target = Target(second.endpoint)
        made = Stacks(target.other("cloudformation"), "chain")

        assert "CREATE_COMPLETE" == made.settled("chain")["StackStatus"]
        assert _TABLES == len(_tables(target))
        listed = made.client.list_stack_resources(StackName="chain")["StackResourceSummaries"]
        assert sorted(_tables(target)) == sorted(one["PhysicalResourceId"] for one in listed)
        assert "DELETE_COMPLETE" == made.delete(made.settled("chain"))["StackStatus"]
        assert [] == _tables(target)
        target.close()


def test_a_wait_goes_on_after_a_crash(data_server: Callable[..., Server]) -> None:
    """What is told afterwards is what was waited for before."""
    resources = {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Wait": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600"},
        },
        "After": {**table(), "DependsOn": "Wait"},
    }
    first = data_server()
    first.start()
    target = Target(first.endpoint)
    made = Stacks(target.other("cloudformation"), "waits")
    stack = made.client.create_stack(StackName="waits", TemplateBody=made.body(resources))
    assert eventually(lambda: len(made.events(stack | {"StackName": "waits"}, "Wait")) == 2)
    url = urlsplit(made.physical(stack, "Handle"))
    first.kill()
    target.close()

    second = data_server()
    with second:
        target = Target(second.endpoint)
        made = Stacks(target.other("cloudformation"), "waits")
        where = urlsplit(second.endpoint)
        connection = HTTPConnection(where.hostname or "", where.port)
        signal = '{"Status": "SUCCESS", "UniqueId": "1", "Data": "done"}'
        connection.request("PUT", url.path, signal)
        answered = connection.getresponse().status
        connection.close()

        assert 200 == answered
        assert "CREATE_COMPLETE" == made.settled(stack["StackId"])["StackStatus"]
        assert 1 == len(_tables(target))
        target.close()
