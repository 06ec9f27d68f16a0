"""Streams of the members of a global table, and expiry in them."""

import time
from typing import Any

import pytest

from tests.support.members import EUROPE, HOME, Members
from tests.support.replicas import stream_records

SERVICE = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}


def of(records: list[dict[str, Any]], pk: str) -> list[dict[str, Any]]:
    """Return the records of one item."""
    return [record for record in records if record["Keys"]["pk"]["S"] == pk]


def test_change_is_in_every_members_stream_once(members: Members) -> None:
    """As its own, with its region's name and the images of both versions, whoever wrote it."""
    members.add(EUROPE)
    members.put(HOME, pk="k", v="1")
    assert members.arrives(EUROPE, "k", "1")
    members.put(EUROPE, pk="k", v="2")
    assert members.arrives(HOME, "k", "2")
    members.remove_item(HOME, "k")
    assert members.arrives(EUROPE, "k", None)

    def changes(region: str) -> list[tuple[str, str, str | None, str | None]]:
        return [
            (
                record["eventName"],
                record["awsRegion"],
                record.get("OldImage", {}).get("v", {}).get("S"),
                record.get("NewImage", {}).get("v", {}).get("S"),
            )
            for record in of(stream_records(members.target, region, members.name), "k")
        ]

    expected = {
        region: [
            ("INSERT", region, None, "1"),
            ("MODIFY", region, "1", "2"),
            ("REMOVE", region, "2", None),
        ]
        for region in (HOME, EUROPE)
    }
    assert members.patience.for_write(
        lambda: {region: changes(region) for region in (HOME, EUROPE)} == expected
    )
    records = stream_records(members.target, EUROPE, members.name)
    assert all("userIdentity" not in record for record in records)


def test_write_that_changes_nothing_is_in_no_stream(members: Members) -> None:
    """Neither where it was made nor elsewhere."""
    members.add(EUROPE)
    for _ in range(3):
        members.put(HOME, pk="k", v="1")
    members.put(HOME, pk="last", v="1")
    assert members.arrives(EUROPE, "last", "1")
    for region in (HOME, EUROPE):

        def records(region: str = region) -> list[dict[str, Any]]:
            return stream_records(members.target, region, members.name)

        assert members.patience.for_write(lambda: of(records(), "last"))
        assert ["INSERT"] == [record["eventName"] for record in of(records(), "k")]


@pytest.mark.ours("whether copied items are in the stream of the new replica is not documented")
def test_stream_of_a_new_replica_begins_with_what_follows(members: Members) -> None:
    """What was copied is no change."""
    members.put(HOME, pk="before", v="1")
    members.add(EUROPE)
    assert members.arrives(EUROPE, "before", "1")
    members.put(HOME, pk="after", v="1")
    assert members.arrives(EUROPE, "after", "1")

    def seen() -> list[str]:
        records = stream_records(members.target, EUROPE, members.name)
        return [record["Keys"]["pk"]["S"] for record in records]

    assert members.patience.for_write(seen)
    assert ["after"] == seen()


def test_keys_only_stream_of_a_member_replicates_whole_items(members: Members) -> None:
    """The view type is for readers, not for replication."""
    members.change(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    members.add(EUROPE)
    members.put(HOME, pk="k", v="1")
    assert members.arrives(EUROPE, "k", "1")

    def records() -> list[dict[str, Any]]:
        return of(stream_records(members.target, EUROPE, members.name), "k")

    assert members.patience.for_write(records)
    assert not any({"NewImage", "OldImage"} & record.keys() for record in records())


def test_expiry_is_replicated_and_names_the_service_only_where_the_item_expired(
    members: Members,
) -> None:
    """Any member may be the one in which it expires; in the others it is a deletion like any."""
    members.add(EUROPE)
    client = members.target.client(HOME)
    at = str(int(time.time()) - 60)
    client.put_item(
        TableName=members.name, Item={"pk": {"S": "k"}, "v": {"S": "1"}, "expires": {"N": at}}
    )
    assert members.arrives(EUROPE, "k", "1")
    client.update_time_to_live(
        TableName=members.name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )
    assert members.patience.for_expiry(lambda: members.value(HOME, "k") is None)
    assert members.arrives(EUROPE, "k", None)

    def removals() -> list[list[dict[str, Any]]]:
        return [
            [
                record
                for record in of(stream_records(members.target, region, members.name), "k")
                if record["eventName"] == "REMOVE"
            ]
            for region in (HOME, EUROPE)
        ]

    assert members.patience.for_write(lambda: all(removals()))
    found = removals()
    assert [1, 1] == [len(records) for records in found]
    identities = [records[0].get("userIdentity") for records in found]
    assert SERVICE in identities
    assert all(identity in (None, SERVICE) for identity in identities)
