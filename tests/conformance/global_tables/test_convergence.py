"""What becomes of writes in several regions: every one arrives, the last one wins, and all members end alike."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.members import ASIA, EUROPE, HOME, INDEX, Members

WRITERS = (HOME, EUROPE)


def key(pk: str) -> dict[str, Any]:
    """Return the key of an item."""
    return {"pk": {"S": pk}}


def item(pk: str, v: str) -> dict[str, Any]:
    """Return an item."""
    return {"pk": {"S": pk}, "v": {"S": v}}


def at_once(work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do several things at the same time; returns what they return."""
    with ThreadPoolExecutor(len(work)) as threads:
        return [future.result() for future in [threads.submit(one) for one in work]]


def done(call: Callable[..., Any], **request: Any) -> bool:
    """Send a conditional write; tell whether its condition held."""
    try:
        call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def test_writes_in_two_regions_one_after_the_other_end_with_the_last_one(pair: Members) -> None:
    """Each is made when the one before has arrived; a deletion is such a write."""
    for turn, region in enumerate(WRITERS * 2):
        pair.put(region, pk="turns", v=str(turn))
        assert all(pair.arrives(other, "turns", str(turn)) for other in WRITERS)
    pair.remove_item(HOME, "turns")
    assert pair.arrives(EUROPE, "turns", None)


def test_later_write_wins_although_the_earlier_one_is_still_on_its_way(pair: Members) -> None:
    """A second apart, which is more than two regions' clocks differ; nobody waits for arrival."""
    pair.put(HOME, pk="apart", v="earlier")
    time.sleep(1)
    pair.put(EUROPE, pk="apart", v="later")
    assert all(pair.arrives(region, "apart", "later") for region in WRITERS)


def test_concurrent_writers_end_alike_with_one_of_their_last_writes(pair: Members) -> None:
    """Both write the same keys at once; no value is made up, none is an earlier one of its writer's."""
    keys = [f"concurrent-{number}" for number in range(5)]
    turns = 20

    def write(region: str) -> None:
        for turn in range(turns):
            for pk in keys:
                pair.put(region, pk=pk, v=f"{region} {turn}")

    at_once([partial(write, region) for region in WRITERS])
    last = {f"{region} {turns - 1}" for region in WRITERS}
    for pk in keys:
        assert pair.agree(pk)
        assert pair.value(HOME, pk) in last


def test_concurrent_deletions_and_updates_end_alike(pair: Members) -> None:
    """The item is there with its whole content or is not there at all, in both regions."""
    keys = [f"deleted-{number}" for number in range(10)]
    for pk in keys:
        pair.put(HOME, pk=pk, v="before")
    for pk in keys:
        assert pair.arrives(EUROPE, pk, "before")

    def update() -> None:
        for pk in keys:
            pair.target.client(EUROPE).update_item(
                TableName=pair.name,
                Key=key(pk),
                UpdateExpression="SET v = :v",
                ExpressionAttributeValues={":v": {"S": "updated"}},
            )

    def delete() -> None:
        for pk in keys:
            pair.remove_item(HOME, pk)

    at_once([update, delete])
    for pk in keys:
        assert pair.agree(pk)
        assert pair.value(HOME, pk) in {None, "updated"}


