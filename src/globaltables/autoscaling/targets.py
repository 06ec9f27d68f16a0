"""Scalable targets, scaling policies and scaling activities of tables and global secondary indexes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from globaltables.capacity.usage import Kind
from globaltables.foundation.arns import partition_of
from globaltables.tables.definitions import Table, Throughput

_UNITS: Mapping[Kind, str] = {"read": "ReadCapacityUnits", "write": "WriteCapacityUnits"}
_ROLE = (
    "role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
)
_DIMENSION_PARTS = 3


class ScaledResource(NamedTuple):
    """One dimension of a table or of a global index: what a scalable target is for.

    Attributes:
        account: 12 digits.
        table_name: the table, whether it exists or not.
        index_name: None is the table itself.
        kind: which units.
    """

    account: str
    table_name: str
    index_name: str | None
    kind: Kind

    @property
    def resource_id(self) -> str:
        """The ResourceId of Application Auto Scaling, e.g. "table/Music/index/by-title"."""
        index = "" if self.index_name is None else f"/index/{self.index_name}"
        return f"table/{self.table_name}{index}"

    @property
    def dimension(self) -> str:
        """The ScalableDimension, e.g. "dynamodb:table:WriteCapacityUnits"."""
        subject = "table" if self.index_name is None else "index"
        return f"dynamodb:{subject}:{_UNITS[self.kind]}"

    @property
    def metric(self) -> str:
        """The predefined metric of this dimension, which also begins the name of a policy that was given none."""
        return f"DynamoDB{self.kind.capitalize()}CapacityUtilization"

    @property
    def policy_name(self) -> str:
        """The name of a policy that was given none."""
        return f"{self.metric}:{self.resource_id}"

    def throughput(self, table: Table) -> Throughput | None:
        """Return the provisioned throughput that is scaled; None when the index is missing or not active."""
        if self.index_name is None:
            return table.throughput
        index = table.index(self.index_name)
        return None if index is None or index.status != "ACTIVE" else index.throughput

    def units(self, table: Table) -> int | None:
        """Return the provisioned units of this dimension; None as for `throughput`."""
        throughput = self.throughput(table)
        if throughput is None:
            return None
        return throughput.read_units if self.kind == "read" else throughput.write_units


def resource_of(account: str, resource_id: str, dimension: str) -> ScaledResource | None:
    """Return what Application Auto Scaling's two names of a dimension stand for; None when they are not DynamoDB's."""
    kinds: tuple[Kind, Kind] = ("read", "write")
    parts = resource_id.split("/")
    table_name = parts[1] if len(parts) > 1 else ""
    index_name = parts[3] if len(parts) > _DIMENSION_PARTS else None
    for kind in kinds:
        resource = ScaledResource(account, table_name, index_name, kind)
        if (resource.resource_id, resource.dimension) == (resource_id, dimension):
            return resource
    return None


def service_role(region: str, account: str) -> str:
    """Return the ARN of the role that DynamoDB's targets always have, whatever role a request names."""
    return f"arn:{partition_of(region)}:iam::{account}:{_ROLE}"


@dataclass(frozen=True, slots=True)
class ScalingPolicy:
    """A target tracking policy; members that a request left out stay absent, as on AWS.

    Attributes:
        id: a UUID, part of the ARN.
        target_value: percent of the provisioned units that are to be consumed.
        scale_in_cooldown: seconds.
        scale_out_cooldown: seconds.
    """

    name: str
    id: str
    created_ms: int
    target_value: float
    scale_in_cooldown: int | None = None
    scale_out_cooldown: int | None = None
    disable_scale_in: bool | None = None


@dataclass(frozen=True, slots=True)
class Scaling:
    """The last change that a policy made.

    Attributes:
        at_ms: when it was complete.
        before: units.
        after: units.
    """

    at_ms: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ScalableTarget:
    """The bounds of one dimension, and its policies.

    Attributes:
        id: a UUID, part of the ARN.
        minimum: units.
        maximum: units.
        suspended_in: whether policies may not decrease the units for now.
        suspended_out: whether policies may not increase the units for now.
        suspended_schedule: stored for whoever described it; there are no scheduled actions.
        last: what a policy did last.
        tags: names and values.
    """

    id: str
    created_ms: int
    minimum: int
    maximum: int
    suspended_in: bool = False
    suspended_out: bool = False
    suspended_schedule: bool = False
    policies: tuple[ScalingPolicy, ...] = ()
    last: Scaling | None = None
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Activity:
    """An attempt to change the units of a dimension.

    Attributes:
        id: a UUID.
        cause: in AWS's words.
        units: what was to be set.
        failure: why it was refused; None when it was not.
    """

    id: str
    started_ms: int
    ended_ms: int
    cause: str
    units: int
    failure: str | None = None

    @property
    def status(self) -> Literal["Successful", "Failed"]:
        """The StatusCode."""
        return "Successful" if self.failure is None else "Failed"
