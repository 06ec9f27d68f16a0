"""Policies where changes take AWS's time, and the checks that a whole node cannot be brought to."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from globaltables.foundation.arns import table_arn
from globaltables.foundation.errors import ApiError
from globaltables.foundation.settings import Settings
from globaltables.itemstore.node import Node
from globaltables.operations import delete_resource_policy, put_resource_policy
from globaltables.operations.context import Call
from globaltables.tables.definitions import ResourcePolicy, Table
from tests.support.regions import ACCOUNT, TestRegion, make_region, make_table

ARN = table_arn("eu-west-1", ACCOUNT, "orders")


def document(action: str) -> str:
    """Return a policy about an action."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": f"dynamodb:{action}",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


async def ask(made: TestRegion, operation: str, **members: Any) -> str:
    """Return the revision that an operation answers, or its error's code and text."""
    request = {"ResourceArn": ARN, **members}
    region = made.region
    call = Call(operation, request, region, Node(lambda _: region), ACCOUNT, "key", 100)
    module = put_resource_policy if operation.startswith("Put") else delete_resource_policy
    try:
        answer = await module.handle(call)
    except ApiError as error:
        return f"{error.code}: {error.message}"
    assert isinstance(answer, dict)
    return str(answer.get("RevisionId"))


async def realistic(table: Table) -> TestRegion:
    """Return a region with AWS's durations and a table."""
    made = make_region()
    made.region.settings = Settings(realistic=True)
    await made.save(table)
    return made


def test_policy_changes_rest_where_changes_take_awss_time() -> None:
    """The next change waits 15 s; at first it is pending; the same policy, or removing none, is no change."""

    async def run() -> list[str]:
        made = await realistic(make_table())
        seen = [await ask(made, "PutResourcePolicy", Policy=document("PutItem"))]
        for wait_ms in (0, 2_000):
            made.clock.advance(wait_ms)
            seen.append(await ask(made, "PutResourcePolicy", Policy=document("GetItem")))
            seen.append(await ask(made, "DeleteResourcePolicy"))
            seen.append(await ask(made, "PutResourcePolicy", Policy=document("PutItem")))
        made.clock.advance(13_000)
        seen.append(await ask(made, "DeleteResourcePolicy"))
        seen.append(await ask(made, "PutResourcePolicy", Policy=document("PutItem")))
        await made.region.store.close()
        return seen

    seen = asyncio.run(run())
    revision = seen[0]
    pending = (
        "ResourceInUseException: Attempt to change a resource which is still in use: Table is "
        "pending previous resource-based policy update: orders"
    )
    rests = (
        "ThrottlingException: Resource-based policy for table orders modified within the previous "
        "15000 milliseconds. Please try again after 2023-11-14T22:13:35.000Z."
    )
    assert seen[1:4] == [pending, pending, revision]
    assert seen[4:7] == [rests, rests, revision]
    assert seen[7] == revision
    assert seen[8].startswith("ResourceInUseException")


def test_policy_change_checks_the_revision_before_the_time() -> None:
    """A wrong ExpectedRevisionId is reported also while no change is taken up."""

    async def run() -> str:
        made = await realistic(make_table())
        await ask(made, "PutResourcePolicy", Policy=document("PutItem"))
        seen = await ask(
            made, "PutResourcePolicy", Policy=document("GetItem"), ExpectedRevisionId="1"
        )
        await made.region.store.close()
        return seen

    assert asyncio.run(run()).startswith("PolicyNotFoundException")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"status": "DELETING"},
            "ResourceInUseException: Attempt to change a resource which is still in use: "
            "Table is being deleted: orders",
        ),
        (
            {"status": "CREATING"},
            "ResourceInUseException: Attempt to change a resource which is still in use: "
            "Table is being created: orders",
        ),
        (
            {"global_table_version": "2017.11.29"},
            "ValidationException: Resource-based policies are not supported for global tables "
            "version 2017.11.29.",
        ),
        (
            {"restricted": True},
            "ResourceNotFoundException: Requested resource not found: Table: orders not found",
        ),
    ],
)
def test_policy_of_a_table_that_cannot_have_one_is_refused(
    changes: dict[str, Any], expected: str
) -> None:
    """Tables that come or go, copies that are being filled, and the old kind of global table."""

    async def run() -> str:
        made = make_region()
        await made.save(replace(make_table(), **changes))
        seen = await ask(made, "PutResourcePolicy", Policy=document("PutItem"))
        await made.region.store.close()
        return seen

    assert asyncio.run(run()) == expected


def test_policy_revision_grows_when_the_clock_does_not() -> None:
    """Two changes of one millisecond have two revisions."""

    async def run() -> list[str]:
        made = make_region()
        ahead = ResourcePolicy("", 1_700_000_000_900)
        await made.save(replace(make_table(), policy=ahead))
        seen = [
            await ask(made, "PutResourcePolicy", Policy=document(action))
            for action in ("PutItem", "GetItem")
        ]
        await made.region.store.close()
        return seen

    assert asyncio.run(run()) == ["1700000000901", "1700000000902"]
