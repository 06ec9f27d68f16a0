"""Frozen definitions of tables, indexes, streams and replicas: the inside form of AWS's TableDescription."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

ScalarType = Literal["S", "N", "B"]
IndexKind = Literal["GLOBAL", "LOCAL"]
ProjectionType = Literal["ALL", "KEYS_ONLY", "INCLUDE"]
BillingMode = Literal["PROVISIONED", "PAY_PER_REQUEST"]
StreamViewType = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
GlobalTableVersion = Literal["2017.11.29", "2019.11.21"]
#: What is changing while a change takes its time; "setting" is one that is only told to other regions.
SettlingKind = Literal[
    "creation", "deletion", "throughput", "billing", "stream", "table_class", "index", "setting"
]
Precision = Literal["MILLISECOND", "MICROSECOND"]
DestinationStatus = Literal[
    "ENABLING", "ACTIVE", "DISABLING", "DISABLED", "ENABLE_FAILED", "UPDATING"
]
InsightsMode = Literal["ACCESSED_AND_THROTTLED_KEYS", "THROTTLED_KEYS"]


@dataclass(frozen=True, slots=True)
class KeyAttribute:
    """One attribute of a key schema, with its declared type."""

    name: str
    type: ScalarType


@dataclass(frozen=True)
class KeySchema:
    """The key attributes of a table or index: one hash and at most one range, up to four of each in a global index.

    What is derived is remembered, because it is asked for with every item.
    """

    hash: tuple[KeyAttribute, ...]
    range: tuple[KeyAttribute, ...] = ()

    @cached_property
    def attributes(self) -> tuple[KeyAttribute, ...]:
        """Hash attributes, then range attributes, in schema order."""
        return self.hash + self.range

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The attributes' names in schema order."""
        return tuple(attribute.name for attribute in self.hash + self.range)

    @cached_property
    def name_set(self) -> frozenset[str]:
        """The attributes' names."""
        return frozenset(self.names)

    @cached_property
    def text_names(self) -> tuple[str, str | None] | None:
        """The names of the hash and range attribute when there is one hash, at most one range, and all are strings."""
        simple = len(self.hash) == 1 and len(self.range) <= 1
        if not simple or any(attribute.type != "S" for attribute in self.attributes):
            return None
        return self.hash[0].name, self.range[0].name if self.range else None


@dataclass(frozen=True, slots=True)
class Throughput:
    """Provisioned throughput in units per second, with the history that AWS describes."""

    read_units: int
    write_units: int
    last_increase_ms: int | None = None
    last_decrease_ms: int | None = None
    decreases_today: int = 0


@dataclass(frozen=True, slots=True)
class OnDemandThroughput:
    """Optional maximum of an on-demand table or index, units per second; None is unlimited."""

    max_read_units: int | None = None
    max_write_units: int | None = None


