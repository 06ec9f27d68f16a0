"""AWS::SNS and AWS::SQS: topics, subscriptions, queues and their policies."""

from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.companions.cloudformation.engine.resource_type import (
    Naming,
    ResourceType,
    no_attributes,
)
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.calls import tagger
from globaltables.companions.cloudformation.resource_types.tagging import (
    as_list,
    tag_changes,
    tags_in,
)
from globaltables.companions.cloudformation.templates.parameters import text_of

_TOPIC_TAGS = tagger("sns", tag="TagResource", untag="UntagResource", member="ResourceArn")
_TOPIC_ATTRIBUTES = (
    *("DisplayName", "KmsMasterKeyId", "ContentBasedDeduplication", "SignatureVersion"),
    *("FifoThroughputScope", "TracingConfig", "ArchivePolicy"),
)
_SUBSCRIPTION_ATTRIBUTES = (
    *("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery"),
    *("RedrivePolicy", "ReplayPolicy", "SubscriptionRoleArn"),
)
_QUEUE_ATTRIBUTES: Mapping[str, str] = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "DelaySeconds": "0",
    "FifoThroughputLimit": "perQueue",
    "KmsDataKeyReusePeriodSeconds": "300",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "262144",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}


def _fifo(property_name: str) -> Any:
    def suffix(properties: Mapping[str, Any]) -> str:
        return ".fifo" if text_of(properties.get(property_name, False)) == "true" else ""

    return suffix


async def _create_topic(work: ResourceWork) -> None:
    properties = work.properties
    if not work.physical:
        attributes = {
            name: _text(properties[name]) for name in _TOPIC_ATTRIBUTES if name in properties
        }
        if properties.get("FifoTopic"):
            attributes["FifoTopic"] = "true"
        answer = await work.call(
            "sns",
            "CreateTopic",
            Name=work.name,
            Attributes=attributes,
            Tags=as_list(tags_in(properties.get("Tags"))),
        )
        await work.made(answer["TopicArn"])
    await _subscribe(work)


async def _update_topic(work: ResourceWork) -> None:
    for name in _TOPIC_ATTRIBUTES:
        if work.changed(name):
            await work.call(
                "sns",
                "SetTopicAttributes",
                TopicArn=work.physical,
                AttributeName=name,
                AttributeValue=_text(work.properties.get(name, "")),
            )
    await _subscribe(work)
    if work.changed("Tags"):
        await _TOPIC_TAGS(work, work.physical)


async def _subscribe(work: ResourceWork) -> None:
    """Bring the subscriptions that the topic's own property has to what it says."""
    wanted = [
        (one["Protocol"], one["Endpoint"]) for one in work.properties.get("Subscription") or ()
    ]
    had = [(one["Protocol"], one["Endpoint"]) for one in work.old.get("Subscription") or ()]
    for protocol, endpoint in wanted:
        if (protocol, endpoint) not in had:
            await work.call(
                "sns",
                "Subscribe",
                TopicArn=work.physical,
                Protocol=protocol,
                Endpoint=endpoint,
            )
    gone = [one for one in had if one not in wanted]
    if gone:
        answer = await work.call("sns", "ListSubscriptionsByTopic", TopicArn=work.physical)
        for one in answer.get("Subscriptions") or ():
            if (one["Protocol"], one["Endpoint"]) in gone:
                arn = one["SubscriptionArn"]
                await work.found("sns", "Unsubscribe", SubscriptionArn=arn)


async def _delete_topic(work: ResourceWork) -> None:
    await work.call("sns", "DeleteTopic", TopicArn=work.physical)


