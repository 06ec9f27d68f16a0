"""Settings of stacks that change at once, and exports."""

from typing import Any

from globaltables.companions.cloudformation.exports import importers_of
from globaltables.companions.cloudformation.operating import ask_of, policy_text
from globaltables.companions.cloudformation.refusals import invalid
from globaltables.companions.cloudformation.stored import EXPORTS, STACKS, stack_of
from globaltables.companions.cloudformation.turning import page
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.itemstore.stage import Stage

Answer = dict[str, Any]


async def set_stack_policy(call: ServiceCall) -> Answer:
    """Set the policy of a stack."""
    policy = await policy_text(call.request, ask_of(call))
    if policy is None:
        raise invalid("You must specify either StackPolicyBody or StackPolicyURL")
    await _change(call, policy=policy)
    return {}


def get_stack_policy(call: ServiceCall) -> Answer:
    """Return the policy of a stack."""
    stack = stack_of(call.region.store.reader(), call.account, call.request["StackName"])
    return {} if stack["policy"] is None else {"StackPolicyBody": stack["policy"]}


async def update_termination_protection(call: ServiceCall) -> Answer:
    """Protect a stack from deletion, or protect it no more."""
    stack = await _change(call, protection=call.request["EnableTerminationProtection"])
    return {"StackId": stack["arn"]}


def list_exports(call: ServiceCall) -> Answer:
    """List the exports of the region."""
    found = [
        {"ExportingStackId": export["stack"], "Name": name, "Value": export["value"]}
        for name, export in EXPORTS.of_account(call.region.store.reader(), call.account)
    ]
    return page(call.request, found, "Exports")


def list_imports(call: ServiceCall) -> Answer:
    """List the stacks that import an export."""
    name = call.request["ExportName"]
    found = importers_of(call.region, call.account, name)
    if not found:
        raise invalid(f"Export '{name}' is not imported by any stack.")
    return page(call.request, found, "Imports")


async def _change(call: ServiceCall, **members: Any) -> Document:
    def decide(stage: Stage) -> Document:
        stack = stack_of(stage, call.account, call.request["StackName"])
        if stack["deleted"] is not None:
            raise invalid(f"Stack [{stack['name']}] does not exist")
        stack.update(members)
        STACKS.put(stage, call.account, stack["id"], stack)
        return stack

    return await call.region.store.submit(decide)
