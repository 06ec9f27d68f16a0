"""MultiRegionConsistency STRONG: made and ended in one request, the latest state in every region, refusals."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.patience import Patience
from tests.support.replicas import stream_records
from tests.support.target import Reply, Target

HOME, OHIO, OREGON = "us-east-1", "us-east-2", "us-west-2"
KEY = {"pk": {"S": "a"}}
VIEW: Any = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
COUNT = "Unsupported replica count for global tables with MultiRegionConsistency set to STRONG."
ALONE = (
    "Deletion of only one table replica is not supported for global tables with "
    "MultiRegionConsistency set to STRONG."
)
MUST_BE_STRONG = "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present."


class StrongTable:
    """A table and its regions."""

    def __init__(self, target: Target, name: str, patience: Patience) -> None:
        self.target, self.name, self._patience = target, name, patience
        self.client = target.client(HOME)

    def create(self, **definition: Any) -> None:
        """Create the table in the first region."""
        self.client.create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification=VIEW,
            **definition,
        )
        self.settle()

    def make(self, *replicas: str, witness: str | None = None) -> dict[str, Any]:
        """Make it strongly consistent; returns what UpdateTable answered."""
        answer = self.client.update_table(
            TableName=self.name,
            MultiRegionConsistency="STRONG",
            ReplicaUpdates=[{"Create": {"RegionName": name}} for name in replicas],
            **_witness("Create", witness),
        )
        self.settle()
        return dict(answer["TableDescription"])

    def end(self) -> None:
        """Let it be regional again, if it is not."""
        table = self.table()
        witnesses = table.get("GlobalTableWitnesses", [])
        if table.get("MultiRegionConsistency") == "STRONG":
            self.client.update_table(
                TableName=self.name,
                ReplicaUpdates=[
                    {"Delete": {"RegionName": one["RegionName"]}} for one in table["Replicas"]
                ],
                **_witness("Delete", witnesses[0]["RegionName"] if witnesses else None),
            )
            self.settle()

    def ask(self, region: str = HOME, **members: Any) -> Reply:
        """Return the answer to an UpdateTable request."""
        return self.target.call("UpdateTable", {"TableName": self.name, **members}, region=region)

    def table(self, region: str = HOME) -> dict[str, Any]:
        """Return the region's TableDescription."""
        return dict(self.target.client(region).describe_table(TableName=self.name)["Table"])

    def settle(self) -> None:
        """Wait until the table and its members are active."""
        assert self._patience.for_change(self._active)

    def _active(self) -> bool:
        table = self.table()
        statuses = [one["ReplicaStatus"] for one in table.get("Replicas", [])]
        statuses += [one["WitnessStatus"] for one in table.get("GlobalTableWitnesses", [])]
        return table["TableStatus"] == "ACTIVE" and set(statuses) <= {"ACTIVE"}


def _witness(action: str, region: str | None) -> dict[str, Any]:
    updates = [] if region is None else [{action: {"RegionName": region}}]
    return {"GlobalTableWitnessUpdates": updates} if updates else {}


def _creates(*regions: str) -> list[dict[str, Any]]:
    return [{"Create": {"RegionName": region}} for region in regions]


def _deletes(*regions: str) -> list[dict[str, Any]]:
    return [{"Delete": {"RegionName": region}} for region in regions]


@pytest.fixture
def bare(target: Target, table_name: str, patience: Patience) -> Iterator[StrongTable]:
    """A regional table, empty."""
    made = StrongTable(target, table_name, patience)
    made.create()
    yield made
    made.end()
    made.client.delete_table(TableName=made.name)


@pytest.fixture
def witnessed(bare: StrongTable) -> StrongTable:
    """A strongly consistent table of two replicas and a witness."""
    bare.make(OHIO, witness=OREGON)
    return bare


@pytest.fixture
def whole(bare: StrongTable) -> StrongTable:
    """A strongly consistent table of three replicas."""
    bare.make(OHIO, OREGON)
    return bare


