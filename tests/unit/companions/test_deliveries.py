"""Deliveries: in order, tried again, given up, and gone on with after a stop."""

import asyncio
from collections.abc import Mapping
from typing import Any

from globaltables.companions.deliveries import Deliveries, delivery
from globaltables.companions.records import Document, Records
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from tests.support.regions import TestRegion, make_region

ACCOUNT = "123456789012"
DEAD = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:dead"
RECORDS = Records("events", "delivery")


class _Targets:
    """What receives deliveries: each body fails as often as its number says, with its kind of error."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self.tries: dict[str, int] = {}
        self.letters: list[Mapping[str, Any]] = []

    async def perform(self, region: Region, document: Document) -> None:
        body: str = document["body"]
        self.tries[body] = self.tries.get(body, 0) + 1
        kind, _, times = body.partition(" ")
        if times and self.tries[body] <= int(times):
            if kind == "refused":
                raise ApiError("ResourceNotFoundException", "gone")
            raise OperationalError("not now")
        self.received.append(body)

    async def call(
        self, service: str, operation: str, request: Mapping[str, Any], **where: Any
    ) -> dict[str, Any]:
        """Take a dead letter, in the place of the queue."""
        self.letters.append(request)
        return {}


async def _settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


async def _send(world: TestRegion, deliveries: Deliveries, *bodies: str, **target: Any) -> None:
    def decide(stage: Stage) -> list[tuple[str, Document]]:
        began_ms = world.clock.now_ms()
        return [
            deliveries.stage(
                stage, delivery("lane", ACCOUNT, [], began_ms=began_ms, body=body, target=target)
            )
            for body in bodies
        ]

    deliveries.start(await world.region.store.submit(decide))
    await _settle()


def _left(world: TestRegion) -> list[str]:
    found = RECORDS.of_account(world.region.store.reader(), ACCOUNT)
    return [document["body"] for _, document in found]


def _world() -> tuple[TestRegion, _Targets, Deliveries]:
    world, targets = make_region(), _Targets()
    world.region.services = targets
    return world, targets, Deliveries(world.region, "events", targets.perform)


def test_deliveries_of_a_lane_arrive_in_order_and_are_forgotten() -> None:
    """One that fails is tried again beside the others."""

    async def run() -> None:
        world, targets, deliveries = _world()
        await _send(world, deliveries, "a", "busy 2", "b")
        before = list(targets.received)
        for _ in range(3):
            world.clock.advance(60_000)
            await _settle()
        await world.region.tasks.stop()

        assert (["a", "b"], ["a", "b", "busy 2"]) == (before, targets.received)
        assert [] == _left(world)

    asyncio.run(run())


def test_delivery_that_is_refused_is_a_dead_letter_at_once() -> None:
    """With why, and the body as it was."""

    async def run() -> None:
        world, targets, deliveries = _world()
        await _send(world, deliveries, "refused 9", DeadLetterConfig={"Arn": DEAD})
        await world.region.tasks.stop()

        (letter,) = targets.letters
        attributes = {name: one["StringValue"] for name, one in letter["MessageAttributes"].items()}
        assert ("refused 9", f"/{ACCOUNT}/dead") == (letter["MessageBody"], letter["QueueUrl"])
        assert {
            "ERROR_CODE": "ResourceNotFoundException",
            "ERROR_MESSAGE": "gone",
            "RETRY_ATTEMPTS": "0",
        } == attributes
        assert (1, []) == (targets.tries["refused 9"], _left(world))

    asyncio.run(run())


def test_delivery_is_given_up_after_its_attempts_or_its_age() -> None:
    """As its policy says."""

    async def run() -> None:
        world, targets, deliveries = _world()
        few = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 86_400}
        young = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 60}
        for policy, body in ((few, "busy 99"), (young, "busy 98")):
            await _send(world, deliveries, body, RetryPolicy=policy, DeadLetterConfig={"Arn": DEAD})
        for _ in range(30):
            world.clock.advance(10_000)
            await _settle()
        await world.region.tasks.stop()

        conditions = {
            letter["MessageBody"]: letter["MessageAttributes"]["EXHAUSTED_RETRY_CONDITION"][
                "StringValue"
            ]
            for letter in targets.letters
        }
        assert {
            "busy 99": "MaximumRetryAttempts",
            "busy 98": "MaximumEventAgeInSeconds",
        } == conditions
        assert 3 == targets.tries["busy 99"]

    asyncio.run(run())


def test_delivery_that_a_stop_interrupted_goes_on() -> None:
    """What is to begin later too."""

    async def run() -> None:
        world, targets, deliveries = _world()
        await _send(world, deliveries, "busy 1")
        await world.region.tasks.stop()
        again = Deliveries(world.region, "events", targets.perform)
        again.resume()
        world.clock.advance(60_000)
        await _settle()
        await world.region.tasks.stop()

        assert (["busy 1"], []) == (targets.received, _left(world))

    asyncio.run(run())
