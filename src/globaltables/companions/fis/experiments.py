"""Experiments: starting, stopping and looking at them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from globaltables.companions.fis import running
from globaltables.companions.fis.progress import has_ended, stop
from globaltables.companions.fis.stored import (
    EXPERIMENTS,
    Kind,
    arn_of,
    experiment_of,
    forget_token,
    made_before,
    new_id,
    page,
    quota_exceeded,
    remember_token,
    template_of,
)
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import validation
from globaltables.foundation.limits import FIS_EXPERIMENT_RETENTION_MS, FIS_EXPERIMENTS_ACTIVE_MAX
from globaltables.itemstore.stage import Stage

_KIND: Kind = "experiment"
_SUMMARY = (
    "id",
    "arn",
    "experimentTemplateId",
    "state",
    "creationTime",
    "tags",
    "experimentOptions",
)


async def start_experiment(call: ServiceCall) -> dict[str, Any]:
    """StartExperiment: runs a template as it is now; a request that is sent again starts no second one."""
    started = await call.region.store.submit(lambda stage: _begin(call, stage))
    running.start(call.region, call.account, started["id"])
    return {"experiment": started}


async def stop_experiment(call: ServiceCall) -> dict[str, Any]:
    """StopExperiment: what its actions do ends at once."""

    def decide(stage: Stage) -> Document:
        experiment_id = call.request["id"]
        record = experiment_of(call, stage, experiment_id)
        if has_ended(record):
            raise validation(f"Experiment {experiment_id} is not running.")
        effects = running.StagedEffects(stage, call.region, call.account, experiment_id)
        stop(record, call.region.clock.now_ms(), effects)
        EXPERIMENTS.put(stage, call.account, experiment_id, record)
        stopped: Document = record["experiment"]
        return stopped

    stopped = await call.region.store.submit(decide)
    running.end(call.region, stopped["id"])
    stopping = {"status": "stopping", "reason": "Stopping Experiment."}
    return {"experiment": {**stopped, "state": stopping}}


def get_experiment(call: ServiceCall) -> "asyncio.Future[dict[str, Any]]":
    """GetExperiment."""
    wanted = call.request["id"]
    return call.region.store.submit(
        lambda stage: {"experiment": experiment_of(call, stage, wanted)["experiment"]}
    )


def list_experiments(call: ServiceCall) -> dict[str, Any]:
    """ListExperiments: the newest first, of one template when the request names it."""
    template_id = call.request.get("experimentTemplateId")
    found = [
        {member: experiment[member] for member in _SUMMARY}
        for experiment in _experiments(call)
        if template_id in (None, experiment["experimentTemplateId"])
    ]
    found.sort(key=lambda one: (-one["creationTime"], one["id"]))
    return page(call.request, found, "experiments")


def list_resolved_targets(call: ServiceCall) -> "asyncio.Future[dict[str, Any]]":
    """ListExperimentResolvedTargets: which replicas the targets stand for."""
    request = call.request

    def look(stage: Stage) -> dict[str, Any]:
        record = experiment_of(call, stage, request["experimentId"])
        targets = record["experiment"]["targets"]
        found = [
            {
                "resourceType": targets[name]["resourceType"],
                "targetName": name,
                "targetInformation": {"arn": arn},
            }
            for name, arns in record["resolved"].items()
            if request.get("targetName") in (None, name)
            for arn in arns
        ]
        return page(request, found, "resolvedTargets")

    return call.region.store.submit(look)


def _experiments(call: ServiceCall) -> list[Document]:
    reader = call.region.store.reader()
    return [record["experiment"] for _, record in EXPERIMENTS.of_account(reader, call.account)]


def _begin(call: ServiceCall, stage: Stage) -> Document:
    """Make the record of an experiment; a decision."""
    made = made_before(call, stage, _KIND)
    if made is not None:
        known: Document = experiment_of(call, stage, made)["experiment"]
        return known
    template = template_of(call, stage, call.request["experimentTemplateId"])["template"]
    active = _tidied(call, stage)
    if active >= FIS_EXPERIMENTS_ACTIVE_MAX:
        raise quota_exceeded(
            f"An account may have {FIS_EXPERIMENTS_ACTIVE_MAX} active experiments."
        )
    experiment = _new(call, template)
    token = remember_token(call, stage, _KIND, experiment["id"])
    record = {"experiment": experiment, "resolved": {}, "token": token}
    EXPERIMENTS.put(stage, call.account, experiment["id"], record)
    return experiment


def _tidied(call: ServiceCall, stage: Stage) -> int:
    """Stage the end of experiments that AWS has forgotten by now; return how many of the others are active."""
    oldest = (call.region.clock.now_ms() - FIS_EXPERIMENT_RETENTION_MS) / 1000
    active = 0
    for name, record in list(EXPERIMENTS.of_account(stage.applied, call.account)):
        if not has_ended(record):
            active += 1
        elif record["experiment"]["endTime"] < oldest:
            EXPERIMENTS.put(stage, call.account, name, None)
            forget_token(call, stage, record)
    return active


def _new(call: ServiceCall, template: Mapping[str, Any]) -> Document:
    experiment_id = new_id(_KIND, call.region.randomness)
    pending = {"status": "pending", "reason": "Initial state"}
    options = {"actionsMode": "run-all", **call.request.get("experimentOptions", {})}
    return {
        "id": experiment_id,
        "arn": arn_of(call, _KIND, experiment_id),
        "experimentTemplateId": template["id"],
        "roleArn": template["roleArn"],
        "state": {"status": "initiating", "reason": "Experiment is initiating."},
        "targets": template["targets"],
        "actions": {
            name: {**action, "state": pending} for name, action in template["actions"].items()
        },
        "stopConditions": template["stopConditions"],
        "creationTime": call.region.clock.now_ms() / 1000,
        "tags": call.request.get("tags", {}),
        "experimentOptions": {**template["experimentOptions"], **options},
        "targetAccountConfigurationsCount": 0,
    }
