"""AWS's texts to the letter, one request for every line of them that was measured, and which of two faults is told.

Sources: the suites of nubo-db/dynamodb-conformance, architect/dynalite and scylladb/scylladb test/alternator on AWS.
"""

from collections.abc import Iterator

import pytest

from tests.support.in_process import InProcess
from tests.support.measured import (
    ITEM,
    KEY,
    TABLE,
    Asked,
    create,
    get,
    make_table,
    put,
    put_with,
    query,
    scan,
    set_,
    update,
)

_INVALID = "One or more parameter values were invalid: "
_VALIDATION = "ValidationException"


@pytest.fixture(scope="module")
def node() -> Iterator[InProcess]:
    """A node with the table and one item."""
    with InProcess() as made:
        make_table(made)
        made.ask("DynamoDB_20120810.PutItem", {"TableName": TABLE, "Item": ITEM})
        yield made


def _one(path: str, value: str, constraint: str) -> str:
    return (
        f"1 validation error detected: Value {value} at '{path}' failed to satisfy constraint: "
        f"{constraint}"
    )


_SELECTS = "[SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"
_SHAPES: list[tuple[Asked, str]] = [
    (
        get(TableName="ab"),
        _one("tableName", "'ab'", "Member must have length greater than or equal to 3"),
    ),
    (
        get(TableName="a" * 256),
        _one("tableName", f"'{'a' * 256}'", "Member must have length less than or equal to 255"),
    ),
    (
        get(TableName="a;bc"),
        _one(
            "tableName",
            "'a;bc'",
            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
    ),
    (
        scan(Limit=0),
        _one("limit", "'0'", "Member must have value greater than or equal to 1"),
    ),
    (
        scan(Segment=0, TotalSegments=1_000_001),
        _one("totalSegments", "'1000001'", "Member must have value less than or equal to 1000000"),
    ),
    (
        ("GetItem", {"TableName": TABLE}),
        _one("key", "null", "Member must not be null"),
    ),
    (
        create(AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "X"}]),
        _one(
            "attributeDefinitions.1.member.attributeType",
            "'X'",
            "Member must satisfy enum value set: [B, N, S]",
        ),
    ),
    (
        create(KeySchema=[{"AttributeName": "a", "KeyType": "X"}]),
        _one(
            "keySchema.1.member.keyType", "'X'", "Member must satisfy enum value set: [HASH, RANGE]"
        ),
    ),
    (
        scan(Select="X"),
        _one("select", "'X'", f"Member must satisfy enum value set: {_SELECTS}"),
    ),
    (
        create(TableName=None),
        "The parameter 'TableName' is required but was not present in the request",
    ),
    (
        ("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [KEY] * 101}}}),
        "1 validation error detected: Value at 'RequestItems.measured.member.Keys' failed to "
        "satisfy constraint: Member must have length less than or equal to 100",
    ),
    (
        ("BatchGetItem", {"RequestItems": {}}),
        "The requestItems parameter is required for BatchGetItem",
    ),
    (
        ("BatchWriteItem", {"RequestItems": {}}),
        "The requestItems parameter is required for BatchWriteItem",
    ),
    (
        ("TransactGetItems", {"TransactItems": []}),
        _one("transactItems", "'[]'", "Member must have length greater than or equal to 1"),
    ),
]


@pytest.mark.parametrize(("request_", "message"), _SHAPES)
def test_shape_that_is_wrong_is_told_in_the_words_of_the_validator(
    node: InProcess, request_: Asked, message: str
) -> None:
    """Before anything is looked for: the table of the request need not exist."""
    operation, request = request_

    reply = node.ask(f"DynamoDB_20120810.{operation}", request)

    assert (_VALIDATION, message) == (reply.code, reply.message)


def test_faults_of_the_shape_are_told_together(node: InProcess) -> None:
    """Counted, and joined with semicolons; but an empty table name alone."""
    members = dict.fromkeys(_ASKED, "X")

    reply = node.ask("DynamoDB_20120810.PutItem", put(**members)[1])
    alone = node.ask("DynamoDB_20120810.PutItem", {**put(**members)[1], "TableName": ""})

    assert reply.message.startswith("3 validation errors detected: Value 'X' at '")
    assert 2 == reply.message.count("; Value 'X' at '")
    assert alone.message == _one(
        "tableName", "''", "Member must have length greater than or equal to 1"
    )


