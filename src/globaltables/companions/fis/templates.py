"""Experiment templates: creating, changing, listing and deleting them."""

from asyncio import Future
from collections.abc import Mapping
from typing import Any

from globaltables.companions.fis.stored import (
    TEMPLATES,
    Kind,
    arn_of,
    forget_token,
    made_before,
    new_id,
    page,
    quota_exceeded,
    remember_token,
    template_of,
)
from globaltables.companions.fis.template_checks import check_template, refuse_unserved
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import FIS_TEMPLATES_MAX
from globaltables.itemstore.stage import Stage

_KIND: Kind = "experiment-template"
_OPTIONS: Mapping[str, str] = {
    "accountTargeting": "single-account",
    "emptyTargetResolutionMode": "fail",
}
#: What a template has of the requests that make and change it.
_MEMBERS = ("description", "targets", "actions", "stopConditions", "roleArn")
_SUMMARY = ("id", "arn", "description", "creationTime", "lastUpdateTime", "tags")


def create_template(call: ServiceCall) -> "Future[dict[str, Any]]":
    """CreateExperimentTemplate; a request that is sent again makes no second one."""
    request = call.request
    refuse_unserved(request)
    now = call.region.clock.now_ms() / 1000
    template: Document = {
        "id": new_id(_KIND, call.region.randomness),
        **{member: request.get(member, {}) for member in _MEMBERS},
        "creationTime": now,
        "lastUpdateTime": now,
        "tags": request.get("tags", {}),
        "experimentOptions": {**_OPTIONS, **request.get("experimentOptions", {})},
    }
    template["arn"] = arn_of(call, _KIND, template["id"])
    check_template(template)

    def decide(stage: Stage) -> dict[str, Any]:
        made = made_before(call, stage, _KIND)
        if made is not None:
            return {"experimentTemplate": template_of(call, stage, made)["template"]}
        present = sum(1 for _ in TEMPLATES.of_account(stage.applied, call.account))
        if present >= FIS_TEMPLATES_MAX:
            raise quota_exceeded(f"An account may have {FIS_TEMPLATES_MAX} experiment templates.")
        token = remember_token(call, stage, _KIND, template["id"])
        record = {"template": template, "token": token}
        TEMPLATES.put(stage, call.account, template["id"], record)
        return {"experimentTemplate": template}

    return call.region.store.submit(decide)


def update_template(call: ServiceCall) -> "Future[dict[str, Any]]":
    """UpdateExperimentTemplate: what the request has takes the place of what was there."""
    request = call.request
    refuse_unserved(request)

    def decide(stage: Stage) -> dict[str, Any]:
        record = template_of(call, stage, request["id"])
        template = record["template"]
        template |= {member: request[member] for member in _MEMBERS if member in request}
        template["experimentOptions"] |= request.get("experimentOptions", {})
        template["lastUpdateTime"] = call.region.clock.now_ms() / 1000
        check_template(template)
        TEMPLATES.put(stage, call.account, request["id"], record)
        return {"experimentTemplate": template}

    return call.region.store.submit(decide)


def get_template(call: ServiceCall) -> "Future[dict[str, Any]]":
    """GetExperimentTemplate."""
    wanted = call.request["id"]
    return call.region.store.submit(
        lambda stage: {"experimentTemplate": template_of(call, stage, wanted)["template"]}
    )


def delete_template(call: ServiceCall) -> "Future[dict[str, Any]]":
    """DeleteExperimentTemplate; experiments that were started from it go on."""

    def decide(stage: Stage) -> dict[str, Any]:
        record = template_of(call, stage, call.request["id"])
        TEMPLATES.put(stage, call.account, call.request["id"], None)
        forget_token(call, stage, record)
        return {"experimentTemplate": record["template"]}

    return call.region.store.submit(decide)


def list_templates(call: ServiceCall) -> dict[str, Any]:
    """ListExperimentTemplates."""
    found = [
        {member: record["template"][member] for member in _SUMMARY}
        for _, record in TEMPLATES.of_account(call.region.store.reader(), call.account)
    ]
    return page(call.request, found, "experimentTemplates")
