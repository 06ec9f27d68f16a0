"""What AWS's documentation does not say and was measured on it, about values, expressions and updates.

Source: scylladb/scylladb test/alternator, whose tests pass on AWS too.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.in_process import InProcess
from tests.support.measured import KEY, TABLE, make_table
from tests.support.target import Reply

_TEXT = {"S": "text"}


@pytest.fixture(scope="module")
def node() -> Iterator[InProcess]:
    """A node with a table of two keys, a local and a global index."""
    with InProcess() as made:
        make_table(made)
        yield made


@pytest.fixture
def asked(node: InProcess) -> "Asked":
    """Short ways to ask for one item, which is not there at the test's beginning."""
    asked = Asked(node)
    asked("DeleteItem", Key=KEY)
    return asked


class Asked:
    """Sends requests for the one item."""

    def __init__(self, node: InProcess) -> None:
        self._node = node

    def __call__(self, operation: str, **members: Any) -> Reply:
        """Ask an operation on the table."""
        return self._node.ask(f"DynamoDB_20120810.{operation}", {"TableName": TABLE, **members})

    def put(self, **attributes: Any) -> Reply:
        """Put the item."""
        return self("PutItem", Item={**KEY, **attributes})

    def update(self, expression: str, returns: str = "NONE", **values: Any) -> Reply:
        """Update the item by an expression."""
        members: dict[str, Any] = {"UpdateExpression": expression, "ReturnValues": returns}
        if values:
            members["ExpressionAttributeValues"] = {f":{n}": v for n, v in values.items()}
        return self("UpdateItem", Key=KEY, **members)

    def item(self) -> dict[str, Any] | None:
        """Return the item's attributes without its key."""
        found = self("GetItem", Key=KEY, ConsistentRead=True).body.get("Item")
        return found and {name: value for name, value in found.items() if name not in KEY}

    def holds(self, condition: str, **values: Any) -> bool:
        """Tell whether a condition holds for the item."""
        named = {f":{name}": value for name, value in values.items()}
        members = {"ExpressionAttributeValues": named} if named else {}
        reply = self("UpdateItem", Key=KEY, ConditionExpression=condition, **members)
        assert reply.code in {"", "ConditionalCheckFailedException"}, reply
        return reply.status == 200


@pytest.mark.parametrize(("length", "status"), [(65_535, 200), (65_536, 400)])
def test_attribute_name_may_have_65535_bytes(asked: Asked, length: int, status: int) -> None:
    """One less than the documented 64 KB."""
    assert status == asked.put(**{"n" * length: _TEXT}).status


def test_attribute_name_that_is_empty_is_refused(asked: Asked) -> None:
    """Wherever it stands."""
    replies = [asked.put(**{"": _TEXT}), asked.put(m={"M": {"": _TEXT}})]

    assert ["ValidationException"] * 2 == [reply.code for reply in replies]


@pytest.mark.parametrize(("length", "status"), [(4_096, 200), (4_097, 400)])
@pytest.mark.parametrize(
    ("operation", "member", "begin", "end"),
    [
        ("UpdateItem", "UpdateExpression", "REMOVE ", ""),
        ("DeleteItem", "ConditionExpression", "attribute_not_exists(", ")"),
        ("GetItem", "ProjectionExpression", "", ""),
        ("Scan", "FilterExpression", "attribute_exists(", ")"),
    ],
)
def test_expression_may_have_4096_bytes(
    asked: Asked, operation: str, member: str, begin: str, end: str, length: int, status: int
) -> None:
    """Each kind of it."""
    name = "n" * (length - len(begin) - len(end))
    key = {} if operation == "Scan" else {"Key": KEY}

    assert status == asked(operation, **key, **{member: begin + name + end}).status


@pytest.mark.parametrize(("count", "status"), [(99, 200), (100, 400)])
def test_in_takes_its_left_operand_and_99_values(asked: Asked, count: int, status: int) -> None:
    """A hundred operands in all, not a hundred values as the documentation says."""
    values = {f":v{number}": _TEXT for number in range(count)}

    reply = asked(
        "Scan",
        FilterExpression=f"s IN ({', '.join(values)})",
        ExpressionAttributeValues=values,
    )

    assert status == reply.status


@pytest.mark.parametrize(("condition", "status"), [("(s = :a)", 200), ("((s = :a))", 400)])
def test_one_redundant_pair_of_parentheses_is_allowed(
    asked: Asked, condition: str, status: int
) -> None:
    """And no more."""
    reply = asked("Scan", FilterExpression=condition, ExpressionAttributeValues={":a": _TEXT})

    assert status == reply.status


@pytest.mark.parametrize(("operators", "status"), [(300, 200), (301, 400)])
def test_expression_may_have_300_operators(asked: Asked, operators: int, status: int) -> None:
    """Comparisons, AND, OR and NOT count; functions and parentheses do not."""
    condition = "NOT " * (operators - 299) + " OR ".join(["s = :a"] * 150)

    reply = asked("Scan", FilterExpression=condition, ExpressionAttributeValues={":a": _TEXT})

    assert status == reply.status


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("x = y", False),
        ("s = x", False),
        ("x <> y", True),
        ("s <> x", True),
        ("x < s", False),
        ("s >= x", False),
        ("begins_with(:text, s)", True),
        ("begins_with(s, t)", True),
        ("contains(:text, t)", True),
        ("contains(s, t)", True),
        ("size(:text) = :four", True),
    ],
)
def test_condition_on_what_is_missing_or_in_any_order(
    asked: Asked,
    condition: str,
    holds: bool,  # noqa: FBT001
) -> None:
    """What is missing equals nothing, itself included, and differs from everything."""
    asked.put(s=_TEXT, t={"S": "te"})
    values = {
        name: value
        for name, value in (("text", _TEXT), ("four", {"N": "4"}))
        if f":{name}" in condition
    }

    assert holds == asked.holds(condition, **values)


