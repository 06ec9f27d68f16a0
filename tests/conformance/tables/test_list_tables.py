"""ListTables, seen from outside."""

from collections.abc import Callable
from typing import Any

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def test_list_tables_pages_are_sorted_and_complete(client: Client, make_table: MakeTable) -> None:
    """Pages of one name follow each other in byte order; the start name need not exist."""
    dynamodb = client()
    first = make_table()
    names = sorted([first, make_table(TableName=f"{first}-B"), make_table(TableName=f"{first}-a")])
    assert [first, f"{first}-B", f"{first}-a"] == names
    page = dynamodb.list_tables(ExclusiveStartTableName=first, Limit=1)
    assert ([names[1]], names[1]) == (page["TableNames"], page["LastEvaluatedTableName"])
    page = dynamodb.list_tables(ExclusiveStartTableName=f"{first}-Z")
    assert names[2] == page["TableNames"][0]


def test_list_tables_last_page_has_no_token(client: Client, make_table: MakeTable) -> None:
    """The page that ends with the last table says so, also when it is full."""
    dynamodb = client("ap-south-2")  # a region of this test alone
    name = make_table(region="ap-south-2")
    page = dynamodb.list_tables(Limit=1)
    assert [name] == page["TableNames"]
    assert "LastEvaluatedTableName" not in page
    assert [] == dynamodb.list_tables(ExclusiveStartTableName=name)["TableNames"]
