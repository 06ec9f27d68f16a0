"""Document 002, "cfn-dynamodb-global-table", from the first command to the last, with its custom resource."""

import shutil

import pytest

from tests.support.document_rows import commands, look_every_second
from tests.support.documents import Reader
from tests.support.sources import ROOT
from tests.support.target import Target
from tests.support.waiting import eventually

REGIONS = ["us-west-2", "us-east-1"]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_stacks_make_a_global_table_and_go(reader: Reader, onlooker: Target) -> None:
    """The custom resource joins the tables, items go both ways, and nothing is left in the end."""
    shutil.copytree(ROOT / "recipes" / "custom-resource", reader.home, dirs_exist_ok=True)
    look_every_second(reader.home)

    reader.shell("\n".join(commands("002/deploy_replica.sh")))
    reader.shell("aws s3 mb s3://dynamodb-global-test")
    reader.shell("\n".join(commands("002/deploy_global_table.sh")))

    described = onlooker.client().describe_global_table(GlobalTableName="TestTable")
    group = described["GlobalTableDescription"]["ReplicationGroup"]
    assert sorted(REGIONS) == sorted(replica["RegionName"] for replica in group)
    scans = "\n".join(commands("002/scan_both_regions.sh"))
    for count, file in ((1, "002/put_us_east_1.sh"), (2, "002/put_us_west_2.sh")):
        reader.shell(*commands(file))
        expected = [count] * 2
        assert eventually(
            lambda expected=expected: [page["Count"] for page in reader.aws(scans)] == expected,  # type: ignore[misc]
            seconds_max=20,
        )

    reader.shell("\n".join(commands("002/delete_stacks.sh")))
    for region in REGIONS:
        stack = "aws cloudformation wait stack-delete-complete --stack-name DynamoDBGlobalTableTest"
        reader.shell(f"{stack} --region {region}")
    # The templates keep the tables: the document deletes them after the stacks.
    assert [["TestTable"]] * 2 == [
        onlooker.client(region).list_tables()["TableNames"] for region in REGIONS
    ]
    reader.shell("\n".join(commands("002/delete_tables.sh")))
    assert [[]] * 2 == [onlooker.client(region).list_tables()["TableNames"] for region in REGIONS]
    assert [] == onlooker.other("lambda").list_functions()["Functions"]
