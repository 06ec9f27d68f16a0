"""Short ways to global tables with provisioned capacity, and to their auto scaling."""

from typing import Any

from tests.support.patience import LOCAL, Patience
from tests.support.target import Target

HOME, AWAY = "us-east-1", "eu-west-1"
UNITS: Any = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
INDEX = "by-v"
DISABLED: Any = {"AutoScalingDisabled": True, "ScalingPolicies": []}
KEYS: Any = [
    {"AttributeName": "pk", "AttributeType": "S"},
    {"AttributeName": "v", "AttributeType": "S"},
]


def settings(
    minimum: int = 1, maximum: int = 10, percent: float = 70.0, name: str = "", **tracking: Any
) -> Any:
    """Return an AutoScalingSettingsUpdate."""
    configuration = {"TargetValue": percent, **tracking}
    policy: dict[str, Any] = {"TargetTrackingScalingPolicyConfiguration": configuration}
    if name:
        policy["PolicyName"] = name
    return {"MinimumUnits": minimum, "MaximumUnits": maximum, "ScalingPolicyUpdate": policy}


def index(**members: Any) -> Any:
    """Return a global index on `v`."""
    return {
        "IndexName": INDEX,
        "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        **members,
    }


class ScaledTable:
    """A table in two regions, as a client sees it.

    Args:
        target: where.
        name: the table's.
        patience: how long the target may take.
    """

    def __init__(self, target: Target, name: str, patience: Patience = LOCAL) -> None:
        self.target = target
        self.name = name
        self.patience = patience

    def units(self, region: str = HOME) -> tuple[int, int]:
        """Return the provisioned units of reads and writes."""
        throughput = self.describe(region)["ProvisionedThroughput"]
        return throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]

    def index_units(self, region: str = HOME) -> tuple[int, int]:
        """Return the provisioned units of the index."""
        (found,) = self.describe(region)["GlobalSecondaryIndexes"]
        throughput = found["ProvisionedThroughput"]
        return throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]

    def comes_to(self, home: tuple[int, int], away: tuple[int, int]) -> bool:
        """Wait until both members have these units of reads and writes."""
        return self.patience.for_change(
            lambda: [self.units(HOME), self.units(AWAY)] == [home, away]
        )

    def index_comes_to(self, home: tuple[int, int], away: tuple[int, int]) -> bool:
        """Wait until the index has these units in both members."""
        return self.patience.for_change(
            lambda: [self.index_units(HOME), self.index_units(AWAY)] == [home, away]
        )

    def describe(self, region: str = HOME) -> dict[str, Any]:
        """Return the description of the table in a region."""
        return dict(self.target.client(region).describe_table(TableName=self.name)["Table"])

    def role(self) -> str:
        """Return the ARN of the role that changes the units, which is of the table's account."""
        account = self.describe()["TableArn"].split(":")[4]
        return (
            f"arn:aws:iam::{account}:role/aws-service-role/"
            "dynamodb.application-autoscaling.amazonaws.com/"
            "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
        )

    def settled(self, region: str = HOME) -> bool:
        """Tell whether the table and every replica is active."""
        table = self.describe(region)
        return table["TableStatus"] == "ACTIVE" and all(
            replica["ReplicaStatus"] == "ACTIVE" for replica in table.get("Replicas", [])
        )

    def scaling(self, region: str = HOME) -> dict[str, Any]:
        """Return the TableAutoScalingDescription."""
        answer = self.target.client(region).describe_table_replica_auto_scaling(TableName=self.name)
        return dict(answer["TableAutoScalingDescription"])

    def replica(self, replica: str = HOME, region: str = HOME) -> dict[str, Any]:
        """Return one replica of that description."""
        found = {one["RegionName"]: one for one in self.scaling(region)["Replicas"]}
        return dict(found[replica])

    def update(self, region: str = HOME, **members: Any) -> dict[str, Any]:
        """Change the auto scaling and wait until it has been applied; returns what was answered."""
        client = self.target.client(region, validated=False)
        answer = client.update_table_replica_auto_scaling(TableName=self.name, **members)
        assert self.patience.for_change(self.settled)
        return dict(answer["TableAutoScalingDescription"])

    def exists(self) -> bool:
        """Tell whether the home region has the table."""
        client = self.target.client(HOME)
        try:
            client.describe_table(TableName=self.name)
        except client.exceptions.ResourceNotFoundException:
            return False
        return True

    def drop(self) -> None:
        """Delete every member, those that were no source first."""
        others = [replica["RegionName"] for replica in self.describe().get("Replicas", [])]
        for region in (*others, HOME):
            self.target.client(region).delete_table(TableName=self.name)

    def add_replica(self, region: str = AWAY) -> None:
        """Create a replica and wait until it is active."""
        self.target.client(HOME).update_table(
            TableName=self.name, ReplicaUpdates=[{"Create": {"RegionName": region}}]
        )
        assert self.patience.for_change(self.settled)


