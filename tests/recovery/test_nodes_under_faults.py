"""Nodes that are killed and cut off at random while clients write in all of them: nothing acknowledged is lost.

GLOBALTABLES_CHAOS_SECONDS lets it go on for longer, GLOBALTABLES_SEED repeats what was drawn (not when it happened).
"""

import os
import random
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path

import pytest

from tests.support.cluster import Cluster
from tests.support.plain_client import PlainClient, UnansweredError
from tests.support.replicas import stream_records
from tests.support.target import Target

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
TABLE = "orders"
SECONDS = float(os.environ.get("GLOBALTABLES_CHAOS_SECONDS", "6"))
#: Written in every region; every other item is written once.
SHARED = ("x", "y", "z")
_PAUSE_SECONDS = 0.004


@dataclass
class Writer(threading.Thread):
    """Writes in one region until it is told to stop, whether or not the region answers.

    Attributes:
        acknowledged: key and value of what was.
        uncertain: values of what was not answered.
    """

    cluster: Cluster
    region: str
    chance: random.Random
    stopping: threading.Event
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    uncertain: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        """Write."""
        numbers = count()
        while not self.stopping.is_set():
            endpoint = self.cluster.nodes[self.region].endpoint
            if not endpoint:  # it is starting
                time.sleep(_PAUSE_SECONDS)
                continue
            with PlainClient(endpoint, self.region) as client:
                self._write_until_it_fails(client, numbers)

    def _write_until_it_fails(self, client: PlainClient, numbers: Iterator[int]) -> None:
        while not self.stopping.is_set():
            value = f"{self.region}/{next(numbers)}"
            key = self.chance.choice(SHARED) if self.chance.random() < 0.3 else value
            item = {"pk": {"S": key}, "v": {"S": value}}
            try:
                status, _ = client.ask("PutItem", {"TableName": TABLE, "Item": item})
            except UnansweredError:
                self.uncertain.add(value)
                time.sleep(_PAUSE_SECONDS)
                return
            if status == 200:
                self.acknowledged.append((key, value))
            else:
                self.uncertain.add(value)
            time.sleep(_PAUSE_SECONDS)


def _disturb(cluster: Cluster, chance: random.Random) -> None:
    """Kill nodes and cut them off, one after the other, and bring all of them back in the end."""
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        region = chance.choice(REGIONS)
        if chance.random() < 0.4:
            cluster.nodes[region].kill()
            time.sleep(chance.random() * 0.5)
            cluster.nodes[region].start()
        else:
            cluster.isolate(region)
            time.sleep(0.2 + chance.random() * 0.5)
            cluster.rejoin(region)
        time.sleep(chance.random() * 0.4)


#: Key, value before (None for none), value.
Told = tuple[str, str | None, str]


def _stream(cluster: Cluster, region: str) -> list[Told]:
    target = Target(cluster.nodes[region].endpoint)
    told: list[Told] = []
    for record in stream_records(target, region, TABLE):
        change = record["dynamodb"]
        before = change.get("OldImage", {}).get("v", {}).get("S")
        told.append((change["Keys"]["pk"]["S"], before, change["NewImage"]["v"]["S"]))
    target.close()
    return told


@pytest.mark.slow
@pytest.mark.timeout(120 + 3 * SECONDS)
def test_nodes_killed_and_cut_off_under_writers_lose_and_double_nothing(tmp_path: Path) -> None:
    """All members agree, every stream is a history, and what clients do not find any more is explained."""
    seed = int(os.environ.get("GLOBALTABLES_SEED", str(random.SystemRandom().randrange(10**6))))
    sys.stdout.write(f"GLOBALTABLES_SEED={seed}\n")  # shown when the test fails
    chance = random.Random(seed)
    stopping = threading.Event()
    with Cluster(tmp_path, *REGIONS) as cluster:
        cluster.create_global_table(TABLE)
        writers = [
            Writer(cluster, region, random.Random(f"{seed}{region}"), stopping)
            for region in REGIONS
        ]
        for writer in writers:
            writer.start()
        _disturb(cluster, chance)
        stopping.set()
        for writer in writers:
            writer.join()

        cluster.sync(REGIONS[0], TABLE)

        assert cluster.verified(REGIONS[0], TABLE)["Equal"]
        streams = {region: _stream(cluster, region) for region in REGIONS}
        stored = _stored(cluster)
        noted = {
            region: {one["Loser"]["Item"]["v"]["S"] for one in cluster.lost(region, TABLE)}
            for region in REGIONS
        }
    assert sum(len(writer.acknowledged) for writer in writers) > 30 * SECONDS
    for writer in writers:
        _check_stream(streams[writer.region], stored, writer)
        _check_lost(writer.region, streams, noted[writer.region])


def _stored(cluster: Cluster) -> dict[str, str]:
    pages = cluster.connection(REGIONS[0]).dynamodb().get_paginator("scan")
    items = [item for page in pages.paginate(TableName=TABLE) for item in page["Items"]]
    return {item["pk"]["S"]: item["v"]["S"] for item in items}


def _check_stream(told: list[Told], stored: dict[str, str], writer: Writer) -> None:
    """A stream leads to what is stored, change by change, and has every acknowledged write of its region once."""
    last: dict[str, str] = {}
    for key, before, value in told:
        assert last.get(key) == before, f"{value} in {writer.region}"
        last[key] = value
    assert stored == last
    values = [value for _, _, value in told]
    assert len(values) == len(set(values))
    own = {value for value in values if value.startswith(f"{writer.region}/")}
    acknowledged = {value for _, value in writer.acknowledged}
    assert set() == acknowledged - own, f"acknowledged in {writer.region} and lost"
    assert set() == own - acknowledged - writer.uncertain


def _check_lost(region: str, streams: dict[str, list[Told]], noted: set[str]) -> None:
    """A write that another region's replaced is noted as lost, unless that writer had seen it."""
    seen_before = {name: _before(told) for name, told in streams.items()}
    chains: dict[str, list[str]] = defaultdict(list)
    for key, _, value in streams[region]:
        chains[key].append(value)
    for values in chains.values():
        for at, (loser, winner) in enumerate(pairwise(values)):
            writer = winner.partition("/")[0]
            if loser.partition("/")[0] != region or writer == region:
                continue
            replaced = seen_before[writer][winner]
            # A winner that came ahead of what its writer had seen is not known to be one (replication/merge.py).
            if replaced is None or replaced in values[:at]:
                assert loser in noted, f"{loser} lost against {winner}"
            elif replaced == loser:
                assert loser not in noted, f"{winner} had seen {loser}"


def _before(told: list[Told]) -> dict[str, str | None]:
    return {value: before for _, before, value in told}
