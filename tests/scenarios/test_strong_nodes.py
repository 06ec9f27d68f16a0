"""Three processes with a strongly consistent table: the leader is killed, a region is cut off, all of them restart."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.cluster import Cluster
from tests.support.waiting import eventually

#: Several processes start and stop in each; a busy machine takes its time.
pytestmark = pytest.mark.timeout(240)

HOME, OHIO, OREGON = REGIONS = ("us-east-1", "us-east-2", "us-west-2")
TABLE = "counters"
KEY = {"pk": {"S": "counter"}}
ROUNDS = 12


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Three nodes with a replica each."""
    with Cluster(tmp_path, *REGIONS) as made:
        client = made.connection(HOME).dynamodb()
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.update_table(
            TableName=TABLE,
            MultiRegionConsistency="STRONG",
            ReplicaUpdates=[{"Create": {"RegionName": region}} for region in (OHIO, OREGON)],
        )
        assert eventually(lambda: _settled(client), seconds_max=30)
        yield made


def _settled(client: Any) -> bool:
    table = client.describe_table(TableName=TABLE)["Table"]
    statuses = {replica["ReplicaStatus"] for replica in table["Replicas"]}
    return table["TableStatus"] == "ACTIVE" and statuses == {"ACTIVE"}


def _read(cluster: Cluster, region: str, *, latest: bool = True) -> int:
    client = cluster.connection(region).dynamodb()
    found = client.get_item(TableName=TABLE, Key=KEY, ConsistentRead=latest)
    return int(found.get("Item", {"n": {"N": "0"}})["n"]["N"])


def _increment(cluster: Cluster, region: str) -> int | None:
    """Add one under the condition that nobody else did; returns the new value, None when it was not done for certain.

    Raises:
        Exception: nobody knows whether it was done.
    """
    now = _read(cluster, region)
    client = cluster.connection(region).dynamodb()
    condition = "attribute_not_exists(n)" if now == 0 else "n = :now"
    values: dict[str, Any] = {":next": {"N": str(now + 1)}, ":now": {"N": str(now)}}
    if now == 0:
        del values[":now"]
    try:
        client.update_item(
            TableName=TABLE,
            Key=KEY,
            UpdateExpression="SET n = :next",
            ConditionExpression=condition,
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("ConditionalCheckFailedException", "ReplicatedWriteConflictException"):
            return None
        raise
    return now + 1


def _incremented(cluster: Cluster, region: str) -> int:
    return _increment(cluster, region) or 0


def _put(cluster: Cluster, region: str) -> None:
    cluster.connection(region).dynamodb().put_item(TableName=TABLE, Item={"pk": {"S": "other"}})


class _Counting(threading.Thread):
    """Increments from one region until it has done so often enough, or its node is gone."""

    def __init__(self, cluster: Cluster, region: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._cluster, self._region, self._stop_asked = cluster, region, stop
        self.done: list[int] = []
        self.unknown = 0

    def run(self) -> None:
        """Count."""
        while len(self.done) < ROUNDS and not self._stop_asked.is_set():
            try:
                value = _increment(self._cluster, self._region)
            except Exception:  # noqa: BLE001 - a killed node's client sees many kinds
                self.unknown += 1
                continue
            if value is not None:
                self.done.append(value)


def test_counter_is_exact_although_the_leader_is_killed(cluster: Cluster) -> None:
    """No value is given twice, nothing acknowledged is missing from the sum, reads never go back."""
    stop = threading.Event()
    counting = {region: _Counting(cluster, region, stop) for region in REGIONS}
    for one in counting.values():
        one.start()
    assert eventually(lambda: sum(len(one.done) for one in counting.values()) >= 9)
    before = _read(cluster, HOME)

    cluster.nodes[HOME].kill()
    seen = [before]
    for region in (OHIO, OREGON) * 5:
        seen += [_eventual(partial(_read, cluster, region))]
    counting[OHIO].join(30)
    counting[OREGON].join(30)
    stop.set()
    counting[HOME].join(30)
    cluster.nodes[HOME].start()
    final = {region: _eventual(partial(_read, cluster, region)) for region in REGIONS}

    values = [value for one in counting.values() for value in one.done]
    unknown = sum(one.unknown for one in counting.values())
    assert len(values) == len(set(values)), "a condition did not see another write"
    assert seen == sorted(seen), "a strongly consistent read went back"
    (total,) = set(final.values())
    assert max(values) <= total
    assert len(values) <= total <= len(values) + unknown
    assert ROUNDS == len(counting[OHIO].done) == len(counting[OREGON].done)


def _eventual(look: Callable[[], int]) -> int:
    """Return what a read returns when the others have found a leader."""

    def tried() -> list[int]:
        try:
            return [look()]
        except ClientError:
            return []

    found = eventually(tried, seconds_max=20)
    assert found, "nobody serves"
    return found[0]


def test_region_that_is_cut_off_serves_only_eventual_reads_and_catches_up(cluster: Cluster) -> None:
    """The others go on; nothing that they acknowledge is missing where it comes back."""
    assert 1 == _increment(cluster, OREGON)
    assert eventually(lambda: _read(cluster, OREGON, latest=False) == 1)

    cluster.isolate(OREGON)
    for region in (HOME, OHIO):
        for _ in range(5):
            _eventual(partial(_incremented, cluster, region))
    for refused in (_read, _put):
        with pytest.raises(ClientError, match="InternalServerError"):
            refused(cluster, OREGON)
    assert 1 == _read(cluster, OREGON, latest=False)
    total = _read(cluster, HOME)

    cluster.rejoin(OREGON)
    assert total == _eventual(lambda: _read(cluster, OREGON))
    assert total + 1 == _eventual(partial(_incremented, cluster, OREGON))


def test_everything_is_there_after_all_nodes_were_killed(cluster: Cluster) -> None:
    """What was acknowledged is on two disks."""
    for region in REGIONS * 2:
        assert _increment(cluster, region) is not None
    for node in cluster.nodes.values():
        node.kill()
    for node in cluster.nodes.values():
        node.start()

    found = [_eventual(partial(_read, cluster, region)) for region in REGIONS]
    assert [6, 6, 6] == found