async def _read_topic(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found("sns", "GetTopicAttributes", TopicArn=work.physical)
    if answer is None:
        return None
    return {"TopicArn": work.physical, "TopicName": work.physical.rpartition(":")[2]}


async def _create_subscription(work: ResourceWork) -> None:
    if not work.physical:
        answer = await work.call(
            "sns",
            "Subscribe",
            region=work.properties.get("Region", ""),
            TopicArn=work.properties["TopicArn"],
            Protocol=work.properties["Protocol"],
            Endpoint=work.properties.get("Endpoint"),
            ReturnSubscriptionArn=True,
            Attributes={
                name: _text(work.properties[name])
                for name in _SUBSCRIPTION_ATTRIBUTES
                if name in work.properties
            },
        )
        await work.made(answer["SubscriptionArn"])


async def _update_subscription(work: ResourceWork) -> None:
    for name in _SUBSCRIPTION_ATTRIBUTES:
        if work.changed(name):
            value = work.properties.get(name)
            await work.call(
                "sns",
                "SetSubscriptionAttributes",
                region=work.properties.get("Region", ""),
                SubscriptionArn=work.physical,
                AttributeName=name,
                AttributeValue=None if value is None else _text(value),
            )


async def _delete_subscription(work: ResourceWork) -> None:
    region = work.properties.get("Region", "")
    await work.call("sns", "Unsubscribe", region=region, SubscriptionArn=work.physical)


async def _read_subscription(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found(
        "sns",
        "GetSubscriptionAttributes",
        region=work.properties.get("Region", ""),
        SubscriptionArn=work.physical,
    )
    return None if answer is None else {"Arn": work.physical}


async def _put_topic_policy(work: ResourceWork) -> None:
    await work.made(work.physical or work.name)
    document = _text(work.properties["PolicyDocument"])
    for topic in work.properties["Topics"]:
        await _set_topic_policy(work, topic, document)
    for topic in work.old.get("Topics") or ():
        if topic not in work.properties["Topics"]:
            await _set_topic_policy(work, topic, _default_topic_policy(work, topic))


async def _remove_topic_policy(work: ResourceWork) -> None:
    for topic in work.properties["Topics"]:
        if await work.found("sns", "GetTopicAttributes", TopicArn=topic) is not None:
            await _set_topic_policy(work, topic, _default_topic_policy(work, topic))


async def _set_topic_policy(work: ResourceWork, topic: str, document: str) -> None:
    await work.call(
        "sns",
        "SetTopicAttributes",
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=document,
    )


def _default_topic_policy(work: ResourceWork, topic: str) -> str:
    """Return the policy that a topic has from its creation."""
    actions = (
        *("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission"),
        *("DeleteTopic", "Subscribe", "ListSubscriptionsByTopic", "Publish"),
    )
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": work.account}},
    }
    return _text({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


async def _create_queue(work: ResourceWork) -> None:
    properties = work.properties
    if not work.physical:
        attributes = {
            name: _text(properties[name]) for name in _QUEUE_ATTRIBUTES if name in properties
        }
        if properties.get("FifoQueue"):
            attributes["FifoQueue"] = "true"
        answer = await work.call(
            "sqs",
            "CreateQueue",
            QueueName=work.name,
            Attributes=attributes,
            tags=tags_in(properties.get("Tags")),
        )
        await work.made(answer["QueueUrl"])


async def _update_queue(work: ResourceWork) -> None:
    changed = {
        name: _text(work.properties.get(name, default))
        for name, default in _QUEUE_ATTRIBUTES.items()
        if work.changed(name)
    }
    if changed:
        await work.call("sqs", "SetQueueAttributes", QueueUrl=work.physical, Attributes=changed)
    added, removed = tag_changes(work.old.get("Tags"), work.properties.get("Tags"))
    if removed:
        await work.call("sqs", "UntagQueue", QueueUrl=work.physical, TagKeys=removed)
    if added:
        await work.call("sqs", "TagQueue", QueueUrl=work.physical, Tags=added)


async def _delete_queue(work: ResourceWork) -> None:
    await work.call("sqs", "DeleteQueue", QueueUrl=work.physical)


async def _read_queue(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found(
        "sqs", "GetQueueAttributes", QueueUrl=work.physical, AttributeNames=["QueueArn"]
    )
    if answer is None:
        return None
    arn = answer["Attributes"]["QueueArn"]
    return {"Arn": arn, "QueueName": arn.rpartition(":")[2], "QueueUrl": work.physical}


async def _put_queue_policy(work: ResourceWork) -> None:
    await work.made(work.physical or work.name)
    document = _text(work.properties["PolicyDocument"])
    for queue in work.properties["Queues"]:
        await work.call(
            "sqs", "SetQueueAttributes", QueueUrl=queue, Attributes={"Policy": document}
        )
    for queue in work.old.get("Queues") or ():
        if queue not in work.properties["Queues"]:
            await _clear_queue(work, queue)


async def _remove_queue_policy(work: ResourceWork) -> None:
    for queue in work.properties["Queues"]:
        await _clear_queue(work, queue)


async def _clear_queue(work: ResourceWork, queue: str) -> None:
    await work.found("sqs", "SetQueueAttributes", QueueUrl=queue, Attributes={"Policy": ""})


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return text_of(value)


TYPES = (
    ResourceType(
        "AWS::SNS::Topic",
        create=_create_topic,
        delete=_delete_topic,
        read=_read_topic,
        update=_update_topic,
        naming=Naming("TopicName", length_max=256, suffix=_fifo("FifoTopic")),
        unserved=("DataProtectionPolicy", "DeliveryStatusLogging", "MaximumMessageSize"),
    ),
    ResourceType(
        "AWS::SNS::Subscription",
        create=_create_subscription,
        delete=_delete_subscription,
        read=_read_subscription,
        update=_update_subscription,
    ),
    ResourceType(
        "AWS::SNS::TopicPolicy",
        create=_put_topic_policy,
        delete=_remove_topic_policy,
        read=no_attributes,
        update=_put_topic_policy,
    ),
    ResourceType(
        "AWS::SQS::Queue",
        create=_create_queue,
        delete=_delete_queue,
        read=_read_queue,
        update=_update_queue,
        naming=Naming("QueueName", length_max=80, suffix=_fifo("FifoQueue")),
    ),
    ResourceType(
        "AWS::SQS::QueuePolicy",
        create=_put_queue_policy,
        delete=_remove_queue_policy,
        read=no_attributes,
        update=_put_queue_policy,
    ),
)
