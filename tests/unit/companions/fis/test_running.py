"""Experiments over time, on a clock that the test moves."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from globaltables.companions.fis import running
from globaltables.companions.framework.dispatch import Caller, Dispatcher
from globaltables.companions.registry import SERVICES
from globaltables.itemstore.node import Node
from globaltables.security.principals import account_root
from globaltables.security.replication_access import replication_denied
from globaltables.tables.definitions import Replica, ResourcePolicy, Table
from tests.support.experiments import pausing, target_of, template, waiting
from tests.support.regions import ACCOUNT, TestRegion, make_region, make_table
from tests.support.stores import STREAM, turns

ARN = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders"
MINUTE_MS = 60_000
Work = Callable[["Service"], Awaitable[None]]


class Service:
    """The service in a region of its own, with a replica of a global table."""

    def __init__(self) -> None:
        self.made: TestRegion = make_region()
        self.region = self.made.region
        self._dispatcher = Dispatcher(SERVICES["fis"])
        node = Node(lambda _: self.region)
        nobody: Any = None  # an experiment asks no other service
        self._caller = Caller(self.region, ACCOUNT, node, account_root(ACCOUNT), nobody)
        self._tokens = 0

    @property
    def table(self) -> Table:
        """The replica."""
        found = self.region.catalog.find(ACCOUNT, "orders")
        assert found is not None
        return found

    async def create(self, **changes: Any) -> None:
        """Make the replica."""
        table = replace(
            make_table(stream=STREAM),
            global_table_version="2019.11.21",
            replicas=(Replica("us-east-1", "ACTIVE"),),
            **changes,
        )
        await self.made.save(table)

    async def ask(self, operation: str, **members: Any) -> dict[str, Any]:
        """Return the answer to a request that succeeds."""
        return await self._dispatcher.call(operation, members, self._caller)

    async def start(self, **members: Any) -> str:
        """Run a template and return the experiment's id."""
        self._tokens += 1
        token = f"token-{self._tokens}"
        made = await self.ask("CreateExperimentTemplate", **template(clientToken=token, **members))
        started = await self.ask(
            "StartExperiment",
            clientToken=token,
            experimentTemplateId=made["experimentTemplate"]["id"],
        )
        await turns(20)
        experiment_id: str = started["experiment"]["id"]
        return experiment_id

    async def look(self, experiment_id: str) -> dict[str, Any]:
        """Return an experiment."""
        found: dict[str, Any] = (await self.ask("GetExperiment", id=experiment_id))["experiment"]
        return found

    async def statuses(self, experiment_id: str) -> dict[str, str]:
        """Return the status of an experiment under "", and those of its actions."""
        found = await self.look(experiment_id)
        actions = {name: one["state"]["status"] for name, one in found["actions"].items()}
        return {"": found["state"]["status"], **actions}

    async def pass_minutes(self, minutes: int) -> None:
        """Let time pass."""
        self.made.clock.advance(minutes * MINUTE_MS)
        await turns(20)

    def denied(self, *, after_minutes: int = 0) -> bool:
        """Tell whether policies deny replication now or a while later."""
        now_ms = self.made.clock.now_ms() + after_minutes * MINUTE_MS
        return replication_denied(self.table, now_ms)


def run(work: Work) -> None:
    """Run a test with a service of its own."""

    async def check() -> None:
        service = Service()
        await service.create()
        await work(service)
        await service.region.tasks.stop()

    asyncio.run(check())


def test_pause_lasts_as_long_as_its_duration() -> None:
    """The policies are gone afterwards; what they say has an end too, in case nobody removes them."""

    async def check(service: Service) -> None:
        name = await service.start(
            targets={"replica": target_of(ARN)}, actions={"pause": pausing("PT5M")}
        )
        assert {"": "running", "pause": "running"} == await service.statuses(name)
        assert (True, True, False) == (
            service.denied(),
            service.denied(after_minutes=4),
            service.denied(after_minutes=5),
        )

        await service.pass_minutes(5)

        assert {"": "completed", "pause": "completed"} == await service.statuses(name)
        assert ResourcePolicy("", 0) == replace(_policy(service), revision_ms=0)
        stream = service.table.stream
        assert stream is not None
        assert stream.policy is not None
        assert "" == stream.policy.document
        found = await service.look(name)
        assert 300.0 == found["endTime"] - found["startTime"]
        assert not service.region.tasks.names()

    run(check)


def _policy(service: Service) -> ResourcePolicy:
    policy = service.table.policy
    assert policy is not None
    return policy


def test_actions_run_in_their_order() -> None:
    """One that starts after two begins when the longer one has ended."""

    async def check(service: Service) -> None:
        name = await service.start(
            actions={
                "a": waiting("PT1M"),
                "b": waiting("PT3M"),
                "c": waiting("PT2M", startAfter=["a", "b"]),
            }
        )
        seen = []
        for _ in range(6):
            statuses = await service.statuses(name)
            seen.append("".join(statuses[one][0] for one in ("", "a", "b", "c")))
            await service.pass_minutes(1)

        assert ["rrrp", "rcrp", "rcrp", "rccr", "rccr", "cccc"] == seen

    run(check)


