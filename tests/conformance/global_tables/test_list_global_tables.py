"""ListGlobalTables: pages and the filter."""

from collections.abc import Callable

import pytest

from tests.support.legacy_tables import NO_LONGER, REGIONS, group
from tests.support.replicas import STREAM
from tests.support.target import Target

pytestmark = pytest.mark.ours(NO_LONGER)

MakeTable = Callable[..., str]


def test_list_global_tables_pages_and_filters(
    target: Target, make_table: MakeTable, table_name: str
) -> None:
    """Pages continue behind the last name; a region's list has only what is there."""
    names = [f"{table_name}-{number}" for number in range(3)]
    client = target.client(REGIONS[0])
    for each in names:
        for region in REGIONS:
            make_table(region=region, TableName=each, StreamSpecification=STREAM)
        client.create_global_table(GlobalTableName=each, ReplicationGroup=group(*REGIONS))
    first = client.list_global_tables(ExclusiveStartGlobalTableName=table_name, Limit=2)
    assert [each["GlobalTableName"] for each in first["GlobalTables"]] == names[:2]
    assert first["LastEvaluatedGlobalTableName"] == names[1]
    second = client.list_global_tables(
        ExclusiveStartGlobalTableName=names[1], Limit=2, RegionName=REGIONS[1]
    )
    assert names[2] in [each["GlobalTableName"] for each in second["GlobalTables"]]
    elsewhere = client.list_global_tables(RegionName="sa-east-1")
    assert not set(names) & {each["GlobalTableName"] for each in elsewhere["GlobalTables"]}
