"""Document 001, "DynamoDB with Global Tables": its CLI, boto3 and load-test snippets, unmodified.

The table itself, which the document makes with CloudFormation, is made here with the same definition.
"""

from typing import Any

import pytest

from tests.support.documents import Reader, snippet
from tests.support.replicas import count_items, create_equal_tables, stream_records
from tests.support.target import Target
from tests.support.waiting import eventually

TABLE = "myapp-prod-MainTable"
REGIONS = ["us-east-1", "us-west-2", "eu-west-1"]


def _key(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def _index(name: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": _key(f"{name}PK", f"{name}SK"),
        "Projection": {"ProjectionType": "ALL"},
    }


def _create_main_table(onlooker: Target, regions: list[str]) -> None:
    names = ["PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK"]
    create_equal_tables(
        onlooker,
        regions,
        TableName=TABLE,
        KeySchema=_key("PK", "SK"),
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
        GlobalSecondaryIndexes=[_index("GSI1"), _index("GSI2")],
    )


@pytest.fixture
def global_table(reader: Reader, onlooker: Target) -> Target:
    """The document's table in its three regions, joined by the document's command."""
    _create_main_table(onlooker, REGIONS)
    reader.shell(snippet("001/create_global_table.sh"))
    return onlooker


def _regions(description: dict[str, Any]) -> list[str]:
    group = description["GlobalTableDescription"]["ReplicationGroup"]
    return sorted(replica["RegionName"] for replica in group)


def test_create_global_table_command_joins_three_regions(reader: Reader, onlooker: Target) -> None:
    """`create-global-table` answers with a global table of the three regions."""
    _create_main_table(onlooker, REGIONS)

    [answer] = reader.aws(snippet("001/create_global_table.sh"))

    assert TABLE == answer["GlobalTableDescription"]["GlobalTableName"]
    assert sorted(REGIONS) == _regions(answer)


def test_create_global_table_command_without_tables_fails_as_on_aws(reader: Reader) -> None:
    """Version 2017.11.29 wants an equal empty table in every region first."""
    with pytest.raises(Exception, match="TableNotFoundException"):
        reader.shell(snippet("001/create_global_table.sh"))


def test_verify_setup_commands_show_active_table_and_global_table(
    reader: Reader, global_table: Target
) -> None:
    """`describe-table` and `describe-global-table` show ACTIVE."""
    table, description = reader.aws(snippet("001/verify_setup.sh"))

    assert "ACTIVE" == table["Table"]["TableStatus"]
    assert "ACTIVE" == description["GlobalTableDescription"]["GlobalTableStatus"]
    assert sorted(REGIONS) == _regions(description)


def test_add_region_commands_make_two_then_three_regions(reader: Reader, onlooker: Target) -> None:
    """`update-global-table` adds a third region to a global table of two."""
    _create_main_table(onlooker, REGIONS)

    created, _, described = reader.aws(snippet("001/add_region.sh"))

    assert ["us-east-1", "us-west-2"] == _regions(created)
    assert sorted(REGIONS) == _regions(described)


def test_write_and_read_commands_cross_regions(reader: Reader, global_table: Target) -> None:
    """What is put in us-east-1 is got in us-west-2."""
    answers = eventually(lambda: reader.aws(snippet("001/write_and_read.sh")))

    assert [{"S": "us-east-1"}] == [answer["Item"]["region"] for answer in answers]


def test_boto3_snippet_puts_gets_and_queries(reader: Reader, global_table: Target) -> None:
    """The item is stored; without GSI1PK it is absent from the index that the snippet queries."""
    show = "import json; print(json.dumps([table.scan()['Items'], response['Items']], default=str))"

    stored, in_index = reader.python(snippet("001/application.py"), show)

    profile = {"PK": "USER#12345", "SK": "PROFILE", "name": "John Doe", "email": "john@example.com"}
    assert [profile] == [_written(item) for item in stored]
    assert [] == in_index


def test_boto3_snippet_query_finds_item_with_index_key(
    reader: Reader, global_table: Target
) -> None:
    """The document's user record, which has GSI1PK, is found through GSI1."""
    user = {
        "PK": "USER#12345",
        "SK": "RECORD",
        "GSI1PK": "USER#EMAIL",
        "GSI1SK": "user@example.com",
        "name": "John Doe",
        "email": "user@example.com",
    }
    global_table.resource().Table(TABLE).put_item(Item=user)
    show = "import json; print(json.dumps(response['Items'], default=str))"

    found = reader.python(snippet("001/application.py"), show)

    assert [user] == [_written(item) for item in found]


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_load_test_writes_reach_every_region_and_the_stream_once(
    reader: Reader, global_table: Target
) -> None:
    """10 threads write 1,000 items: no error, none lost in any region, each in the stream twice: item, version."""
    count_errors = "print(sum(1 for future in futures if future.exception()))"

    errors = reader.python(snippet("001/application.py"), snippet("001/load_test.py"), count_errors)

    expected = 1_001  # the application's profile and the load

    def arrived() -> dict[str, int]:
        return {region: count_items(global_table, region, TABLE) for region in REGIONS}

    eventually(lambda: arrived() == dict.fromkeys(REGIONS, expected))
    records = stream_records(global_table, "us-east-1", TABLE)
    assert 0 == errors
    assert dict.fromkeys(REGIONS, expected) == arrived()
    for event in ("INSERT", "MODIFY"):  # the item, then the attributes that show its version
        keys = [record["Keys"]["PK"]["S"] for record in records if record["eventName"] == event]
        assert expected == len(keys) == len(set(keys))
    assert 2 * expected == len(records)


def _written(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item without the attributes that version 2017.11.29 adds."""
    return {name: value for name, value in item.items() if not name.startswith("aws:rep:")}