def test_whole_items_win_not_single_attributes(pair: Members) -> None:
    """Concurrent updates of two attributes of an item: the later one's version of the whole item is kept."""
    pair.target.client(HOME).put_item(
        TableName=pair.name, Item={**item("whole", "1"), "a": {"N": "0"}, "b": {"N": "0"}}
    )
    assert pair.arrives(EUROPE, "whole", "1")

    def update(region: str, name: str) -> None:
        pair.target.client(region).update_item(
            TableName=pair.name,
            Key=key("whole"),
            UpdateExpression="SET #name = :one",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    at_once([lambda: update(HOME, "a"), lambda: update(EUROPE, "b")])

    def found(region: str) -> Any:
        client = pair.target.client(region)
        return client.get_item(TableName=pair.name, Key=key("whole"), ConsistentRead=True)["Item"]

    def same() -> bool:
        return bool(found(HOME) == found(EUROPE))

    assert pair.patience.for_write(same)
    assert {"1"} <= {found(HOME)[name]["N"] for name in ("a", "b")}


def test_conditions_are_checked_in_the_region_of_the_request(pair: Members) -> None:
    """Both regions may accept a put of what is not there yet; one of the two is kept."""

    def create(region: str) -> bool:
        return done(
            pair.target.client(region).put_item,
            TableName=pair.name,
            Item=item("unique", region),
            ConditionExpression="attribute_not_exists(pk)",
        )

    accepted = at_once([partial(create, region) for region in WRITERS])
    assert any(accepted)
    assert pair.agree("unique")
    winners = {region for region, won in zip(WRITERS, accepted, strict=True) if won}
    assert pair.value(HOME, "unique") in winners
    assert not any(create(region) for region in WRITERS)


def test_condition_sees_what_has_arrived(pair: Members) -> None:
    """A replicated item is an item like others."""
    pair.put(HOME, pk="condition", v="1")
    assert pair.arrives(EUROPE, "condition", "1")
    update: Any = {
        "TableName": pair.name,
        "Key": key("condition"),
        "UpdateExpression": "SET v = :new",
        "ConditionExpression": "v = :old",
    }
    client = pair.target.client(EUROPE)
    values = {":old": {"S": "1"}, ":new": {"S": "2"}}
    assert done(client.update_item, **update, ExpressionAttributeValues=values)
    assert not done(client.update_item, **update, ExpressionAttributeValues=values)
    assert pair.arrives(HOME, "condition", "2")


def test_counters_of_two_regions_end_alike(pair: Members) -> None:
    """Concurrent additions may be lost, as last writer wins says; the members do not differ."""
    rounds = 10

    def count(region: str) -> None:
        for _ in range(rounds):
            pair.target.client(region).update_item(
                TableName=pair.name,
                Key=key("counter"),
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    at_once([partial(count, region) for region in WRITERS])

    def found(region: str) -> int:
        client = pair.target.client(region)
        answer = client.get_item(TableName=pair.name, Key=key("counter"), ConsistentRead=True)
        return int(answer["Item"]["n"]["N"])

    assert pair.patience.for_write(lambda: found(HOME) == found(EUROPE))
    assert 1 <= found(HOME) <= 2 * rounds


def test_transaction_is_replicated_item_by_item(pair: Members) -> None:
    """All of it arrives; a conflicting write of one item in another region leaves the rest alone."""
    keys = [f"transaction-{number}" for number in range(3)]
    pair.target.client(HOME).transact_write_items(
        TransactItems=[{"Put": {"TableName": pair.name, "Item": item(pk, "1")}} for pk in keys]
    )
    assert all(pair.arrives(EUROPE, pk, "1") for pk in keys)
    pair.put(EUROPE, pk=keys[0], v="alone")
    assert pair.arrives(HOME, keys[0], "alone")
    assert ["1", "1"] == [pair.value(HOME, pk) for pk in keys[1:]]


def test_refused_transaction_is_replicated_not_at_all(pair: Members) -> None:
    """Neither before nor after a write that follows it."""
    check: Any = {
        "ConditionCheck": {
            "TableName": pair.name,
            "Key": key("not there"),
            "ConditionExpression": "attribute_exists(pk)",
        }
    }
    put: Any = {"Put": {"TableName": pair.name, "Item": item("refused", "1")}}
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        pair.target.client(HOME).transact_write_items(TransactItems=[put, check])
    pair.put(HOME, pk="behind", v="1")
    assert pair.arrives(EUROPE, "behind", "1")
    assert pair.value(EUROPE, "refused") is None


def test_batch_and_statement_are_replicated(pair: Members) -> None:
    """Whatever operation wrote it."""
    client = pair.target.client(EUROPE)
    puts: Any = [{"PutRequest": {"Item": item(f"batch-{number}", "1")}} for number in range(25)]
    client.batch_write_item(RequestItems={pair.name: puts})
    client.execute_statement(
        Statement=f"INSERT INTO \"{pair.name}\" VALUE {{'pk': 'statement', 'v': '1'}}"
    )
    for pk in (*(f"batch-{number}" for number in range(25)), "statement"):
        assert pair.arrives(HOME, pk, "1")


def test_replicated_write_is_in_the_indexes_of_the_replica(pair: Members) -> None:
    """And leaves them with the item."""

    def found() -> int:
        answer = pair.target.client(EUROPE).query(
            TableName=pair.name,
            IndexName=INDEX,
            KeyConditionExpression="v = :v",
            ExpressionAttributeValues={":v": {"S": "indexed"}},
        )
        return answer["Count"]

    pair.put(HOME, pk="index", v="indexed")
    assert pair.patience.for_write(lambda: found() == 1)
    pair.put(HOME, pk="index", v="otherwise")
    assert pair.patience.for_write(lambda: found() == 0)


def test_largest_item_is_replicated(pair: Members) -> None:
    """400 KB, names included."""
    v = "x" * (400 * 1024 - len("pk") - len("large") - len("v") - len("w") - 1)
    pair.put(HOME, pk="large", v="1", w=v[:-1])
    assert pair.arrives(EUROPE, "large", "1")


def test_three_writers_end_alike(members: Members) -> None:
    """A full mesh: each region's writes reach the other two."""
    members.add(EUROPE)
    members.add(ASIA)
    regions = (HOME, EUROPE, ASIA)
    keys = [f"k{number}" for number in range(5)]

    def write(region: str) -> None:
        for turn in range(10):
            for pk in keys:
                members.put(region, pk=pk, v=f"{region} {turn}")

    at_once([partial(write, region) for region in regions])
    for pk in keys:
        assert members.agree(pk, regions)
        assert members.value(HOME, pk) in {f"{region} 9" for region in regions}
