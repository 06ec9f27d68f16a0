"""The condition keys of a request: what is known of its caller, its way here, and the items that it is about.

A key is computed when a condition asks for it, and not before.

Sources: service authorization reference, Amazon DynamoDB (condition keys); developer guide, specifying-conditions;
IAM user guide, reference_policies_condition-keys.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from globaltables.expressions.request import (
    compile_condition,
    compile_key_condition,
    compile_projection,
    compile_update,
)
from globaltables.foundation.settings import VpcEndpoint
from globaltables.security.global_condition_keys import (
    Found,
    Origin,
    global_values,
    request_tags,
    tag_keys,
)
from globaltables.security.principals import Principal
from globaltables.tables.definitions import KeySchema, Table

_TRANSACTIONS = frozenset({"TransactWriteItems", "TransactGetItems", "ExecuteTransaction"})
_WRITES_WITH_VALUES = frozenset(
    {"PutItem", "UpdateItem", "DeleteItem", "PartiQLUpdate", "PartiQLDelete"}
)
#: Actions that read attributes.
_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "PartiQLSelect"})
_PROJECTIONS = ("ProjectionExpression", "AttributesToGet")
#: Legacy parameters that are attributes' names, or have them as keys.
_LEGACY = (
    "AttributesToGet",
    "AttributeUpdates",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
)


@dataclass(slots=True)
class RequestKeys:
    """The condition keys of one access to one table.

    Attributes:
        caller: who asks.
        operation: what was called, e.g. "TransactWriteItems".
        action: what it does to this table, e.g. "PutItem".
        request: all of it.
        members: the request, or the part of it that is about this table; "Writes" of a BatchWriteItem.
        table: None for a table that is not there.
        region: where the request arrived.
        now_ms: the time.
        origin: None inside the process.
        vpc_endpoints: which addresses come through which endpoint.
        asked: whether a key was asked for, so that the decision is about this request alone.
    """

    caller: Principal
    operation: str
    action: str
    request: Mapping[str, Any]
    members: Mapping[str, Any]
    table: Table | None
    region: str
    now_ms: int
    origin: Origin | None
    vpc_endpoints: tuple[VpcEndpoint, ...] = ()
    asked: bool = False

    def values(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a key, given in lower case; None when the request does not have the key."""
        self.asked = True
        compute = _KEYS.get(key)
        if compute is not None:
            found = compute(self)
            return (found,) if isinstance(found, str) else found
        return global_values(self, key, self._tags)

    def _tags(self, group: str) -> Iterable[tuple[str, str]]:
        if group == "aws:resourcetag" and self.table is not None:
            return self.table.tags
        return request_tags(self.members) if group == "aws:requesttag" else ()


def _leading_keys(keys: RequestKeys) -> Found:
    """Return the partition keys of the items that the request names, each once."""
    if keys.table is None:
        return None
    index = keys.table.index(keys.members.get("IndexName") or "")
    schema = keys.table.schema if index is None else index.schema
    name = schema.hash[0].name
    values = [item[name] for item in _items(keys.members) if name in item]
    values += _queried(keys.members, schema)
    return tuple(dict.fromkeys(str(next(iter(value.values()))) for value in values)) or None


def _items(members: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the items and keys of a request."""
    for member in ("Key", "Item"):
        if member in members:
            yield members[member]
    yield from members.get("Keys", ())
    for write in members.get("Writes", ()):
        put, delete = write.get("PutRequest"), write.get("DeleteRequest")
        yield put["Item"] if put is not None else delete["Key"]


def _queried(members: Mapping[str, Any], schema: KeySchema) -> list[Mapping[str, Any]]:
    """Return the partition key that a Query is about."""
    name = schema.hash[0].name
    legacy = (members.get("KeyConditions") or {}).get(name)
    if legacy is not None:
        return list(legacy.get("AttributeValueList") or ())[:1]
    if "KeyConditionExpression" not in members:
        return []
    names = members.get("ExpressionAttributeNames")
    condition = compile_key_condition(members["KeyConditionExpression"], names)
    values = members.get("ExpressionAttributeValues") or {}
    return [condition.bind(values, schema).hash[name]]


def _attributes(keys: RequestKeys) -> Found:
    """Return the top-level attributes that a request names, those of its keys and conditions included."""
    members = keys.members
    names = members.get("ExpressionAttributeNames")
    found: set[str] = set().union(*_items(members))
    for member in _LEGACY:
        found.update(members.get(member) or ())
    for member, text in members.items():
        match member:
            case "ConditionExpression" | "FilterExpression":
                found |= compile_condition(member, text, names).top_level_attributes
            case "KeyConditionExpression":
                found |= compile_key_condition(text, names).top_level_attributes
            case "ProjectionExpression":
                found |= compile_projection(text, names).top_level_attributes
            case "UpdateExpression":
                found |= compile_update(text, names).top_level_attributes
    return tuple(sorted(found)) or None


def _select(keys: RequestKeys) -> Found:
    if keys.action not in _READS:
        return None
    members = keys.members
    given: str | None = members.get("Select")
    if given is not None:
        return given
    if any(members.get(member) is not None for member in _PROJECTIONS):
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if "IndexName" in members else "ALL_ATTRIBUTES"


def _return_values(keys: RequestKeys) -> Found:
    if keys.action not in _WRITES_WITH_VALUES:
        return None
    return str(keys.members.get("ReturnValues") or "NONE")


def _enclosing_operation(keys: RequestKeys) -> Found:
    return keys.operation if keys.operation in _TRANSACTIONS else None


def _full_table_scan(keys: RequestKeys) -> Found:
    if keys.action != "PartiQLSelect":
        return None
    return "true" if keys.members.get("FullTableScan") else "false"


#: Key in lower case -> what it is of a request.
_KEYS: Mapping[str, Callable[[RequestKeys], Found]] = {
    "dynamodb:leadingkeys": _leading_keys,
    "dynamodb:attributes": _attributes,
    "dynamodb:select": _select,
    "dynamodb:returnvalues": _return_values,
    "dynamodb:returnconsumedcapacity": lambda keys: str(
        keys.request.get("ReturnConsumedCapacity") or "NONE"
    ),
    "dynamodb:enclosingoperation": _enclosing_operation,
    "dynamodb:fulltablescan": _full_table_scan,
    "aws:resourceaccount": lambda keys: None if keys.table is None else keys.table.account,
    "aws:tagkeys": lambda keys: tag_keys(keys.members),
}
