"""Where AWS's answers differ from its published model, as measured on AWS; the walkers know no operation by name.

The published model is what clients need. The service checks some members earlier or later, with other limits, or
with a text of its own. Sources: the conformance suites of nubo-db/dynamodb-conformance and architect/dynalite,
which run on AWS, and scylladb/scylladb test/alternator. Where they disagree the newest measurement wins.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from globaltables.foundation.limits import STREAM_LIST_MAX, STREAM_RECORDS_MAX


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that the service has and the model lacks; None keeps the model's."""

    minimum: int | None = None
    maximum: int | None = None


class TableNames(Enum):
    """The ways in which operations answer a bad TableName."""

    LISTED = "among the other violations; an empty name alone"
    ITEM = "the same, but an empty name is listed with other members that are missing"
    SEARCH = "the same, but an empty name is listed as one that is too short"
    CONTROL = "before everything else, in words of its own"


#: A table's name, where the model allows an ARN too (TableArn, 1 to 1,024 characters).
NAME_PATTERN = "[a-zA-Z0-9_.-]+"
NAME_CHARACTERS_MIN = 3
NAME_CHARACTERS_MAX = 255
NAME_MEMBER = "TableName"
NAME_SHAPE = "TableArn"

NAME_ABSENT_TEXT = "The parameter 'TableName' is required but was not present in the request"
NAME_LENGTH_TEXT = "TableName must be at least 3 characters long and at most 255 characters long"

#: Operations that are not LISTED.
TABLE_NAMES: Mapping[str, TableNames] = MappingProxyType(
    {
        "PutItem": TableNames.ITEM,
        "GetItem": TableNames.ITEM,
        "UpdateItem": TableNames.ITEM,
        "DeleteItem": TableNames.ITEM,
        "Query": TableNames.SEARCH,
        "Scan": TableNames.SEARCH,
        "CreateTable": TableNames.CONTROL,
        "UpdateTable": TableNames.CONTROL,
        "DeleteTable": TableNames.CONTROL,
        "DescribeTable": TableNames.CONTROL,
        "DescribeTimeToLive": TableNames.CONTROL,
        "UpdateTimeToLive": TableNames.CONTROL,
    }
)

#: Maps whose keys are table names; AWS checks them by the name's limits.
NAME_KEYED_MAPS = frozenset({"BatchGetRequestMap", "BatchWriteItemRequestMap"})

#: Shapes whose checks are made by the items layer or by the operation, with texts of their own:
#: ResourceArnString: "Invalid TableArn", or the refusal of access to an ARN that is none.
UNCHECKED_SHAPES = frozenset({"ResourceArnString"})

#: Maps of attributes: the items layer checks their names, in bytes.
UNCHECKED_KEYS = frozenset({"AttributeName"})

#: (structure, member): the service requires it unless one of these members is there.
REQUIRED_UNLESS: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        ("CreateTableInput", "AttributeDefinitions"): ("GlobalTableSourceArn",),
        ("CreateTableInput", "KeySchema"): ("GlobalTableSourceArn",),
        ("UpdateGlobalSecondaryIndexAction", "ProvisionedThroughput"): (
            "OnDemandThroughput",
            "WarmThroughput",
        ),
    }
)

#: (structure, member): the limits that the service adds.
LIMITS: Mapping[tuple[str, str], Limits] = MappingProxyType(
    {
        ("CreateTableInput", "KeySchema"): Limits(maximum=2),
        ("LocalSecondaryIndex", "KeySchema"): Limits(maximum=2),
        ("ListStreamsInput", "Limit"): Limits(maximum=STREAM_LIST_MAX),
        ("DescribeStreamInput", "Limit"): Limits(maximum=STREAM_LIST_MAX),
        ("GetRecordsInput", "Limit"): Limits(maximum=STREAM_RECORDS_MAX),
    }
)

