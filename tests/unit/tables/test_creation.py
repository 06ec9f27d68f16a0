"""CreateTable requests become definitions, or AWS's refusals in AWS's order."""

from typing import Any

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.runtime.clock import stamp_at
from globaltables.tables.creation import Identity, answer_to_creation, check_account, created
from globaltables.tables.definitions import Table, WarmThroughput
from globaltables.tables.description import describe

_NOW_MS = 1_767_225_600_123
_INVALID = "One or more parameter values were invalid: "
_ALL = {"ProjectionType": "ALL"}
_ONE = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}


class _Empty:
    def statistics(self, table: Table) -> tuple[int, int]:
        return 0, 0

    def index_statistics(self, table: Table, index_number: int) -> tuple[int, int]:
        return 0, 0


def _identity() -> Identity:
    return Identity("abc", "000000000000", "us-east-1", 1, "some-uuid", stamp_at(_NOW_MS))


def _create(**members: Any) -> Table:
    return created(members, _identity())


def _refusal(**members: Any) -> str:
    with pytest.raises(ApiError) as refused:
        _create(**members)
    return f"{refused.value.code}: {refused.value.message}"


def _keys(*pairs: str) -> list[dict[str, str]]:
    """Return a key schema: "a HASH", "b RANGE"."""
    return [
        {"AttributeName": name, "KeyType": kind} for name, kind in (pair.split() for pair in pairs)
    ]


def _types(names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def _request(names: str = "a", *keys: str, **members: Any) -> dict[str, Any]:
    return {
        "AttributeDefinitions": _types(names),
        "KeySchema": _keys(*(keys or ("a HASH",))),
        "BillingMode": "PAY_PER_REQUEST",
        **members,
    }


def _index(name: str, *keys: str, **members: Any) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": _keys(*keys), "Projection": _ALL, **members}


def test_created_minimal_request_is_active_and_on_demand() -> None:
    """A table of one key is there, with the warm throughput that every on-demand table has."""
    table = _create(**_request())
    assert ("abc", "ACTIVE", "PAY_PER_REQUEST") == (table.name, table.status, table.billing_mode)
    assert WarmThroughput(12_000, 4_000) == table.warm
    assert _NOW_MS == table.created_ms


def test_created_indexes_are_numbered_and_attributes_sorted() -> None:
    """Local indexes come first; attribute definitions and projected attributes are sorted by name."""
    include = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["z", "y"]}
    table = _create(
        **_request(
            "zab",
            "a HASH",
            "b RANGE",
            GlobalSecondaryIndexes=[_index("gsi", "z HASH", Projection=include)],
            LocalSecondaryIndexes=[_index("lsi", "a HASH", "b RANGE")],
        )
    )
    assert [("lsi", 1), ("gsi", 2)] == [(index.name, index.number) for index in table.indexes]
    assert 3 == table.next_index_number
    assert ["a", "b", "z"] == [attribute.name for attribute in table.attributes]
    assert ("y", "z") == table.indexes[1].non_key_attributes


def test_created_global_index_with_eight_key_attributes_is_accepted() -> None:
    """A global index has up to four hash and four range attributes."""
    keys = [f"{name} {'HASH' if name in 'bcde' else 'RANGE'}" for name in "bcdefghi"]
    table = _create(**_request("abcdefghi", GlobalSecondaryIndexes=[_index("gsi", *keys)]))
    schema = table.indexes[0].schema
    assert ("b", "c", "d", "e") == tuple(key.name for key in schema.hash)
    assert ("f", "g", "h", "i") == tuple(key.name for key in schema.range)


_UNDEFINED = "Invalid KeySchema: Some index key attribute have no definition"
_SAME = "Both the Hash Key and the Range Key element in the KeySchema have the same name"
_NOT_HASH = "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
_NOT_RANGE = "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"
_COUNT = (
    _INVALID + "Number of attributes in KeySchema does not exactly match number of attributes "
    "defined in AttributeDefinitions"
)


