"""A table and its replicas as clients see them, on whatever target: boto3, and patience."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.patience import Patience
from tests.support.target import Target

HOME = "us-east-1"
EUROPE = "eu-west-1"
ASIA = "ap-northeast-1"
INDEX = "by-value"
BY_VALUE: dict[str, Any] = {
    "IndexName": INDEX,
    "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
#: A table with the string key `pk` and a global index on `v`.
DEFINITION: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "v", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [BY_VALUE],
    "BillingMode": "PAY_PER_REQUEST",
}
Refusal = tuple[str, str]


def refused(call: Callable[..., Any], **request: Any) -> Refusal:
    """Return code and text with which a request is refused."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


class Members:
    """A table, in one region or many.

    Args:
        target: where.
        name: the table's.
        patience: how long the target may take.
    """

    def __init__(self, target: Target, name: str, patience: Patience) -> None:
        self.target = target
        self.name = name
        self.patience = patience

    # --- tables

    def create(self, region: str = HOME, **definition: Any) -> None:
        """Create the table in a region and wait until it is active."""
        client = self.target.client(region)
        client.create_table(TableName=self.name, **{**DEFINITION, **definition})
        waiter = client.get_waiter("table_exists")
        waiter.wait(TableName=self.name, WaiterConfig=self.patience.waiter())

    def describe(self, region: str = HOME) -> dict[str, Any]:
        """Return the description in a region."""
        return dict(self.target.client(region).describe_table(TableName=self.name)["Table"])

    def exists(self, region: str) -> bool:
        """Tell whether a region has the table."""
        try:
            self.describe(region)
        except self.target.client(region).exceptions.ResourceNotFoundException:
            return False
        return True

    def change(self, region: str = HOME, **members: Any) -> dict[str, Any]:
        """Send an UpdateTable request and wait until all members are active again; returns the description then."""
        self.target.client(region).update_table(TableName=self.name, **members)
        self.settle(region)
        return self.describe(region)

    def delete(self, region: str) -> None:
        """Delete the table in a region and wait until it is gone everywhere."""
        self.target.client(region).delete_table(TableName=self.name)
        self.gone(region)

    # --- members

    def update(self, region: str = HOME, **action: Any) -> dict[str, Any]:
        """Send one replica action; returns the answer's description."""
        client = self.target.client(region)
        updates: Any = [action]
        answer = client.update_table(TableName=self.name, ReplicaUpdates=updates)
        return dict(answer["TableDescription"])

    def settled(self, region: str = HOME) -> bool:
        """Tell whether the table, its indexes and every replica are active in every region."""
        table = self.describe(region)
        replicas = table.get("Replicas", [])
        if any(replica["ReplicaStatus"] != "ACTIVE" for replica in replicas):
            return False
        tables = [table, *(self.describe(replica["RegionName"]) for replica in replicas)]
        return all(
            one["TableStatus"] == "ACTIVE"
            and all(i["IndexStatus"] == "ACTIVE" for i in one.get("GlobalSecondaryIndexes", []))
            for one in tables
        )

    def settle(self, region: str = HOME) -> None:
        """Wait until everything is active."""
        assert self.patience.for_change(lambda: self.settled(region)), self.describe(region)

    def add(self, region: str, source: str = HOME, **members: Any) -> None:
        """Create a replica and wait until every member lists every other one as active."""
        self.update(source, Create={"RegionName": region, **members})
        self.settle(source)
        everybody = {source, *self.others(source)}
        assert self.patience.for_change(
            lambda: all({one, *self.others(one)} == everybody for one in everybody)
        )

    def remove(self, region: str, asked: str = HOME) -> dict[str, Any]:
        """Remove a replica and wait until it is gone everywhere; returns the answer's description."""
        answer = self.update(asked, Delete={"RegionName": region})
        self.gone(region)
        return answer

    def gone(self, region: str) -> None:
        """Wait until a region has no table and no other one lists it."""
        assert self.patience.for_change(lambda: not self.exists(region)), region
        rest = [one for one in (HOME, EUROPE, ASIA) if one != region and self.exists(one)]
        assert self.patience.for_change(
            lambda: all(region not in self.others(one) for one in rest)
        ), region
        for one in rest:
            self.settle(one)

    def others(self, region: str = HOME) -> list[str]:
        """Return the other members as a region lists them."""
        return [replica["RegionName"] for replica in self.describe(region).get("Replicas", [])]

    def replica(self, listed: str = EUROPE, region: str = HOME) -> dict[str, Any]:
        """Return a member's entry as a region lists it."""
        found = {one["RegionName"]: one for one in self.describe(region)["Replicas"]}
        return dict(found[listed])

    def refusal(self, region: str = HOME, **action: Any) -> Refusal:
        """Return code and text with which a replica action is refused."""
        return refused(self.update, region=region, **action)

    def drop(self) -> None:
        """Delete every member, those that were no source first."""
        left = [region for region in (HOME, EUROPE, ASIA) if self.exists(region)]
        for _ in range(len(left)):
            for region in reversed(left):
                try:
                    self.delete(region)
                except ClientError:
                    continue  # another one was created from it: that goes first
                left.remove(region)
                break
        assert not left, left

    # --- items

    def put(self, region: str, **item: str) -> None:
        """Write an item of strings."""
        self.target.client(region).put_item(
            TableName=self.name, Item={name: {"S": value} for name, value in item.items()}
        )

    def remove_item(self, region: str, pk: str) -> None:
        """Delete an item."""
        self.target.client(region).delete_item(TableName=self.name, Key={"pk": {"S": pk}})

    def value(self, region: str, pk: str) -> str | None:
        """Return the attribute v of an item."""
        found = self.target.client(region).get_item(
            TableName=self.name, Key={"pk": {"S": pk}}, ConsistentRead=True
        )
        item = found.get("Item")
        return None if item is None else item["v"]["S"]

    def arrives(self, region: str, pk: str, value: str | None) -> bool:
        """Wait until an item has a value."""
        return self.patience.for_write(lambda: self.value(region, pk) == value)

    def agree(self, pk: str, regions: tuple[str, ...] = (HOME, EUROPE)) -> bool:
        """Wait until an item is the same in every region, and twice in a row."""

        def same() -> bool:
            first = [self.value(region, pk) for region in regions]
            return len(set(first)) == 1 and first == [self.value(region, pk) for region in regions]

        return self.patience.for_write(same)
