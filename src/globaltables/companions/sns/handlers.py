"""Every operation of SNS that is served."""

from collections.abc import Sequence
from types import MappingProxyType

from globaltables.companions.service import Implementation, ServiceCall
from globaltables.companions.sns import publishing, subscriptions, topics
from globaltables.companions.sns.region_topics import topics_of
from globaltables.itemstore.region import Region


def _resume(region: Region) -> None:
    topics_of(region)


def _resources(call: ServiceCall) -> Sequence[str]:
    """Return the ARN of the topic or subscription that a call is about."""
    request = call.request
    for member in ("TopicArn", "TargetArn", "SubscriptionArn", "ResourceArn"):
        if request.get(member):
            return (request[member],)
    if call.operation == "CreateTopic":
        return (topics_of(call.region).topic_arn(call.account, request["Name"]),)
    return ("*",)


def _policy_of(call: ServiceCall, arn: str) -> str:
    """Return the policy of a topic, empty for none."""
    parts = arn.split(":")
    topic = topics_of(call.region).find(parts[4], parts[5]) if len(parts) == 6 else None
    text: str = "" if topic is None else topic["attributes"].get("Policy") or ""
    return text


IMPLEMENTATION = Implementation(
    handlers=MappingProxyType(
        {
            "AddPermission": topics.add_permission,
            "ConfirmSubscription": subscriptions.confirm_subscription,
            "CreateTopic": topics.create_topic,
            "DeleteTopic": topics.delete_topic,
            "GetSubscriptionAttributes": subscriptions.get_subscription_attributes,
            "GetTopicAttributes": topics.get_topic_attributes,
            "ListSubscriptions": subscriptions.list_subscriptions,
            "ListSubscriptionsByTopic": subscriptions.list_subscriptions_by_topic,
            "ListTagsForResource": topics.list_tags_for_resource,
            "ListTopics": topics.list_topics,
            "Publish": publishing.publish,
            "PublishBatch": publishing.publish_batch,
            "RemovePermission": topics.remove_permission,
            "SetSubscriptionAttributes": subscriptions.set_subscription_attributes,
            "SetTopicAttributes": topics.set_topic_attributes,
            "Subscribe": subscriptions.subscribe,
            "TagResource": topics.tag_resource,
            "Unsubscribe": subscriptions.unsubscribe,
            "UntagResource": topics.untag_resource,
        }
    ),
    resume=_resume,
    resources=_resources,
    policy_of=_policy_of,
)