@pytest.mark.parametrize(
    ("names", "keys", "text"),
    [
        ("", ["a HASH"], _UNDEFINED),
        ("b", ["a HASH", "a HASH"], _UNDEFINED),
        ("b", ["a HASH", "b RANGE"], _UNDEFINED),
        (
            "b",
            ["a HASH"],
            _INVALID + "Some index key attributes are not defined in AttributeDefinitions. "
            "Keys: [a], AttributeDefinitions: [b]",
        ),
        ("ab", ["a HASH", "a HASH"], _SAME),
        ("ab", ["a HASH", "b HASH"], _NOT_RANGE),
        ("ab", ["a RANGE", "b HASH"], _NOT_HASH),
        ("ab", ["a RANGE", "b RANGE"], _NOT_HASH),
        ("acb", ["a HASH", "b RANGE"], _COUNT),
        ("ab", ["a HASH"], _COUNT),
        ("aa", ["a HASH"], "Attribute Name is duplicated: a"),
    ],
)
def test_created_wrong_keys_are_refused(names: str, keys: list[str], text: str) -> None:
    """Key schema and attribute definitions are checked as on AWS."""
    assert f"ValidationException: {text}" == _refusal(**_request(names, *keys))


_HASHES = [f"{name} HASH" for name in "abcde"]
_RANGES = ["a HASH", *(f"{name} RANGE" for name in "bcdef")]


@pytest.mark.parametrize(
    ("names", "keys", "text"),
    [
        ("ab", ["a RANGE"], _NOT_HASH),
        ("ab", ["a HASH", "a RANGE"], _SAME),
        (
            "abc",
            ["a HASH", "b RANGE", "a RANGE"],
            "The KeySchema contains multiple key attributes with the same name",
        ),
        (
            "abc",
            ["a HASH", "b RANGE", "c HASH"],
            _INVALID + "All HASH key attributes must precede RANGE key attributes in the KeySchema",
        ),
        (
            "abcde",
            _HASHES,
            _INVALID + "The KeySchema exceeds the maximum allowed number of HASH key attributes",
        ),
        (
            "abcdef",
            _RANGES,
            _INVALID + "The KeySchema exceeds the maximum allowed number of RANGE key attributes",
        ),
    ],
)
def test_created_wrong_global_index_keys_are_refused(
    names: str, keys: list[str], text: str
) -> None:
    """The keys of a global index have rules of their own."""
    request = _request(names, GlobalSecondaryIndexes=[_index("gsi", *keys)])
    assert f"ValidationException: {text}" == _refusal(**request)


@pytest.mark.parametrize(
    ("indexes", "text"),
    [
        ([], "List of LocalSecondaryIndexes is empty"),
        ([_index("lsi", "b HASH")], "Index KeySchema does not have a range key for index: lsi"),
        (
            [_index("lsi", "b HASH", "a RANGE")],
            (
                "Index KeySchema does not have the same leading hash key as table KeySchema for index: "
                "lsi. index hash key: b, table hash key: a"
            ),
        ),
        (
            [_index("lsi", "a HASH", "c RANGE")],
            (
                "Some index key attributes are not defined in AttributeDefinitions. "
                "Keys: [a, c], AttributeDefinitions: [a, b]"
            ),
        ),
        (
            [_index("lsi", "a HASH", "b RANGE", Projection={})],
            "Unknown ProjectionType: null",
        ),
        (
            [_index("lsi", "a HASH", "b RANGE")] * 2,
            "Duplicate index name: lsi",
        ),
        (
            [_index(f"lsi{number}", "a HASH", "b RANGE") for number in range(6)],
            "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
        ),
    ],
)
def test_created_wrong_local_index_is_refused(indexes: list[Any], text: str) -> None:
    """Local indexes are checked as on AWS."""
    request = _request("ab", "a HASH", "b RANGE", LocalSecondaryIndexes=indexes)
    assert f"ValidationException: {_INVALID}{text}" == _refusal(**request)


def test_created_local_index_of_hash_only_table_is_refused() -> None:
    """A local index needs a table with a range key, whatever else is wrong with it."""
    request = _request("ab", LocalSecondaryIndexes=[_index("lsi", "c RANGE")])
    text = (
        "Table KeySchema does not have a range key, "
        "which is required when specifying a LocalSecondaryIndex"
    )
    assert f"ValidationException: {_INVALID}{text}" == _refusal(**request)


def test_created_unused_attribute_with_indexes_is_named() -> None:
    """With indexes, the refusal lists what is declared and what is used."""
    request = _request("abc", GlobalSecondaryIndexes=[_index("gsi", "b HASH", Projection={})])
    text = (
        "Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, c], keys used: [a, b]"
    )
    assert f"ValidationException: {_INVALID}{text}" == _refusal(**request)


