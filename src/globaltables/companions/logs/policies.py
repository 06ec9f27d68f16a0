"""Resource policies of the account: kept and shown."""

import re
from typing import Any

import orjson

from globaltables.companions.logs.requests import invalid, not_found, page, too_many, unsupported
from globaltables.companions.records import Records
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import LOG_RESOURCE_POLICIES_MAX
from globaltables.itemstore.stage import Stage

_POLICIES = Records("logs", "policy")
_NAME = re.compile(r"[\w+=,.@-]{1,255}", re.ASCII)


async def put_resource_policy(call: ServiceCall) -> dict[str, Any]:
    """Answer PutResourcePolicy."""
    request = call.request
    if request.get("resourceArn") or request.get("expectedRevisionId"):
        raise unsupported("A policy of one resource")
    name, document = request.get("policyName"), request.get("policyDocument")
    if name is None or _NAME.fullmatch(name) is None or document is None:
        raise invalid("policyName and policyDocument are required.")
    try:
        parsed = orjson.loads(document)
    except orjson.JSONDecodeError:
        parsed = None
    if type(parsed) is not dict or "Statement" not in parsed:
        raise invalid("The policyDocument is not a valid policy.")
    policy = {
        "policyName": name,
        "policyDocument": document,
        "lastUpdatedTime": call.region.clock.now_ms(),
        "policyScope": "ACCOUNT",
    }
    reader = call.region.store.reader()
    known = [one for one, _ in _POLICIES.of_account(reader, call.account)]
    if name not in known and len(known) >= LOG_RESOURCE_POLICIES_MAX:
        raise too_many()

    def decide(stage: Stage) -> None:
        _POLICIES.put(stage, call.account, name, policy)

    await call.region.store.submit(decide)
    return {"resourcePolicy": policy}


async def delete_resource_policy(call: ServiceCall) -> dict[str, Any]:
    """Answer DeleteResourcePolicy."""
    name = call.request.get("policyName") or ""

    def decide(stage: Stage) -> None:
        if not _NAME.fullmatch(name) or _POLICIES.get(stage, call.account, name) is None:
            raise not_found("resource policy")
        _POLICIES.put(stage, call.account, name, None)

    await call.region.store.submit(decide)
    return {}


def describe_resource_policies(call: ServiceCall) -> dict[str, Any]:
    """Answer DescribeResourcePolicies."""
    found = [one for _, one in _POLICIES.of_account(call.region.store.reader(), call.account)]
    if call.request.get("resourceArn") or call.request.get("policyScope") == "RESOURCE":
        found = []  # there are none of single resources
    shown, token = page(call.request, found)
    answer: dict[str, Any] = {"resourcePolicies": shown}
    return answer if token is None else {**answer, "nextToken": token}