def create_global_table(
    target: Target,
    name: str,
    patience: Patience = LOCAL,
    *,
    provisioned: bool = True,
    with_index: bool = False,
) -> ScaledTable:
    """Create a table in two regions; one that is provisioned becomes so afterwards, without auto scaling."""
    table = ScaledTable(target, name, patience)
    client = target.client(HOME)
    extra: Any = {"GlobalSecondaryIndexes": [index()]} if with_index else {}
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=KEYS if with_index else KEYS[:1],
        BillingMode="PAY_PER_REQUEST",
        **extra,
    )
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig=patience.waiter())
    table.add_replica()
    if provisioned:
        updates: Any = [{"Update": {"IndexName": INDEX, "ProvisionedThroughput": UNITS}}]
        indexes: Any = {"GlobalSecondaryIndexUpdates": updates} if with_index else {}
        client.update_table(
            TableName=name, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS, **indexes
        )
        assert table.comes_to((5, 5), (5, 5))
        assert patience.for_change(table.settled)
    return table


class ScaledDimension:
    """One dimension of a table of one region, as a client of Application Auto Scaling sees it.

    Args:
        target: where.
        name: the table's.
        index_name: of its index; empty for the table itself.
        units: "WriteCapacityUnits" or "ReadCapacityUnits".
    """

    def __init__(
        self, target: Target, name: str, index_name: str = "", units: str = "WriteCapacityUnits"
    ) -> None:
        self.target = target
        self.name = name
        self.table = ScaledTable(target, name)
        self.metric = f"DynamoDB{units.removesuffix('Units')}Utilization"
        self.names = {
            "ServiceNamespace": "dynamodb",
            "ResourceId": f"table/{name}/index/{index_name}" if index_name else f"table/{name}",
            "ScalableDimension": f"dynamodb:{'index' if index_name else 'table'}:{units}",
        }

    def sibling(self, index_name: str = "", units: str = "WriteCapacityUnits") -> "ScaledDimension":
        """Return another dimension of the same table."""
        return ScaledDimension(self.target, self.name, index_name, units)

    def register(self, minimum: int = 1, maximum: int = 10, **members: Any) -> str:
        """Register the target; returns its ARN."""
        answer = self.target.scaling().register_scalable_target(
            **self.names, MinCapacity=minimum, MaxCapacity=maximum, **members
        )
        return str(answer["ScalableTargetARN"])

    def put(self, name: str = "p", percent: float = 70.0, **tracking: Any) -> str:
        """Put a policy of the dimension's own metric; returns its ARN."""
        configuration = {
            "TargetValue": percent,
            "PredefinedMetricSpecification": {"PredefinedMetricType": self.metric},
            **tracking,
        }
        answer = self.target.scaling().put_scaling_policy(
            **self.names,
            PolicyName=name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=configuration,
        )
        return str(answer["PolicyARN"])

    def found(self) -> list[dict[str, Any]]:
        """Return the described targets of this dimension."""
        answer = self.target.scaling().describe_scalable_targets(
            ServiceNamespace="dynamodb",
            ResourceIds=[self.names["ResourceId"]],
            ScalableDimension=self.names["ScalableDimension"],
        )
        return [dict(one) for one in answer["ScalableTargets"]]

    def policies(self) -> list[dict[str, Any]]:
        """Return the described policies of this dimension."""
        answer = self.target.scaling().describe_scaling_policies(**self.names)
        return [dict(one) for one in answer["ScalingPolicies"]]

    def activities(self) -> list[dict[str, Any]]:
        """Return the described activities of this dimension."""
        answer = self.target.scaling().describe_scaling_activities(**self.names)
        return [dict(one) for one in answer["ScalingActivities"]]
