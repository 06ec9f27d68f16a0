"""How deep maps and lists may be nested."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.target import Target

MakeTable = Callable[..., str]


def _nested(levels: int) -> dict[str, Any]:
    """Return a string inside so many maps."""
    value: dict[str, Any] = {"S": "x"}
    for _ in range(levels):
        value = {"M": {"a": value}}
    return value


def test_update_item_that_nests_deeper_than_thirty_two_levels_is_refused(
    target: Target, make_table: MakeTable
) -> None:
    """Each value may be allowed, and what the update makes of them not; the item stays as it was."""
    table, client = make_table(), target.client()
    client.put_item(TableName=table, Item={"pk": {"S": "a"}, "m": {"M": {}}})
    request: dict[str, Any] = {
        "TableName": table,
        "Key": {"pk": {"S": "a"}},
        "UpdateExpression": "SET m.deep = :v",
    }
    client.update_item(**request, ExpressionAttributeValues={":v": _nested(31)})

    with pytest.raises(client.exceptions.ClientError, match="Nesting Levels have exceeded"):
        client.update_item(**request, ExpressionAttributeValues={":v": _nested(32)})

    item = client.get_item(TableName=table, Key={"pk": {"S": "a"}})["Item"]
    assert _nested(31) == item["m"]["M"]["deep"]
