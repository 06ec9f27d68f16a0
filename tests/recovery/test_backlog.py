"""What waits for a node that is away is in the log of the others, not in their memory; it catches up in a stream."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cluster import Cluster
from tests.support.plain_client import PlainClient

HOME, AWAY = "us-east-1", "eu-west-1"
TABLE = "orders"
CHANGES = 100_000
_BATCH = 25
#: RocksDB's buffers and the interpreter's own come to less; the changes themselves to more than 100 MB in memory.
_GROWTH_MB_MAX = 60
_VALUE = "x" * 300


def _batches(first: int, end: int) -> Iterator[dict[str, Any]]:
    for start in range(first, end, _BATCH):
        puts = [
            {
                "PutRequest": {
                    "Item": {
                        "pk": {"S": f"k{number % 5_000}-{number % 2}"},
                        "v": {"S": _VALUE},
                        "n": {"N": str(number)},
                    }
                }
            }
            for number in range(start, start + _BATCH)
        ]
        yield {"RequestItems": {TABLE: puts}}


def _write(client: PlainClient, first: int, end: int) -> None:
    for batch in _batches(first, end):
        status, _ = client.ask("BatchWriteItem", batch)
        assert 200 == status


def _resident_mb(pid: int) -> float:
    lines = (Path("/proc") / str(pid) / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_memory_does_not_grow_with_what_waits_for_a_node(tmp_path: Path) -> None:
    """A hundred thousand changes wait; the node that has them stays as it was, and the other one gets them all."""
    with Cluster(tmp_path, HOME, AWAY) as cluster:
        cluster.create_global_table(TABLE)
        node = cluster.nodes[HOME]
        with PlainClient(node.endpoint, HOME) as client:
            _write(client, 0, 10_000)
            cluster.sync(HOME, TABLE)
            cluster.nodes[AWAY].kill()
            _write(client, 10_000, 20_000)
            before = _resident_mb(node.pid)

            _write(client, 20_000, 20_000 + CHANGES)

            grown = _resident_mb(node.pid) - before
            assert grown < _GROWTH_MB_MAX
        cluster.nodes[AWAY].start()
        started = time.monotonic()
        cluster.sync(HOME, TABLE)
        assert (CHANGES + 10_000) / (time.monotonic() - started) > 500
        assert cluster.verified(HOME, TABLE)["Equal"]
