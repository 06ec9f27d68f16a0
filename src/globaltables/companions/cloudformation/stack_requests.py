"""CreateStack, UpdateStack, DeleteStack and what ends an update early or goes on with its rollback."""

from typing import Any

from globaltables.companions.cloudformation.engine.running import start, start_again
from globaltables.companions.cloudformation.engine.statuses import IN_PROGRESS, UPDATABLE
from globaltables.companions.cloudformation.operating import (
    acting,
    ask_of,
    begin,
    check_name,
    new_stack,
    on_failure,
    policy_text,
    refuse_unserved,
    remember,
    scope_for,
    soon,
    take_name,
    take_template,
    wrong_state,
)
from globaltables.companions.cloudformation.preparing import Prepared, prepare, read_document
from globaltables.companions.cloudformation.refusals import already_exists, invalid
from globaltables.companions.cloudformation.stored import (
    STACKS,
    all_stacks,
    find_stack,
    forget_stack,
    stack_of,
    template_of,
)
from globaltables.companions.cloudformation.templates.capabilities import check_capabilities
from globaltables.companions.cloudformation.templates.document import read_template
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import CLOUDFORMATION_DELETED_RETENTION_MS
from globaltables.itemstore.stage import Stage

Answer = dict[str, Any]


async def create_stack(call: ServiceCall) -> Answer:
    """Create a stack; its resources are made afterwards."""
    request, region = call.request, call.region
    check_name(request["StackName"])
    refuse_unserved(request)
    failing = on_failure(request)
    token = request.get("ClientRequestToken")
    known = find_stack(region.store.reader(), call.account, request["StackName"])
    if known is not None:
        if token is not None and known["token"] == token:
            return {"StackId": known["arn"]}
        raise already_exists(request["StackName"])
    now_ms = region.clock.now_ms()
    stack = new_stack(call, region.randomness.uuid(), now_ms)
    prepared = await _prepared(call, stack, None)
    stack["policy"] = await policy_text(request, ask_of(call))
    stack["on_failure"] = failing
    if stack["timeout"] is not None:
        stack["deadline"] = now_ms + stack["timeout"] * 60_000

    def decide(stage: Stage) -> None:
        for old in _long_gone(call, now_ms):
            forget_stack(stage, region.store.reader(), call.account, old)
        take_name(stage, call.account, stack)
        take_template(stage, call.account, stack, prepared.text, prepared)
        begin(stage, call, stack, "CREATE_IN_PROGRESS")

    await region.store.submit(decide)
    start(region, call.account, stack["id"])
    await soon(call, stack["id"])
    return {"StackId": stack["arn"]}


async def update_stack(call: ServiceCall) -> Answer:
    """Update a stack; its resources are changed afterwards."""
    request, region = call.request, call.region
    refuse_unserved(request)
    reader = region.store.reader()
    stack = stack_of(reader, call.account, request["StackName"])
    token = request.get("ClientRequestToken")
    if token is not None and stack["token"] == token and stack["before"] is not None:
        return {"StackId": stack["arn"]}
    check_updatable(stack)
    old = template_of(reader, call.account, stack["id"], stack["template"])
    prepared = await _prepared(call, stack, old)
    check_types(old["body"], prepared)
    policy = await policy_text(request, ask_of(call))
    during = await policy_text(request, ask_of(call), "StackPolicyDuringUpdate")
    if not differs(stack, old["body"], prepared, request):
        if policy is None:
            raise invalid("No updates are to be performed.")
        return await _only_policy(call, stack, policy)

    def decide(stage: Stage) -> None:
        current = stack_of(stage, call.account, stack["arn"])
        check_updatable(current)
        remember(current)
        apply_request(call, current)
        current["policy"] = policy or current["policy"]
        current["policy_during_update"] = during
        current["on_failure"] = on_failure(request)
        take_template(stage, call.account, current, prepared.text, prepared)
        begin(stage, call, current, "UPDATE_IN_PROGRESS")

    await region.store.submit(decide)
    start(region, call.account, stack["id"])
    await soon(call, stack["id"])
    return {"StackId": stack["arn"]}