def test_pauses_of_one_replica_overlap() -> None:
    """It goes on when the longer one has ended."""

    async def check(service: Service) -> None:
        await service.start(
            targets={"replica": target_of(ARN)},
            actions={"short": pausing("PT2M"), "long": pausing("PT4M")},
        )
        assert service.denied(after_minutes=3)
        await service.pass_minutes(2)
        assert (True, False) == (service.denied(after_minutes=1), service.denied(after_minutes=2))
        await service.pass_minutes(2)
        assert "" == _policy(service).document

    run(check)


def test_pauses_by_two_experiments_end_each_for_itself() -> None:
    """Their statements have names of their own."""

    async def check(service: Service) -> None:
        wanted: dict[str, Any] = {"targets": {"replica": target_of(ARN)}}
        first = await service.start(**wanted, actions={"pause": pausing("PT5M")})
        second = await service.start(**wanted, actions={"pause": pausing("PT5M")})
        assert 4 == len(json.loads(_policy(service).document)["Statement"])

        await service.ask("StopExperiment", id=first)
        assert service.denied()
        await service.ask("StopExperiment", id=second)
        assert not service.denied()

    run(check)


def test_action_that_finds_no_room_in_the_policy_fails_the_experiment() -> None:
    """What the others did is undone, what was to come is cancelled."""

    async def check(service: Service) -> None:
        statement = {
            "Sid": "x" * 19_800,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "dynamodb:DeleteTable",
            "Resource": ARN,
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        full = replace(service.table, policy=ResourcePolicy(document, 1))
        await service.made.save(full)

        name = await service.start(
            targets={"replica": target_of(ARN)},
            actions={"a": waiting(), "pause": pausing(), "z": waiting(startAfter=["pause"])},
        )

        statuses = await service.statuses(name)
        assert {"": "failed", "a": "stopped", "pause": "failed", "z": "cancelled"} == statuses
        found = await service.look(name)
        assert "Maximum policy size" in found["actions"]["pause"]["state"]["reason"]
        assert document == _policy(service).document

    run(check)


def test_experiment_goes_on_after_a_stop_of_the_process() -> None:
    """What should have ended meanwhile ends at once."""

    async def check(service: Service) -> None:
        name = await service.start(
            targets={"replica": target_of(ARN)},
            actions={"pause": pausing("PT2M"), "after": waiting("PT1M", startAfter=["pause"])},
        )
        await service.region.tasks.stop()
        service.made.clock.advance(60 * MINUTE_MS)
        assert not service.denied()

        running.resume(service.region)
        await turns(20)

        statuses = {"": "running", "pause": "completed", "after": "running"}
        assert statuses == await service.statuses(name)
        assert "" == _policy(service).document
        await service.pass_minutes(1)
        assert "completed" == (await service.statuses(name))[""]

    run(check)


def test_replica_that_is_deleted_meanwhile_ends_nothing() -> None:
    """There is nothing to resume then."""

    async def check(service: Service) -> None:
        name = await service.start(
            targets={"replica": target_of(ARN)}, actions={"pause": pausing("PT2M")}
        )
        table = service.table
        await service.region.store.submit(lambda stage: stage.drop_table(table))
        await service.pass_minutes(2)
        assert "completed" == (await service.statuses(name))[""]

    run(check)


def test_selection_takes_as_many_replicas_as_asked() -> None:
    """COUNT and PERCENT choose by chance, ALL takes all; tables of one region alone are none."""

    async def check(service: Service) -> None:
        for number in range(2, 6):
            table = replace(service.table, number=number, name=f"t{number}", tags=(("a", "b"),))
            await service.made.save(table)
        await service.made.save(replace(make_table(9, "alone"), tags=(("a", "b"),)))
        found = []
        for mode in ("ALL", "COUNT(3)", "PERCENT(50)", "COUNT(9)"):
            name = await service.start(
                targets={"replica": target_of(resourceTags={"a": "b"}, selectionMode=mode)},
                actions={"pause": pausing()},
            )
            listed = await service.ask("ListExperimentResolvedTargets", experimentId=name)
            found.append(len(listed["resolvedTargets"]))
            await service.ask("StopExperiment", id=name)

        assert [4, 3, 2, 4] == found

    run(check)


def test_old_experiments_are_forgotten_with_their_tokens() -> None:
    """As AWS does after 120 days."""

    async def check(service: Service) -> None:
        old = await service.start(actions={"wait": waiting("PT1M")})
        await service.pass_minutes(1)
        await service.pass_minutes(120 * 24 * 60 + 1)
        new = await service.start(actions={"wait": waiting("PT1M")})

        listed = await service.ask("ListExperiments")
        assert [new] == [one["id"] for one in listed["experiments"]]
        reader = service.region.store.reader()
        tokens = reader.range(b"vfis/token/", b"vfis/token0")
        assert old not in "".join(raw.decode() for _, raw in tokens)

    run(check)
