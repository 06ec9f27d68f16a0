"""The operations on subscriptions."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from globaltables.companions.event_patterns import parse_pattern
from globaltables.companions.paging import page_of
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.companions.sns.delivering import lay_out, post
from globaltables.companions.sns.messages import iso_milliseconds
from globaltables.companions.sns.refusals import invalid, unsupported, wrong_token
from globaltables.companions.sns.region_topics import topics_of
from globaltables.companions.sns.stored import Subscription, Topics, bad_filter
from globaltables.foundation.errors import ApiError
from globaltables.foundation.message_limits import SNS_CONFIRMATION_MS_MAX, SNS_LIST_MAX
from globaltables.itemstore.stage import Stage
from globaltables.security.authorization import signed_service

#: Protocols, and whether a subscription has to be confirmed.
_PROTOCOLS: Mapping[str, bool] = {
    "email": True,
    "email-json": True,
    "http": True,
    "https": True,
    "lambda": False,
    "sms": False,
    "sqs": False,
}
_ATTRIBUTES = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
)
_PENDING = "PendingConfirmation"
_ARN_PARTS = 6


async def subscribe(call: ServiceCall) -> dict[str, Any]:
    """Subscribe an endpoint; one that is there is as good."""
    request = call.request
    topics = topics_of(call.region)
    account, topic, _ = topics.by_arn(request["TopicArn"])
    protocol, endpoint = request["Protocol"], request.get("Endpoint") or ""
    attributes = dict(request.get("Attributes") or {})
    _check_endpoint(topics, topic, protocol, endpoint)
    for name, value in attributes.items():
        _check_attribute(name, value, protocol)
    now_ms = call.region.clock.now_ms()
    document: Document = {
        "protocol": protocol,
        "endpoint": endpoint,
        "owner": call.account,
        "attributes": attributes,
        "confirmed": not _PROTOCOLS[protocol],
        "token": call.region.randomness.uuid().replace("-", "") * 2,
        "created": now_ms,
    }

    def decide(stage: Stage) -> tuple[Subscription, list[tuple[str, Document]]]:
        for one in topics.subscriptions(account, topic):
            if one.document["protocol"] != protocol or one.document["endpoint"] != endpoint:
                continue
            if attributes and one.attributes != attributes:
                raise invalid(
                    "Attributes Reason: Subscription already exists with different attributes"
                )
            return one, [] if one.document["confirmed"] else _ask(stage, topics, one)
        identity = call.region.randomness.uuid()
        made = topics.subscribe(stage, account, topic, identity, document)
        return made, [] if made.document["confirmed"] else _ask(stage, topics, made)

    subscription, staged = await call.region.store.submit(decide)
    topics.start(staged)
    if subscription.document["confirmed"] or request.get("ReturnSubscriptionArn"):
        return {"SubscriptionArn": topics.subscription_arn(subscription)}
    return {"SubscriptionArn": "pending confirmation"}


async def confirm_subscription(call: ServiceCall) -> dict[str, Any]:
    """Confirm a subscription with the token that its endpoint was sent."""
    topics = topics_of(call.region)
    account, topic, _ = topics.by_arn(call.request["TopicArn"])
    token: str = call.request["Token"]
    signed_end = call.request.get("AuthenticateOnUnsubscribe") == "true"
    if signed_end:
        _check_signed(call)

    def decide(stage: Stage) -> Subscription:
        oldest_ms = call.region.clock.now_ms() - SNS_CONFIRMATION_MS_MAX
        for one in topics.subscriptions(account, topic):
            if one.document["token"] != token:
                continue
            if not one.document["confirmed"] and one.document["created"] < oldest_ms:
                break
            # The link that was sent confirms again: it must not take back what a signed request asked for.
            signed = signed_end or one.document.get("signed_end", False)
            document = {**one.document, "confirmed": True, "signed_end": signed}
            return topics.subscribe(stage, account, topic, one.identity, document)
        raise invalid("Token")

    subscription = await call.region.store.submit(decide)
    return {"SubscriptionArn": topics.subscription_arn(subscription)}


async def unsubscribe(call: ServiceCall) -> dict[str, Any]:
    """Delete a subscription; one that is not there is as good as deleted."""
    topics = topics_of(call.region)

    def decide(stage: Stage) -> None:
        subscription = topics.subscription(call.request["SubscriptionArn"])
        if subscription.document.get("signed_end"):
            _check_signed(call)
        topics.unsubscribe(stage, subscription)

    try:
        await call.region.store.submit(decide)
    except ApiError as error:
        if error.code != "NotFound":
            raise
    return {}


def list_subscriptions(call: ServiceCall) -> dict[str, Any]:
    """Return the account's subscriptions, a hundred at a time."""
    topics = topics_of(call.region)
    return _listed(call, topics, topics.of_account(call.account))