async def delete_stack(call: ServiceCall) -> Answer:
    """Delete a stack; its resources are removed afterwards."""
    request, region = call.request, call.region
    found = find_stack(region.store.reader(), call.account, request["StackName"])
    if found is None or found["status"] == "DELETE_COMPLETE":
        return {}
    retained = request.get("RetainResources") or []

    def decide(stage: Stage) -> bool:
        stack = stack_of(stage, call.account, found["arn"])
        if stack["protection"]:
            raise invalid(
                f"Stack [{stack['name']}] cannot be deleted while TerminationProtection is enabled"
            )
        if retained and stack["status"] != "DELETE_FAILED":
            raise invalid(
                f"Invalid operation on stack [{stack['arn']}]. RetainResources is only valid when the "
                "stack is in the DELETE_FAILED state."
            )
        if stack["status"] == "DELETE_IN_PROGRESS":
            return False
        if stack["status"] in IN_PROGRESS and stack["status"] != "CREATE_IN_PROGRESS":
            raise wrong_state(stack, "deleted")
        stack["retain"] = retained
        stack["force"] = request.get("DeletionMode") == "FORCE_DELETE_STACK"
        stack["token"] = request.get("ClientRequestToken")
        if request.get("RoleARN"):
            stack["role"] = request["RoleARN"]
        stack["principal"] = acting(call, stack["role"])
        begin(stage, call, stack, "DELETE_IN_PROGRESS")
        return True

    if await region.store.submit(decide):
        await start_again(region, call.account, found["id"])
        await soon(call, found["id"])
    return {}


async def cancel_update_stack(call: ServiceCall) -> Answer:
    """Go back from an update that is under way."""
    region = call.region

    def decide(stage: Stage) -> Document:
        stack = stack_of(stage, call.account, call.request["StackName"])
        if stack["status"] != "UPDATE_IN_PROGRESS":
            raise invalid("CancelUpdateStack cannot be called from current stack status")
        stack["token"] = call.request.get("ClientRequestToken") or stack["token"]
        begin(stage, call, stack, "UPDATE_ROLLBACK_IN_PROGRESS")
        return stack

    stack = await region.store.submit(decide)
    await start_again(region, call.account, stack["id"])
    return {}


async def continue_update_rollback(call: ServiceCall) -> Answer:
    """Try again to go back from an update."""
    region, request = call.region, call.request

    def decide(stage: Stage) -> Document:
        stack = stack_of(stage, call.account, request["StackName"])
        if stack["status"] != "UPDATE_ROLLBACK_FAILED":
            raise invalid(
                f"Stack:{stack['arn']} is in {stack['status']} state and can not continue rollback."
            )
        stack["skip"] = request.get("ResourcesToSkip") or []
        stack["token"] = request.get("ClientRequestToken")
        begin(stage, call, stack, "UPDATE_ROLLBACK_IN_PROGRESS")
        return stack

    stack = await region.store.submit(decide)
    start(region, call.account, stack["id"])
    await soon(call, stack["id"])
    return {}


async def rollback_stack(call: ServiceCall) -> Answer:
    """Go back from an operation that failed and was left as it was."""
    region, request = call.region, call.request
    ways = {"CREATE_FAILED": "ROLLBACK_IN_PROGRESS", "UPDATE_FAILED": "UPDATE_ROLLBACK_IN_PROGRESS"}

    def decide(stage: Stage) -> Document:
        stack = stack_of(stage, call.account, request["StackName"])
        status = ways.get(stack["status"])
        if status is None:
            raise invalid(
                f"Stack:{stack['arn']} is in {stack['status']} state and can not be rolled back."
            )
        stack["token"] = request.get("ClientRequestToken")
        begin(stage, call, stack, status)
        return stack

    stack = await region.store.submit(decide)
    start(region, call.account, stack["id"])
    await soon(call, stack["id"])
    return {"StackId": stack["arn"]}