def test_created_twenty_one_global_indexes_are_refused() -> None:
    """A table has at most twenty global indexes."""
    indexes = [_index(f"gsi{number}", "a HASH") for number in range(21)]
    text = "GlobalSecondaryIndex count exceeds the per-table limit of 20"
    refusal = _refusal(**_request(GlobalSecondaryIndexes=indexes))
    assert f"ValidationException: {_INVALID}{text}" == refusal


def test_created_more_than_hundred_projected_attributes_are_refused() -> None:
    """What the indexes project is counted together, equal names twice."""
    names = [f"attribute{number}" for number in range(20)]
    include = {"ProjectionType": "INCLUDE", "NonKeyAttributes": names}
    indexes = [_index(f"gsi{number}", "a HASH", Projection=include) for number in range(6)]
    assert 5 == len(_create(**_request(GlobalSecondaryIndexes=indexes[:5])).indexes)
    assert "per-table limit of 100" in _refusal(**_request(GlobalSecondaryIndexes=indexes))


@pytest.mark.parametrize(
    ("projection", "text"),
    [
        (
            {"ProjectionType": "ALL", "NonKeyAttributes": ["x"]},
            "ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
        (
            {"ProjectionType": "INCLUDE"},
            "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        ),
        (
            {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", "x"]},
            "Duplicate element in NonKeyAttributes: x",
        ),
    ],
)
def test_created_wrong_projection_is_refused(projection: dict[str, Any], text: str) -> None:
    """Projection type and attributes must fit."""
    index = _index("gsi", "a HASH", Projection=projection)
    refusal = _refusal(**_request(GlobalSecondaryIndexes=[index]))
    assert f"ValidationException: {_INVALID}{text}" == refusal


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (
            {"BillingMode": "PROVISIONED"},
            (
                "ReadCapacityUnits and WriteCapacityUnits must both be specified "
                "when BillingMode is PROVISIONED"
            ),
        ),
        (
            {"ProvisionedThroughput": _ONE},
            (
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
                "when BillingMode is PAY_PER_REQUEST"
            ),
        ),
        (
            {"GlobalSecondaryIndexes": [_index("gsi", "a HASH", ProvisionedThroughput=_ONE)]},
            (
                "ProvisionedThroughput should not be specified for index: gsi "
                "when BillingMode is PAY_PER_REQUEST"
            ),
        ),
        (
            {
                "BillingMode": "PROVISIONED",
                "ProvisionedThroughput": _ONE,
                "GlobalSecondaryIndexes": [_index("gsi", "a HASH")],
            },
            "ProvisionedThroughput is not specified for index: gsi",
        ),
        (
            {
                "BillingMode": "PROVISIONED",
                "ProvisionedThroughput": _ONE,
                "OnDemandThroughput": {"MaxReadRequestUnits": 1},
            },
            (
                "MaxReadRequestUnits for OnDemandThroughput cannot be specified "
                "when table BillingMode is PROVISIONED."
            ),
        ),
        (
            {"OnDemandThroughput": {"MaxReadRequestUnits": -1}},
            (
                "Requested MaxReadRequestUnits for OnDemandThroughput for table "
                "is outside of valid range"
            ),
        ),
        (
            {
                "BillingMode": "PROVISIONED",
                "ProvisionedThroughput": {"ReadCapacityUnits": 10, "WriteCapacityUnits": 10},
                "WarmThroughput": {"ReadUnitsPerSecond": 5},
            },
            (
                "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than "
                "ReadCapacityUnits of ProvisionedThroughput"
            ),
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True}},
            "Table is being created with a stream enabled, UpdateViewType is required",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
            "Table is being created with a stream disabled, UpdateViewType should not be specified",
        ),
        (
            {"SSESpecification": {"Enabled": False, "SSEType": "KMS"}},
            "SSEType can not be specified if Enabled is false",
        ),
    ],
)
def test_created_settings_that_do_not_fit_are_refused(members: dict[str, Any], text: str) -> None:
    """Billing, throughput, stream and encryption are checked as on AWS."""
    assert f"ValidationException: {_INVALID}{text}" == _refusal(**_request(**members))


