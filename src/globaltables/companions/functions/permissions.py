"""Resource policies of functions, statement by statement."""

from typing import Any

import orjson

from globaltables.companions.functions.names import Reference, arn_of, referenced
from globaltables.companions.functions.refusals import conflict, not_found, stale_revision
from globaltables.companions.functions.stored import FUNCTIONS, function_record, resolved
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import LAMBDA_POLICY_BYTES_MAX
from globaltables.itemstore.stage import Stage


async def add_permission(call: ServiceCall) -> dict[str, Any]:
    """Add a statement."""
    found = referenced(call)
    if found.qualifier:
        resolved(call.region, call.account, found.name, found.qualifier)
    statement = _statement(call, found)

    def decide(stage: Stage) -> None:
        record, policy = _policy(call, stage, found)
        if any(one["Sid"] == statement["Sid"] for one in policy["statements"]):
            raise conflict(
                f"The statement id ({statement['Sid']}) provided already exists. "
                "Please provide a new statement id, or remove the existing statement."
            )
        policy["statements"].append(statement)
        if len(orjson.dumps(policy["statements"])) > LAMBDA_POLICY_BYTES_MAX:
            raise ApiError(
                "PolicyLengthExceededException",
                f"The final policy size ({len(orjson.dumps(policy['statements']))}) is bigger than the limit "
                f"({LAMBDA_POLICY_BYTES_MAX}).",
            )
        _keep(call, stage, found, record, policy)

    await call.region.store.submit(decide)
    return {"Statement": orjson.dumps(statement).decode()}


async def remove_permission(call: ServiceCall) -> dict[str, Any]:
    """Take a statement away."""
    found, sid = referenced(call), call.request["StatementId"]

    def decide(stage: Stage) -> None:
        record, policy = _policy(call, stage, found)
        kept = [one for one in policy["statements"] if one["Sid"] != sid]
        if len(kept) == len(policy["statements"]):
            raise not_found(f"Statement {sid} is not found in resource policy.")
        policy["statements"] = kept
        _keep(call, stage, found, record, policy)

    await call.region.store.submit(decide)
    return {}


def get_policy(call: ServiceCall) -> dict[str, Any]:
    """Return the policy of a function, a version or an alias."""
    found = referenced(call)
    record = function_record(call.region.store.reader(), call.region.name, call.account, found.name)
    policy = record["policies"].get(found.qualifier)
    if policy is None or not policy["statements"]:
        raise not_found("The resource you requested does not exist.")
    document = {"Version": "2012-10-17", "Id": "default", "Statement": policy["statements"]}
    return {"Policy": orjson.dumps(document).decode(), "RevisionId": policy["revision"]}


def _statement(call: ServiceCall, found: Reference) -> Document:
    request = call.request
    principal = request["Principal"]
    who: Any = principal
    if principal.endswith((".amazonaws.com", ".amazon.com")):
        who = {"Service": principal}
    elif principal.isdigit():
        who = {"AWS": f"arn:aws:iam::{principal}:root"}
    elif principal != "*":
        who = {"AWS": principal}
    conditions: dict[str, dict[str, str]] = {}
    for member, operator, key in (
        ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
        ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
        ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
        ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
        ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ):
        if member in request:
            conditions.setdefault(operator, {})[key] = request[member]
    if request.get("InvokedViaFunctionUrl"):
        conditions["Bool"] = {"lambda:InvokedViaFunctionUrl": "true"}
    statement = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": who,
        "Action": request["Action"],
        "Resource": arn_of(call, found.name, found.qualifier),
    }
    return {**statement, "Condition": conditions} if conditions else statement


def _policy(call: ServiceCall, stage: Stage, found: Reference) -> tuple[Document, Document]:
    """Return a function's record and the policy of what is named, to be changed.

    Raises:
        ApiError: there is no such function, or the policy has changed meanwhile.
    """
    record = function_record(stage, call.region.name, call.account, found.name)
    policy = record["policies"].get(found.qualifier, {"statements": [], "revision": ""})
    if call.request.get("RevisionId") not in (None, policy["revision"]):
        raise stale_revision("GetPolicy")
    return record, policy


def _keep(
    call: ServiceCall, stage: Stage, found: Reference, record: Document, policy: Document
) -> None:
    policy["revision"] = call.region.randomness.uuid()
    record["policies"][found.qualifier] = policy
    FUNCTIONS.put(stage, call.account, found.name, record)