def _long_gone(call: ServiceCall, now_ms: int) -> list[Document]:
    """Return the stacks that were deleted so long ago that they are not told of any more."""
    oldest_ms = now_ms - CLOUDFORMATION_DELETED_RETENTION_MS
    return [
        stack
        for stack in all_stacks(call.region.store.reader(), call.account)
        if stack["deleted"] is not None and stack["deleted"] < oldest_ms
    ]


def check_updatable(stack: Document) -> None:
    """Check that a stack can be updated now.

    Raises:
        ApiError: ValidationError.
    """
    if stack["status"] not in UPDATABLE:
        raise wrong_state(stack, "updated")


def check_types(old: dict[str, Any], prepared: Prepared) -> None:
    """Check that no resource changes its type.

    Raises:
        ApiError: ValidationError.
    """
    changed = [
        name
        for name, resource in prepared.template.resources.items()
        if name in old["Resources"] and old["Resources"][name]["Type"] != resource["Type"]
    ]
    if changed:
        raise invalid(
            "Update of resource type is not permitted. The new template modifies resource type of "
            f"the following resources: [{', '.join(changed)}]"
        )


def differs(
    stack: Document, old: dict[str, Any], prepared: Prepared, request: dict[str, Any]
) -> bool:
    """Tell whether an update would change anything."""
    if stack["status"] in {"CREATE_FAILED", "UPDATE_FAILED"}:
        return True
    return (
        old != prepared.template.body
        or stack["parameters"] != prepared.texts
        or stack["resolved"] != prepared.resolved
        or ("Tags" in request and _by_key(request["Tags"]) != _by_key(stack["tags"]))
        or ("NotificationARNs" in request and request["NotificationARNs"] != stack["topics"])
    )


def apply_request(call: ServiceCall, stack: Document) -> None:
    """Let a stack have what an update says beside template and parameters."""
    request = call.request
    stack["updated"] = call.region.clock.now_ms()
    stack["token"] = request.get("ClientRequestToken")
    stack["capabilities"] = request.get("Capabilities") or []
    stack["tags"] = request.get("Tags", stack["tags"])
    stack["topics"] = request.get("NotificationARNs", stack["topics"])
    stack["role"] = request.get("RoleARN") or stack["role"]
    stack["principal"] = acting(call, stack["role"])


async def _prepared(call: ServiceCall, stack: Document, old: Document | None) -> Prepared:
    """Return the template of a request, checked against everything that does not change.

    Raises:
        ApiError: ValidationError, InsufficientCapabilitiesException.
    """
    request = call.request
    ask = ask_of(call)
    if old is not None and request.get("UsePreviousTemplate"):
        text: str = old["text"]
        document = read_template(text, from_bucket=True)
    else:
        text, document = await read_document(
            request.get("TemplateBody"), request.get("TemplateURL"), ask
        )
    topics: list[str] = request.get("NotificationARNs") or stack["topics"]
    scope = scope_for(call, stack["name"], stack["arn"], topics)
    previous = None if old is None else stack["parameters"]
    prepared = await prepare(text, document, request.get("Parameters") or [], previous, scope, ask)
    resources = prepared.template.resources
    check_capabilities(resources, prepared.transforms, request.get("Capabilities") or [])
    allowed = request.get("ResourceTypes")
    if allowed:
        _check_allowed(resources, allowed)
    return prepared


def _check_allowed(resources: dict[str, dict[str, Any]], allowed: list[str]) -> None:
    for name, resource in resources.items():
        kind = resource["Type"]
        if not any(
            one in {"*", kind} or (one.endswith("*") and kind.startswith(one[:-1]))
            for one in allowed
        ):
            raise invalid(
                f"Resource type {kind} is not allowed by parameter ResourceTypes ({name})"
            )


async def _only_policy(call: ServiceCall, stack: Document, policy: str) -> Answer:
    def decide(stage: Stage) -> None:
        current = stack_of(stage, call.account, stack["arn"])
        current["policy"] = policy
        STACKS.put(stage, call.account, current["id"], current)

    await call.region.store.submit(decide)
    return {"StackId": stack["arn"]}


def _by_key(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
