"""CreateTable: what is refused over HTTP, code and text to the letter, and which of two errors is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.refusals import (
    ALL,
    INVALID,
    ON_DEMAND,
    ONE,
    Client,
    creation,
    index,
    indexed_tables,
    refusal,
)
from tests.support.target import Target


@pytest.fixture(scope="module")
def tables(target: Target) -> Iterator[None]:
    """An on-demand table and a provisioned one, each with indexes."""
    with indexed_tables(target):
        yield


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        # The whole key is looked at before anything else of the request
        (
            creation("a", "a HASH", "b RANGE"),
            "Invalid KeySchema: Some index key attribute have no definition",
        ),
        (
            creation("ab", "a HASH", BillingMode="PROVISIONED", ProvisionedThroughput=ONE),
            INVALID + "Number of attributes in KeySchema does not exactly match number of "
            "attributes defined in AttributeDefinitions",
        ),
        (
            creation("ab", "a RANGE", "b HASH"),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            creation("ab", "a HASH", "b HASH"),
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
        ),
        (
            creation("ab", "a HASH", "a RANGE"),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        (creation("aa"), "Attribute Name is duplicated: a"),
        # An attribute that is no key is told before every other mistake of an index
        (
            creation("abg", GlobalSecondaryIndexes=[index(Projection={})]),
            INVALID + "Some AttributeDefinitions are not used. "
            "AttributeDefinitions: [a, b, g], keys used: [a, g]",
        ),
        (creation(GlobalSecondaryIndexes=[]), INVALID + "List of GlobalSecondaryIndexes is empty"),
        (creation(LocalSecondaryIndexes=[]), INVALID + "List of LocalSecondaryIndexes is empty"),
        (
            creation("ag", GlobalSecondaryIndexes=[index(Projection={})]),
            INVALID + "Unknown ProjectionType: null",
        ),
        (
            creation(
                "ag", GlobalSecondaryIndexes=[index(Projection=ALL | {"NonKeyAttributes": ["x"]})]
            ),
            INVALID + "ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
        (
            creation(
                "ag", GlobalSecondaryIndexes=[index(Projection={"ProjectionType": "INCLUDE"})]
            ),
            INVALID + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        ),
        (
            creation("ag", GlobalSecondaryIndexes=[index(ProvisionedThroughput=ONE)]),
            INVALID + "ProvisionedThroughput should not be specified for index: gsi when "
            "BillingMode is PAY_PER_REQUEST",
        ),
        (
            creation(
                "ag",
                GlobalSecondaryIndexes=[index()],
                BillingMode="PROVISIONED",
                ProvisionedThroughput=ONE,
            ),
            INVALID + "ProvisionedThroughput is not specified for index: gsi",
        ),
        (
            creation("ag", GlobalSecondaryIndexes=[index(), index()]),
            INVALID + "Duplicate index name: gsi",
        ),
        (
            creation("ag", GlobalSecondaryIndexes=[index(f"gsi{n}") for n in range(21)]),
            INVALID + "GlobalSecondaryIndex count exceeds the per-table limit of 20",
        ),
        (
            creation(
                "abl",
                "a HASH",
                "b RANGE",
                LocalSecondaryIndexes=[index(f"lsi{n}", "a HASH", "l RANGE") for n in range(6)],
            ),
            INVALID + "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
        ),
        (
            creation("al", LocalSecondaryIndexes=[index("lsi", "a HASH", "l RANGE")]),
            INVALID + "Table KeySchema does not have a range key, which is required when "
            "specifying a LocalSecondaryIndex",
        ),
        (
            creation("abl", "a HASH", "b RANGE", LocalSecondaryIndexes=[index("lsi", "l HASH")]),
            INVALID + "Index KeySchema does not have a range key for index: lsi",
        ),
        (
            creation(
                "abl",
                "a HASH",
                "b RANGE",
                LocalSecondaryIndexes=[index("lsi", "l HASH", "b RANGE")],
            ),
            INVALID + "Index KeySchema does not have the same leading hash key as table KeySchema "
            "for index: lsi. index hash key: l, table hash key: a",
        ),
        # Keys of several attributes
        (
            creation(
                "abcdef",
                GlobalSecondaryIndexes=[
                    index("gsi", "b HASH", "c HASH", "d HASH", "e HASH", "f HASH")
                ],
            ),
            INVALID + "The KeySchema exceeds the maximum allowed number of HASH key attributes",
        ),
        (
            creation(
                "abcdef",
                GlobalSecondaryIndexes=[
                    index("gsi", "a HASH", "b RANGE", "c RANGE", "d RANGE", "e RANGE", "f RANGE")
                ],
            ),
            INVALID + "The KeySchema exceeds the maximum allowed number of RANGE key attributes",
        ),
        (
            creation("abc", GlobalSecondaryIndexes=[index("gsi", "a HASH", "b RANGE", "c HASH")]),
            INVALID + "All HASH key attributes must precede RANGE key attributes in the KeySchema",
        ),
        (
            creation("abc", GlobalSecondaryIndexes=[index("gsi", "b HASH", "c HASH", "b RANGE")]),
            "The KeySchema contains multiple key attributes with the same name",
        ),
        # Throughput
        (
            creation(BillingMode="PROVISIONED"),
            INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified when "
            "BillingMode is PROVISIONED",
        ),
        (
            creation("ab", ProvisionedThroughput=ONE),
            INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
            "BillingMode is PAY_PER_REQUEST",
        ),
        (
            creation(OnDemandThroughput={"MaxReadRequestUnits": 0}),
            INVALID + "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside "
            "of valid range",
        ),
        (
            creation(
                BillingMode="PROVISIONED",
                ProvisionedThroughput=ONE,
                OnDemandThroughput={"MaxReadRequestUnits": 1},
            ),
            INVALID + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table "
            "BillingMode is PROVISIONED.",
        ),
        # Stream, class, tags and settings
        (
            creation(StreamSpecification={"StreamEnabled": True}),
            INVALID + "Table is being created with a stream enabled, UpdateViewType is required",
        ),
        (
            creation(StreamSpecification={"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}),
            INVALID + "Table is being created with a stream disabled, UpdateViewType should not be "
            "specified",
        ),
        (
            creation(TableClass="COLD"),
            "Invalid table-class parameter provided. Please try again with a valid table-class "
            "value: [STANDARD, STANDARD_INFREQUENT_ACCESS].",
        ),
        (
            creation(Tags=[{"Key": "aws:a", "Value": ""}]),
            "Tag Key cannot be prefixed with aws:, Key: aws:a",
        ),
        (
            creation(Tags=[{"Key": str(n), "Value": ""} for n in range(51)]),
            "Number of Tags exceed the current limit for the provided ResourceArn",
        ),
        (
            creation(GlobalTableSettingsReplicationMode="ENABLED_WITH_OVERRIDES"),
            "Value 'ENABLED_WITH_OVERRIDES' at 'GlobalTableSettingsReplicationMode' failed to "
            "satisfy constraint: Only ENABLED and DISABLED settings replication are supported for "
            "a Regional Table.",
        ),
        # A name that is taken is told last
        (
            creation("ab", TableName=ON_DEMAND),
            INVALID + "Number of attributes in KeySchema does not exactly match number of "
            "attributes defined in AttributeDefinitions",
        ),
    ],
)
def test_create_table_that_is_wrong_in_itself_is_refused(
    client: Client, tables: None, request_: dict[str, Any], text: str
) -> None:
    """Nothing is created, and the text is AWS's."""
    assert ("ValidationException", text) == refusal(client, "create_table", request_)
    assert "refusals-new" not in client().list_tables()["TableNames"]
