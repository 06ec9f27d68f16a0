"""The condition keys of a request: what is known of its caller, its way here, and the items that it is about.

A key is computed when a condition asks for it, and not before.

Sources: service authorization reference, Amazon DynamoDB (condition keys); developer guide, specifying-conditions;
IAM user guide, reference_policies_condition-keys.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from globaltables.expressions.request import (
    compile_condition,
    compile_key_condition,
    compile_projection,
    compile_update,
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


class Origin(Protocol):
    """The connection that a request came by."""

    @property
    def source_ip(self) -> str:
        """The client's address; empty when it is not known."""

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""

    @property
    def encrypted(self) -> bool:
        """Whether the connection is encrypted."""


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

    def values(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a key, given in lower case; None when the request does not have the key."""
        compute = _KEYS.get(key)
        if compute is not None:
            found = compute(self)
            return (found,) if isinstance(found, str) else found
        group, slash, name = key.partition("/")
        if not slash:
            return None
        return self._tag(group, name)

    def _tag(self, group: str, name: str) -> tuple[str, ...] | None:
        pairs: Iterable[tuple[str, str]] = ()
        if group == "aws:principaltag":
            pairs = self.caller.tags
        elif group == "aws:resourcetag" and self.table is not None:
            pairs = self.table.tags
        elif group == "aws:requesttag":
            pairs = ((tag["Key"], tag["Value"]) for tag in self.members.get("Tags") or ())
        return next(((value,) for tag, value in pairs if tag.lower() == name), None)


_Found = str | tuple[str, ...] | None


def _leading_keys(keys: RequestKeys) -> _Found:
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


def _attributes(keys: RequestKeys) -> _Found:
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


def _select(keys: RequestKeys) -> _Found:
    if keys.action not in _READS:
        return None
    members = keys.members
    given: str | None = members.get("Select")
    if given is not None:
        return given
    if any(members.get(member) is not None for member in _PROJECTIONS):
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if "IndexName" in members else "ALL_ATTRIBUTES"


def _return_values(keys: RequestKeys) -> _Found:
    if keys.action not in _WRITES_WITH_VALUES:
        return None
    return str(keys.members.get("ReturnValues") or "NONE")


def _enclosing_operation(keys: RequestKeys) -> _Found:
    return keys.operation if keys.operation in _TRANSACTIONS else None


def _full_table_scan(keys: RequestKeys) -> _Found:
    if keys.action != "PartiQLSelect":
        return None
    return "true" if keys.members.get("FullTableScan") else "false"


def _tag_keys(keys: RequestKeys) -> _Found:
    tags = [tag["Key"] for tag in keys.members.get("Tags") or ()]
    return tuple(tags or keys.members.get("TagKeys") or ()) or None


def _current_time(keys: RequestKeys) -> str:
    moment = datetime.fromtimestamp(keys.now_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_service(keys: RequestKeys) -> str:
    return "true" if keys.caller.service else "false"


#: Key in lower case -> what it is of a request.
_KEYS: Mapping[str, Callable[[RequestKeys], _Found]] = {
    "dynamodb:leadingkeys": _leading_keys,
    "dynamodb:attributes": _attributes,
    "dynamodb:select": _select,
    "dynamodb:returnvalues": _return_values,
    "dynamodb:returnconsumedcapacity": lambda keys: str(
        keys.request.get("ReturnConsumedCapacity") or "NONE"
    ),
    "dynamodb:enclosingoperation": _enclosing_operation,
    "dynamodb:fulltablescan": _full_table_scan,
    "aws:currenttime": _current_time,
    "aws:epochtime": lambda keys: str(keys.now_ms // 1000),
    "aws:principalaccount": lambda keys: keys.caller.account or None,
    "aws:principalarn": lambda keys: keys.caller.identity_arn or None,
    "aws:principalisawsservice": _is_service,
    "aws:principalservicename": lambda keys: keys.caller.service or None,
    "aws:principalservicenameslist": lambda keys: keys.caller.service or None,
    "aws:principaltype": lambda keys: keys.caller.kind,
    "aws:requestedregion": lambda keys: keys.region,
    "aws:resourceaccount": lambda keys: None if keys.table is None else keys.table.account,
    "aws:securetransport": lambda keys: (
        "true" if keys.origin is not None and keys.origin.encrypted else "false"
    ),
    # Only a service that acts for an account says for which.
    "aws:sourceaccount": lambda keys: keys.caller.account if keys.caller.service else None,
    "aws:sourcearn": lambda keys: keys.caller.source_arn or None,
    "aws:sourceip": lambda keys: None if keys.origin is None else keys.origin.source_ip or None,
    "aws:tagkeys": _tag_keys,
    "aws:useragent": lambda keys: None if keys.origin is None else keys.origin.user_agent or None,
    "aws:userid": lambda keys: keys.caller.user_id or None,
    "aws:username": lambda keys: keys.caller.user_name or None,
    "aws:viaawsservice": lambda _: "false",
}
