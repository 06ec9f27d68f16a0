"""Document 002, "cfn-dynamodb-global-table": its CLI commands, unmodified.

The tables and the global table, which the document makes with CloudFormation and a custom resource, are made
here with the calls which that resource makes.
"""

import pytest

from tests.support.documents import Reader, snippet
from tests.support.replicas import create_equal_tables
from tests.support.target import Target
from tests.support.waiting import eventually

REGIONS = ["us-east-1", "us-west-2"]


@pytest.fixture
def test_table(onlooker: Target) -> Target:
    """TestTable, a global table of two regions."""
    create_equal_tables(
        onlooker,
        REGIONS,
        TableName="TestTable",
        KeySchema=[{"AttributeName": "ExKey", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "ExKey", "AttributeType": "S"}],
    )
    onlooker.client().create_global_table(
        GlobalTableName="TestTable",
        ReplicationGroup=[{"RegionName": region} for region in REGIONS],
    )
    return onlooker


def _scan(reader: Reader, expected_count: int) -> list[list[str]]:
    """Run the document's scans until both regions have the count; return the keys per region."""

    def look() -> list[list[str]]:
        pages = reader.aws(snippet("002/scan_both_regions.sh"))
        keys = [sorted(item["ExKey"]["S"] for item in page["Items"]) for page in pages]
        return keys if [expected_count] * 2 == [len(found) for found in keys] else []

    return eventually(look, seconds_max=20)


def test_put_commands_in_either_region_are_scanned_in_both(
    reader: Reader, test_table: Target
) -> None:
    """Replication goes both ways."""
    reader.shell(snippet("002/put_us_east_1.sh"))
    after_first = _scan(reader, 1)
    reader.shell(snippet("002/put_us_west_2.sh"))
    after_second = _scan(reader, 2)

    assert [["us-east-1 test"]] * 2 == after_first
    assert [["us-east-1 test", "us-west-2 test"]] * 2 == after_second


def test_delete_commands_leave_no_table(reader: Reader, test_table: Target) -> None:
    """`delete-table` in both regions cleans up."""
    reader.shell(snippet("002/delete_tables.sh"))

    left = [test_table.client(region).list_tables()["TableNames"] for region in REGIONS]
    assert [[], []] == left
