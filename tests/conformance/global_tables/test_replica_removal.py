"""Members of a global table go: by a replica action, or by DeleteTable in their region."""

from tests.support.members import ASIA, EUROPE, HOME, Members, refused

SOURCE = (
    "Replica cannot be deleted because it has acted as a source region for new replica(s) "
    "being added to the table in the last 24 hours."
)


def test_delete_replica_drops_its_table_and_makes_the_rest_regional(members: Members) -> None:
    """The last writes of the leaving member arrive; version and replicas vanish, the stream stays."""
    members.add(EUROPE)
    for number in range(20):
        members.put(EUROPE, pk=f"last-{number}", v="1")
    assert members.arrives(HOME, "last-0", "1")
    stream = members.describe()["LatestStreamArn"]
    assert "UPDATING" == members.remove(EUROPE)["TableStatus"]
    assert members.patience.for_change(lambda: "GlobalTableVersion" not in members.describe())
    left = members.describe()
    assert "Replicas" not in left
    assert stream == left["LatestStreamArn"]
    assert left["StreamSpecification"]["StreamEnabled"]
    assert all(members.arrives(HOME, f"last-{number}", "1") for number in range(20))


def test_delete_table_in_a_replica_region_removes_that_member_alone(members: Members) -> None:
    """The others stay members of each other and keep what was written there."""
    members.add(EUROPE)
    members.add(ASIA)
    members.put(ASIA, pk="k", v="1")
    assert members.arrives(EUROPE, "k", "1")
    assert members.arrives(HOME, "k", "1")
    members.delete(ASIA)
    assert [EUROPE] == members.others(HOME)
    assert [HOME] == members.others(EUROPE)
    members.put(EUROPE, pk="k", v="2")
    assert members.arrives(HOME, "k", "2")


def test_delete_from_any_member_removes_another_one(members: Members) -> None:
    """A replica action is sent to any member but the one that goes."""
    members.add(EUROPE)
    members.add(ASIA)
    members.remove(ASIA, asked=EUROPE)
    assert [EUROPE] == members.others(HOME)


def test_delete_of_a_source_is_refused_while_a_replica_made_from_it_exists(
    members: Members,
) -> None:
    """Neither DeleteTable nor a Delete action; the documented day ends with the last such replica, as measured."""
    members.add(EUROPE)
    members.add(ASIA, source=EUROPE)
    text = ("ValidationException", SOURCE)
    client = members.target.client
    assert text == refused(client(HOME).delete_table, TableName=members.name)
    assert text == members.refusal(ASIA, Delete={"RegionName": EUROPE})
    members.remove(ASIA)
    assert text == members.refusal(EUROPE, Delete={"RegionName": HOME})
    members.delete(EUROPE)
    members.delete(HOME)
    assert not members.exists(HOME)


def test_delete_of_a_protected_replica_is_refused(members: Members) -> None:
    """Deletion protection is the target region's own, and has words of its own for each way."""
    members.add(EUROPE)
    members.change(EUROPE, DeletionProtectionEnabled=True)
    assert (
        "ValidationException",
        f"Cannot delete table {members.name} in region {EUROPE} because it has deletion protection "
        "enabled. Disable deletion protection first.",
    ) == members.refusal(Delete={"RegionName": EUROPE})
    assert (
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. "
        "Disable deletion protection first.",
    ) == refused(members.target.client(EUROPE).delete_table, TableName=members.name)
    members.patience.rest()
    members.change(EUROPE, DeletionProtectionEnabled=False)


def test_delete_of_a_replica_beside_a_protected_one_is_done(members: Members) -> None:
    """The protection of other members is nothing to it."""
    members.add(EUROPE)
    members.change(HOME, DeletionProtectionEnabled=True)
    members.remove(EUROPE)
    assert members.exists(HOME)
    members.patience.rest()
    members.change(HOME, DeletionProtectionEnabled=False)
