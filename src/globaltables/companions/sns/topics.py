"""The operations on topics: making, changing, policies, tags."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.companions.paging import page_of
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.companions.sns.refusals import invalid, unsupported, wrong_token
from globaltables.companions.sns.region_topics import topics_of
from globaltables.companions.sns.stored import Topics
from globaltables.foundation.message_limits import SNS_LIST_MAX
from globaltables.itemstore.stage import Stage

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIFO_NAME = re.compile(r"(?=.{1,256}\Z)[A-Za-z0-9_-]+\.fifo")
_FLAGS = ("ContentBasedDeduplication", "FifoTopic")
_DOCUMENTS = ("DeliveryPolicy", "Policy")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "FifoThroughputScope": ("Topic", "MessageGroup"),
    "SignatureVersion": ("1", "2"),
    "TracingConfig": ("PassThrough",),
}


async def create_topic(call: ServiceCall) -> dict[str, Any]:
    """Make a topic; one of that name with these attributes and tags is as good."""
    request = call.request
    name: str = request["Name"]
    attributes: dict[str, str] = dict(request.get("Attributes") or {})
    is_fifo = attributes.get("FifoTopic") == "true"
    if (_FIFO_NAME if is_fifo else _NAME).fullmatch(name) is None:
        raise invalid("Topic Name" if not is_fifo else "Topic Name: a FIFO topic's ends with .fifo")
    if request.get("DataProtectionPolicy"):
        raise unsupported("DataProtectionPolicy")
    for attribute, value in attributes.items():
        _check_attribute(attribute, value, is_fifo=is_fifo)
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    topics = topics_of(call.region)
    document: Document = {
        "attributes": attributes,
        "tags": tags,
        "created": call.region.clock.now_ms(),
    }

    def decide(stage: Stage) -> None:
        before = topics.find(call.account, name)
        if before is None:
            topics.save(stage, call.account, name, document)
            return
        if any(before["attributes"].get(key, "") != value for key, value in attributes.items()):
            raise invalid("Attributes Reason: Topic already exists with different attributes")
        if tags and before["tags"] != tags:
            raise invalid("Tags Reason: Topic already exists with different tags")

    await call.region.store.submit(decide)
    return {"TopicArn": topics.topic_arn(call.account, name)}


async def delete_topic(call: ServiceCall) -> dict[str, Any]:
    """Delete a topic with its subscriptions; one that is not there is as good as deleted."""
    topics = topics_of(call.region)
    account, name = topics.parts_of(call.request["TopicArn"])

    def decide(stage: Stage) -> None:
        if topics.find(account, name) is not None:
            topics.delete(stage, account, name)

    await call.region.store.submit(decide)
    return {}


def list_topics(call: ServiceCall) -> dict[str, Any]:
    """Return the account's topics, by name, a hundred at a time."""
    topics = topics_of(call.region)
    names = topics.names(call.account)
    page, token = page_of(names, SNS_LIST_MAX, call.request.get("NextToken"), wrong_token)
    found = [{"TopicArn": topics.topic_arn(call.account, name)} for name in page]
    return {"Topics": found, "NextToken": token}


def get_topic_attributes(call: ServiceCall) -> dict[str, Any]:
    """Return what a topic is."""
    topics = topics_of(call.region)
    arn: str = call.request["TopicArn"]
    account, name, document = topics.by_arn(arn)
    subscriptions = topics.subscriptions(account, name)
    confirmed = sum(bool(one.document["confirmed"]) for one in subscriptions)
    attributes = {
        "TopicArn": arn,
        "Owner": account,
        "DisplayName": "",
        "Policy": orjson.dumps(_default_policy(arn, account)).decode(),
        "SubscriptionsConfirmed": str(confirmed),
        "SubscriptionsPending": str(len(subscriptions) - confirmed),
        "SubscriptionsDeleted": "0",
        "EffectiveDeliveryPolicy": _EFFECTIVE,
    }
    if name.endswith(".fifo"):
        attributes |= {"ContentBasedDeduplication": "false", "FifoThroughputScope": "Topic"}
    return {"Attributes": attributes | {k: v for k, v in document["attributes"].items() if v}}


async def set_topic_attributes(call: ServiceCall) -> dict[str, Any]:
    """Change one attribute."""
    topics = topics_of(call.region)
    account, name, document = topics.by_arn(call.request["TopicArn"])
    attribute: str = call.request["AttributeName"]
    value: str = call.request.get("AttributeValue") or ""
    if attribute == "FifoTopic":
        raise invalid("AttributeName")
    _check_attribute(attribute, value, is_fifo=name.endswith(".fifo"))
    await _change(
        topics, account, name, {"attributes": {**document["attributes"], attribute: value}}
    )
    return {}


