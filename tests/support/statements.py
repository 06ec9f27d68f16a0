"""PartiQL statements of tests, sent as they are."""

from typing import Any

from tests.support.indexed_tables import texts
from tests.support.target import Reply, Target


class Statements:
    """Sends statements on one table; `{t}` in a text is the table's name in double quotes.

    Args:
        target: where to.
        table: the table.
    """

    def __init__(self, target: Target, table: str) -> None:
        self.target = target
        self.table = table

    def member(self, text: str, *parameters: dict[str, Any], **members: Any) -> dict[str, Any]:
        """Return a statement as the requests have it."""
        statement = {"Statement": text.replace("{t}", f'"{self.table}"')}
        return statement | ({"Parameters": list(parameters)} if parameters else {}) | members

    def run(self, text: str, *parameters: dict[str, Any], **members: Any) -> Reply:
        """Send ExecuteStatement."""
        return self.target.call("ExecuteStatement", self.member(text, *parameters, **members))

    def items(self, text: str, *parameters: dict[str, Any], **members: Any) -> list[Any]:
        """Return the items that a statement answers."""
        reply = self.run(text, *parameters, **members)
        assert 200 == reply.status, reply.body
        items: list[Any] = reply.body["Items"]
        return items

    def refusal(self, text: str, *parameters: dict[str, Any], **members: Any) -> tuple[str, str]:
        """Return the code and the text of a refused statement."""
        reply = self.run(text, *parameters, **members)
        return reply.code, reply.message

    def put(self, item: dict[str, Any] | None = None, **attributes: str) -> None:
        """Put an item with PutItem."""
        request = {"TableName": self.table, "Item": texts(**attributes) | (item or {})}
        assert 200 == self.target.call("PutItem", request).status

    def get(self, **key: str) -> dict[str, Any] | None:
        """Return an item, None when it is not there."""
        request = {"TableName": self.table, "Key": texts(**key), "ConsistentRead": True}
        item: dict[str, Any] | None = self.target.call("GetItem", request).body.get("Item")
        return item

    def batch(self, *statements: dict[str, Any] | str, **members: Any) -> Reply:
        """Send BatchExecuteStatement."""
        request = {"Statements": [self._made(each) for each in statements], **members}
        return self.target.call("BatchExecuteStatement", request)

    def transact(self, *statements: dict[str, Any] | str, **members: Any) -> Reply:
        """Send ExecuteTransaction."""
        request = {"TransactStatements": [self._made(each) for each in statements], **members}
        return self.target.call("ExecuteTransaction", request)

    def _made(self, statement: dict[str, Any] | str) -> dict[str, Any]:
        return self.member(statement) if isinstance(statement, str) else statement
