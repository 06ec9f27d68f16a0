"""The topics and subscriptions of a region: their records, and the subscriptions as each message looks at them."""

from dataclasses import dataclass
from typing import Any

from globaltables.companions.deliveries import Deliveries, Perform
from globaltables.companions.event_patterns import EventPattern, parse_pattern
from globaltables.companions.records import Document, Records
from globaltables.companions.sns.refusals import invalid, no_subscription, no_topic
from globaltables.foundation.arns import partition_of
from globaltables.foundation.message_limits import SQS_DEDUPLICATION_MS
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

TOPICS = Records("sns", "topic")
SUBSCRIPTIONS = Records("sns", "subscription")
DEDUPLICATIONS = Records("sns", "deduplication")
OUTBOX = Records("sns", "outbox")
_ARN_PARTS = 6


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who gets what is published to a topic.

    Attributes:
        account: whose.
        topic: the topic's name.
        identity: the last part of its ARN.
        document: as stored.
        pattern: what it lets through; None for everything.
    """

    account: str
    topic: str
    identity: str
    document: Document
    pattern: EventPattern | None

    @property
    def attributes(self) -> dict[str, str]:
        """What was set."""
        found: dict[str, str] = self.document["attributes"]
        return found

    @property
    def by_body(self) -> bool:
        """Whether the filter policy is about the message's body and not its attributes."""
        return self.attributes.get("FilterPolicyScope") == "MessageBody"