def test_strong_table_with_witness_is_described_in_both_replicas_and_nowhere_else(
    bare: StrongTable,
) -> None:
    """Measured on AWS: the answer says STRONG at once, the witness's region has no table of the name."""
    answer = bare.make(OHIO, witness=OREGON)

    assert ("UPDATING", "STRONG") == (answer["TableStatus"], answer["MultiRegionConsistency"])
    for region, other in ((HOME, OHIO), (OHIO, HOME)):
        table = bare.table(region)
        assert "STRONG" == table["MultiRegionConsistency"]
        assert "2019.11.21" == table["GlobalTableVersion"]
        assert [other] == [one["RegionName"] for one in table["Replicas"]]
        witnesses = [{"RegionName": OREGON, "WitnessStatus": "ACTIVE"}]
        assert witnesses == table["GlobalTableWitnesses"]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        bare.table(OREGON)


def test_every_region_reads_and_conditions_see_the_latest_write(whole: StrongTable) -> None:
    """A write in any region is seen by strongly consistent reads and conditions in every other, at once."""
    regions = (HOME, OHIO, OREGON)
    for number in range(9):
        whole.target.client(regions[number % 3]).update_item(
            TableName=whole.name,
            Key=KEY,
            UpdateExpression="SET n = :next",
            ConditionExpression="attribute_not_exists(n) OR n = :now",
            ExpressionAttributeValues={":now": {"N": str(number)}, ":next": {"N": str(number + 1)}},
        )
        reader = whole.target.client(regions[(number + 1) % 3])
        found = reader.get_item(TableName=whole.name, Key=KEY, ConsistentRead=True)
        assert {"N": str(number + 1)} == found["Item"]["n"]
        page = reader.query(
            TableName=whole.name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": KEY["pk"]},
            ConsistentRead=True,
        )
        assert [{"N": str(number + 1)}] == [item["n"] for item in page["Items"]]


