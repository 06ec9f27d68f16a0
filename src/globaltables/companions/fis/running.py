"""Runs experiments: one named task each, which goes on after a stop of the process."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from globaltables.companions.fis.pausing import paused, resumed
from globaltables.companions.fis.progress import advance, has_ended
from globaltables.companions.fis.stored import EXPERIMENTS
from globaltables.companions.fis.targets import find_replica, resolved
from globaltables.foundation.errors import resource_not_found
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage


class StagedEffects:
    """What the actions of an experiment do, staged together with its record.

    Args:
        stage: of the decision.
        region: where the experiment runs; its targets are here too.
        account: whose it is.
        experiment_id: names it in the policies that it writes.
    """

    def __init__(self, stage: Stage, region: Region, account: str, experiment_id: str) -> None:
        self._stage = stage
        self._region = region
        self._account = account
        self._id = experiment_id

    def resolve(self, target: Mapping[str, Any]) -> list[str]:
        """Return the ARNs that a target stands for."""
        return resolved(target, self._stage.catalog, self._account, self._region.randomness)

    def pause(self, arns: Iterable[str], until_ms: int) -> None:
        """Pause replication of some replicas until a time.

        Raises:
            ApiError: a replica is gone, or its policies have no room.
        """
        now_ms = self._region.clock.now_ms()
        for arn in arns:
            table = find_replica(self._stage.catalog, arn)
            if table is None:
                raise resource_not_found(f"The replica is gone: {arn}")
            self._stage.save_table(paused(table, self._id, now_ms, until_ms))

    def resume(self, arns: Iterable[str]) -> None:
        """Let replication of some replicas go on."""
        for arn in arns:
            table = find_replica(self._stage.catalog, arn)
            if table is not None:
                now_ms = self._region.clock.now_ms()
                self._stage.save_table(resumed(table, self._id, now_ms))


def start(region: Region, account: str, experiment_id: str) -> None:
    """Let an experiment run, on the event loop, unless it does."""
    name = _task(region, experiment_id)
    if not region.tasks.running(name):
        region.tasks.spawn(name, _run(region, account, experiment_id))


def end(region: Region, experiment_id: str) -> None:
    """Let the task of an experiment that has ended go."""
    region.tasks.cancel(_task(region, experiment_id))


def resume(region: Region) -> None:
    """Go on with the experiments that a stop of the process interrupted."""
    for account, name, record in list(EXPERIMENTS.of_everybody(region.store.reader())):
        if not has_ended(record):
            start(region, account, name)


async def _run(region: Region, account: str, experiment_id: str) -> None:
    while True:
        step = partial(_step, region, account, experiment_id)
        next_ms = await region.store.submit(step)
        if next_ms is None:
            return
        await region.clock.until(next_ms)


def _step(region: Region, account: str, experiment_id: str, stage: Stage) -> int | None:
    record = EXPERIMENTS.get(stage, account, experiment_id)
    if record is None:
        return None
    effects = StagedEffects(stage, region, account, experiment_id)
    next_ms = advance(record, region.clock.now_ms(), effects)
    EXPERIMENTS.put(stage, account, experiment_id, record)
    return next_ms


def _task(region: Region, experiment_id: str) -> str:
    return f"{region.name}/fis/{experiment_id}"