class Topics:
    """Everything of SNS in a region.

    Args:
        region: which.
        perform: brings a delivery to its target.

    Attributes:
        region: see there.
        deliveries: what is on its way.
    """

    def __init__(self, region: Region, perform: Perform) -> None:
        self.region = region
        self.deliveries = Deliveries(region, "sns", perform)
        self._topics: dict[tuple[str, str], Document] = {}
        self._subscriptions: dict[tuple[str, str], dict[str, Subscription]] = {}
        self._published: dict[tuple[str, str], Document] = {}
        reader = region.store.reader()
        kept = list(DEDUPLICATIONS.of_everybody(reader))
        for account, name, document in sorted(kept, key=lambda one: int(one[2]["until"])):
            self._published[account, name] = document
        for account, name, document in TOPICS.of_everybody(reader):
            self._topics[account, name] = document
        for account, path, document in SUBSCRIPTIONS.of_everybody(reader):
            topic, _, identity = path.partition("/")
            self._remember(_subscription(account, topic, identity, document))

    # --- topics

    def topic_arn(self, account: str, name: str) -> str:
        """Return a topic's ARN."""
        region = self.region.name
        return f"arn:{partition_of(region)}:sns:{region}:{account}:{name}"

    def find(self, account: str, name: str) -> Document | None:
        """Return a topic."""
        return self._topics.get((account, name))

    def by_arn(self, arn: str) -> tuple[str, str, Document]:
        """Return account, name and document of a topic.

        Raises:
            ApiError: the ARN is none, or the topic is not there.
        """
        account, name = self.parts_of(arn)
        document = self.find(account, name)
        if document is None or arn.split(":")[3] != self.region.name:
            raise no_topic()
        return account, name, document

    @staticmethod
    def parts_of(arn: str) -> tuple[str, str]:
        """Return account and name of a topic.

        Raises:
            ApiError: the ARN is none.
        """
        parts = arn.split(":")
        if len(parts) != _ARN_PARTS or parts[2] != "sns":
            raise invalid(
                "TopicArn Reason: An ARN must have at least 6 elements, not " + str(len(parts))
            )
        return parts[4], parts[5]

    def names(self, account: str) -> list[str]:
        """Return the names of an account's topics."""
        return sorted(name for owner, name in self._topics if owner == account)

    def save(self, stage: Stage, account: str, name: str, document: Document) -> None:
        """Make or change a topic, in a decision."""
        TOPICS.put(stage, account, name, document)
        self._topics[account, name] = document

    def delete(self, stage: Stage, account: str, name: str) -> None:
        """Delete a topic with its subscriptions, in a decision."""
        for subscription in self.subscriptions(account, name):
            self.unsubscribe(stage, subscription)
        TOPICS.put(stage, account, name, None)
        del self._topics[account, name]

    # --- subscriptions

    def subscriptions(self, account: str, topic: str) -> list[Subscription]:
        """Return the subscriptions of a topic."""
        found = self._subscriptions.get((account, topic), {})
        return [found[identity] for identity in sorted(found)]

    def of_account(self, account: str) -> list[Subscription]:
        """Return the subscriptions of an account, by topic."""
        return [
            one
            for owner, topic in sorted(self._subscriptions)
            if owner == account
            for one in self.subscriptions(owner, topic)
        ]

    def subscription(self, arn: str) -> Subscription:
        """Return a subscription.

        Raises:
            ApiError: it is not there.
        """
        parts = arn.split(":")
        if len(parts) != _ARN_PARTS + 1:
            raise invalid("SubscriptionArn Reason: An ARN must have at least 6 elements")
        found = self._subscriptions.get((parts[4], parts[5]), {}).get(parts[6])
        if found is None:
            raise no_subscription()
        return found

    def subscription_arn(self, subscription: Subscription) -> str:
        """Return a subscription's ARN."""
        topic = self.topic_arn(subscription.account, subscription.topic)
        return f"{topic}:{subscription.identity}"

    def subscribe(
        self, stage: Stage, account: str, topic: str, identity: str, document: Document
    ) -> Subscription:
        """Make or change a subscription, in a decision."""
        SUBSCRIPTIONS.put(stage, account, f"{topic}/{identity}", document)
        subscription = _subscription(account, topic, identity, document)
        self._remember(subscription)
        return subscription

    def unsubscribe(self, stage: Stage, subscription: Subscription) -> None:
        """Delete a subscription, in a decision."""
        path = f"{subscription.topic}/{subscription.identity}"
        SUBSCRIPTIONS.put(stage, subscription.account, path, None)
        del self._subscriptions[subscription.account, subscription.topic][subscription.identity]

    # --- what was published lately to FIFO topics

    def repeated(self, account: str, topic: str, token: str) -> Document | None:
        """Return what was answered for a message of that deduplication id in the last five minutes."""
        found = self._published.get((account, f"{topic}/{token}"))
        if found is None or found["until"] <= self.region.clock.now_ms():
            return None
        return found

    def keep(self, stage: Stage, account: str, topic: str, token: str, answer: Document) -> None:
        """Keep what is answered for a message, and forget what is older than five minutes."""
        now_ms = self.region.clock.now_ms()
        while self._published:
            oldest = next(iter(self._published))
            if self._published[oldest]["until"] > now_ms:
                break  # they are in the order of their ends
            del self._published[oldest]
            DEDUPLICATIONS.put(stage, *oldest, None)
        key = account, f"{topic}/{token}"
        self._published.pop(key, None)
        self._published[key] = {**answer, "until": now_ms + SQS_DEDUPLICATION_MS}
        DEDUPLICATIONS.put(stage, *key, self._published[key])

    def start(self, staged: list[tuple[str, Any]]) -> None:
        """Begin with deliveries that are durable."""
        self.deliveries.start(staged)

    def _remember(self, subscription: Subscription) -> None:
        key = subscription.account, subscription.topic
        self._subscriptions.setdefault(key, {})[subscription.identity] = subscription


def _subscription(account: str, topic: str, identity: str, document: Document) -> Subscription:
    text = document["attributes"].get("FilterPolicy")
    pattern = parse_pattern(text, bad_filter) if text else None
    return Subscription(account, topic, identity, document, pattern)


def bad_filter(reason: str) -> Any:
    """Return the refusal of a filter policy."""
    return invalid(f"FilterPolicy: {reason}")