@pytest.mark.parametrize(
    ("read", "write", "text"),
    [
        (
            10**12 + 1,
            10**12 + 1,
            "ValidationException: Given value 1000000000001 for ReadCapacityUnits is out of bounds",
        ),
        (
            10**12,
            10**12 + 1,
            "ValidationException: Given value 1000000000001 for WriteCapacityUnits is out of bounds",
        ),
        (
            40_001,
            1,
            (
                "LimitExceededException: The requested ReadCapacityUnits, 40001, is above the per table "
                "maximum for the account in us-east-1. Per table maximum: 40000. Refer to the Amazon "
                "DynamoDB Developer Guide for current limits and how to request higher limits."
            ),
        ),
    ],
)
def test_created_too_much_throughput_is_refused(read: int, write: int, text: str) -> None:
    """Numbers beyond all bounds are checked first, the quota last."""
    units = {"ReadCapacityUnits": read, "WriteCapacityUnits": write}
    request = _request(BillingMode="PROVISIONED", ProvisionedThroughput=units)
    assert text == _refusal(**request)


def test_created_default_encryption_is_accepted() -> None:
    """An SSESpecification that asks for the default changes nothing."""
    assert _create(**_request(SSESpecification={"Enabled": False})).encryption is None
    assert _create(**_request(SSESpecification={})).encryption is None


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ([{"Key": "aws:a", "Value": ""}], "Tag Key cannot be prefixed with aws:, Key: aws:a"),
        ([{"Key": "a#", "Value": ""}], "The Tag Key provided is invalid, Key: a#"),
        ([{"Value": ""}], "The Tag Key provided is invalid, Key: null"),
        ([{"Key": "a", "Value": "a,b"}], "The Tag Value provided is invalid, Value: a,b"),
        (
            [{"Key": "a", "Value": ""}] * 2,
            "Duplicate Tag Keys provided as input: Duplicate Tag Key found a",
        ),
        (
            [{"Key": str(number), "Value": ""} for number in range(51)],
            "Number of Tags exceed the current limit for the provided ResourceArn",
        ),
    ],
)
def test_created_wrong_tags_are_refused(tags: list[Any], text: str) -> None:
    """A table is created with all of its tags or not at all."""
    assert f"ValidationException: {text}" == _refusal(**_request(Tags=tags))


def test_check_account_counts_tables_and_indexes() -> None:
    """The quota of an account counts the units of its tables and of their indexes."""
    units = {"ReadCapacityUnits": 30_000, "WriteCapacityUnits": 1}
    index = _index("gsi", "a HASH", ProvisionedThroughput=units)
    table = _create(
        **_request(
            BillingMode="PROVISIONED", ProvisionedThroughput=units, GlobalSecondaryIndexes=[index]
        )
    )
    check_account([], table)
    with pytest.raises(ApiError, match="Current ReadCapacityUnits reserved by the account: 60000"):
        check_account([table], table)


def test_answer_to_creation_on_demand_table_is_as_on_aws() -> None:
    """The answer shows CREATING, and leaves out what AWS fills in later."""
    request = _request(
        GlobalSecondaryIndexes=[_index("gsi", "a HASH")],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    answer = answer_to_creation(created(request, _identity()), request)
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/abc"
    units = {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    expected = {
        "AttributeDefinitions": _types("a"),
        "TableName": "abc",
        "KeySchema": _keys("a HASH"),
        "TableStatus": "CREATING",
        "CreationDateTime": 1767225600.123,
        "ProvisionedThroughput": units,
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "TableArn": arn,
        "TableId": "some-uuid",
        "DeletionProtectionEnabled": False,
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        "TableThroughputModeSummary": {"TableThroughputMode": "PAY_PER_REQUEST"},
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "gsi",
                "KeySchema": _keys("a HASH"),
                "Projection": _ALL,
                "IndexStatus": "CREATING",
                "ProvisionedThroughput": units,
                "IndexSizeBytes": 0,
                "ItemCount": 0,
                "IndexArn": f"{arn}/index/gsi",
            }
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        "LatestStreamLabel": "2026-01-01T00:00:00.123",
        "LatestStreamArn": f"{arn}/stream/2026-01-01T00:00:00.123",
    }
    assert expected == describe(answer, _Empty(), _NOW_MS)


def test_answer_to_creation_provisioned_table_has_no_billing_mode() -> None:
    """A table that never was on demand shows no BillingModeSummary."""
    request = _request(BillingMode="PROVISIONED", ProvisionedThroughput=_ONE)
    description = describe(created(request, _identity()), _Empty(), _NOW_MS)
    assert "BillingModeSummary" not in description
    warm = {"ReadUnitsPerSecond": 1, "WriteUnitsPerSecond": 1, "Status": "ACTIVE"}
    assert warm == description["WarmThroughput"]
