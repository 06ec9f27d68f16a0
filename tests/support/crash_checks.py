"""What must hold of a region after any crash: items, indexes, counts and stream tell the same story."""

from dataclasses import dataclass, field
from typing import Any

from tests.support.crash_workload import INDEXES, TABLE, Connection, Item, Key
from tests.support.target import Target


@dataclass
class Story:
    """The state that the stream tells, read on from where the last look ended.

    Attributes:
        items: every record applied, in the stream's order.
        order: the sequence number of each.
    """

    items: dict[Key, Item] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    _last: int = 0
    _event_ids: set[str] = field(default_factory=set)

    @property
    def records(self) -> int:
        """How many records there were."""
        return len(self.order)

    def read_on(self, target: Target) -> None:
        """Apply every new record; each must follow from the one before it."""
        arn = target.client().describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
        streams = target.streams()
        shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        for shard in shards:
            numbers = shard["SequenceNumberRange"]
            end = numbers.get("EndingSequenceNumber")
            if end is not None and int(end) <= self._last:
                continue
            start: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
            if int(numbers["StartingSequenceNumber"]) <= self._last:
                start = {
                    "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                    "SequenceNumber": str(self._last),
                }
            iterator: str | None = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], **start
            )["ShardIterator"]
            while iterator:
                page = streams.get_records(ShardIterator=iterator)
                for record in page["Records"]:
                    self._apply(record)
                iterator = page.get("NextShardIterator") if page["Records"] else None

    def _apply(self, record: Any) -> None:
        change = record["dynamodb"]
        number = int(change["SequenceNumber"])
        assert number > self._last, "records out of order"
        assert record["eventID"] not in self._event_ids, "a record came twice"
        self._event_ids.add(record["eventID"])
        self._last = number
        key = (change["Keys"]["pk"]["S"], change["Keys"]["sk"]["S"])
        old, new = change.get("OldImage"), change.get("NewImage")
        assert self.items.get(key) == old, ("a record is missing before", record)
        assert old != new, ("a record of nothing", record)
        names = {(True, False): "INSERT", (False, False): "MODIFY", (False, True): "REMOVE"}
        assert names[old is None, new is None] == record["eventName"]
        if new is None:
            del self.items[key]
        else:
            self.items[key] = new
        self.order.append(number)


def stored_items(connection: Connection) -> dict[Key, Item]:
    """Return the table's items."""
    return by_key(scan(connection))


def check_indexes(connection: Connection, items: dict[Key, Item]) -> None:
    """Compare every index with what the items say it must hold, and the counts with both."""
    table = connection.call("DescribeTable", {"TableName": TABLE})["Table"]
    assert len(items) == table["ItemCount"]
    described = [*table["GlobalSecondaryIndexes"], *table["LocalSecondaryIndexes"]]
    counts = {index["IndexName"]: index["ItemCount"] for index in described}
    for name, (needed, shown) in INDEXES.items():
        wanted = {
            key: {n: v for n, v in item.items() if shown is None or n in shown}
            for key, item in items.items()
            if needed <= item.keys()
        }
        found = scan(connection, IndexName=name)
        assert wanted == by_key(found), name
        assert len(wanted) == len(found) == counts[name], name


def scan(connection: Connection, **members: Any) -> list[Item]:
    """Return every item of the table or of an index."""
    found: list[Item] = []
    start: dict[str, Any] = {}
    while True:
        page = connection.call("Scan", {"TableName": TABLE, **members, **start})
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def by_key(items: list[Item]) -> dict[Key, Item]:
    """Return items by their keys, each of which must occur once."""
    found = {(item["pk"]["S"], item["sk"]["S"]): item for item in items}
    assert len(items) == len(found)
    return found