_ASKED = ("ReturnValues", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics")

_VALUES: list[tuple[Asked, str]] = [
    (put_with(a={"SS": []}), f"{_INVALID}An string set  may not be empty"),
    (put_with(a={"NS": []}), f"{_INVALID}An number set  may not be empty"),
    (put_with(a={"BS": []}), f"{_INVALID}Binary sets should not be empty"),
    (put_with(a={"SS": ["a", "a"]}), f"{_INVALID}Input collection [a, a] contains duplicates."),
    (
        put_with(a={"NULL": False}),
        f"{_INVALID}Null attribute value types must have the value of true",
    ),
    (put_with(a={"S": "x" * 409_600}), "Item size has exceeded the maximum allowed size"),
    (
        set_("SET a = :a", a={"S": "x" * 409_590}),
        "Item size to update has exceeded the maximum allowed size",
    ),
    (
        put_with(a={"N": "1E+126"}),
        "Number overflow. Attempting to store a number with magnitude larger than supported range",
    ),
    (
        put_with(a={"N": "1E-131"}),
        "Number underflow. Attempting to store a number with magnitude smaller than supported "
        "range",
    ),
    (
        put_with(a={"N": "1" * 39}),
        "Attempting to store more than 38 significant digits in a Number",
    ),
    (
        get(Key={"pk": {"S": "a"}}),
        "The provided key element does not match the schema",
    ),
    (
        get(Key={**KEY, "more": {"S": "a"}}),
        "The provided key element does not match the schema",
    ),
    (
        ("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [KEY, KEY]}}}),
        "Provided list of item keys contains duplicates",
    ),
    (
        (
            "BatchWriteItem",
            {
                "RequestItems": {
                    TABLE: [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}]
                }
            },
        ),
        "Provided list of item keys contains duplicates",
    ),
    (
        set_("SET pk = :a", a={"S": "x"}),
        f"{_INVALID}Cannot update attribute pk. This attribute is part of the key",
    ),
    (
        query(
            IndexName="global",
            ConsistentRead=True,
            KeyConditionExpression="gk = :a",
            ExpressionAttributeValues={":a": {"S": "a"}},
        ),
        "Consistent reads are not supported on global secondary indexes",
    ),
    (
        query(KeyConditionExpression="s = :a", ExpressionAttributeValues={":a": {"S": "a"}}),
        "Query condition missed key schema element: pk",
    ),
    (
        scan(TotalSegments=5),
        "The Segment parameter is required but was not present in the request when parameter "
        "TotalSegments is present",
    ),
    (
        scan(Segment=5),
        "The TotalSegments parameter is required but was not present in the request when "
        "Segment parameter is present",
    ),
    (
        scan(Segment=5, TotalSegments=5),
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        "Segment: 5 is not less than TotalSegments: 5",
    ),
]


@pytest.mark.parametrize(("request_", "message"), _VALUES)
def test_value_that_is_wrong_is_told_in_the_words_of_the_service(
    node: InProcess, request_: Asked, message: str
) -> None:
    """The texts keep AWS's grammar."""
    operation, request = request_

    reply = node.ask(f"DynamoDB_20120810.{operation}", request)

    assert (_VALIDATION, message) == (reply.code, reply.message)


_A = {":a": {"S": "a"}}
_EXPRESSIONS: list[tuple[Asked, str]] = [
    (
        put(ConditionExpression=""),
        "Invalid ConditionExpression: The expression can not be empty;",
    ),
    (
        query(KeyConditionExpression=""),
        "Invalid KeyConditionExpression: The expression can not be empty;",
    ),
    (set_(""), "Invalid UpdateExpression: The expression can not be empty;"),
    (
        get(ProjectionExpression="!!"),
        'Invalid ProjectionExpression: Syntax error; token: "!", near: "!!"',
    ),
    (
        set_("INVALID SYNTAX HERE"),
        'Invalid UpdateExpression: Syntax error; token: "INVALID", near: "INVALID SYNTAX"',
    ),
    (
        scan(FilterExpression="#missing = :a", ExpressionAttributeValues=_A),
        "Invalid FilterExpression: An expression attribute name used in the document path is not "
        "defined; attribute name: #missing",
    ),
    (
        set_("SET s = :v"),
        "Invalid UpdateExpression: An expression attribute value used in expression is not "
        "defined; attribute value: :v",
    ),
    (
        put(ConditionExpression=" AND ".join(["s = :a"] * 151), ExpressionAttributeValues=_A),
        "Invalid ConditionExpression: The expression contains too many operators; "
        "operator count: 301",
    ),
    (
        put(ConditionExpression="((s = :a))", ExpressionAttributeValues=_A),
        "Invalid ConditionExpression: The expression has redundant parentheses;",
    ),
    (
        put(ConditionExpression="f(s)"),
        "Invalid ConditionExpression: Invalid function name; function: f",
    ),
    (
        put(ConditionExpression="attribute_exists(name)"),
        "Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: name",
    ),
    (
        put(ConditionExpression="attribute_exists(" + "a" * 4_079 + ")"),
        "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; "
        "expression size: 4097",
    ),
    (
        put(ConditionExpression="attribute_exists(s)", ExpressionAttributeNames={"#unused": "s"}),
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}",
    ),
    (
        put(
            ConditionExpression="attribute_exists(s)",
            ExpressionAttributeValues={":unused": _A[":a"]},
        ),
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}",
    ),
    (
        put(ExpressionAttributeValues=_A),
        "ExpressionAttributeValues can only be specified when using expressions: "
        "ConditionExpression is null",
    ),
    (
        update(
            AttributeUpdates={"s": {"Value": {"S": "a"}}},
            UpdateExpression="SET s = :a",
            ExpressionAttributeValues=_A,
        ),
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributeUpdates} Expression parameters: {UpdateExpression}",
    ),
    (
        put(ConditionExpression="contains(s, s)"),
        "Invalid ConditionExpression: The first operand must be distinct from the remaining "
        "operands for this operator or function; operator: contains, first operand: [s]",
    ),
    (
        set_("SET m.a = :a, m = :a", a={"S": "a"}),
        "Invalid UpdateExpression: Two document paths overlap with each other; must remove or "
        "rewrite one of these paths; path one: [m, a], path two: [m]",
    ),
    (
        update(UpdateExpression="REMOVE absent.deeper"),
        "The document path provided in the update expression is invalid for update",
    ),
    (
        set_("SET s = absent"),
        "The provided expression refers to an attribute that does not exist in the item",
    ),
    (
        set_("ADD s :n", n={"N": "1"}),
        "An operand in the update expression has an incorrect data type",
    ),
]


@pytest.mark.parametrize(("request_", "message"), _EXPRESSIONS)
def test_expression_that_is_wrong_is_told_in_the_words_of_its_compiler(
    node: InProcess, request_: Asked, message: str
) -> None:
    """Token, place and number are named as AWS names them."""
    operation, request = request_

    reply = node.ask(f"DynamoDB_20120810.{operation}", request)

    assert (_VALIDATION, message) == (reply.code, reply.message)
