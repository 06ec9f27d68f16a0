"""AddPermission and RemovePermission: statements in a queue's policy; and its tags."""

import re
from typing import Any

import orjson

from globaltables.companions.service import ServiceCall
from globaltables.companions.sqs.refusals import bad_value, invalid_value, missing
from globaltables.companions.sqs.stored import queues_of
from globaltables.companions.sqs.urls import queue_of
from globaltables.foundation.message_limits import SQS_TAGS_MAX
from globaltables.itemstore.stage import Stage

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}")


async def add_permission(call: ServiceCall) -> dict[str, Any]:
    """Let accounts do something with a queue."""
    queues = queues_of(call.region)
    queue = queue_of(call, queues)
    label: str = call.request["Label"]
    if _LABEL.fullmatch(label) is None:
        raise invalid_value(
            "Label can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )
    for member in ("AWSAccountIds", "Actions"):
        if not call.request[member]:
            raise missing(member)
    arn = queues.arn(queue)
    principals = [f"arn:aws:iam::{account}:root" for account in call.request["AWSAccountIds"]]
    actions = [f"SQS:{action}" for action in call.request["Actions"]]
    statement = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": principals if len(principals) > 1 else principals[0]},
        "Action": actions if len(actions) > 1 else actions[0],
        "Resource": arn,
    }

    def decide(stage: Stage) -> None:
        policy = _policy(queue.document, arn)
        if any(one.get("Sid") == label for one in policy["Statement"]):
            raise bad_value(label, "Label", "Already exists.")
        policy["Statement"].append(statement)
        queues.save(stage, queue, _with_policy(queue.document, policy))

    await call.region.store.submit(decide)
    return {}


async def remove_permission(call: ServiceCall) -> dict[str, Any]:
    """Take a statement out of a queue's policy."""
    queues = queues_of(call.region)
    queue = queue_of(call, queues)
    label: str = call.request["Label"]

    def decide(stage: Stage) -> None:
        policy = _policy(queue.document, queues.arn(queue))
        kept = [one for one in policy["Statement"] if one.get("Sid") != label]
        if len(kept) == len(policy["Statement"]):
            raise bad_value(label, "Label", "can't find label on existing policy.")
        policy["Statement"] = kept
        queues.save(stage, queue, _with_policy(queue.document, policy))

    await call.region.store.submit(decide)
    return {}


async def tag_queue(call: ServiceCall) -> dict[str, Any]:
    """Add tags, or replace their values."""
    queues = queues_of(call.region)
    queue = queue_of(call, queues)
    added: dict[str, str] = call.request["Tags"]

    def decide(stage: Stage) -> None:
        tags = {**queue.document["tags"], **added}
        if len(tags) > SQS_TAGS_MAX:
            raise invalid_value(f"Too many tags added for queue {queue.name}.")
        queues.save(stage, queue, {**queue.document, "tags": tags})

    await call.region.store.submit(decide)
    return {}


async def untag_queue(call: ServiceCall) -> dict[str, Any]:
    """Take tags away."""
    queues = queues_of(call.region)
    queue = queue_of(call, queues)
    removed = frozenset(call.request["TagKeys"])

    def decide(stage: Stage) -> None:
        tags = {name: one for name, one in queue.document["tags"].items() if name not in removed}
        queues.save(stage, queue, {**queue.document, "tags": tags})

    await call.region.store.submit(decide)
    return {}


def list_queue_tags(call: ServiceCall) -> dict[str, Any]:
    """Return a queue's tags."""
    tags = queue_of(call).document["tags"]
    return {"Tags": tags} if tags else {}


def _policy(document: dict[str, Any], arn: str) -> dict[str, Any]:
    text = document["attributes"].get("Policy")
    if not text:
        return {"Version": "2008-10-17", "Id": f"{arn}/SQSDefaultPolicy", "Statement": []}
    policy: dict[str, Any] = orjson.loads(text)
    if isinstance(policy["Statement"], dict):
        policy["Statement"] = [policy["Statement"]]
    return policy


def _with_policy(document: dict[str, Any], policy: dict[str, Any]) -> dict[str, Any]:
    attributes = {name: one for name, one in document["attributes"].items() if name != "Policy"}
    if policy["Statement"]:
        attributes["Policy"] = orjson.dumps(policy).decode()
    return {**document, "attributes": attributes}