@dataclass(frozen=True, slots=True)
class WarmThroughput:
    """The warm throughput in units per second.

    Attributes:
        due_ms: when units that were asked for are reached; None when they are.
        shown: read and write units that are described until then.
    """

    read_units: int
    write_units: int
    status: Literal["ACTIVE", "UPDATING"] = "ACTIVE"
    due_ms: int | None = None
    shown: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Settling:
    """A change of a table or index that takes its time; the definition around it has the values of afterwards.

    Attributes:
        due_ms: when it is complete.
        throughput: described until then, if it is another.
        table_class: described until then, when it is the class that changes.
    """

    kind: SettlingKind
    due_ms: int
    throughput: Throughput | None = None
    table_class: str | None = None
    table_class_updated_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index; `number` identifies it in stored keys and is never used again in the table."""

    name: str
    number: int
    kind: IndexKind
    schema: KeySchema
    projection: ProjectionType
    non_key_attributes: tuple[str, ...] = ()
    status: Literal["CREATING", "UPDATING", "DELETING", "ACTIVE"] = "ACTIVE"
    backfilling: bool = False
    throughput: Throughput | None = None
    on_demand: OnDemandThroughput | None = None
    warm: WarmThroughput | None = None
    settling: Settling | None = None


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """The resource-based policy of a table or a stream, or what is known of one that was removed.

    Attributes:
        document: in canonical form; empty when the policy was removed.
        revision_ms: when it was put or removed; what the API calls its RevisionId.
    """

    document: str
    revision_ms: int


@dataclass(frozen=True, slots=True)
class Stream:
    """One life of a table's stream; `label` is its creation time in AWS's form and names it in the ARN.

    Its records are the changes whose log position lies in [started_stamp, ended_stamp). A disabled stream
    (ended_stamp set) stays readable for 24 hours.
    """

    label: str
    view_type: StreamViewType
    created_ms: int
    started_stamp: int
    ended_stamp: int | None = None
    policy: ResourcePolicy | None = None


@dataclass(frozen=True, slots=True)
class TimeToLive:
    """The expiry setting; `attribute` stays known after it was disabled."""

    attribute: str
    enabled: bool
    changed_ms: int


@dataclass(frozen=True, slots=True)
class InsightsSetting:
    """Contributor Insights of a table or of one of its global indexes.

    Attributes:
        index: the index's number, 0 for the table; what is left of an index that is gone means nothing.
        rules_ms: when it was enabled; the last part of its rules' names.
        changed_ms: when it was last changed.
        failure: why it could not be enabled: the exception's name and its text.
    """

    index: int
    mode: InsightsMode
    rules_ms: int
    changed_ms: int
    failure: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """A span of the log whose changes a Kinesis stream is to get: started_stamp <= position < ended_stamp.

    It is forgotten when all of them are delivered, which may be after its end.
    """

    started_stamp: int
    precision: Precision
    ended_stamp: int | None = None


@dataclass(frozen=True, slots=True)
class KinesisDestination:
    """A Kinesis data stream that gets, or got, this table's changes.

    Attributes:
        precision: of the times in the records as it was asked for; None is described as nothing and means milliseconds.
        description: why it was not enabled, or why it was disabled without a request.
        captures: what is to be delivered, oldest first; the last one is open while changes are captured.
        precision_changes_ms: when the precision was changed in the last 24 hours.
    """

    stream_arn: str
    status: DestinationStatus
    changed_ms: int
    precision: Precision | None = None
    description: str | None = None
    captures: tuple[Capture, ...] = ()
    precision_changes_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Recovery:
    """Point-in-time recovery of a table.

    Attributes:
        since_stamp: the log is complete behind this position.
        days: how long it is kept.
    """

    since_stamp: int
    days: int = 35


@dataclass(frozen=True, slots=True)
class Hold:
    """Whoever reads a table's stored bytes at leisure: they are kept for it, also when the table is deleted.

    Attributes:
        name: of the reader.
        position: the log is kept behind this position; -1 keeps the items only.
    """

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Restoring:
    """What a table that is being restored is made of.

    Attributes:
        source_arn: the table that it was.
        at_ms: as of when.
        backup_arn: the backup that it is taken from; None for a point in time.
        due_ms: when it may be used at the earliest, where that takes AWS's time.
    """

    source_arn: str
    at_ms: int
    backup_arn: str | None = None
    due_ms: int = 0


@dataclass(frozen=True, slots=True)
class ReplicaIndexOverride:
    """Per-index read settings of one replica."""

    name: str
    read_units: int | None = None
    max_read_units: int | None = None


@dataclass(frozen=True, slots=True)
class Replica:
    """Another member of the global table, as this region knows it.

    Attributes:
        since_ms: when it began to come or to go, where that takes AWS's time; else 0.
        account: whose it is, in a multi-account global table; else empty.
    """

    region: str
    status: Literal["CREATING", "CREATION_FAILED", "UPDATING", "DELETING", "ACTIVE"]
    kms_key_id: str | None = None
    table_class: str | None = None
    read_units: int | None = None
    max_read_units: int | None = None
    indexes: tuple[ReplicaIndexOverride, ...] = ()
    since_ms: int = 0
    account: str = ""


@dataclass(frozen=True, slots=True)
class Encryption:
    """The SSE setting that is not the default (AWS-owned key).

    Attributes:
        customer: whether the key is a customer's own; otherwise AWS's key for DynamoDB.
        inaccessible_ms: since when the key cannot be used; None while it can.
    """

    type: Literal["KMS"]
    kms_key_arn: str
    status: Literal["ENABLED", "UPDATING", "DISABLED"] = "ENABLED"
    customer: bool = False
    inaccessible_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """Where stored rows of a table are: sealed under a data key, or as they are.

    Attributes:
        generation: of the data key; 0 for rows that are not sealed.
        data_key: wrapped by a key of the key service.
        name: the table's when the data key was made; it is wrapped for that name.
    """

    generation: int = 0
    data_key: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class StrongGroup:
    """Who agrees on the writes of a strongly consistent table (MultiRegionConsistency STRONG).

    Attributes:
        group: a UUID that all of them know.
        voters: three regions: every replica's, and the witness's.
        witness: the region that votes without having the table.
        status: of the witness.
    """

    group: str
    voters: tuple[str, ...]
    witness: str | None = None
    status: Literal["CREATING", "ACTIVE", "DELETING"] = "ACTIVE"

    @property
    def key(self) -> bytes:
        """The 16 bytes of the UUID."""
        return bytes.fromhex(self.group.replace("-", ""))


@dataclass(frozen=True, slots=True)
class Table:
    """Everything that a region knows of one table.

    Attributes:
        number: identifies the table in stored keys of this region; never used again.
        next_index_number: the number that the next index gets.
        streams: every life of the stream, newest last.
        replicas: the OTHER members of the global table, in creation order.
        restricted: a copy that is still being filled (only DescribeTable works).
        on_demand_switches_ms: when it was switched from provisioned to on-demand within 24 hours.
        source_of: regions for which this table was the source, with the time (the 24-hour rule).
        insights: Contributor Insights that were enabled; empty means that nothing is to be counted.
        past_insights: those that were disabled again; they are described with their time and mode.
        settling: the change that keeps it from being ACTIVE, where changes take AWS's time.
        table_class_changes_ms: when its class was changed within the last 30 days.
        policy: None while there never was one; it is about the table and its indexes, a stream has its own.
        recovery: point-in-time recovery, while it is enabled.
        holds: who reads its stored bytes.
        restoring: set until the table is restored; it is restricted so long.
        strong: who agrees on its writes, when that is more than this region.
        group: names what its replicas in other accounts are copies of; empty unless its settings may be replicated
            there (GlobalTableSettingsReplicationMode ENABLED).
        layers: where its rows are, the one that is written to first; empty while nothing of it was ever sealed.
    """

    name: str
    account: str
    region: str
    number: int
    table_id: str
    created_ms: int
    schema: KeySchema
    attributes: tuple[KeyAttribute, ...]
    indexes: tuple[Index, ...] = ()
    next_index_number: int = 1
    status: Literal["CREATING", "UPDATING", "DELETING", "ACTIVE"] = "ACTIVE"
    billing_mode: BillingMode = "PROVISIONED"
    billing_mode_given: bool = False
    pay_per_request_since_ms: int | None = None
    on_demand_switches_ms: tuple[int, ...] = ()
    throughput: Throughput = field(default_factory=lambda: Throughput(0, 0))
    on_demand: OnDemandThroughput | None = None
    warm: WarmThroughput | None = None
    streams: tuple[Stream, ...] = ()
    ttl: TimeToLive | None = None
    tags: tuple[tuple[str, str], ...] = ()
    table_class: str | None = None
    table_class_updated_ms: int | None = None
    deletion_protection: bool = False
    encryption: Encryption | None = None
    global_table_version: GlobalTableVersion | None = None
    replicas: tuple[Replica, ...] = ()
    restricted: bool = False
    source_of: tuple[tuple[str, int], ...] = ()
    insights: tuple[InsightsSetting, ...] = ()
    past_insights: tuple[InsightsSetting, ...] = ()
    settling: Settling | None = None
    deletion_protection_changed_ms: int | None = None
    table_class_changes_ms: tuple[int, ...] = ()
    destinations: tuple[KinesisDestination, ...] = ()
    recovery: Recovery | None = None
    holds: tuple[Hold, ...] = ()
    restoring: Restoring | None = None
    policy: ResourcePolicy | None = None
    strong: StrongGroup | None = None
    group: str = ""
    layers: tuple[Layer, ...] = ()

    @property
    def stream(self) -> Stream | None:
        """The stream that is enabled now."""
        return self.streams[-1] if self.streams and self.streams[-1].ended_stamp is None else None

    @property
    def replicated(self) -> bool:
        """Whether changes here are to reach other regions."""
        return self.global_table_version is not None

    @property
    def feeds(self) -> bool:
        """Whether other regions pull changes from this one's log; a strongly consistent table's are agreed on."""
        return self.global_table_version is not None and self.strong is None

    @property
    def keeps_log(self) -> bool:
        """Whether anything reads this table's change log; without a reader no record is written."""
        return (
            self.stream is not None
            or (self.feeds and not self.restricted)
            or self.captured
            or self.remembered
        )

    @property
    def remembered(self) -> bool:
        """Whether changes are kept to get back to what was before them."""
        return self.recovery is not None or any(hold.position >= 0 for hold in self.holds)

    @property
    def captured(self) -> bool:
        """Whether changes are captured for a Kinesis data stream."""
        return any(
            one.captures and one.captures[-1].ended_stamp is None for one in self.destinations
        )

    def index(self, name: str) -> Index | None:
        """Return the index of that name."""
        return next((index for index in self.indexes if index.name == name), None)