def test_update_reads_the_item_as_it_was(asked: Asked) -> None:
    """Right sides see none of the expression's own changes; action keywords may be small."""
    asked.put(x={"N": "1"})

    reply = asked.update("set x = :v, y = x remove z", v={"N": "2"})

    assert 200 == reply.status
    assert {"x": {"N": "2"}, "y": {"N": "1"}} == asked.item()


def test_update_that_sets_a_missing_attribute_to_itself_is_refused(asked: Asked) -> None:
    """Also where there is no item."""
    missing = asked.update("SET z = z")
    asked.put()
    existing = asked.update("SET z = z")

    text = "The provided expression refers to an attribute that does not exist in the item"
    assert [text] * 2 == [missing.message, existing.message]


@pytest.mark.parametrize("path", ["x", "x.y", "x[0]"])
def test_remove_from_a_missing_item_is_passed_over_and_makes_none(asked: Asked, path: str) -> None:
    """Although the path would be refused in an item that has no such attribute."""
    reply = asked.update(f"REMOVE {path}")

    assert (200, None) == (reply.status, asked.item())


def test_remove_of_a_path_into_nothing_is_refused(asked: Asked) -> None:
    """A missing leaf is no fault, a missing branch is."""
    asked.put(m={"M": {}})

    leaf, branch = asked.update("REMOVE m.y"), asked.update("REMOVE x.y")

    text = "The document path provided in the update expression is invalid for update"
    assert (200, text) == (leaf.status, branch.message)


def test_legacy_updates_of_a_missing_item_make_it_unless_they_only_delete(asked: Asked) -> None:
    """An update of nothing makes an item of the key."""
    asked("UpdateItem", Key=KEY, AttributeUpdates={"a": {"Action": "DELETE"}})
    deleted = asked.item()
    asked("UpdateItem", Key=KEY, AttributeUpdates={})

    assert (None, {}) == (deleted, asked.item())


def test_legacy_add_works_on_lists_and_makes_sets(asked: Asked) -> None:
    """ADD in an expression does not take lists."""
    asked.put(l={"L": [{"N": "1"}]})
    add = {
        "l": {"Action": "ADD", "Value": {"L": [{"N": "2"}]}},
        "s": {"Action": "ADD", "Value": {"SS": ["a"]}},
    }

    reply = asked("UpdateItem", Key=KEY, AttributeUpdates=add)
    refused = asked.update("ADD l :l", l={"L": []})

    assert (200, 400) == (reply.status, refused.status)
    assert {"l": {"L": [{"N": "1"}, {"N": "2"}]}, "s": {"SS": ["a"]}} == asked.item()


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("SET l[7] = :v", None),
        ("REMOVE l[1]", {"l": {"L": [{"N": "3"}]}}),
        ("SET l[0] = :v", {"l": {"L": [{"N": "9"}]}}),
    ],
)
def test_updated_new_shows_what_is_at_the_path_afterwards(
    asked: Asked, expression: str, shown: dict[str, Any] | None
) -> None:
    """Nothing where an element was appended beyond the end; the next element where one was removed."""
    asked.put(l={"L": [{"N": "1"}, {"N": "2"}, {"N": "3"}]})
    values = {"v": {"N": "9"}} if ":v" in expression else {}

    reply = asked.update(expression, "UPDATED_NEW", **values)

    assert shown == reply.body.get("Attributes")


def test_number_of_json_is_refused(asked: Asked) -> None:
    """Numbers are texts."""
    reply = asked.put(n={"N": 1})

    assert "SerializationException" == reply.code


@pytest.mark.parametrize(
    ("index", "key", "status"),
    [
        (None, ("pk", "sk"), 200),
        (None, ("pk",), 400),
        (None, ("pk", "sk", "gk"), 400),
        ("global", ("gk", "pk", "sk"), 200),
        ("global", ("gk",), 400),
        ("local", ("pk", "sk", "lk"), 200),
        ("local", ("pk", "lk"), 400),
    ],
)
def test_start_key_has_every_key_of_table_and_index(
    asked: Asked, index: str | None, key: tuple[str, ...], status: int
) -> None:
    """And nothing else; it is an open map, not a token."""
    members = {"IndexName": index} if index else {}

    reply = asked("Scan", ExclusiveStartKey=dict.fromkeys(key, _TEXT), **members)

    assert status == reply.status


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [(128, 256, 200), (129, 1, 400), (1, 257, 400)],
)
def test_tags_are_measured_in_characters(
    node: InProcess, key: int, value: int, status: int
) -> None:
    """Not in bytes."""
    tag = {"Key": "ä" * key, "Value": "ä" * value}
    arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{TABLE}"

    reply = node.ask("DynamoDB_20120810.TagResource", {"ResourceArn": arn, "Tags": [tag]})

    assert status == reply.status, reply
