"""CreateTable with GlobalTableSourceArn: a replica in an account and a region of its own.

Its settings are those of the source; its tags, its class, its protection and its policies are its own. Every member's
policy has to let the account join, and replication work between all of them.

Source: developer guide, V2globaltables_MA_HowItWorks, globaltables_MA_security.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from globaltables.foundation.arns import TableArn, parse_table_arn
from globaltables.foundation.errors import (
    ApiError,
    invalid_parameters,
    resource_in_use,
    resource_not_found,
)
from globaltables.itemstore.region import Region
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import description
from globaltables.operations.settings_replication import ENABLED, SETTINGS_MODE
from globaltables.replication.local_peer import peer_of
from globaltables.replication.members import (
    CURRENT,
    copy_for,
    in_flight,
    member_entry,
    with_replica,
)
from globaltables.replication.membership import add_replica, in_use
from globaltables.replication.peer import key_of
from globaltables.security.policies.rendering import render
from globaltables.security.region_names import served_regions
from globaltables.security.replication_access import association_refusal, replication_refusal
from globaltables.security.resource_policies import accepted
from globaltables.tables.definitions import Replica, ResourcePolicy, Table
from globaltables.tables.encryption import wanted_encryption
from globaltables.tables.refusals import not_supported
from globaltables.tables.tags import checked_tags

_SOURCE = "GlobalTableSourceArn"
#: What a replica has of its own.
_OWN = frozenset(
    {
        "TableName",
        _SOURCE,
        SETTINGS_MODE,
        "ResourcePolicy",
        "Tags",
        "TableClass",
        "DeletionProtectionEnabled",
        "SSESpecification",
    }
)


async def create_account_replica(call: Call, name: str) -> Answer:
    """Make the replica of the request; it is filled in the background.

    Args:
        call: the request.
        name: of the table.
    """
    _check_request(call.request)
    here = _source_region(call, name)
    arn = _arn(call)
    source = here.catalog.find(arn.account, arn.table_name)
    if source is None or source.restricted or source.status in ("CREATING", "DELETING"):
        raise resource_not_found(f"Requested resource not found: Table: {name} not found")
    members = await _members(call, source)
    _check_members(call, source, members)
    if in_flight(source):
        raise in_use()
    entry = Replica(call.region.name, "CREATING", account=call.account)
    others = tuple(member_entry(member) for member in members)
    member = replace(source, global_table_version=CURRENT)
    copy = _with_own(copy_for(member, entry, others), call)
    _check_grants(call, copy, members, entry)
    if call.region.catalog.find(call.account, name) is not None:
        raise resource_in_use(f"Table already exists: {name}")
    own = peer_of(call.node, call.region.name)
    await own.admit(copy)
    try:
        await add_replica(call.node, here, source, entry)
    except ApiError:
        await own.drop(key_of(copy))
        raise
    admitted = await own.table(key_of(copy))
    answer = description(call.region, copy if admitted is None else admitted)
    return {"TableDescription": {**answer, "TableStatus": "CREATING"}}


def _check_request(request: Mapping[str, Any]) -> None:
    others = request.keys() - _OWN
    if others:
        raise invalid_parameters(f"{min(others)} cannot be specified with {_SOURCE}")
    if request.get(SETTINGS_MODE) != ENABLED:
        raise invalid_parameters(f"{SETTINGS_MODE} must be {ENABLED} when {_SOURCE} is specified")
    if "ResourcePolicy" not in request:
        raise invalid_parameters(f"ResourcePolicy is required when {_SOURCE} is specified")
    if wanted_encryption(request.get("SSESpecification")) is not None:
        raise not_supported("Encryption of a replica of another account's table")


def _arn(call: Call) -> TableArn:
    arn = parse_table_arn(call.request[_SOURCE])
    if arn is None or arn.resource:
        raise invalid_parameters(f"Invalid {_SOURCE}: {call.request[_SOURCE]}")
    return arn


def _source_region(call: Call, name: str) -> Region:
    """Return the region of the source.

    Raises:
        ApiError: it cannot be a source of this table.
    """
    arn = _arn(call)
    if arn.region in call.node.remote_peers:
        raise not_supported("A replica of another account's table that is on another node")
    if arn.table_name != name or served_regions(call.region.settings.regions)(arn.region):
        raise invalid_parameters(f"Invalid {_SOURCE}: {call.request[_SOURCE]}")
    if arn.region == call.region.name:
        raise invalid_parameters("Replicas of a global table must be in different regions")
    return call.node.region(arn.region)


async def _members(call: Call, source: Table) -> list[Table]:
    """Return every member's definition, the source first."""
    key = key_of(source)
    found = [source]
    for replica in source.replicas:
        member = await peer_of(call.node, replica.region).table(key)
        if member is not None:
            found.append(member)
    return found


def _check_members(call: Call, source: Table, members: list[Table]) -> None:
    if source.strong is not None or (source.global_table_version and not source.group):
        raise invalid_parameters(
            "Replicas of a global table within one account are added by UpdateTable"
        )
    if not source.group:
        raise invalid_parameters(f"{SETTINGS_MODE} of the source table must be {ENABLED}")
    if source.billing_mode == "PROVISIONED":
        raise not_supported("A replica of another account's provisioned table")
    if any(member.account == call.account for member in members):
        raise invalid_parameters(
            "Replicas of a multi-account global table must be in different accounts"
        )
    if any(member.region == call.region.name for member in members):
        raise invalid_parameters("Replicas of a global table must be in different regions")


def _check_grants(call: Call, copy: Table, members: list[Table], entry: Replica) -> None:
    """Check the policies of all members and of the new one.

    Raises:
        ApiError: AccessDeniedException.
    """
    now_ms = call.region.clock.now_ms()
    refusals = [association_refusal(member, call.account, now_ms) for member in members]
    refusals += [replication_refusal(with_replica(one, entry), now_ms) for one in members]
    refusals.append(replication_refusal(copy, now_ms))
    for refusal in refusals:
        if refusal is not None:
            raise ApiError("AccessDeniedException", refusal)


def _with_own(copy: Table, call: Call) -> Table:
    """Return a copy with what the request gives it."""
    request, now_ms = call.request, call.region.clock.now_ms()
    document = render(accepted(request["ResourcePolicy"], "table"))
    return replace(
        copy,
        policy=ResourcePolicy(document, now_ms),
        tags=tuple(checked_tags(request.get("Tags", ())).items()),
        table_class=request.get("TableClass"),
        deletion_protection=request.get("DeletionProtectionEnabled", False),
    )