def list_subscriptions_by_topic(call: ServiceCall) -> dict[str, Any]:
    """Return a topic's subscriptions, a hundred at a time."""
    topics = topics_of(call.region)
    account, topic, _ = topics.by_arn(call.request["TopicArn"])
    return _listed(call, topics, topics.subscriptions(account, topic))


def get_subscription_attributes(call: ServiceCall) -> dict[str, Any]:
    """Return what a subscription is."""
    topics = topics_of(call.region)
    subscription = topics.subscription(call.request["SubscriptionArn"])
    confirmed = bool(subscription.document["confirmed"])
    attributes = {
        "SubscriptionArn": topics.subscription_arn(subscription),
        "TopicArn": topics.topic_arn(subscription.account, subscription.topic),
        "Protocol": subscription.document["protocol"],
        "Endpoint": subscription.document["endpoint"],
        "Owner": subscription.document["owner"],
        "SubscriptionPrincipal": f"arn:aws:iam::{subscription.document['owner']}:root",
        "PendingConfirmation": "false" if confirmed else "true",
        "ConfirmationWasAuthenticated": "true" if confirmed else "false",
        "RawMessageDelivery": "false",
    }
    if "FilterPolicy" in subscription.attributes:
        attributes["FilterPolicyScope"] = "MessageAttributes"
    return {"Attributes": attributes | subscription.attributes}


async def set_subscription_attributes(call: ServiceCall) -> dict[str, Any]:
    """Change one attribute; an empty value takes a policy away."""
    topics = topics_of(call.region)
    name: str = call.request["AttributeName"]
    value: str = call.request.get("AttributeValue") or ""
    arn: str = call.request["SubscriptionArn"]
    _check_attribute(name, value, topics.subscription(arn).document["protocol"])

    def decide(stage: Stage) -> None:
        before = topics.subscription(arn)
        attributes = {key: one for key, one in before.attributes.items() if key != name}
        if value and not (name == "FilterPolicy" and not orjson.loads(value)):
            attributes[name] = value
        document = {**before.document, "attributes": attributes}
        topics.subscribe(stage, before.account, before.topic, before.identity, document)

    await call.region.store.submit(decide)
    return {}


def _check_signed(call: ServiceCall) -> None:
    """Check that a request is more than a link that somebody opened.

    Raises:
        ApiError: AuthorizationError.
    """
    http = call.http
    if http is not None and not signed_service(http.headers.get(b"authorization", http.url)):
        raise ApiError("AuthorizationError", f"{call.operation} has to be signed here", status=403)


