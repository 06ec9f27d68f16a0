"""Begins operations on stacks: what the requests, change sets and nested stacks have in common."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from globaltables.companions.cloudformation.dynamic_references import Ask
from globaltables.companions.cloudformation.engine.ledger import enter_status
from globaltables.companions.cloudformation.engine.running import task_of
from globaltables.companions.cloudformation.preparing import Prepared
from globaltables.companions.cloudformation.refusals import already_exists, invalid
from globaltables.companions.cloudformation.sources import object_text
from globaltables.companions.cloudformation.stack_policies import read_policy
from globaltables.companions.cloudformation.stored import NAMES, arn_of, put_template
from globaltables.companions.cloudformation.templates.functions import Scope
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.arns import partition_of
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import (
    CLOUDFORMATION_HEAD_START_MS,
    CLOUDFORMATION_POLICY_BYTES_MAX,
)
from globaltables.itemstore.stage import Stage
from globaltables.security.principals import Principal

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
#: What a stack goes back to when an update of it fails.
_KEPT = (
    *("template", "parameters", "resolved", "hidden", "tags", "topics", "capabilities"),
    *("description", "role", "principal"),
)


def ask_of(call: ServiceCall) -> Ask:
    """Return what carries out operations of other services for who calls."""

    async def ask(service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return await call.services.call(
            service,
            operation,
            request,
            region=call.region.name,
            account=call.account,
            principal=call.principal,
        )

    return ask


def check_name(name: str) -> None:
    """Check the name of a new stack.

    Raises:
        ApiError: ValidationError.
    """
    if not _NAME.fullmatch(name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )


def refuse_unserved(request: Mapping[str, Any]) -> None:
    """Refuse what would have no effect.

    Raises:
        ApiError: ValidationError.
    """
    if (request.get("RollbackConfiguration") or {}).get("RollbackTriggers"):
        raise invalid("RollbackTriggers are not supported by globaltables")
    if request.get("DisableValidation"):
        raise invalid("DisableValidation is not supported by globaltables")


def disables_rollback(request: Mapping[str, Any]) -> bool:
    """Tell whether what was done stays when an operation fails; newer clients say so with the mode of deployment.

    Both of its modes are the same here: a resource is ready when it is made.
    """
    configuration = request.get("DeploymentConfig") or {}
    return bool(request.get("DisableRollback") or configuration.get("DisableRollback"))


def scope_for(call: ServiceCall, name: str, arn: str, topics: Iterable[str]) -> Scope:
    """Return the names that a template is evaluated with."""
    return Scope(
        region=call.region.name,
        account=call.account,
        partition=partition_of(call.region.name),
        stack_name=name,
        stack_id=arn,
        notification_arns=tuple(topics),
    )


def acting(call: ServiceCall, role: str | None) -> Document:
    """Return who acts for a stack: its role, or who calls."""
    principal = call.principal
    if role:
        name = role.rpartition("/")[2]
        account = role.split(":")[4]
        session = f"arn:aws:sts::{account}:assumed-role/{name}/AWSCloudFormation"
        principal = Principal(account, session, "AssumedRole", role_arn=role)
    return asdict(principal)


def new_stack(call: ServiceCall, stack_id: str, now_ms: int) -> Document:
    """Return the record of a stack that is to be made, from the request that makes it."""
    request = call.request
    name = request["StackName"]
    topics = request.get("NotificationARNs") or []
    return {
        "id": stack_id,
        "arn": arn_of(call.region, call.account, "stack", f"{name}/{stack_id}"),
        "name": name,
        "status": "REVIEW_IN_PROGRESS",
        "reason": None,
        "failure": None,
        "description": None,
        "created": now_ms,
        "updated": None,
        "deleted": None,
        "template": None,
        "next_template": 1,
        "failed_template": None,
        "parameters": {},
        "resolved": {},
        "hidden": [],
        "tags": request.get("Tags") or [],
        "topics": topics,
        "capabilities": request.get("Capabilities") or [],
        "role": request.get("RoleARN"),
        "principal": acting(call, request.get("RoleARN")),
        "on_failure": "ROLLBACK",
        "timeout": request.get("TimeoutInMinutes"),
        "deadline": None,
        "protection": bool(request.get("EnableTerminationProtection")),
        "policy": None,
        "policy_during_update": None,
        "parent": None,
        "root": None,
        "outputs": [],
        "exports": [],
        "imports": [],
        "token": request.get("ClientRequestToken"),
        "before": None,
        "change_set": None,
        "retain": [],
        "skip": [],
        "force": False,
        "to_import": [],
        "drift": {"status": "NOT_CHECKED", "at": None},
    }


def take_name(stage: Stage, account: str, stack: Document) -> None:
    """Stage that a name is a stack's.

    Raises:
        ApiError: AlreadyExistsException.
    """
    if NAMES.get(stage, account, stack["name"]) is not None:
        raise already_exists(stack["name"])
    NAMES.put(stage, account, stack["name"], {"id": stack["id"]})


def take_template(
    stage: Stage, account: str, stack: Document, text: str, prepared: Prepared
) -> None:
    """Stage a template of a stack, and let the stack have it with its parameters."""
    number = stack["next_template"]
    put_template(
        stage, account, stack["id"], number, {"text": text, "body": prepared.template.body}
    )
    stack["next_template"] = number + 1
    stack.update(
        template=number,
        description=prepared.template.description,
        parameters=prepared.texts,
        resolved=prepared.resolved,
        hidden=prepared.hidden,
    )


def remember(stack: Document) -> None:
    """Keep what a stack goes back to when the operation that begins fails."""
    if stack["before"] is None:
        stack["before"] = {name: stack[name] for name in _KEPT}


def begin(
    stage: Stage, call: ServiceCall, stack: Document, status: str, reason: str | None = None
) -> None:
    """Stage a stack in the status with which an operation begins."""
    enter_status(
        stage, call.account, stack, status, reason or "User Initiated", call.region.clock.now_ms()
    )


def on_failure(request: Mapping[str, Any], default: str = "ROLLBACK") -> str:
    """Return what is to happen when the operation fails.

    Raises:
        ApiError: ValidationError; the request says it twice.
    """
    chosen = request.get("OnFailure")
    if chosen is not None and "DisableRollback" in request:
        raise invalid("Either DisableRollback or OnFailure can be specified, not both.")
    if disables_rollback(request):
        return "DO_NOTHING"
    return chosen or default


async def policy_text(
    request: Mapping[str, Any], ask: Ask, member: str = "StackPolicy"
) -> str | None:
    """Return the stack policy of a request; None when it has none.

    Raises:
        ApiError: ValidationError.
    """
    text: str | None = request.get(f"{member}Body")
    if text is None and f"{member}URL" in request:
        text = await object_text(request[f"{member}URL"], ask)
    if text is not None:
        if len(text) > CLOUDFORMATION_POLICY_BYTES_MAX:
            raise invalid("Stack policy is too long")
        read_policy(text)
    return text


def wrong_state(stack: Document, what: str) -> ApiError:
    """Return the refusal of an operation in the stack's present status."""
    return invalid(f"Stack:{stack['arn']} is in {stack['status']} state and can not be {what}.")


async def soon(call: ServiceCall, stack_id: str) -> None:
    """Return when the work on a stack has ended, or after a moment.

    What takes minutes on AWS is done here before a client has asked for the first time; one that asks too early waits
    for half a minute before it asks again.
    """
    if call.region.settings.realistic:
        return
    clock = call.region.clock
    ended = asyncio.ensure_future(call.region.tasks.ended(task_of(call.region, stack_id)))
    late = asyncio.ensure_future(clock.until(clock.now_ms() + CLOUDFORMATION_HEAD_START_MS))
    try:
        await asyncio.wait({ended, late}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended.cancel()
        late.cancel()