def test_failed_condition_in_another_region_returns_the_item(witnessed: StrongTable) -> None:
    """The refusal of the region that decides arrives as it is, with its item."""
    witnessed.client.put_item(TableName=witnessed.name, Item={**KEY, "v": {"S": "x"}})

    for region in (HOME, OHIO):
        reply = witnessed.target.call(
            "PutItem",
            {
                "TableName": witnessed.name,
                "Item": KEY,
                "ConditionExpression": "attribute_not_exists(pk)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
            region=region,
        )
        assert "ConditionalCheckFailedException" == reply.code
        assert {**KEY, "v": {"S": "x"}} == reply.body["Item"]


def test_batches_write_and_read_the_latest_in_every_region(witnessed: StrongTable) -> None:
    """BatchWriteItem and BatchGetItem, with what they consumed."""
    there = witnessed.target.client(OHIO)
    written = there.batch_write_item(
        RequestItems={
            witnessed.name: [{"PutRequest": {"Item": {"pk": {"S": str(n)}}}} for n in range(5)]
        },
        ReturnConsumedCapacity="TOTAL",
    )
    found = witnessed.client.batch_get_item(
        RequestItems={
            witnessed.name: {
                "Keys": [{"pk": {"S": str(n)}} for n in range(5)],
                "ConsistentRead": True,
            }
        }
    )

    assert [5.0] == [one["CapacityUnits"] for one in written["ConsumedCapacity"]]
    assert 5 == len(found["Responses"][witnessed.name])


def test_streams_of_replicas_have_the_same_records_in_the_same_order(
    whole: StrongTable, patience: Patience
) -> None:
    """A stream is each replica's own setting; what it shows of writes in any region is the same."""
    for region in (OHIO, OREGON):
        whole.target.client(region).update_table(TableName=whole.name, StreamSpecification=VIEW)
    for number in range(12):
        client = whole.target.client((HOME, OHIO, OREGON)[number % 3])
        item = {"pk": {"S": str(number % 4)}, "n": {"N": str(number)}}
        client.put_item(TableName=whole.name, Item=item)

    def images(region: str) -> list[Any]:
        records = stream_records(whole.target, region, whole.name)
        return [(one["eventName"], one.get("OldImage"), one["NewImage"]) for one in records]

    assert patience.for_write(lambda: len(images(OREGON)) == len(images(OHIO)) == 12)
    assert images(HOME) == images(OHIO) == images(OREGON)


def test_ended_table_is_regional_where_it_was_asked_and_keeps_its_items(
    witnessed: StrongTable,
) -> None:
    """One request with every other region; what was written last in the other replica is there."""
    witnessed.target.client(OHIO).put_item(TableName=witnessed.name, Item=KEY)

    witnessed.end()

    table = witnessed.table()
    gone = {"Replicas", "GlobalTableVersion", "MultiRegionConsistency", "GlobalTableWitnesses"}
    assert not gone & table.keys()
    assert VIEW == table["StreamSpecification"]
    assert KEY == witnessed.client.get_item(TableName=witnessed.name, Key=KEY)["Item"]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        witnessed.table(OHIO)


def test_wrong_requests_on_a_regional_table_are_refused_in_awss_words(bare: StrongTable) -> None:
    """Measured on AWS, in this order."""
    strong = {"MultiRegionConsistency": "STRONG"}
    unsupported = (
        "Unsupported Region(s) specified for global tables with MultiRegionConsistency set to "
        "STRONG: [us-west-1]."
    )
    cases: list[tuple[dict[str, Any], str]] = [
        ({**strong, "ReplicaUpdates": _creates(OHIO)}, COUNT),
        (
            {
                **strong,
                "ReplicaUpdates": _creates(OHIO, OREGON),
                **_witness("Create", "eu-west-1"),
            },
            COUNT,
        ),
        ({"ReplicaUpdates": _creates(OHIO), **_witness("Create", OREGON)}, MUST_BE_STRONG),
        (
            {
                "MultiRegionConsistency": "EVENTUAL",
                "ReplicaUpdates": _creates(OHIO),
                **_witness("Create", OREGON),
            },
            MUST_BE_STRONG,
        ),
        (
            {**strong, "ReplicaUpdates": _creates(OHIO), **_witness("Create", OHIO)},
            "Cannot target multiple regions with the same action",
        ),
        (
            {**strong, "ReplicaUpdates": _creates(OHIO), **_witness("Create", HOME)},
            "Cannot add a witness in the same region as an existing replica when creating a global "
            "table with MultiRegionConsistency set to STRONG.",
        ),
        ({**strong, "ReplicaUpdates": _creates(OHIO, "us-west-1")}, unsupported),
        (
            {**strong, "ReplicaUpdates": _creates(OHIO), **_witness("Create", "us-west-1")},
            unsupported,
        ),
        (
            {
                **strong,
                "ReplicaUpdates": _creates(OHIO),
                **_witness("Create", OREGON),
                "DeletionProtectionEnabled": True,
            },
            "Requests that modify replicas or witnesses must not also modify other fields",
        ),
        (
            {**strong, "ReplicaUpdates": _deletes(OHIO)},
            "Only Replica Create actions are supported when MultiRegionConsistency parameter is "
            "provided.",
        ),
    ]
    for request, message in cases:
        reply = bare.ask(**request)
        assert (400, "ValidationException", message) == (reply.status, reply.code, reply.message)
    for request in (strong, {**strong, **_witness("Create", OREGON)}, _witness("Create", OREGON)):
        reply = bare.ask(**request)
        assert reply.message.startswith("At least one of ProvisionedThroughput, BillingMode, ")


def test_wrong_requests_on_a_strong_table_are_refused_in_awss_words(
    witnessed: StrongTable,
) -> None:
    """Membership and mode are frozen."""
    cases: list[tuple[dict[str, Any], str]] = [
        (
            {"ReplicaUpdates": _creates("eu-west-1")},
            "Cannot add replicas to a global table with strong MultiRegionConsistency",
        ),
        ({"MultiRegionConsistency": "STRONG", "ReplicaUpdates": _creates("eu-west-1")}, COUNT),
        (
            {"MultiRegionConsistency": "EVENTUAL", "ReplicaUpdates": _creates("eu-west-1")},
            "MultiRegionConsistency parameter is unsupported on existing global table",
        ),
        (
            {"ReplicaUpdates": _deletes(OHIO)},
            "Update table delete operation does not include all witnesses.",
        ),
        (
            {"ReplicaUpdates": _deletes(OHIO), **_witness("Delete", "eu-west-1")},
            "Update global table operation failed because one or more witnesses were not part of "
            "the global table. Please retry the request without these witnesses: [eu-west-1].",
        ),
    ]
    for request, message in cases:
        reply = witnessed.ask(**request)
        assert (400, "ValidationException", message) == (reply.status, reply.code, reply.message)
    for region in (HOME, OHIO):
        reply = witnessed.target.call("DeleteTable", {"TableName": witnessed.name}, region=region)
        assert ALONE == reply.message
    reply = witnessed.ask(**_witness("Delete", OREGON))
    assert reply.message.startswith("At least one of ProvisionedThroughput, BillingMode, ")


def test_one_of_three_replicas_cannot_be_deleted(whole: StrongTable) -> None:
    """Neither by UpdateTable nor by DeleteTable; both others can."""
    assert ALONE == whole.ask(ReplicaUpdates=_deletes(OHIO)).message
    reply = whole.target.call("DeleteTable", {"TableName": whole.name}, region=OREGON)
    assert ALONE == reply.message


def test_what_strong_tables_do_not_have_is_refused(witnessed: StrongTable) -> None:
    """Time to live and transactions (developer guide); AWS's words are not documented."""
    name = witnessed.name
    requests: list[tuple[str, dict[str, Any]]] = [
        (
            "UpdateTimeToLive",
            {
                "TableName": name,
                "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "expires"},
            },
        ),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": name, "Item": KEY}}]}),
        ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": name, "Key": KEY}}]}),
        (
            "ExecuteTransaction",
            {"TransactStatements": [{"Statement": f"INSERT INTO \"{name}\" VALUE {{'pk':'a'}}"}]},
        ),
    ]
    for operation, request in requests:
        reply = witnessed.target.call(operation, request)
        assert (400, "ValidationException") == (reply.status, reply.code)
    assert "Item" not in witnessed.client.get_item(TableName=name, Key=KEY, ConsistentRead=True)


def test_statements_write_and_read_the_latest_in_every_region(witnessed: StrongTable) -> None:
    """PartiQL, one by one and in batches."""
    name = witnessed.name
    insert = f"INSERT INTO \"{name}\" VALUE {{'pk':'a'}}"
    update = f"UPDATE \"{name}\" SET v = 1 WHERE pk = 'a' RETURNING ALL NEW *"  # noqa: S608 - PartiQL
    reading = f"SELECT * FROM \"{name}\" WHERE pk = 'a'"  # noqa: S608 - PartiQL
    select = {"Statement": reading, "ConsistentRead": True}
    for client in (witnessed.client, witnessed.target.client(OHIO)):
        client.execute_statement(Statement=insert)
        written = client.batch_execute_statement(
            Statements=[{"Statement": insert}, {"Statement": update}],
            ReturnConsumedCapacity="TOTAL",
        )
        duplicate, updated = written["Responses"]
        assert "DuplicateItem" == duplicate["Error"]["Code"]
        assert {**KEY, "v": {"N": "1"}} == updated["Item"]
        assert [1.0] == [one["CapacityUnits"] for one in written["ConsumedCapacity"]]
        one = witnessed.target.call("ExecuteStatement", select)
        several = witnessed.target.call("BatchExecuteStatement", {"Statements": [select]})
        assert [{**KEY, "v": {"N": "1"}}] == one.body["Items"]
        assert {**KEY, "v": {"N": "1"}} == several.body["Responses"][0]["Item"]
        client.execute_statement(Statement=f"DELETE FROM \"{name}\" WHERE pk = 'a'")  # noqa: S608 - as above


def test_table_that_cannot_be_strong_is_refused(bare: StrongTable) -> None:
    """A strongly consistent table is made of an empty one without time to live (developer guide)."""
    strong: dict[str, Any] = {
        "MultiRegionConsistency": "STRONG",
        "ReplicaUpdates": _creates(OHIO, OREGON),
    }
    bare.client.put_item(TableName=bare.name, Item=KEY)

    reply = bare.ask(**strong)

    assert (400, "ValidationException") == (reply.status, reply.code)
    bare.client.delete_item(TableName=bare.name, Key=KEY)
    bare.client.update_time_to_live(
        TableName=bare.name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )
    reply = bare.ask(**strong)
    assert (400, "ValidationException") == (reply.status, reply.code)