def _ask(stage: Stage, topics: Topics, subscription: Subscription) -> list[tuple[str, Document]]:
    """Stage the request to confirm a subscription."""
    region = topics.region
    document = subscription.document
    arn = topics.topic_arn(subscription.account, subscription.topic)
    url = f"{region.services.endpoint}/?Action=ConfirmSubscription&TopicArn={arn}&Token={document['token']}"
    text = (
        f"You have chosen to subscribe to the topic {arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message."
    )
    body = {
        "Type": "SubscriptionConfirmation",
        "MessageId": region.randomness.uuid(),
        "Token": document["token"],
        "TopicArn": arn,
        "Message": text,
        "SubscribeURL": url,
        "Timestamp": iso_milliseconds(region.clock.now_ms()),
        "SignatureVersion": "1",
    }
    if document["protocol"] in ("http", "https"):
        made = post(topics, subscription, body, "SubscriptionConfirmation")
        return [topics.deliveries.stage(stage, made)]
    subject = "AWS Notification - Subscription Confirmation"
    lay_out(stage, topics, subscription, orjson.dumps(body).decode(), subject)
    return []


def _listed(
    call: ServiceCall, topics: Topics, subscriptions: Sequence[Subscription]
) -> dict[str, Any]:
    found = {topics.subscription_arn(one): one for one in subscriptions}
    token = call.request.get("NextToken")
    page, token = page_of(sorted(found), SNS_LIST_MAX, token, wrong_token)
    described = [
        {
            "SubscriptionArn": arn if found[arn].document["confirmed"] else _PENDING,
            "Owner": found[arn].document["owner"],
            "Protocol": found[arn].document["protocol"],
            "Endpoint": found[arn].document["endpoint"],
            "TopicArn": topics.topic_arn(found[arn].account, found[arn].topic),
        }
        for arn in page
    ]
    return {"Subscriptions": described, "NextToken": token}


def _check_endpoint(topics: Topics, topic: str, protocol: str, endpoint: str) -> None:
    """Raise what an endpoint is refused with.

    Raises:
        ApiError: AWS's refusal.
    """
    if protocol not in _PROTOCOLS:
        if protocol in ("application", "firehose"):
            raise unsupported(f"Protocol {protocol}")
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol in ("http", "https") and not endpoint.startswith(f"{protocol}://"):
        raise invalid("Endpoint must match the specified protocol")
    if protocol.startswith("email") and "@" not in endpoint:
        raise invalid("Email address")
    if protocol == "sms" and not endpoint.lstrip("+").isdigit():
        raise invalid(f"Invalid SMS endpoint: {endpoint}")
    if protocol in ("lambda", "sqs"):
        parts = endpoint.split(":")
        if len(parts) < _ARN_PARTS or parts[2] != protocol:
            kind = "Lambda" if protocol == "lambda" else "SQS"
            raise invalid(f"{kind} endpoint ARN")
        if protocol == "sqs" and endpoint.endswith(".fifo") and not topic.endswith(".fifo"):
            raise invalid("Endpoint Reason: Please use FIFO SQS queue with a FIFO topic")
        if parts[3] != topics.region.name:
            raise unsupported("An endpoint of another region")


def _check_attribute(name: str, value: str, protocol: str) -> None:
    if name not in _ATTRIBUTES:
        raise invalid("AttributeName")
    if name == "RawMessageDelivery":
        if value not in ("true", "false"):
            raise invalid(
                "Attributes Reason: RawMessageDelivery: Invalid value ["
                + value
                + "]. Must be true or false."
            )
        if value == "true" and protocol not in ("http", "https", "sqs"):
            raise invalid(
                "Attributes Reason: RawMessageDelivery is not supported for this protocol"
            )
    elif name == "FilterPolicyScope":
        if value not in ("MessageAttributes", "MessageBody"):
            raise invalid("FilterPolicyScope: Invalid value")
    elif value:
        try:
            document = orjson.loads(value)
        except orjson.JSONDecodeError:
            document = None
        if not isinstance(document, dict):
            raise invalid(f"{name}: failed to parse JSON.")
        if name == "FilterPolicy" and document:
            parse_pattern(value, bad_filter)
        if (
            name == "RedrivePolicy"
            and len(str(document.get("deadLetterTargetArn")).split(":")) != _ARN_PARTS
        ):
            raise invalid("RedrivePolicy: deadLetterTargetArn is not a queue's ARN")
