"""What the benchmarks send is what they say."""

from pathlib import Path

from benchmarks.dataset import ITEMS_PER_PARTITION, item_of, key_of
from benchmarks.wire import write_requests
from benchmarks.workloads import WORKLOADS, calls
from globaltables.items.values import check_item


def test_item_has_about_400_bytes() -> None:
    """As DynamoDB counts them."""
    sizes = {check_item(item_of(number, version)) for number in range(500) for version in (0, 3)}

    assert min(sizes) >= 380
    assert max(sizes) <= 420


def test_item_of_another_version_has_the_same_key_and_other_values() -> None:
    """A write of the series changes the item that is there."""
    first, second = item_of(7), item_of(7, 1)

    assert key_of(7) == {name: second[name] for name in key_of(7)}
    assert first["body"] != second["body"]


def test_partition_holds_100_items() -> None:
    """A query finds 100 items."""
    partitions = [key_of(number)["PK"]["S"] for number in range(2 * ITEMS_PER_PARTITION)]

    assert [100, 100] == [partitions.count(name) for name in dict.fromkeys(partitions)]


def test_calls_are_the_same_for_every_server() -> None:
    """The series is chosen by a fixed seed."""
    for workload in WORKLOADS:
        assert list(calls(workload, "T", 200, 20)) == list(calls(workload, "T", 200, 20))


def test_calls_batch_and_transaction_name_an_item_once() -> None:
    """DynamoDB refuses a batch or a transaction that has a key twice."""
    for workload, name in (("batchwrite", "RequestItems"), ("transact", "TransactItems")):
        for _, parameters in calls(workload, "T", 200, 100):
            writes = parameters[name]["T"] if name == "RequestItems" else parameters[name]
            items = [next(iter(write.values()))["Item"] for write in writes]
            keys = {(item["PK"]["S"], item["SK"]["S"]) for item in items}
            assert len(items) == len(keys)


def test_write_requests_states_each_length(tmp_path: Path) -> None:
    """The file has before each request its length in decimal and a newline."""
    path = tmp_path / "requests"

    write_requests(path, [b"POST / a", b"\n\n"])

    assert path.read_bytes() == b"8\nPOST / a2\n\n\n"