async def add_permission(call: ServiceCall) -> dict[str, Any]:
    """Let accounts do something with a topic."""
    request = call.request
    topics = topics_of(call.region)
    arn: str = request["TopicArn"]
    account, name, document = topics.by_arn(arn)
    for member in ("AWSAccountId", "ActionName"):
        if not request[member]:
            raise invalid(f"{member} Reason: no value for required parameter")
    policy = _policy(document, arn, account)
    if any(one.get("Sid") == request["Label"] for one in policy["Statement"]):
        raise invalid("Statement already exists")
    principals = [f"arn:aws:iam::{one}:root" for one in request["AWSAccountId"]]
    actions = [f"SNS:{action}" for action in request["ActionName"]]
    policy["Statement"].append(
        {
            "Sid": request["Label"],
            "Effect": "Allow",
            "Principal": {"AWS": principals if len(principals) > 1 else principals[0]},
            "Action": actions if len(actions) > 1 else actions[0],
            "Resource": arn,
        }
    )
    await _save_policy(topics, account, name, document, policy)
    return {}


async def remove_permission(call: ServiceCall) -> dict[str, Any]:
    """Take a statement out of a topic's policy."""
    topics = topics_of(call.region)
    arn: str = call.request["TopicArn"]
    account, name, document = topics.by_arn(arn)
    policy = _policy(document, arn, account)
    label = call.request["Label"]
    policy["Statement"] = [one for one in policy["Statement"] if one.get("Sid") != label]
    await _save_policy(topics, account, name, document, policy)
    return {}


async def tag_resource(call: ServiceCall) -> dict[str, Any]:
    """Add tags to a topic, or replace their values."""
    topics = topics_of(call.region)
    account, name, document = topics.by_arn(call.request["ResourceArn"])
    added = {tag["Key"]: tag["Value"] for tag in call.request["Tags"]}
    await _change(topics, account, name, {"tags": {**document["tags"], **added}})
    return {}


async def untag_resource(call: ServiceCall) -> dict[str, Any]:
    """Take tags off a topic."""
    topics = topics_of(call.region)
    account, name, document = topics.by_arn(call.request["ResourceArn"])
    removed = frozenset(call.request["TagKeys"])
    kept = {key: one for key, one in document["tags"].items() if key not in removed}
    await _change(topics, account, name, {"tags": kept})
    return {}


def list_tags_for_resource(call: ServiceCall) -> dict[str, Any]:
    """Return the tags of a topic."""
    _, _, document = topics_of(call.region).by_arn(call.request["ResourceArn"])
    return {"Tags": [{"Key": key, "Value": one} for key, one in document["tags"].items()]}


_EFFECTIVE = orjson.dumps(
    {
        "http": {
            "defaultHealthyRetryPolicy": {
                "minDelayTarget": 20,
                "maxDelayTarget": 20,
                "numRetries": 3,
                "numMaxDelayRetries": 0,
                "numNoDelayRetries": 0,
                "numMinDelayRetries": 0,
                "backoffFunction": "linear",
            },
            "disableSubscriptionOverrides": False,
            "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
        }
    }
).decode()


async def _change(topics: Topics, account: str, name: str, members: Document) -> None:
    def decide(stage: Stage) -> None:
        _, _, document = topics.by_arn(topics.topic_arn(account, name))
        topics.save(stage, account, name, {**document, **members})

    await topics.region.store.submit(decide)


async def _save_policy(
    topics: Topics, account: str, name: str, document: Document, policy: Document
) -> None:
    text = orjson.dumps(policy).decode()
    await _change(topics, account, name, {"attributes": {**document["attributes"], "Policy": text}})


def _policy(document: Document, arn: str, account: str) -> Document:
    text = document["attributes"].get("Policy")
    policy: Document = orjson.loads(text) if text else _default_policy(arn, account)
    if isinstance(policy["Statement"], dict):
        policy["Statement"] = [policy["Statement"]]
    return policy


def _default_policy(arn: str, account: str) -> Document:
    actions = (
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    )
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
    }
    return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}


def _check_attribute(name: str, value: str, *, is_fifo: bool) -> None:
    """Raise what an attribute is refused with.

    Raises:
        ApiError: it is unknown, or its value is wrong.
    """
    if name in _FLAGS:
        if value not in ("true", "false") or (value == "true" and not is_fifo):
            raise invalid(
                f"Attributes Reason: {name} Reason: the value is not valid for this topic"
            )
    elif name in _DOCUMENTS:
        try:
            orjson.loads(value or "{}")
        except orjson.JSONDecodeError:
            raise invalid(f"{name}: failed to parse JSON") from None
    elif name in _CHOICES:
        if value not in _CHOICES[name]:
            raise invalid(f"Attributes Reason: {name} Reason: the value is not valid")
    elif name != "DisplayName":
        raise unsupported(f"AttributeName {name}")
