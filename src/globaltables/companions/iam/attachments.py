"""Managed policies attached to users, groups and roles."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.iam.managed import find_policy, policy_of, save_policy
from globaltables.companions.iam.paging import page
from globaltables.companions.iam.roles import check_unlinked
from globaltables.companions.iam.stored import (
    change,
    find,
    need,
    no_such,
    quota_exceeded,
    reader_of,
    save,
)
from globaltables.companions.records import Document
from globaltables.companions.service import Handler, ServiceCall
from globaltables.foundation.limits import IAM_ATTACHED_POLICIES_MAX
from globaltables.itemstore.stage import Stage

_KINDS = ("user", "group", "role")
_QUOTAS: Mapping[str, str] = {
    "user": "PoliciesPerUser",
    "group": "PoliciesPerGroup",
    "role": "PoliciesPerRole",
}


def attachment_handlers() -> dict[str, Handler]:
    """Return the operations on attachments by their names."""
    handlers: dict[str, Handler] = {"ListEntitiesForPolicy": list_entities}
    for kind in _KINDS:
        noun = kind.capitalize()
        handlers[f"Attach{noun}Policy"] = _attach(kind)
        handlers[f"Detach{noun}Policy"] = _detach(kind)
        handlers[f"ListAttached{noun}Policies"] = _list(kind)
    return handlers


def _attach(kind: str) -> Handler:
    async def attach(call: ServiceCall) -> dict[str, Any]:
        arn = call.request["PolicyArn"]

        def decide(stage: Stage) -> None:
            holder = _holder(call, stage, kind)
            policy = policy_of(stage, call.account, arn)
            if arn in holder["attached"]:
                return
            if len(holder["attached"]) >= IAM_ATTACHED_POLICIES_MAX:
                raise quota_exceeded(_QUOTAS[kind], IAM_ATTACHED_POLICIES_MAX)
            holder["attached"].append(arn)
            policy["attached"][kind].append(holder["name"])
            save(kind, stage, call.account, holder)
            save_policy(stage, call.account, arn, policy)

        await change(call, decide)
        return {}

    return attach


def _detach(kind: str) -> Handler:
    async def detach(call: ServiceCall) -> dict[str, Any]:
        arn = call.request["PolicyArn"]

        def decide(stage: Stage) -> None:
            holder = _holder(call, stage, kind)
            policy = find_policy(stage, call.account, arn)
            if policy is None or arn not in holder["attached"]:
                raise no_such(f"Policy {arn} was not found.")
            holder["attached"].remove(arn)
            policy["attached"][kind].remove(holder["name"])
            save(kind, stage, call.account, holder)
            save_policy(stage, call.account, arn, policy)

        await change(call, decide)
        return {}

    return detach


def _list(kind: str) -> Handler:
    def list_attached(call: ServiceCall) -> dict[str, Any]:
        reader = reader_of(call)
        holder = need(kind, reader, call.account, call.request[f"{kind.capitalize()}Name"])
        prefix = call.request.get("PathPrefix", "/")
        entries = [
            (arn, attached_entry(arn))
            for arn in holder["attached"]
            if ("/" + arn.split("policy/", 1)[1]).startswith(prefix)
        ]
        found, rest = page(call, entries)
        return {"AttachedPolicies": found, **rest}

    return list_attached


def attached_entry(arn: str) -> dict[str, str]:
    """Return an attached policy as responses tell it."""
    return {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}


def list_entities(call: ServiceCall) -> dict[str, Any]:
    """List who has a policy, or is bounded by it."""
    request, reader, account = call.request, reader_of(call), call.account
    policy = find_policy(reader, account, request["PolicyArn"])
    if policy is None:
        raise no_such(f"Policy {request['PolicyArn']} was not found.")
    prefix, wanted = request.get("PathPrefix", "/"), request.get("EntityFilter")
    usage = request.get("PolicyUsageFilter")
    entries: list[tuple[str, tuple[str, Document]]] = []
    for kind in _KINDS:
        names: list[str] = []
        if usage != "PermissionsBoundary":
            names += policy["attached"][kind]
        if usage != "PermissionsPolicy":
            names += policy["bounds"].get(kind, [])
        if wanted not in (None, kind.capitalize()):
            continue
        for name in dict.fromkeys(names):
            holder = find(kind, reader, account, name)
            if holder is not None and holder["path"].startswith(prefix):
                entries.append((f"{kind}/{name}", (kind, holder)))
    found, rest = page(call, entries)
    answer: dict[str, Any] = {"PolicyGroups": [], "PolicyUsers": [], "PolicyRoles": []}
    for kind, holder in found:
        noun = kind.capitalize()
        told = {f"{noun}Name": holder["name"], f"{noun}Id": holder["id"]}
        answer[f"Policy{noun}s"].append(told)
    return answer | rest


def _holder(call: ServiceCall, stage: Stage, kind: str) -> Document:
    holder = need(kind, stage, call.account, call.request[f"{kind.capitalize()}Name"])
    if kind == "role":
        check_unlinked(holder)
    return holder