#: Structures whose members the service checks in another order than the model's. It matters when more than ten
#: violations compete for the ten that are reported. Members that are not listed follow.
ORDER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "PutItemInput": ("ReturnConsumedCapacity", "TableName", "Item", "ReturnValues"),
        "DeleteItemInput": ("ReturnConsumedCapacity", "TableName", "ReturnValues"),
        "UpdateItemInput": ("ReturnConsumedCapacity", "TableName", "ReturnItemCollectionMetrics"),
        "GetItemInput": ("AttributesToGet", "ReturnConsumedCapacity", "Key", "TableName"),
        "BatchGetItemInput": ("ReturnConsumedCapacity", "RequestItems"),
        "BatchWriteItemInput": ("ReturnConsumedCapacity", "ReturnItemCollectionMetrics"),
        "WriteRequest": ("DeleteRequest", "PutRequest"),
        "QueryInput": (
            "Select",
            "IndexName",
            "ReturnConsumedCapacity",
            "QueryFilter",
            "TableName",
            "ConditionalOperator",
            "AttributesToGet",
            "Limit",
            "KeyConditions",
        ),
        "ScanInput": (
            "Select",
            "IndexName",
            "TotalSegments",
            "ReturnConsumedCapacity",
            "TableName",
            "ConditionalOperator",
            "ScanFilter",
            "Segment",
            "Limit",
            "AttributesToGet",
        ),
        "CreateTableInput": (
            "AttributeDefinitions",
            "TableName",
            "BillingMode",
            "ProvisionedThroughput",
            "KeySchema",
        ),
        "ProvisionedThroughput": ("WriteCapacityUnits", "ReadCapacityUnits"),
    }
)


def _keys_of_a_table(path: str) -> str:
    table = path.removeprefix("requestItems.").removesuffix(".member.keys")
    return (
        f"1 validation error detected: Value at 'RequestItems.{table}.member.Keys' failed to satisfy constraint: "
        "Member must have length less than or equal to 100"
    )


#: (structure, member, constraint): the text when this is the only thing wrong with the request. The newer front of
#: the service makes these checks after the others.
ALONE: Mapping[tuple[str, str, str], Callable[[str], str]] = MappingProxyType(
    {
        ("QueryInput", "Limit", "minimum"): lambda _: (
            "1 validation error detected: Value at 'Limit' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1"
        ),
        ("KeysAndAttributes", "Keys", "maximum"): _keys_of_a_table,
        ("BatchGetItemInput", "RequestItems", "minimum"): lambda _: (
            "The requestItems parameter is required for BatchGetItem"
        ),
        ("BatchWriteItemInput", "RequestItems", "minimum"): lambda _: (
            "The requestItems parameter is required for BatchWriteItem"
        ),
        ("CreateTableInput", "TableClass", "values"): lambda _: _TABLE_CLASS_TEXT,
        ("UpdateTableInput", "TableClass", "values"): lambda _: _TABLE_CLASS_TEXT,
    }
)

_TABLE_CLASS_TEXT = (
    "Invalid table-class parameter provided. Please try again with a valid table-class value: "
    "[STANDARD, STANDARD_INFREQUENT_ACCESS]."
)

#: An ARN that the service takes apart before it looks at the rest of a request about tags.
_TAGGABLE = re.compile(r"(?:[^:]*:){5}[^/]*/.*", re.DOTALL)


def _tags(request: Mapping[str, Any]) -> str | None:
    if "ResourceArn" not in request:
        return "Invalid TableArn"
    return None if _TAGGABLE.fullmatch(request["ResourceArn"]) else ""


#: Checks before all constraints: None goes on, a text is the refusal, an empty text leaves the rest of the checks
#: out (the operation refuses access to the resource first).
FIRST: Mapping[str, Callable[[Mapping[str, Any]], str | None]] = MappingProxyType(
    {"TagResource": _tags, "UntagResource": _tags, "ListTagsOfResource": _tags}
)

#: Java's notations in the model's patterns that Python writes otherwise.
PATTERN_NOTATIONS: Mapping[str, str] = MappingProxyType(
    {
        r"\p{Print}": r"[\x20-\x7e]",
        r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010FFFF",
        # Letters, separators and numbers; Python has no classes for them, so all beyond ASCII is taken for one.
        r"\p{L}\p{Z}\p{N}": r"A-Za-z0-9\x20\x80-\U0010FFFF",
    }
)
